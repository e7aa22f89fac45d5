"""Prepared statements, rows by key, cursors: each says what the plain functions say."""

import json
from typing import Any

import pytest

from tests.support.engine_under_test import EngineUnderTest
from tests.support.golden_syntax import parse_definition
from wasidb.errors import (
    Conflict,
    InvalidQuery,
    NotOpen,
    TableNotFound,
    TransactionNotFound,
    UnknownColumn,
)

PEOPLE = "people: id uint32 key, name text, city text null, age int16 null; index city,age"
COLUMNS = ["id", "name", "city", "age"]
ROWS = [
    [n, f"person {n}", None if n % 5 == 0 else f"city {n % 4}", None if n % 7 == 0 else n % 3]
    for n in range(60)
]


@pytest.fixture
def people(engine: EngineUnderTest) -> EngineUnderTest:
    engine.create(parse_definition(PEOPLE))
    engine.insert("people", COLUMNS, *ROWS)
    return engine


def prepare(engine: EngineUnderTest, statement: Any) -> int:
    handle: int = engine.call("rows", "prepare", json.dumps(statement))
    return handle


def execute(engine: EngineUnderTest, handle: int, *parameters: Any, tx: int | None = None) -> Any:
    return json.loads(engine.call("rows", "execute", handle, json.dumps(parameters), tx))


def by_city(*, age: Any = None) -> dict[str, Any]:
    city = {"Eq": ["city", {"Param": 0}]}
    return {"from": "people", "where": city if age is None else {"And": [age, city]}}


@pytest.mark.parametrize(
    ("select", "parameters"),
    [
        (by_city(), ["city 1"]),
        (by_city(), [None]),
        (by_city(), [{"Text": "city 3"}]),
        (by_city(), ["nowhere"]),
        (by_city(age={"Eq": ["age", {"Param": 1}]}), ["city 1", 2]),
        (by_city(age={"Eq": ["people.age", {"Param": 1}]}), ["city 1", 1.0]),
        (by_city(age={"Eq": ["age", {"Param": 1}]}), ["city 1", 1.5]),
        (by_city(age={"Eq": ["age", {"Param": 1}]}), ["city 1", 100_000]),
        (by_city(age={"Eq": ["age", 2]}), ["city 1"]),
        (by_city(age={"Gt": ["age", {"Param": 1}]}), ["city 1", 0]),
        ({**by_city(), "columns": ["age", "id"]}, ["city 2"]),
        ({**by_city(), "columns": ["id"], "order_by": [{"column": "id", "direction": "desc"}],
          "limit": {"Param": 1}, "offset": {"Param": 2}}, ["city 2", 3, 1]),
        ({"from": "people", "where": {"Eq": ["age", {"Param": 0}]}}, [1]),
        ({"from": "people", "where": {"In": ["id", [{"Param": 0}, 7, {"Param": 1}]]}}, [9, 9]),
        ({"from": "people", "where": {"Not": {"Or": [{"IsNull": "city"}, {"Lt": ["id", 50]}]}}},
         []),
        ({"from": "people", "group_by": ["city"], "having": {"Ge": ["n", {"Param": 0}]},
          "aggregates": [{"function": "count", "as": "n"}]}, [12]),
    ],
)  # fmt: skip
def test_prepared_select_is_the_same_select(
    people: EngineUnderTest, select: dict[str, Any], parameters: list[Any]
) -> None:
    plain = json.loads(json.dumps(select), object_hook=lambda value: (
        parameters[value["Param"]] if value.keys() == {"Param"} else value))  # fmt: skip
    handle = prepare(people, {"select": select})
    for _ in range(2):
        assert execute(people, handle, *parameters) == people.answer(plain)


