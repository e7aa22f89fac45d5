"""Select statements, against SQLite where it means the same, and by example where we differ."""

import json
import sqlite3
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.query.memory_source import MemorySource, make_table
from wasidb_guest.errors import InvalidQuery, TableNotFound, UnknownColumn
from wasidb_guest.query import look_ups
from wasidb_guest.query.executor import has_match, run_select
from wasidb_guest.query.filter_json import parse_filter
from wasidb_guest.query.plan import explain
from wasidb_guest.query.planner import plan_select
from wasidb_guest.query.results import batch_to_json
from wasidb_guest.query.statement import parse_select

PEOPLE = [
    [1, "Ann", 30, 1],
    [2, "Bob", None, 1],
    [3, None, 25, 2],
    [4, "Dan", 30, None],
    [5, "Eve", 41, 9],
]
TEAMS = [[1, "red", 10], [2, "blue", 5], [3, "green", 1]]


def source() -> MemorySource:
    people = make_table(
        "people", "id uint32, name text null, age int16 null, team int64 null", PEOPLE, [["age"]]
    )
    teams = make_table("teams", "id uint32, label text, size uint8", TEAMS)
    return MemorySource(people, teams)


def select(tables: MemorySource | None = None, **statement: Any) -> list[list[Any]]:
    """The rows of a statement; `frm` stands for the key "from"."""
    return answer(tables or source(), statement)["rows"]


def answer(tables: MemorySource, statement: dict[str, Any]) -> Any:
    keys = {"from" if key == "frm" else key: value for key, value in statement.items()}
    return json.loads(batch_to_json(run_select(parse_select(json.dumps(keys)), tables)))


def plan_of(tables: MemorySource, **statement: Any) -> str:
    keys = {"from" if key == "frm" else key: value for key, value in statement.items()}
    return explain(plan_select(parse_select(json.dumps(keys)), tables))


def test_all_columns_in_declaration_order_and_all_rows_in_stored_order() -> None:
    result = answer(source(), {"frm": "people"})
    assert result == {"columns": ["id", "name", "age", "team"], "rows": PEOPLE}


def test_limit_and_offset() -> None:
    assert select(frm="people", columns=["id"], limit=2, offset=1) == [[2], [3]]
    assert select(frm="people", columns=["id"], limit=0) == []
    assert select(frm="people", columns=["id"], offset=2**64 - 1, limit=2**64 - 1) == []
    assert select(frm="people", columns=["id"], limit=2**64 - 1, offset=4) == [[5]]


def test_a_limit_without_order_stops_reading() -> None:
    tables = source()
    assert select(tables, frm="people", columns=["id"], limit=1) == [[1]]
    assert tables.table("people").scanned_pages == 1


def test_order_puts_null_first_ascending_and_last_descending_and_is_stable() -> None:
    by_age = [{"column": "age"}]
    assert select(frm="people", columns=["id"], order_by=by_age) == [[2], [3], [1], [4], [5]]
    by_age = [{"column": "age", "direction": "desc"}]
    assert select(frm="people", columns=["id"], order_by=by_age) == [[5], [1], [4], [3], [2]]


def test_distinct_keeps_first_rows() -> None:
    assert select(frm="people", columns=["age"], distinct=True) == [[30], [None], [25], [41]]
    assert select(frm="people", columns=["id"], distinct_by=["age"]) == [[1], [2], [3], [5]]


def test_count_of_rows_reads_nothing() -> None:
    tables = source()
    count = [{"function": "count", "as": "n"}]
    assert select(tables, frm="people", aggregates=count) == [[5]]
    assert select(tables, frm="people", aggregates=count, having={"Gt": ["n", 9]}) == []
    assert tables.table("people").scanned_pages == 0


def test_groups_of_no_rows() -> None:
    calls = [
        {"function": function, "column": "age", "as": function}
        for function in ("count", "sum", "avg", "min", "max")
    ]
    nobody = {"Eq": ["id", 99]}
    assert select(frm="people", where=nobody, aggregates=calls) == [[0, None, None, None, None]]
    assert select(frm="people", where=nobody, aggregates=calls, group_by=["team"]) == []


