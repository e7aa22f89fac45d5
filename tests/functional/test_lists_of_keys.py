"""A list as one parameter finds what the same list written out finds, whoever looks for it."""

import json
from typing import Any

import pytest

from tests.support.engine_under_test import EngineUnderTest
from tests.support.golden_syntax import parse_definition
from wasidb import Conflict, Database, Field, LimitExceeded, Table, UInt32, select
from wasidb.errors import InvalidQuery

PLACES = """
places: id uint32 key, code text unique, zone int16 null, note text null, size float64;
index zone,note
"""
COLUMNS = ["id", "code", "zone", "note", "size"]
COUNT = 5_000
ROWS = [
    [n, f"c{n}", None if n % 9 == 0 else n % 40 - 20, "Null" if n % 3 else None, n / 2]
    for n in range(COUNT)
]
LISTS: dict[str, list[list[Any]]] = {
    "id": [
        [7],
        [9, 7, 9, 4_999, 5_000],
        [5_000],
        [-1, 3, 1 << 40, 10**30],
        [-1],
        [],
        [None, 3],
        [None],
        [True, 3],
        [1.0, 2.5, 3],
        [{"Uint32": 3}, 4],
        list(range(900, -1, -1)),
        list(range(1_200)),
        list(range(3_000)),
    ],
    "code": [
        ["c7", "c3", "c7", "none", ""],
        ["Null", "c3"],
        [{"Text": "Null"}, "c3"],
        ["c3", "x" * 70_000, "x" * 20_000],
        [f"c{n}" for n in range(0, 2_400, 2)],
    ],
    "zone": [[-20, 3, 3, 100, 40_000], [19, None], list(range(-20, 20)), [5]],
    "note": [["Null", "x"], [{"Text": "Null"}]],
    "size": [[1, 2.5, 3], [1.0]],
}


@pytest.fixture
def places(engine: EngineUnderTest) -> EngineUnderTest:
    engine.create(parse_definition(" ".join(PLACES.split())))
    engine.insert("places", COLUMNS, *ROWS)
    return engine


def outcome(engine: EngineUnderTest, statement: dict[str, Any], *parameters: Any) -> Any:
    handle = engine.call("rows", "prepare", json.dumps(statement))
    try:
        answer = engine.call("rows", "execute", handle, json.dumps(parameters), None)
    except InvalidQuery as error:
        return error.message
    return json.loads(answer)


@pytest.mark.parametrize("column", LISTS)
def test_list_is_what_it_is_written_out(places: EngineUnderTest, column: str) -> None:
    for listed in LISTS[column]:
        for form in ({}, {"as": "p", "columns": ["note", "id"]}):
            asked = [
                {"select": {"from": "places", **form, "where": {"In": [column, constants]}}}
                for constants in ({"Param": 0}, listed)
            ]
            assert outcome(places, asked[0], listed) == outcome(places, asked[1]), listed


@pytest.mark.parametrize("given", [7, None, {"a": 1}, "c7"], ids=str)
def test_what_is_no_list_is_refused(places: EngineUnderTest, given: Any) -> None:
    for column in ("id", "note"):
        statement = {"from": "places", "where": {"In": [column, {"Param": 0}]}}
        message = outcome(places, {"select": statement}, given)
        assert "parameters" in message
        assert "expected an array" in message


def test_a_second_list_is_refused(places: EngineUnderTest) -> None:
    statement = {"select": {"from": "places", "where": {"In": ["id", {"Param": 0}]}}}
    assert "expected an array of 1 values" in outcome(places, statement, [7], [9])


def test_list_among_other_conditions(places: EngineUnderTest) -> None:
    where = {"And": [{"In": ["id", {"Param": 1}]}, {"Not": {"In": ["zone", {"Param": 0}]}}]}
    found = outcome(places, {"select": {"from": "places", "where": where}}, [-20, -18], [0, 1, 2])
    assert [row[0] for row in found["rows"]] == [1]


def test_updates_and_deletes_by_a_list(places: EngineUnderTest) -> None:
    where = {"In": ["id", {"Param": 0}]}
    update = {"update": {"table": "places", "changes": {"note": {"Param": 1}}, "where": where}}
    assert outcome(places, update, [7, 7, 9, 6_000], "changed") == 2
    assert outcome(places, update, [None, 11], "changed") == 1
    changed = {"from": "places", "columns": ["id"], "where": {"Eq": ["note", "changed"]}}
    assert places.answer(changed)["rows"] == [[7], [9], [11]]
    assert outcome(places, {"delete": {"table": "places", "where": where}}, [9, 8, 6_000]) == 2
    assert outcome(places, {"select": {"from": "places", "where": where}}, [8, 9])["rows"] == []


class Item(Table, table="items"):
    id: UInt32 = Field(primary_key=True)
    kind: int = Field(index=True)


@pytest.fixture
def items(db: Database) -> Database:
    db.create_tables(Item)
    db.insert([Item(id=number, kind=number % 3) for number in range(30)])
    return db


def test_keys_are_found_where_they_have_come_to_lie(items: Database) -> None:
    """How they lay before is known of the index."""
    there = {*range(30)}
    for gone, come in (({0, 1, 2}, {40}), ({40, 29, 15}, {0, 55, 56}), (set[int](), {1, 2, 41})):
        items.delete(Item, Item.id.in_(list(gone)))
        items.insert([Item(id=number, kind=7) for number in come])
        there = there - gone | come
        found = items.get_many(Item, range(60))
        assert {number for number in range(60) if found[number] is not None} == there
        assert all(row is None or row.id == number for number, row in enumerate(found))


@pytest.mark.parametrize("appeared", [Item(id=100, kind=9), Item(id=101, kind=7)], ids=str)
def test_what_a_list_has_not_found_counts(items: Database, appeared: Item) -> None:
    """A row that the list would have found is a conflict, another one is not."""
    with items.transaction() as other, items.transaction() as mine:
        assert mine.select(select(Item).where(Item.kind.in_([7, 8]))) == []
        mine.insert(Item(id=200, kind=0))
        other.insert(appeared)
        other.insert(Item(id=300, kind=1))
        other._commits.commit(other._end())
        ending = mine._end()
        if appeared.kind == 7:
            with pytest.raises(Conflict):
                mine._commits.commit(ending)
        else:
            mine._commits.commit(ending)


def test_rows_of_a_list_are_counted(items: Database) -> None:
    with items.transaction(result_rows=3) as tx:
        assert len(tx.select(select(Item).where(Item.id.in_([1, 2, 3, 99])))) == 3
        with pytest.raises(LimitExceeded):
            tx.select(select(Item).where(Item.id.in_([1, 2, 3, 4])))
        with pytest.raises(LimitExceeded):
            tx.delete(Item, Item.id.in_([1, 2, 3, 4]))