@pytest.mark.parametrize(
    "asked",
    [
        {"columns": ["id", "name"], "order_by": [{"column": "name", "direction": "desc"}]},
        {"as": "p", "distinct": True, "columns": ["p.city"]},
        {"group_by": ["city"], "aggregates": [{"function": "max", "column": "age", "as": "age"}],
         "having": {"Gt": ["age", 0]}},
        {"aggregates": [{"function": "count", "as": "n"}]},
    ],
)  # fmt: skip
def test_a_filter_has_the_constants_of_each_run(
    people: EngineUnderTest, asked: dict[str, Any]
) -> None:
    def select(low: Any, name: Any) -> dict[str, Any]:
        where = {"Or": [{"Gt": ["age", low]}, {"Not": {"Ge": ["name", name]}}]}
        return {"from": "people", "where": where, **asked}

    handle = prepare(people, {"select": select({"Param": 0}, {"Param": 1})})
    runs = [(0, "person 2"), (1, "person 4"), (None, "person 2"), (-5.5, None), (9, "")]
    for low, name in runs:
        assert execute(people, handle, low, name) == people.answer(select(low, name))
    with pytest.raises(InvalidQuery, match="column 'name' is text"):
        execute(people, handle, 0, 3)
    people.insert("people", COLUMNS, [100, "person 0", "city 9", 3])
    assert execute(people, handle, 2, "") == people.answer(select(2, ""))


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ({"selekt": {}}, "a statement, one of select, get, insert, upsert, update, delete, pages"),
        ({"pages": {"select": {"from": "people"}, "rows": 0}}, "rows: expected a whole number"),
        ({"select": {"from": {"Param": 0}}}, r"from: expected a string, not \{'Param': 0\}"),
        ({"select": {"from": "people", "limit": {"Param": -1}}}, "Param: expected a whole number"),
        ({"get": {"table": "people", "columns": []}}, "columns: expected at least one column"),
        ({"insert": {"table": "people", "columns": "id"}}, '"columns" must be an array'),
        ({"update": {"table": "people", "changes": []}}, "changes: expected an object"),
        ({"delete": {"table": "people", "behavior": "no"}}, "'restrict' or 'cascade'"),
    ],
)
def test_malformed_statements(people: EngineUnderTest, statement: Any, message: str) -> None:
    with pytest.raises(InvalidQuery, match=message):
        prepare(people, statement)


@pytest.mark.parametrize("parameters", ["[]", '["a", 2]', "7", "[", '{"0": 1}'])
def test_parameters_must_fit_the_statement(people: EngineUnderTest, parameters: str) -> None:
    handle = prepare(people, {"select": by_city()})
    with pytest.raises(InvalidQuery, match="parameters JSON"):
        people.call("rows", "execute", handle, parameters, None)


def test_a_parameter_must_fit_its_column(people: EngineUnderTest) -> None:
    handle = prepare(people, {"select": by_city()})
    with pytest.raises(InvalidQuery, match="column 'city' is text: literal 3 is not text"):
        execute(people, handle, 3)


def test_get(people: EngineUnderTest) -> None:
    handle = prepare(people, {"get": {"table": "people", "columns": ["name", "id"]}})
    assert execute(people, handle, 7) == [["person 7", 7]]
    assert execute(people, handle) == []
    assert execute(people, handle, 9, 100, 8, 9) == [
        ["person 9", 9], None, ["person 8", 8], ["person 9", 9],
    ]  # fmt: skip
    assert execute(people, handle, 1.0, -1, 2.5, None, {"Uint32": 3}) == [
        ["person 1", 1], None, None, None, ["person 3", 3],
    ]  # fmt: skip
    with pytest.raises(InvalidQuery, match="column 'id' is uint32: literal 'a' is not"):
        execute(people, handle, "a")
    assert json.loads(people.call("rows", "get", "people", "7", None)) == ROWS[7]
    assert people.call("rows", "get", "people", "60", None) == "null"
    found = people.call("rows", "get-many", "people", "[59, 60, 0]", None)
    assert json.loads(found) == [ROWS[59], None, ROWS[0]]


def test_a_refused_get_leaves_nothing_to_the_next_one(people: EngineUnderTest) -> None:
    get = prepare(people, {"get": {"table": "people"}})
    select = prepare(people, {"select": {"from": "people", "where": {"Eq": ["id", {"Param": 0}]}}})
    for handle, found in ((get, [ROWS[7]]), (select, {"columns": COLUMNS, "rows": [ROWS[7]]})):
        with pytest.raises(InvalidQuery):
            execute(people, handle, "a")
        assert execute(people, handle, 7) == found