def test_having_order_and_columns_of_groups() -> None:
    result = answer(
        source(),
        {
            "frm": "people",
            "group_by": ["team", "age"],
            "aggregates": [{"function": "count", "as": "n"}],
            "having": {"Not": {"IsNull": "team"}},
            "order_by": [{"column": "team", "direction": "desc"}, {"column": "age"}],
            "columns": ["age"],
        },
    )
    assert result == {"columns": ["age", "n"], "rows": [[41, 1], [25, 1], [None, 1], [30, 1]]}


def test_names_of_joined_columns() -> None:
    join = {"join_type": "Inner", "table": "teams", "left_column": "team", "right_column": "id"}
    result = answer(source(), {"frm": "people", "joins": [join], "limit": 1})
    assert result["columns"] == ["id", "name", "age", "team", "teams.id", "label", "size"]
    columns = ["label", "teams.id", "people.id"]
    result = answer(source(), {"frm": "people", "joins": [join], "columns": columns, "limit": 1})
    assert result == {"columns": ["label", "teams.id", "id"], "rows": [["red", 1, 1]]}


def test_a_table_joined_to_itself_goes_by_two_names() -> None:
    staff = make_table(
        "staff", "id uint32, name text, boss uint32 null", [[1, "Ann", None], [2, "Bob", 1]]
    )
    join = {
        "join_type": "Left", "table": "staff", "as": "boss",
        "left_column": "boss", "right_column": "id",
    }  # fmt: skip
    statement = {
        "frm": "staff",
        "as": "worker",
        "joins": [join],
        "columns": ["name", "boss.name"],
        "where": {"Not": {"Eq": ["boss.name", "Bob"]}},
    }
    with pytest.raises(InvalidQuery, match=r"it could be worker.name or boss.name"):
        answer(MemorySource(staff), statement)
    statement["columns"] = ["worker.name", "boss.name"]
    assert answer(MemorySource(staff), statement) == {
        "columns": ["name", "boss.name"], "rows": [["Bob", "Ann"]],
    }  # fmt: skip


def test_a_join_may_choose_among_the_rows_of_its_table() -> None:
    join = {"table": "teams", "left_column": "team", "right_column": "id"}
    join["where"] = {"Gt": ["size", 5]}
    ids = {
        kind: select(frm="people", columns=["people.id"], joins=[{**join, "join_type": kind}])
        for kind in ("Inner", "Left", "Semi", "Anti")
    }
    assert ids == {
        "Inner": [[1], [2]],
        "Left": [[1], [2], [3], [4], [5]],
        "Semi": [[1], [2]],
        "Anti": [[3], [4], [5]],
    }


def test_names_of_two_columns_with_dots_are_ambiguous() -> None:
    tables = MemorySource(
        make_table("a", "id uint32, b.c text null", []), make_table("a.b", "key uint32, c text", [])
    )
    join = {"join_type": "Inner", "table": "a.b", "left_column": "id", "right_column": "key"}
    with pytest.raises(InvalidQuery, match=r"'a.b.c' is ambiguous"):
        select(tables, frm="a", joins=[join], columns=["a.b.c"])


def test_nulls_go_where_the_order_says() -> None:
    def ids(**key: str) -> list[Any]:
        order = [{"column": "age", **key}]
        return [row[0] for row in select(frm="people", columns=["id"], order_by=order)]

    assert ids(nulls="last") == [3, 1, 4, 5, 2]
    assert ids(nulls="first") == [2, 3, 1, 4, 5]
    assert ids(direction="desc", nulls="first") == [2, 5, 1, 4, 3]
    assert ids(direction="desc", nulls="last") == [5, 1, 4, 3, 2]


