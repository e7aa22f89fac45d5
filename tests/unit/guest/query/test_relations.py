"""Related rows nested in results: both directions, several levels, and what is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.query.memory_source import MemorySource, make_table
from wasidb_guest.errors import InvalidQuery, LimitExceeded, TableNotFound, UnknownColumn
from wasidb_guest.query import relations
from wasidb_guest.query.executor import run_select
from wasidb_guest.query.plan import explain
from wasidb_guest.query.planner import plan_select
from wasidb_guest.query.results import batch_to_json
from wasidb_guest.query.statement import parse_select

USERS = [[1, "Ann", None], [2, 'B"%s', 1], [3, None, 1]]
POSTS = [[10, 1, "x", None], [11, 2, "y", 1], [12, 1, "z", 2], [13, None, "w", None]]
WRITER = {"one": "author", "as": "writer"}
WRITTEN = {"many": "posts", "by": "author", "as": "written"}


def source(users: Any = USERS, posts: Any = POSTS, index: bool = True) -> MemorySource:
    references = {"author": "users", "editor": "users", "boss": "users"}
    return MemorySource(
        make_table("users", "id uint32, name text null, boss uint32 null", users, [], references),
        make_table(
            "posts",
            "id uint32, author uint32 null, title text, editor uint32 null",
            posts,
            [["author"]] if index else [],
            references,
        ),
    )


def answer(statement: dict[str, Any], tables: MemorySource | None = None) -> Any:
    parsed = parse_select(json.dumps(statement))
    return json.loads(batch_to_json(run_select(parsed, tables or source())))


def rows(statement: dict[str, Any], tables: MemorySource | None = None) -> Any:
    return answer(statement, tables)["rows"]


def test_the_row_a_foreign_key_points_at() -> None:
    statement = {"from": "posts", "columns": ["id"], "include": [WRITER]}
    assert answer(statement) == {
        "columns": ["id", "writer"],
        "rows": [
            [10, {"id": 1, "name": "Ann", "boss": None}],
            [11, {"id": 2, "name": 'B"%s', "boss": 1}],
            [12, {"id": 1, "name": "Ann", "boss": None}],
            [13, None],
        ],
    }


def test_the_rows_that_point_here() -> None:
    include = {
        **WRITTEN,
        "columns": ["title"],
        "where": {"Ne": ["title", "y"]},
        "order_by": [{"column": "id", "direction": "desc"}],
    }
    for tables in (source(), source(index=False)):
        found = rows({"from": "users", "columns": ["id"], "include": [include]}, tables)
        assert found == [[1, [{"title": "z"}, {"title": "x"}]], [2, []], [3, []]]


def test_relations_of_relations_and_of_a_table_to_itself() -> None:
    staff = {"many": "users", "by": "boss", "as": "staff", "columns": ["id"]}
    further = [staff, {**WRITTEN, "columns": ["id"]}]
    boss = {"one": "boss", "as": "chief", "columns": ["name"], "include": further}
    statement = {"from": "users", "as": "u", "columns": ["id"], "include": [boss]}
    chief = {"name": "Ann", "staff": [{"id": 2}, {"id": 3}], "written": [{"id": 10}, {"id": 12}]}
    assert rows(statement) == [[1, None], [2, chief], [3, chief]]


def test_only_rows_of_the_result_have_their_relations_loaded() -> None:
    tables = source()
    statement = {"from": "posts", "columns": ["id"], "include": [WRITER], "limit": 1, "offset": 1}
    assert rows(statement, tables) == [[11, {"id": 2, "name": 'B"%s', "boss": 1}]]
    assert tables.table("users").looked_up == [("id",)]


def test_relations_of_joined_rows_are_those_of_the_first_table() -> None:
    join = {"join_type": "Right", "table": "users", "left_column": "author", "right_column": "id"}
    include = [{"one": "editor", "as": "corrector", "columns": ["name"]}]
    found = rows(
        {"from": "posts", "joins": [join], "columns": ["users.id", "title"], "include": include}
    )
    assert found == [
        [1, "x", None], [2, "y", {"name": "Ann"}], [1, "z", {"name": 'B"%s'}], [3, None, None],
    ]  # fmt: skip


def test_no_rows_have_no_relations() -> None:
    assert rows({"from": "posts", "include": [WRITER]}, source(posts=[])) == []
    assert rows({"from": "users", "columns": ["id"], "include": [WRITTEN]}, source(posts=[])) == [
        [1, []], [2, []], [3, []],
    ]  # fmt: skip


def test_plans_show_relations() -> None:
    statement = {"from": "posts", "columns": ["title"], "include": [
        {**WRITER, "columns": ["name"], "include": [{**WRITTEN, "order_by": [{"column": "id"}]}]},
    ]}  # fmt: skip
    assert explain(plan_select(parse_select(json.dumps(statement)), source())) == (
        "Project title, writer\n"
        "  Include writer\n"
        "    Scan posts [author, title]\n"
        "    One writer: posts.author = users.id, by index\n"
        "      Scan users [id, name]\n"
        "      Many written: users.id = posts.author, by index, sort id\n"
        "        Scan posts [id, author, title, editor]"
    )


def nested(depth: int) -> dict[str, Any]:
    include = {"one": "boss", "as": "boss_row"}
    return include if depth == 1 else {**include, "include": [nested(depth - 1)]}


@pytest.mark.parametrize(
    ("table", "include", "error"),
    [
        ("posts", {"one": "title", "as": "t"}, InvalidQuery),
        ("posts", {"one": "nothing", "as": "t"}, UnknownColumn),
        ("posts", {"one": "author", "as": "title"}, InvalidQuery),
        ("posts", {"one": "author"}, InvalidQuery),
        ("posts", {"one": "author", "by": "id", "as": "t"}, InvalidQuery),
        ("posts", {**WRITER, "columns": []}, InvalidQuery),
        ("posts", {**WRITER, "columns": ["id", "id"]}, InvalidQuery),
        ("posts", {**WRITER, "columns": ["nothing"]}, UnknownColumn),
        ("posts", {**WRITER, "include": [{"one": "boss", "as": "name"}]}, InvalidQuery),
        ("posts", {"many": "posts", "by": "author", "as": "t"}, InvalidQuery),
        ("posts", {"many": "users", "by": "boss", "as": "t"}, InvalidQuery),
        ("users", {"many": "nobody", "by": "boss", "as": "t"}, TableNotFound),
        ("users", {**WRITTEN, "where": {"IsNull": "name"}}, UnknownColumn),
        ("users", {**WRITTEN, "order_by": [{"column": "name"}]}, UnknownColumn),
        ("users", nested(9), InvalidQuery),
    ],
)
def test_what_makes_no_sense_is_refused(
    table: str, include: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        rows({"from": table, "include": [include]})


def test_groups_include_nothing() -> None:
    with pytest.raises(InvalidQuery, match="groups include no related rows"):
        rows({"from": "posts", "group_by": ["author"], "include": [WRITER]})


def test_relations_nest_eight_deep() -> None:
    (first, second, _) = rows({"from": "users", "include": [nested(8)]})
    assert first[-1] is None
    assert second[-1]["boss_row"] is None


def test_what_multiplies_beyond_measure_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relations, "NESTED_SIZE_MAX", 100)
    with pytest.raises(LimitExceeded, match="related rows take more than 100 bytes"):
        rows({"from": "posts", "include": [WRITER]})


keys = st.none() | st.integers(1, 4)


@given(st.lists(keys, max_size=4), st.lists(st.tuples(keys, keys), max_size=6), st.booleans())
def test_both_directions_are_those_of_a_dict(bosses: Any, pairs: Any, index: bool) -> None:
    users = [[number, f"u{number}", boss] for number, boss in enumerate(bosses, 1)]
    posts = [[10 + number, *pair[:1], "t", *pair[1:]] for number, pair in enumerate(pairs)]
    include = [{**WRITTEN, "columns": ["id"]}, {"one": "boss", "as": "chief", "columns": ["id"]}]
    found = rows(
        {"from": "users", "columns": ["id"], "include": include}, source(users, posts, index)
    )
    known = {user[0] for user in users}
    assert found == [
        [
            number,
            [{"id": post[0]} for post in posts if post[1] == number],
            {"id": boss} if boss in known else None,
        ]
        for number, _, boss in users
    ]