@pytest.mark.parametrize("key", ["Null", "", "\\u20ac" * 9, "x" * 20_000])
def test_keys_that_are_text(engine: EngineUnderTest, key: str) -> None:
    engine.create(parse_definition("words: word text key, n int8"))
    engine.insert("words", ["word", "n"], [key, 1], ["other", 2])
    get = prepare(engine, {"get": {"table": "words"}})
    assert execute(engine, get, key) == [[key, 1]]
    assert execute(engine, get, key + "?") == [None]


def test_get_where_the_table_is_another_by_now(people: EngineUnderTest) -> None:
    get = prepare(people, {"get": {"table": "people"}})
    assert execute(people, get, 7) == [ROWS[7]]
    people.call("catalog", "drop-tables", '["people"]')
    with pytest.raises(TableNotFound):
        execute(people, get, 7)
    people.create(parse_definition("people: name text, id int64 key"))
    people.insert("people", ["name", "id"], ["Ann", -7])
    assert execute(people, get, -7) == [["Ann", -7]]


def test_count_and_exists(people: EngineUnderTest) -> None:
    where = '{"Eq": ["city", "city 1"]}'
    expected = sum(row[2] == "city 1" for row in ROWS)
    assert people.call("rows", "count", "people", None, None) == len(ROWS)
    assert people.call("rows", "count", "people", where, None) == expected
    assert people.call("rows", "exists", "people", where, None) is True
    assert people.call("rows", "exists", "people", '{"Gt": ["id", 100]}', None) is False
    with pytest.raises(UnknownColumn):
        people.call("rows", "exists", "people", '{"Gt": ["size", 100]}', None)


def test_prepared_changes(people: EngineUnderTest) -> None:
    insert = prepare(people, {"insert": {"table": "people", "columns": ["id", "name"]}})
    upsert = prepare(people, {"upsert": {"table": "people", "columns": ["id", "name"]}})
    update = prepare(people, {"update": {
        "table": "people", "changes": {"age": {"Param": 0}, "city": "x"},
        "where": {"Eq": ["id", {"Param": 1}]}}})  # fmt: skip
    delete = prepare(people, {"delete": {"table": "people", "where": {"Eq": ["id", {"Param": 0}]}}})
    tx = people.begin()
    assert execute(people, insert, [100, "a"], [101, "b"], tx=tx) == [100, 101]
    assert execute(people, upsert, [102, "c"], [101, "B"], tx=tx) == {
        "inserted": 1, "updated": 1, "keys": [102, 101],
    }  # fmt: skip
    assert execute(people, update, 9, 101, tx=tx) == 1
    assert execute(people, update, None, 999, tx=tx) == 0
    assert execute(people, delete, 100, tx=tx) == 1
    people.commit(tx)
    above = {"from": "people", "where": {"Ge": ["id", 60]}}
    assert people.select(above) == [[101, "B", "x", 9], [102, "c", None, None]]


@pytest.mark.parametrize(
    ("column", "value", "count"),
    [
        ("id", 7, 1),
        ("id", 999, 0),
        ("id", -1, 0),
        ("id", 7.0, 1),
        ("id", None, 0),
        ("city", "city 1", 12),
        ("city", "nowhere", 0),
        ("city", {"Text": "city 1"}, 12),
        ("city", None, 12),
        ("name", "person 7", 1),
    ],
)
def test_prepared_deletes_find_what_a_select_does(
    people: EngineUnderTest, column: str, value: object, count: int
) -> None:
    where = {"Eq": [column, {"Param": 0}]}
    delete = prepare(people, {"delete": {"table": "people", "where": where}})
    select = prepare(people, {"select": {"from": "people", "columns": ["id"], "where": where}})
    assert len(execute(people, select, value)["rows"]) == count
    assert execute(people, delete, value) == count
    assert execute(people, delete, value) == 0