def test_conditions_are_checked_where_they_change_nothing() -> None:
    def lines(kind: str, where: dict[str, Any]) -> list[str]:
        join = {"join_type": kind, "table": "teams", "left_column": "team", "right_column": "id"}
        text = plan_of(source(), frm="people", joins=[join], where=where, columns=["age"])
        return [line.strip() for line in text.splitlines() if "where" in line or "Filter" in line]

    of_people, of_teams = {"Eq": ["age", 30]}, {"Eq": ["label", "red"]}
    by_people = ["Scan people [age, team], index (age) = 30, where age = 30"]
    by_teams = ["Scan teams [id, label], where label = 'red'"]
    for kind in ("Inner", "Left", "Semi", "Anti"):
        assert lines(kind, of_people) == by_people
    for kind in ("Inner", "Right"):
        assert lines(kind, of_teams) == by_teams
    for kind in ("Right", "Full"):
        assert lines(kind, of_people) == ["Filter age = 30"]
    for kind in ("Left", "Full"):
        assert lines(kind, of_teams) == ["Filter label = 'red'"]


def test_ambiguous_names_list_their_candidates() -> None:
    join = {"join_type": "Inner", "table": "teams", "left_column": "team", "right_column": "id"}
    with pytest.raises(InvalidQuery) as caught:
        select(frm="people", joins=[join], where={"Eq": ["id", 1]})
    assert caught.value.details["candidates"] == ["people.id", "teams.id"]


@pytest.mark.parametrize(
    ("where", "looked_up", "expected"),
    [
        ({"Eq": ["id", {"Int64": 3}]}, ["id"], [3]),
        ({"In": ["id", [3, 1, 3, 300]]}, ["id"], [1, 3]),
        ({"And": [{"Ge": ["age", 26]}, {"Ge": ["age", 41]}]}, ["age"], [5]),
        ({"And": [{"Lt": ["age", 30]}, {"Le": ["age", 40]}]}, ["age"], [3]),
        ({"IsNull": "age"}, ["age"], [2]),
        ({"Eq": ["age", None]}, ["age"], [2]),
    ],
)
def test_indexes_answer_what_they_can(
    where: dict[str, Any], looked_up: list[str], expected: list[int]
) -> None:
    tables = source()
    rows = select(tables, frm="people", columns=["id"], where=where)
    assert rows == [[each] for each in expected]
    assert tables.table("people").looked_up == [tuple(looked_up)]


def test_an_index_that_finds_much_of_the_table_is_not_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(look_ups, "FEW_ROWS", 0)
    tables = source()
    assert len(select(tables, frm="people", where={"Gt": ["age", 0]})) == 4
    assert tables.table("people").scanned_pages == 2


def test_alternatives_are_looked_up_one_by_one() -> None:
    tables = source()
    either = {"Or": [{"Eq": ["id", 4]}, {"And": [{"Gt": ["age", 29]}, {"Eq": ["team", 1]}]}]}
    text = plan_of(tables, frm="people", columns=["id"], where=either)
    assert text.splitlines()[1].split(", where")[0] == (
        "  Scan people [id, age, team], index (id) = 4 or index (age) > 29"
    )
    assert select(tables, frm="people", columns=["id"], where=either) == [[1], [4]]
    assert tables.table("people").looked_up == [("id",), ("age",)]
    assert tables.table("people").fetched_rows == 3


def test_alternatives_in_one_index_are_one_look_up() -> None:
    either = {"Or": [{"Eq": ["age", 25]}, {"Or": [{"IsNull": "age"}, {"Gt": ["age", 40]}]}]}
    both = {"And": [{"NotNull": "name"}, either]}
    text = plan_of(source(), frm="people", columns=["id"], where=both)
    assert "index (age) = 25 or = null or > 40, where" in text
    assert select(frm="people", columns=["id"], where=both) == [[2], [5]]


def test_an_alternative_without_index_needs_the_whole_table() -> None:
    either = {"Or": [{"Eq": ["id", 4]}, {"Eq": ["name", "Eve"]}]}
    assert "index" not in plan_of(source(), frm="people", where=either)
    assert select(frm="people", columns=["id"], where=either) == [[4], [5]]


