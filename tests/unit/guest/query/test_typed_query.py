"""The typed interface's queries: engine-semantics 4.1 and 4.4."""

import json
from typing import Any

import pytest

from tests.unit.guest.query.memory_source import MemorySource, make_table
from wasidb_guest.encoding.cell_vectors import vector_to_cells
from wasidb_guest.errors import DbmsError, InvalidQuery, TableNotFound, UnknownColumn
from wasidb_guest.query.statement import Function, OrderKey
from wasidb_guest.query.typed_query import (
    AggregateClauseInSelect,
    TypedQuery,
    typed_aggregate,
    typed_select,
)

Call = tuple[Function, str | None]


def source() -> MemorySource:
    users = make_table("users", "id uint32, name text, age int32 null, nick text null", [
        [1, "alice", 30, None], [2, "bob", None, "bo"], [3, "carol", 20, "ca"],
    ])  # fmt: skip
    posts = make_table(
        "posts",
        "id uint32, title text, user uint32",
        [[10, "a", 1], [20, "b", 1], [30, "c", 1], [40, "d", 2]],
        references={"user": "users"},
    )
    return MemorySource(users, posts)


def selected(table: str, column: str, **query: Any) -> list[Any]:
    return vector_to_cells(typed_select(table, TypedQuery(**query), source()).column(column))


def aggregated(*calls: Call, **query: Any) -> list[tuple[Any, ...]]:
    batch = typed_aggregate("posts", TypedQuery(**query), calls, source())
    assert len(batch.vectors) == len(query.get("group_by", ())) + len(calls)
    rows = zip(*map(vector_to_cells, batch.vectors), strict=True)
    return list(rows) if batch.vectors else [()] * batch.count


def test_null_is_ordered_where_the_rust_engine_ranks_it() -> None:
    assert selected("users", "age", order_by=(OrderKey("age"),)) == [20, 30, None]
    assert selected("users", "age", order_by=(OrderKey("age", True),)) == [None, 30, 20]
    assert selected("users", "nick", order_by=(OrderKey("nick"),)) == [None, "bo", "ca"]


def test_filter_distinct_limit_and_offset() -> None:
    assert selected("posts", "id", filter='{"Eq": ["user", {"Uint32": 1}]}') == [10, 20, 30]
    assert selected("posts", "id", distinct_by=("user",)) == [10, 40]
    assert selected("posts", "id", limit=0) == []
    assert selected("posts", "id", distinct_by=("user",), offset=1, limit=2) == [40]


def test_joins_are_executed() -> None:
    join = {"join_type": "Left", "table": "posts", "left_column": "id", "right_column": "user"}
    assert selected("users", "posts.id", joins=(json.dumps(join),)) == [10, 20, 30, 40, None]


def test_relations_are_checked() -> None:
    assert selected("posts", "id", eager_relations=("users",)) == [10, 20, 30, 40]
    with pytest.raises(InvalidQuery) as caught:
        selected("posts", "id", eager_relations=("tags",))
    message = "Cannot load relation 'tags' for table 'posts': no foreign key found"
    assert caught.value.message == message


@pytest.mark.parametrize("query", [{"group_by": ("id",)}, {"having": '{"IsNull": "id"}'}])
def test_groups_do_not_belong_in_select(query: dict[str, Any]) -> None:
    with pytest.raises(AggregateClauseInSelect, match="GROUP BY"):
        selected("users", "id", **query)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"filter": "x"}, "invalid filter JSON: "),
        ({"having": "x"}, "invalid having JSON: "),
        ({"joins": ("x",)}, "invalid join JSON: "),
        ({"joins": ("{}",)}, "invalid join JSON: expected an object with the key 'join_type'"),
    ],
)
def test_json_is_looked_at_before_the_table(query: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        typed_select("nobody", TypedQuery(**query), source())
    assert caught.value.message.startswith(message)
    with pytest.raises(InvalidQuery) as caught:
        typed_aggregate("nobody", TypedQuery(**query), (), source())
    assert caught.value.message.startswith(message)


def test_unknown_tables() -> None:
    for call in (lambda: typed_select("nobody", TypedQuery(), source()),
                 lambda: typed_aggregate("nobody", TypedQuery(), (), source())):  # fmt: skip
        with pytest.raises(TableNotFound):
            call()


def test_aggregates_without_groups() -> None:
    calls: list[Call] = [("count", None), ("sum", "user"), ("avg", "user"), ("min", "user")]
    assert aggregated(*calls, ("max", "title")) == [(4, "5", "1.25", 1, "d")]
    assert aggregated(*calls, filter='{"Eq": ["id", 0]}') == [(0, None, None, None)]
    assert aggregated(("count", None), filter='{"Eq": ["user", {"Uint32": 1}]}') == [(3,)]
    assert aggregated() == [()]


def test_groups_having_and_order() -> None:
    count: Call = ("count", None)
    by_user = ("user",)
    assert aggregated(count, group_by=by_user) == [(1, 3), (2, 1)]
    assert aggregated(count, group_by=by_user, having='{"Gt": ["agg0", {"Uint64": 1}]}') == [(1, 3)]
    assert aggregated(count, group_by=by_user, having='{"Eq": ["user", {"Uint32": 2}]}') == [(2, 1)]
    order = (OrderKey("agg0", True), OrderKey("user"))
    assert aggregated(count, group_by=by_user, order_by=order, limit=1) == [(1, 3)]
    assert aggregated(count, group_by=by_user, order_by=(OrderKey("user"),), offset=1) == [(2, 1)]
    assert aggregated(group_by=("user", "user")) == [(1, 1), (2, 2)]
    assert aggregated(count, group_by=by_user, filter='{"Eq": ["id", 0]}') == []


JOIN = json.dumps(
    {"join_type": "Left", "table": "users", "left_column": "user", "right_column": "id"}
)
ROWS: list[Call] = [("count", None)]


@pytest.mark.parametrize(
    ("calls", "query", "error", "message"),
    [
        ([], {"joins": (JOIN,)}, InvalidQuery, "joins are not supported in aggregate queries"),
        (
            [],
            {"eager_relations": ("users",)},
            InvalidQuery,
            "eager relations are not supported in aggregate queries",
        ),
        ([], {"group_by": ("nothing",)}, UnknownColumn, "nothing"),
        ([("sum", "nothing")], {}, UnknownColumn, "nothing"),
        ([("sum", "title")], {}, InvalidQuery, "aggregate requires numeric column: 'title'"),
        (
            ROWS,
            {"having": '{"Eq": ["agg1", 1]}'},
            InvalidQuery,
            "HAVING references unknown column or aggregate: 'agg1'",
        ),
        (
            ROWS,
            {"having": '{"Eq": ["title", "a"]}'},
            InvalidQuery,
            "HAVING references unknown column or aggregate: 'title'",
        ),
        (
            ROWS,
            {"order_by": (OrderKey("agg7"),)},
            InvalidQuery,
            "ORDER BY references unknown aggregate output: 'agg7'",
        ),
        (
            ROWS,
            {"having": '{"Like": ["agg0", "a"]}'},
            InvalidQuery,
            "LIKE is not supported in HAVING",
        ),
        (
            ROWS,
            {"having": '{"Json": ["agg0", {"HasKey": "a"}]}'},
            InvalidQuery,
            "JSON filters are not supported in HAVING",
        ),
    ],
)
def test_what_aggregates_refuse(
    calls: list[Call], query: dict[str, Any], error: type[DbmsError], message: str
) -> None:
    with pytest.raises(error) as caught:
        aggregated(*calls, **query)
    assert message in caught.value.message
