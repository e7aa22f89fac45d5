"""Aggregates of every type, and what they refuse."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.query.memory_source import MemorySource, make_table, numbered
from wasidb_guest.encoding.cell_vectors import vector_to_cells
from wasidb_guest.errors import InvalidQuery, LimitExceeded
from wasidb_guest.query.executor import run_select
from wasidb_guest.query.statement import Aggregate, Function, Select

FUNCTIONS: tuple[Function, ...] = ("count", "sum", "avg", "min", "max")
U64_MAX = (1 << 64) - 1
I64_MIN = -(1 << 63)


def aggregated(column: str, cells: list[Any], *functions: Function) -> list[Any]:
    """The results of the functions over one column without groups."""
    tables = MemorySource(make_table("t", f"id uint32, c {column} null", numbered(cells)))
    calls = tuple(Aggregate(each, "c", each) for each in functions)
    batch = run_select(Select("t", aggregates=calls), tables)
    return [vector_to_cells(vector)[0] for vector in batch.vectors]


@pytest.mark.parametrize(
    ("column", "cells", "expected"),
    [
        ("uint32", [1, 1, 1, 2], [4, "5", "1.25", 1, 2]),
        ("int8", [-128, None, 127], [2, "-1", "-0.50", -128, 127]),
        ("uint64", [U64_MAX, U64_MAX], [2, str(2 * U64_MAX), str(U64_MAX), U64_MAX, U64_MAX]),
        ("int64", [I64_MIN, I64_MIN], [2, str(2 * I64_MIN), str(I64_MIN), I64_MIN, I64_MIN]),
        ("decimal", ["1.10", "2.20", "3"], [3, "6.30", "2.10", "1.10", "3"]),
        ("decimal", ["-1.5", "1.50", None], [2, "0.00", "0", "-1.5", "1.50"]),
        ("decimal", [None, None], [0, None, None, None, None]),
        ("float64", [0.5, None, -2.0], [2, -1.5, -0.75, -2.0, 0.5]),
        ("float32", [0.5, 2.5], [2, 3.0, 1.5, 0.5, 2.5]),
        ("float64", [], [0, None, None, None, None]),
    ],
)  # fmt: skip
def test_numbers(column: str, cells: list[Any], expected: list[Any]) -> None:
    assert aggregated(column, cells, *FUNCTIONS) == expected


@pytest.mark.parametrize(
    ("column", "cells", "expected"),
    [
        ("text", ["b", None, "Ä", "a"], ["a", "Ä"]),
        ("blob", [b"\x01", b"", b"\x01\x00"], [b"", b"\x01\x00"]),
        ("boolean", [True, False], [False, True]),
        ("date", ["2024-02-01", "2023-12-31"], ["2023-12-31", "2024-02-01"]),
        (
            "datetime",
            ["2024-01-01T12:00:00.000000+02:00", "2024-01-01T11:00:00.000000+00:00"],
            ["2024-01-01T12:00:00.000000+02:00", "2024-01-01T11:00:00.000000+00:00"],
        ),
        ("json", ["[]", "null", '"x"'], ["null", "[]"]),
        ("uuid", [None], [None, None]),
    ],
)
def test_extremes_of_any_type(column: str, cells: list[Any], expected: list[Any]) -> None:
    assert aggregated(column, cells, "min", "max") == expected


def test_extremes_of_floats_know_nan_as_the_greatest() -> None:
    least, greatest = aggregated("float64", [float("nan"), 1.0, float("inf")], "min", "max")
    assert least == 1.0
    assert greatest != greatest


def test_a_sum_that_does_not_fit_is_refused() -> None:
    largest = "79228162514264337593543950335"
    with pytest.raises(LimitExceeded, match="does not fit a decimal"):
        aggregated("decimal", [largest, "1"], "sum")
    assert aggregated("decimal", [largest, largest], "avg") == [largest]


@pytest.mark.parametrize("function", ["sum", "avg"])
def test_only_numbers_have_sums(function: Function) -> None:
    with pytest.raises(InvalidQuery, match="aggregate requires numeric column: 'c'"):
        aggregated("text", [], function)


group_cells = {
    "int8": st.integers(-1, 1),
    "uint64": st.sampled_from([0, 2**63]),
    "float64": st.sampled_from([0.0, -0.0, 1.5, float("nan")]),
    "decimal": st.sampled_from(["1", "1.0", "2"]),
    "text": st.sampled_from(["", "a", "ab"]),
    "json": st.sampled_from(["1", "[1, 2]", "null"]),
}
group_keys = {"nan": "nan", -0.0: 0.0, "1.0": "1"}


@given(st.data())
def test_groups_are_those_of_a_dict(data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(sorted(group_cells)), min_size=1, max_size=3))
    rows = data.draw(
        st.lists(st.tuples(*(st.none() | group_cells[each] for each in chosen)), max_size=12)
    )
    names = [f"c{number}" for number in range(len(chosen))]
    columns = ", ".join(f"{name} {each} null" for name, each in zip(names, chosen, strict=True))
    listed = [[number, *row] for number, row in enumerate(rows, 1)]
    tables = MemorySource(make_table("t", f"id uint32, {columns}", listed))
    statement = Select("t", group_by=tuple(names), aggregates=(Aggregate("sum", "id", "s"),))
    expected: dict[Any, int] = {}
    for number, *row in listed:
        key = tuple("nan" if cell != cell else group_keys.get(cell, cell) for cell in row)
        expected[key] = expected.get(key, 0) + number
    sums = vector_to_cells(run_select(statement, tables).vectors[-1])
    assert sums == [str(total) for total in expected.values()]