def test_rows_with_certain_keys_are_counted_in_the_index() -> None:
    tables = source()
    count = [{"function": "count", "as": "n"}, {"function": "count", "as": "m"}]
    bounds = {"And": [{"Ge": ["age", 25]}, {"Lt": ["age", 41]}]}
    assert plan_of(tables, frm="people", where=bounds, aggregates=count) == (
        "Project n, m\n  CountRows people as n, m, index (age) >= 25 < 41"
    )
    assert select(tables, frm="people", where=bounds, aggregates=count) == [[3, 3]]
    listed = {"In": ["age", [30, 25, 30, None]]}
    assert select(tables, frm="people", where=listed, aggregates=count) == [[4, 4]]
    assert (tables.table("people").scanned_pages, tables.table("people").fetched_rows) == (0, 0)


@pytest.mark.parametrize(
    "where",
    [
        {"And": [{"Eq": ["age", 30]}, {"Eq": ["age", 25]}]},
        {"And": [{"Eq": ["age", 30]}, {"Gt": ["age", 30]}]},
        {"And": [{"In": ["age", [30, 41]]}, {"In": ["age", [25]]}]},
        {"And": [{"Gt": ["age", 0]}, {"Lt": ["age", 25.5]}]},
        {"And": [{"Eq": ["age", 30]}, {"Like": ["name", "x%"]}]},
    ],
)
def test_what_an_index_does_not_know_is_counted_by_reading(where: dict[str, Any]) -> None:
    count = [{"function": "count", "as": "n"}]
    assert "CountRows" not in plan_of(source(), frm="people", where=where, aggregates=count)
    rows = select(frm="people", columns=["id"], where=where)
    assert select(frm="people", where=where, aggregates=count) == [[len(rows)]]


def test_whether_there_is_a_row_is_known_by_the_index() -> None:
    tables = source()
    people = tables.table("people")
    assert has_match(tables, "people", parse_filter('{"Gt": ["age", 40]}'))
    assert not has_match(tables, "people", parse_filter('{"Gt": ["age", 41]}'))
    assert (people.scanned_pages, people.fetched_rows) == (0, 0)
    assert has_match(tables, "people", parse_filter('{"Eq": ["name", "Bob"]}'))
    assert people.scanned_pages == 1
    assert has_match(tables, "people", None)
    assert not has_match(MemorySource(make_table("empty", "id uint32", [])), "empty", None)


def test_plans_print_as_trees() -> None:
    join = {"join_type": "Left", "table": "teams", "left_column": "team", "right_column": "id"}
    text = plan_of(
        source(),
        frm="people",
        joins=[join],
        where={"And": [{"Gt": ["age", 18]}, {"Eq": ["label", "red"]}]},
        group_by=["label"],
        aggregates=[{"function": "avg", "column": "age", "as": "mean"}],
        order_by=[{"column": "mean", "direction": "desc"}],
        limit=3,
    )
    assert text == (
        "Project label, mean\n"
        "  Slice offset 0, limit 3\n"
        "    Sort mean descending, first 3 rows\n"
        "      Aggregate by label: avg(age) as mean\n"
        "        Filter label = 'red'\n"
        "          LeftJoin people.team = teams.id\n"
        "            Scan people [age, team], index (age) > 18, where age > 18\n"
        "            Scan teams [id, label]"
    )


