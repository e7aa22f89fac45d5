"""Joins on columns of every type, and their order."""

from typing import Any

import pytest

from tests.unit.guest.query.memory_source import MemorySource, make_table, numbered
from wasidb_guest.encoding.cell_vectors import vector_to_cells
from wasidb_guest.query import partners
from wasidb_guest.query.executor import run_select, stream_select
from wasidb_guest.query.statement import Join, JoinKind, Select

NAN = float("nan")


def joined(left: tuple[str, list[Any]], right: tuple[str, list[Any]], kind: JoinKind) -> list[Any]:
    """The pairs of ids that a join gives."""
    tables = MemorySource(
        make_table("l", f"id uint32, c {left[0]} null", numbered(left[1])),
        make_table("r", f"id uint32, c {right[0]} null", numbered(right[1])),
    )
    batch = run_select(
        Select("l", columns=("l.id", "r.id"), joins=(Join(kind, "r", ("c",), ("c",)),)), tables
    )
    return list(zip(*map(vector_to_cells, batch.vectors), strict=True))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Inner", [(1, 2), (1, 4), (3, 1)]),
        ("Left", [(1, 2), (1, 4), (2, None), (3, 1), (4, None)]),
        ("Right", [(1, 2), (1, 4), (3, 1), (None, 3), (None, 5)]),
        ("Full", [(1, 2), (1, 4), (2, None), (3, 1), (4, None), (None, 3), (None, 5)]),
    ],
)
def test_order_of_pairs_and_of_rows_without_partner(
    kind: JoinKind, expected: list[tuple[int | None, int | None]]
) -> None:
    left = ("text", ["a", None, "b", "z"])
    right = ("text", ["b", "a", None, "a", "y"])
    assert joined(left, right, kind) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (("int8", [-1, 3]), ("uint64", [3, 2**64 - 1]), [(2, 1)]),
        (("uint8", [255]), ("int32", [-1, 255]), [(1, 2)]),
        (("int32", [1, 2]), ("decimal", ["2.00", "1.5"]), [(2, 1)]),
        (("decimal", ["1.0"]), ("decimal", ["1", "1.00"]), [(1, 1), (1, 2)]),
        (("float64", [0.5, -0.0, NAN]), ("float32", [NAN, 0.5, 0.0]), [(1, 2), (2, 3), (3, 1)]),
        (("float64", [2.0]), ("int16", [2]), [(1, 1)]),
        (("boolean", [True]), ("boolean", [False, True]), [(1, 2)]),
        (("date", ["2024-01-01"]), ("date", ["2024-01-01"]), [(1, 1)]),
        (("json", ["[1,2]"]), ("json", ["[1, 2]"]), [(1, 1)]),
        (
            ("datetime", ["2024-01-01T12:00:00.000000+02:00"]),
            ("datetime", ["2024-01-01T10:00:00.000000+00:00"]),
            [(1, 1)],
        ),
    ],
)
def test_partners_are_equal_by_value(
    left: tuple[str, list[Any]], right: tuple[str, list[Any]], expected: list[tuple[int, int]]
) -> None:
    assert joined(left, right, "Inner") == expected


@pytest.mark.parametrize("kind", ["Inner", "Left", "Right", "Full"])
def test_empty_sides_still_have_their_columns(kind: JoinKind) -> None:
    left_rows = joined(("text", ["a"]), ("text", []), kind)
    assert left_rows == ([(1, None)] if kind in ("Left", "Full") else [])
    right_rows = joined(("text", []), ("text", ["a"]), kind)
    assert right_rows == ([(None, 1)] if kind in ("Right", "Full") else [])


def test_three_tables() -> None:
    tables = MemorySource(
        make_table("a", "id uint32, b int8", [[1, 1], [2, 2]]),
        make_table("b", "id uint32, c int8", [[1, 7], [2, 8]]),
        make_table("c", "id uint32, name text", [[8, "x"]]),
    )
    joins = (Join("Inner", "b", ("b",), ("id",)), Join("Left", "c", ("b.c",), ("c.id",)))
    batch = run_select(Select("a", columns=("a.id", "name"), joins=joins), tables)
    assert [*map(vector_to_cells, batch.vectors)] == [[1, 2], [None, "x"]]


def test_a_row_with_null_in_one_of_several_columns_has_no_partner() -> None:
    rows = [[1, 1, "x"], [2, 1, None], [3, None, "x"], [4, 1, "y"]]
    tables = MemorySource(
        make_table("l", "id uint32, a int8 null, b text null", rows),
        make_table("r", "id uint32, a int64 null, b text null", rows),
    )
    for kind, expected in PARTNERS.items():
        join = Join(kind, "r", ("a", "b"), ("a", "b"))
        columns = ("l.id", "r.id") if join.adds_columns else ("id",)
        batch = run_select(Select("l", columns=columns, joins=(join,)), tables)
        assert list(zip(*map(vector_to_cells, batch.vectors), strict=True)) == expected


PARTNERS: dict[JoinKind, list[tuple[int | None, ...]]] = {
    "Inner": [(1, 1), (4, 4)],
    "Left": [(1, 1), (2, None), (3, None), (4, 4)],
    "Right": [(1, 1), (4, 4), (None, 2), (None, 3)],
    "Full": [(1, 1), (2, None), (3, None), (4, 4), (None, 2), (None, 3)],
    "Semi": [(1,), (4,)],
    "Anti": [(2,), (3,)],
}


@pytest.mark.parametrize(("kind", "expected"), [("Semi", [1, 3]), ("Anti", [2, 4])])
def test_a_row_with_several_partners_is_kept_once(kind: JoinKind, expected: list[int]) -> None:
    tables = MemorySource(
        make_table("l", "id uint32, c text null", numbered(["a", None, "b", "z"])),
        make_table("r", "id uint32, c text null", numbered(["b", "a", None, "a", "y"])),
    )
    batch = run_select(Select("l", joins=(Join(kind, "r", ("c",), ("c",)),)), tables)
    assert batch.names == ("id", "c")
    assert vector_to_cells(batch.vectors[0]) == expected


def test_a_limit_stops_reading_the_left_side() -> None:
    rows = numbered([number % 5 for number in range(100)])
    left, right = (make_table(name, "id uint32, c int8", rows) for name in ("l", "r"))
    join = Join("Semi", "r", ("c",), ("c",))
    batch = run_select(Select("l", joins=(join,), limit=7), MemorySource(left, right))
    assert vector_to_cells(batch.vectors[0]) == [1, 2, 3, 4, 5, 6, 7]
    assert (left.scanned_pages, right.scanned_pages) == (3, 34)


def test_rows_with_many_partners_come_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partners, "BATCH_ROWS", 30)
    tables = MemorySource(
        make_table("l", "id uint32, c text", numbered(["x"] * 9)),
        make_table("r", "id uint32, c text", numbered(["x"] * 10)),
    )
    statement = Select("l", columns=("l.id",), joins=(Join("Inner", "r", ("c",), ("c",)),))
    batches = list(stream_select(statement, tables))
    assert max(batch.count for batch in batches) <= 30
    ids = [id for batch in batches for id in vector_to_cells(batch.vectors[0])]
    assert ids == [id for id in range(1, 10) for _ in range(10)]