@pytest.mark.parametrize("isolation", ["serializable", "snapshot"])
def test_a_row_that_others_insert_was_not_there_to_be_deleted(
    people: EngineUnderTest, isolation: str
) -> None:
    delete = prepare(people, {"delete": {"table": "people", "where": {"Eq": ["id", {"Param": 0}]}}})
    tx: int = people.call("rows", "begin-transaction", json.dumps({"isolation": isolation}))
    assert execute(people, delete, 70, tx=tx) == 0
    assert execute(people, delete, 7, tx=tx) == 1
    people.insert("people", COLUMNS, [71, "b", None, None])
    people.insert("people", COLUMNS, [70, "a", None, None])
    if isolation == "snapshot":
        people.commit(tx)
    else:
        with pytest.raises(Conflict):
            people.commit(tx)


def test_floats_among_prepared_changes(engine: EngineUnderTest) -> None:
    engine.create(parse_definition("t: id uint8 key, a float64 null, b float32 null"))
    engine.insert("t", ["id"], [1])
    changes = {"a": {"Param": 0}, "b": 0.25}
    update = prepare(engine, {"update": {"table": "t", "changes": changes}})
    assert execute(engine, update, 0.1) == 1
    assert engine.select({"from": "t"}) == [[1, 0.1, 0.25]]
    assert execute(engine, update, "NaN") == 1
    assert engine.select({"from": "t"}) == [[1, "NaN", 0.25]]


def test_statements_follow_the_definition(people: EngineUnderTest) -> None:
    get = prepare(people, {"get": {"table": "people", "columns": ["name"]}})
    select = prepare(people, {"select": {"from": "people", "where": {"Eq": ["city", "here"]}}})
    everybody = prepare(people, {"select": {"from": "people", "columns": ["name"]}})
    assert execute(people, get, 1) == [["person 1"]]
    assert execute(people, select)["rows"] == []
    people.drop("people")
    for handle, parameters in ((get, [1]), (select, []), (everybody, [])):
        with pytest.raises(TableNotFound):
            execute(people, handle, *parameters)
    people.create(parse_definition("people: city text, name text, id text key"))
    people.insert("people", ["id", "name", "city"], ["1", "Ann", "here"])
    assert execute(people, get, "1") == [["Ann"]]
    assert execute(people, select) == {"columns": ["city", "name", "id"],
                                       "rows": [["here", "Ann", "1"]]}  # fmt: skip
    assert execute(people, everybody)["rows"] == [["Ann"]]


def test_statement_sees_its_transaction(people: EngineUnderTest) -> None:
    get = prepare(people, {"get": {"table": "people", "columns": ["id"]}})
    tx = people.begin()
    people.insert("people", ["id", "name"], [100, "new"], tx=tx)
    assert execute(people, get, 100, tx=tx) == [[100]]
    assert execute(people, get, 100) == [None]
    people.rollback(tx)
    with pytest.raises(TransactionNotFound):
        execute(people, get, 100, tx=tx)


def test_handles_that_are_not_open(people: EngineUnderTest) -> None:
    handle = prepare(people, {"select": by_city()})
    people.call("rows", "close-statement", handle)
    people.call("rows", "close-statement", handle)
    with pytest.raises(NotOpen, match=f"statement {handle} is not open"):
        execute(people, handle, "city 1")
    with pytest.raises(NotOpen, match="cursor 5 is not open"):
        people.call("rows", "fetch", 5)
    people.call("rows", "close-cursor", 5)


def open_cursor(
    engine: EngineUnderTest, select: dict[str, Any], page_rows: int, tx: int | None = None
) -> int:
    cursor: int = engine.call("rows", "open-cursor", json.dumps(select), page_rows, tx)
    return cursor


@pytest.mark.parametrize("page_rows", [1, 7, 60, 1000])
def test_cursor_gives_the_rows_of_its_select(people: EngineUnderTest, page_rows: int) -> None:
    select = {"from": "people", "where": {"Lt": ["id", 21]}}
    cursor = open_cursor(people, select, page_rows)
    people.delete("people")
    pages = []
    while (page := people.call("rows", "fetch", cursor)) is not None:
        pages.append(json.loads(page))
    assert [page["columns"] for page in pages] == [COLUMNS] * len(pages)
    assert {len(page["rows"]) for page in pages[:-1]} <= {page_rows}
    assert [row for page in pages for row in page["rows"]] == ROWS[:21]
    people.call("rows", "close-cursor", cursor)