TO_TEAMS = {"join_type": "Inner", "table": "teams", "left_column": "team", "right_column": "id"}
QUANTILE = {"function": "quantile", "column": "age", "as": "q"}
INVALID = [
    ({"frm": "nobody"}, TableNotFound),
    ({"frm": "people", "columns": ["nothing"]}, UnknownColumn),
    ({"frm": "people", "columns": []}, InvalidQuery),
    ({"frm": "people", "columns": ["id", "id"]}, InvalidQuery),
    ({"frm": "people", "where": {"IsNull": "people.nothing"}}, UnknownColumn),
    ({"frm": "people", "order_by": [{"column": "nothing"}]}, UnknownColumn),
    ({"frm": "people", "order_by": [{"column": "id", "direction": "up"}]}, InvalidQuery),
    ({"frm": "people", "limit": -1}, InvalidQuery),
    ({"frm": "people", "limit": 2**64}, InvalidQuery),
    ({"frm": "people", "limit": True}, InvalidQuery),
    ({"frm": "people", "colums": ["id"]}, InvalidQuery),
    ({"frm": "people", "having": {"IsNull": "id"}}, InvalidQuery),
    ({"frm": "people", "aggregates": [{"function": "sum", "as": "s"}]}, InvalidQuery),
    (
        {"frm": "people", "aggregates": [{"function": "mode", "column": "id", "as": "s"}]},
        InvalidQuery,
    ),
    ({"frm": "people", "as": ""}, InvalidQuery),
    ({"frm": "people", "order_by": [{"column": "id", "nulls": "middle"}]}, InvalidQuery),
    ({"frm": "people", "joins": [{**TO_TEAMS, "right_column": ["id", "size"]}]}, InvalidQuery),
    ({"frm": "people", "joins": [{**TO_TEAMS, "left_column": []}]}, InvalidQuery),
    ({"frm": "people", "joins": [{**TO_TEAMS, "as": "people"}]}, InvalidQuery),
    ({"frm": "people", "joins": [{**TO_TEAMS, "where": {"IsNull": "age"}}]}, UnknownColumn),
    (
        {"frm": "people", "joins": [{**TO_TEAMS, "join_type": "Anti"}], "columns": ["label"]},
        UnknownColumn,
    ),
    ({"frm": "people", "aggregates": [{**QUANTILE, "q": 1.5}]}, InvalidQuery),
    ({"frm": "people", "aggregates": [{**QUANTILE, "q": "0.5"}]}, InvalidQuery),
    ({"frm": "people", "aggregates": [{**QUANTILE, "q": 1e-19}]}, InvalidQuery),
    ({"frm": "people", "aggregates": [QUANTILE]}, InvalidQuery),
    ({"frm": "people", "aggregates": [{**QUANTILE, "function": "median", "q": 0}]}, InvalidQuery),
    (
        {"frm": "people", "aggregates": [{"function": "sum", "column": "name", "as": "s"}]},
        InvalidQuery,
    ),
    (
        {"frm": "people", "group_by": ["id"], "aggregates": [{"function": "count", "as": "id"}]},
        InvalidQuery,
    ),
    ({"frm": "people", "group_by": ["id"], "columns": ["name"]}, InvalidQuery),
    (
        {
            "frm": "people",
            "joins": [
                {"join_type": "Cross", "table": "teams", "left_column": "id", "right_column": "id"}
            ],
        },
        InvalidQuery,
    ),
    (
        {
            "frm": "people",
            "joins": [
                {"join_type": "Left", "table": "people", "left_column": "id", "right_column": "id"}
            ],
        },
        InvalidQuery,
    ),
    (
        {
            "frm": "people",
            "joins": [
                {"join_type": "Left", "table": "teams", "left_column": "name", "right_column": "id"}
            ],
        },
        InvalidQuery,
    ),
]


