"""The first rows in an order: the same whichever way they are found, and no more read than it
takes.
"""

import json
from array import array
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.query.memory_source import MemorySource, MemoryTable, make_table
from wasidb_guest.query import first_rows, look_ups
from wasidb_guest.query.address_sets import sort_addresses
from wasidb_guest.query.executor import run_select
from wasidb_guest.query.plan import explain
from wasidb_guest.query.planner import plan_select
from wasidb_guest.query.results import batch_to_json
from wasidb_guest.query.statement import parse_select
from wasidb_guest.query.table_planner import FIRST_ROWS_MAX

COLUMNS = "id uint32, a int8 null, b uint8 null, c text, d decimal null"
INDEXES = [["a"], ["b", "a"], ["a", "b"], ["c"], ["d", "a"]]


@pytest.fixture(autouse=True)
def _large_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make small tables count as large ones."""
    for module in (look_ups, first_rows):
        monkeypatch.setattr(module, "FEW_ROWS", 2)
    monkeypatch.setattr(first_rows, "MERGED_ROWS", 3)


@pytest.fixture(params=[0.0, 0.5, 1.0])
def walk_share(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[float]:
    """Walks are given up at once, now and then, or never."""
    with monkeypatch.context() as patch:
        patch.setattr(first_rows, "WALK_SHARE", request.param)
        yield request.param


def ids(table: MemoryTable, **statement: Any) -> list[int]:
    return [row[0] for row in rows_of(table, **statement)]


def rows_of(table: MemoryTable, **statement: Any) -> list[list[Any]]:
    parsed = parse_select(json.dumps({"from": "t", **statement}))
    rows: list[list[Any]] = json.loads(batch_to_json(run_select(parsed, MemorySource(table))))[
        "rows"
    ]
    return rows


def walk_of(table: MemoryTable, **statement: Any) -> str:
    """How the plan goes along an index; empty if it does not."""
    parsed = parse_select(json.dumps({"from": "t", "limit": 5, **statement}))
    lines = explain(plan_select(parsed, MemorySource(table))).splitlines()
    (line,) = [each for each in lines if "FirstRows" in each]
    return line.partition("along index ")[2].partition(" [")[0]


def by(*names: str) -> list[dict[str, str]]:
    """The keys of an order; a minus in front of a name says descending."""
    return [
        {"column": name.lstrip("-"), "direction": "desc" if name[0] == "-" else "asc"}
        for name in names
    ]


def numbered(count: int) -> MemoryTable:
    """Ids from 1, and `a` the other way round."""
    rows = [[number, count - number, number % 3, "x", None] for number in range(1, count + 1)]
    return make_table("t", COLUMNS, rows, INDEXES)


def test_a_walk_ends_when_there_are_enough_rows() -> None:
    table = numbered(100)
    assert ids(table, where={"Gt": ["id", 40]}, order_by=by("id"), limit=3) == [41, 42, 43]
    # Four rows are passed, which is a piece of the index, and three of them given.
    assert (table.fetched_rows, table.scanned_pages, table.index_pieces) == (4 + 3, 0, 1)


def test_a_walk_goes_several_ways() -> None:
    table = numbered(100)
    assert ids(table, where={"In": ["b", [0, 2]]}, order_by=by("a"), limit=3) == [99, 98, 96]
    # Four rows are passed on each way, and three of them given.
    assert (table.fetched_rows, table.scanned_pages) == (4 + 4 + 3, 0)


def test_a_walk_goes_backwards() -> None:
    table = numbered(100)
    assert ids(table, order_by=by("-id"), limit=2, offset=1) == [99, 98]
    assert ids(table, where={"Lt": ["a", 10]}, order_by=by("-a"), limit=2) == [91, 92]
    assert (table.fetched_rows, table.scanned_pages) == (4 + 3 + 3 + 2, 0)


def test_a_walk_that_finds_little_is_given_up() -> None:
    table = numbered(100)
    rare = {"Like": ["c", "y%"]}
    assert ids(table, where=rare, order_by=by("id"), limit=3) == []
    assert table.fetched_rows == 4
    assert table.scanned_pages == 34


def test_few_rows_that_another_index_finds_are_put_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(look_ups, "FEW_ROWS", 5)
    table = numbered(100)
    assert ids(table, where={"Gt": ["a", 94]}, order_by=by("id"), limit=2) == [1, 2]
    assert (table.fetched_rows, table.scanned_pages) == (5 + 2, 0)


def test_what_is_equal_comes_as_it_is_stored() -> None:
    cells = [3, 1, 2, 1, None, 2, 1, 3, None, 2]
    rows = [[number, cell, 0, "x", None] for number, cell in enumerate(cells)]
    table = make_table("t", COLUMNS, rows, INDEXES)
    assert ids(table, order_by=by("a"), limit=4) == [4, 8, 1, 3]
    assert ids(table, order_by=by("-a"), limit=3) == [0, 7, 2]
    assert ids(table, where={"NotNull": "a"}, order_by=by("-a", "-id"), limit=3) == [7, 0, 9]
    assert ids(table, order_by=by("b"), limit=2, offset=5) == [5, 6]


def test_no_rows_are_read_where_none_are_wanted() -> None:
    table = numbered(10)
    assert ids(table, order_by=by("c"), limit=0) == []
    assert (table.fetched_rows, table.scanned_pages, table.index_pieces) == (0, 0, 0)


@pytest.mark.parametrize(
    ("where", "order", "walk"),
    [
        (None, by("id"), "(id)"),
        (None, by("-id"), "(id) descending"),
        ({"Ge": ["id", 3]}, by("-id"), "(id) >= 3 descending"),
        ({"Eq": ["b", 3]}, by("a"), "(b, a)"),
        ({"And": [{"Eq": ["b", 3]}, {"Lt": ["a", 9]}]}, by("b", "a"), "(b, a) < 3, 9"),
        ({"Eq": ["b", 3]}, by("-b", "-a", "id"), "(b, a) descending"),
        ({"IsNull": "b"}, by("a"), "(b, a)"),
        ({"And": [{"Eq": ["c", "x"]}, {"Gt": ["a", 1]}]}, by("a"), "(a) > 1"),
        (None, by("a", "b"), "(a, b)"),
        (None, by("a", "-b"), "(a)"),
        (None, by("c", "a"), "(c)"),
        ({"Eq": ["id", 1]}, by("id"), ""),
        ({"In": ["b", [3, 5]]}, by("-a"), "(b, a) descending"),
        ({"In": ["b", [3, 5]]}, by("b"), "(b, a)"),
        ({"In": ["b", list(range(17))]}, by("a"), "(a)"),
        ({"And": [{"In": ["b", [3, 5]]}, {"Lt": ["a", 9]}]}, by("a"), "(b, a) < 3, 9 or < 5, 9"),
        (None, [{"column": "b", "nulls": "last"}], "(b, a)"),
    ],
)
def test_which_way_leads_along_which_index(where: Any, order: Any, walk: str) -> None:
    statement = {"order_by": order} if where is None else {"where": where, "order_by": order}
    assert walk_of(numbered(3), **statement) == walk


@pytest.mark.parametrize("column", ["datetime", "json"])
def test_types_that_an_index_orders_otherwise_are_sorted(column: str) -> None:
    table = make_table("t", f"id uint32, c {column}", [], [["c"]])
    assert walk_of(table, order_by=by("c")) == ""


def test_only_rows_as_they_are_come_along_an_index() -> None:
    statement = {"from": "t", "order_by": by("a"), "limit": 3}
    for further in (
        {"distinct": True},
        {"distinct_by": ["b"]},
        {"group_by": ["a"]},
        {"limit": FIRST_ROWS_MAX + 1},
    ):
        text = explain(
            plan_select(parse_select(json.dumps(statement | further)), MemorySource(numbered(3)))
        )
        assert "FirstRows" not in text
        assert f"Sort a, first {(statement | further)['limit']} rows" in text


small = st.none() | st.integers(0, 3)
decimals = st.none() | st.sampled_from(["0", "1.0", "1", "2.50"])
texts = st.sampled_from(["", "a", "ab", "abcdefgh", "abcdefgh\0", "abcdefghi", "b"])
lists = st.lists(st.tuples(small, small, texts, decimals), max_size=14)
names = st.sampled_from(["id", "a", "b", "c", "d"])
filters = st.sampled_from(
    [
        None,
        {"Ge": ["a", 1]},
        {"Eq": ["b", 1]},
        {"And": [{"Eq": ["b", 1]}, {"Lt": ["a", 3]}]},
        {"Or": [{"Eq": ["a", 2]}, {"Eq": ["c", "ab"]}]},
        {"NotNull": "a"},
        {"In": ["d", ["1", 2.5]]},
        {"In": ["b", [0, 2, 3]]},
        {"And": [{"In": ["b", [1, 2]]}, {"Ge": ["a", 1]}]},
        {"In": ["b", []]},
        {"Ne": ["c", "a"]},
    ]
)
directions = st.sampled_from(["asc", "desc"])
key = st.fixed_dictionaries(
    {"column": names, "direction": directions},
    optional={"nulls": st.sampled_from(["first", "last"])},
)


@pytest.mark.usefixtures("walk_share")
@given(lists, filters, st.lists(key, min_size=1, max_size=3), st.integers(1, 9))
def test_the_first_rows_are_those_of_the_whole_order(
    data: Any, where: Any, order: Any, limit: int
) -> None:
    rows = [[number, *row] for number, row in enumerate(data)]
    statement = {"order_by": order} if where is None else {"order_by": order, "where": where}
    whole = rows_of(make_table("t", COLUMNS, rows), **statement)
    for table in (make_table("t", COLUMNS, rows, INDEXES), make_table("t", COLUMNS, rows)):
        assert rows_of(table, **statement, limit=limit) == whole[:limit]
        assert rows_of(table, **statement, limit=limit, distinct=True) == whole[:limit]


@given(lists, filters, st.integers(0, 9))
def test_a_limit_gives_the_first_rows_that_are_stored(data: Any, where: Any, limit: int) -> None:
    rows = [[number, *row] for number, row in enumerate(data)]
    statement = {} if where is None else {"where": where}
    whole = rows_of(make_table("t", COLUMNS, rows), **statement)
    table = make_table("t", COLUMNS, rows, INDEXES)
    assert rows_of(table, **statement) == whole
    assert rows_of(table, **statement, limit=limit) == whole[:limit]


def test_a_limit_looks_at_the_beginning_of_the_table_first() -> None:
    table = numbered(100)
    assert ids(table, where={"Ge": ["id", 2]}, limit=2) == [2, 3]
    assert (table.scanned_pages, table.fetched_rows) == (1, 0)
    assert ids(table, where={"Ge": ["id", 50]}, limit=2) == [50, 51]
    assert (table.scanned_pages, table.fetched_rows) == (2, 2)


addresses = st.integers(0, 2**48 - 1) | st.integers(0, 5).map(lambda n: n << 16 | 32)


@given(st.lists(addresses))
def test_addresses_are_sorted_and_stand_once(given_addresses: list[int]) -> None:
    found = memoryview(array("Q", given_addresses))
    spare = memoryview(array("Q", given_addresses))
    count = sort_addresses(found, spare, memoryview(array("i", bytes(4 * 256))))
    assert found[:count].tolist() == sorted(set(given_addresses))