@pytest.mark.parametrize("page_rows", [1, 7, 21, 1000])
def test_pages_have_the_rows_of_their_select_by_column(
    people: EngineUnderTest, page_rows: int
) -> None:
    select = {"from": "people", "where": {"Lt": ["id", {"Param": 0}]}}
    pages = [execute(people, prepare(people, {"pages": {"select": select, "rows": page_rows}}), 21)]
    people.delete("people")
    cursor = pages[0].pop("cursor", None)
    assert (cursor is None) == (page_rows >= 21)
    while cursor is not None and (page := people.call("rows", "fetch", cursor)) is not None:
        pages.append(json.loads(page))
    assert [page["columns"] for page in pages] == [COLUMNS] * len(pages)
    rows = [list(zip(*page["cells"], strict=True)) for page in pages]
    assert {len(page) for page in rows[:-1]} <= {page_rows}
    assert [list(row) for page in rows for row in page] == ROWS[:21]


def test_pages_without_rows_have_all_columns(people: EngineUnderTest) -> None:
    select = {"from": "people", "where": {"Gt": ["id", {"Param": 0}]}}
    handle = prepare(people, {"pages": {"select": select, "rows": 5}})
    assert execute(people, handle, 60) == {"columns": COLUMNS, "cells": [[]] * len(COLUMNS)}


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_pages_end_with_their_transaction(people: EngineUnderTest, end: str) -> None:
    handle = prepare(people, {"pages": {"select": {"from": "people"}, "rows": 10}})
    tx = people.begin()
    cursor = execute(people, handle, tx=tx)["cursor"]
    people.call("rows", end, tx)
    with pytest.raises(NotOpen):
        people.call("rows", "fetch", cursor)


def test_cursor_ends_with_its_transaction(people: EngineUnderTest) -> None:
    for end in ("commit", "rollback"):
        tx = people.begin()
        cursor = open_cursor(people, {"from": "people"}, 10, tx)
        assert people.call("rows", "fetch", cursor) is not None
        people.call("rows", end, tx)
        with pytest.raises(NotOpen):
            people.call("rows", "fetch", cursor)


def test_cursor_needs_room_for_a_row(people: EngineUnderTest) -> None:
    with pytest.raises(InvalidQuery, match="at least one row"):
        open_cursor(people, {"from": "people"}, 0)


def test_numbers_keep_their_digits(engine: EngineUnderTest) -> None:
    engine.create(parse_definition("n: id int64 key, u uint64, d decimal, f float64"))
    row = '[-9223372036854775808,18446744073709551615,"79228162514264337593543950335",0.1]'
    engine.call("rows", "insert", "n", f'{{"columns":["id","u","d","f"],"rows":[{row}]}}', None)
    assert engine.call("rows", "get", "n", "-9223372036854775808", None) == row
    answer = engine.call("rows", "select", '{"from":"n"}', None)
    assert answer == f'{{"columns":["id","u","d","f"],"rows":[{row}]}}'


def test_numbers_begin_where_the_host_says(engine: EngineUnderTest) -> None:
    """What a host still has of an engine that failed means nothing to the next one."""
    engine.call("maintenance", "close")
    engine.call("maintenance", "open", ":memory:", json.dumps({"first_number": 1 << 32}))
    engine.create(parse_definition(PEOPLE))
    get = prepare(engine, {"get": {"table": "people", "columns": ["id"]}})
    cursor = engine.call("rows", "open-cursor", json.dumps({"from": "people"}), 1, None)
    assert engine.begin() == get == cursor == 1 << 32
    for number in (0, (1 << 32) + 1):
        with pytest.raises(NotOpen):
            execute(engine, number)
    with pytest.raises(TransactionNotFound, match="0 is not open: it went with the engine"):
        engine.commit(0)