@pytest.mark.parametrize(("statement", "error"), INVALID)
def test_what_makes_no_sense_is_refused(statement: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        select(**statement)


def test_a_statement_must_say_from_where() -> None:
    with pytest.raises(InvalidQuery, match="an object with the key 'from'"):
        parse_select("{}")


small = st.none() | st.integers(-2, 3)
pairs = st.lists(st.tuples(small, small), max_size=8)


@given(pairs, pairs, st.sampled_from(["Inner", "Left", "Right", "Full"]))
def test_joins_are_those_of_sqlite(left: Any, right: Any, kind: str) -> None:
    tables = MemorySource(
        make_table("l", "id uint32, a int8 null, b int32 null", rows_of(left)),
        make_table("r", "id uint32, a int64 null, b uint8 null", rows_of(clipped(right))),
    )
    join = {"join_type": kind, "table": "r", "left_column": "a", "right_column": "a"}
    where = {"Or": [{"Gt": ["l.b", 0]}, {"IsNull": "r.b"}]}
    mine = select(tables, frm="l", joins=[join], where=where)
    sql = f"SELECT * FROM l {kind.upper()} JOIN r ON l.a = r.a WHERE l.b > 0 OR r.b IS NULL"
    assert sorted(map(repr, mine)) == sorted(map(repr, in_sqlite(left, clipped(right), sql)))


@given(pairs, pairs, st.sampled_from(["Inner", "Left", "Right", "Full", "Semi", "Anti"]))
def test_joins_on_two_columns_are_those_of_sqlite(left: Any, right: Any, kind: str) -> None:
    tables = MemorySource(
        make_table("l", "id uint32, a int8 null, b int32 null", rows_of(left)),
        make_table("r", "id uint32, a int64 null, b int8 null", rows_of(right)),
    )
    join = {
        "join_type": kind, "table": "r", "left_column": ["a", "b"], "right_column": ["a", "b"],
        "where": {"Gt": ["a", -1]},
    }  # fmt: skip
    mine = select(tables, frm="l", joins=[join])
    on = "l.a = r.a AND l.b = r.b"
    partners = f"(SELECT 1 FROM r WHERE r.a > -1 AND {on})"
    sql = {
        "Semi": f"SELECT * FROM l WHERE EXISTS {partners}",
        "Anti": f"SELECT * FROM l WHERE NOT EXISTS {partners}",
    }.get(kind, f"SELECT * FROM l {kind.upper()} JOIN (SELECT * FROM r WHERE a > -1) r ON {on}")
    assert sorted(map(repr, mine)) == sorted(map(repr, in_sqlite(left, right, sql)))


@given(pairs, st.sampled_from([[], ["a"], ["b", "a"]]))
def test_aggregates_are_those_of_sqlite(data: Any, group_by: list[str]) -> None:
    tables = MemorySource(make_table("l", "id uint32, a int8 null, b float64 null", rows_of(data)))
    functions = ["count", "sum", "avg", "min", "max"]
    calls = [{"function": each, "column": "b", "as": each} for each in functions]
    mine = select(tables, frm="l", group_by=group_by, aggregates=calls)
    keys = "".join(f"{name}, " for name in group_by)
    sql = f"SELECT {keys}" + ", ".join(f"{each}(b)" for each in functions) + " FROM l"
    theirs = in_sqlite(data, [], sql + (f" GROUP BY {keys[:-2]}" if keys else ""))
    assert sorted(map(repr, map(as_floats, mine))) == sorted(map(repr, map(as_floats, theirs)))


@given(pairs, st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), min_size=1, max_size=3))
def test_order_is_that_of_sqlite(data: Any, keys: list[tuple[str, bool]]) -> None:
    tables = MemorySource(make_table("l", "id uint32, a int8 null, b int8 null", rows_of(data)))
    order = [{"column": name, "direction": "desc" if down else "asc"} for name, down in keys]
    sql = ", ".join(f"{name} {'DESC' if down else 'ASC'}" for name, down in keys)
    expected = in_sqlite(data, [], f"SELECT * FROM l ORDER BY {sql}, id")
    assert select(tables, frm="l", order_by=order) == expected


def rows_of(data: Any) -> list[list[Any]]:
    return [[number, *row] for number, row in enumerate(data, 1)]


def clipped(data: Any) -> list[tuple[Any, Any]]:
    """The same with an unsigned second column."""
    return [(a, None if b is None else abs(b)) for a, b in data]


def as_floats(row: list[Any]) -> list[Any]:
    return [None if cell is None else float(cell) for cell in row]


def in_sqlite(left: Any, right: Any, sql: str) -> list[list[Any]]:
    database = sqlite3.connect(":memory:")
    for name, data in (("l", left), ("r", right)):
        database.execute(f"CREATE TABLE {name} (id INTEGER, a INTEGER, b INTEGER)")
        database.executemany(f"INSERT INTO {name} VALUES (?, ?, ?)", rows_of(data))
    rows = [list(row) for row in database.execute(sql)]
    database.close()
    return rows


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, False),
        ({"limit": 2}, True),
        ({"limit": 2, "distinct": True}, True),
        ({"offset": 1}, False),
    ],
    ids=str,
)
def test_who_may_stop_wants_few_rows_first(more: dict[str, Any], expected: bool) -> None:
    tables = source()
    select(tables, frm="teams", columns=["label"], where={"Gt": ["size", 0]}, **more)
    assert tables.tables["teams"].few_first is expected
