"""Joins are planned by how many rows there are, and give the same rows whatever the plan."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.query.memory_source import MemorySource, MemoryTable, make_table
from wasidb_guest.query import costs, table_planner
from wasidb_guest.query.executor import run_plan, run_select
from wasidb_guest.query.plan import explain
from wasidb_guest.query.planner import plan_select
from wasidb_guest.query.results import batch_to_json
from wasidb_guest.query.statement import parse_select

DEAR = 1_000_000
KINDS = ["Inner", "Left", "Right", "Full", "Semi", "Anti"]


@pytest.fixture
def cheap_look_ups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever has an index is looked up, however small the tables are."""
    for cost in ("FETCHED_ROW", "KEY_OF_UNIQUE_INDEX", "KEY"):
        monkeypatch.setattr(costs, cost, 0)


def shop() -> MemorySource:
    """Orders of customers, each with lines of products."""
    customers = [[n, n % 5] for n in range(1, 21)]
    orders = [[n, n * 7 % 20 + 1 if n % 4 else None] for n in range(1, 61)]
    lines = [[n, n * 11 % 60 + 1, n % 3] for n in range(1, 91)]
    return MemorySource(
        make_table("customers", "id uint32, country uint8", customers),
        make_table("orders", "id uint32, customer uint32 null", orders, [["customer"]]),
        make_table("lines", "id uint32, order uint32, product uint8", lines, [["order"]]),
        make_table("products", "id uint8, colour uint8", [[0, 1], [1, 1], [2, 2]]),
    )


def join(table: str, left: str, right: str, kind: str = "Inner", **further: Any) -> dict[str, Any]:
    return {
        "join_type": kind,
        "table": table,
        "left_column": left,
        "right_column": right,
        **further,
    }


def rows(source: MemorySource, **statement: Any) -> list[list[Any]]:
    keys = {"from" if key == "frm" else key: value for key, value in statement.items()}
    text = batch_to_json(run_select(parse_select(json.dumps(keys)), source))
    found: list[list[Any]] = json.loads(text)["rows"]
    return found


def joins_of(source: MemorySource, **statement: Any) -> list[str]:
    """The joins of a plan, the one that is done first at the beginning."""
    keys = {"from" if key == "frm" else key: value for key, value in statement.items()}
    text = explain(plan_select(parse_select(json.dumps(keys)), source))
    return [line.strip() for line in reversed(text.splitlines()) if "Join" in line]


LINES = join("lines", "id", "order")
CUSTOMERS = join("customers", "customer", "id")


def test_a_join_with_one_partner_comes_when_it_leaves_out_most() -> None:
    statement = {"frm": "orders", "joins": [LINES, CUSTOMERS], "where": {"Eq": ["country", 3]}}
    assert joins_of(shop(), **statement) == [
        "InnerJoin orders.customer = customers.id",
        "InnerJoin orders.id = lines.order",
    ]


def test_joins_with_several_partners_keep_their_order() -> None:
    joins = [LINES, join("orders", "customer", "customer", **{"as": "others"})]
    assert joins_of(shop(), frm="orders", joins=joins, where={"Eq": ["others.id", 3]}) == [
        "InnerJoin orders.id = lines.order",
        "InnerJoin orders.customer = others.customer",
    ]


def test_a_join_waits_for_the_table_it_is_about() -> None:
    joins = [LINES, join("products", "lines.product", "id")]
    assert joins_of(shop(), frm="orders", joins=joins, where={"Eq": ["colour", 9]}) == [
        "InnerJoin orders.id = lines.order",
        "InnerJoin lines.product = products.id",
    ]


@pytest.mark.parametrize("kind", ["Right", "Full"])
def test_joins_that_add_rows_fix_the_order(kind: str) -> None:
    joins = [join("lines", "id", "order", kind), CUSTOMERS]
    first, second = joins_of(shop(), frm="orders", joins=joins, where={"Eq": ["country", 3]})
    assert first.startswith(f"{kind}Join")
    assert second.startswith("InnerJoin")


@pytest.mark.usefixtures("cheap_look_ups")
@pytest.mark.parametrize(
    ("kind", "looked_up"),
    [
        ("Inner", ", look up orders by index (customer)"),
        ("Left", ", look up orders by index (customer)"),
        ("Right", ", look up customers by index (id)"),
        ("Full", ""),
        ("Semi", ", look up orders by index (customer)"),
        ("Anti", ", look up orders by index (customer)"),
    ],
)
def test_only_a_side_whose_lonely_rows_are_not_given_is_looked_up(
    kind: str, looked_up: str
) -> None:
    orders = join("orders", "id", "customer", kind)
    planned = joins_of(shop(), frm="customers", joins=[orders], columns=["customers.id"])
    assert planned == [f"{kind}Join customers.id = orders.customer{looked_up}"]


@pytest.mark.usefixtures("cheap_look_ups")
def test_of_a_side_that_is_looked_up_only_partners_are_read() -> None:
    source = shop()
    found = rows(
        source,
        frm="orders",
        joins=[join("customers", "customer", "id", where={"Eq": ["id", 8]})],
        columns=["orders.id", "customers.id"],
    )
    assert found == [[1, 8], [21, 8], [41, 8]]
    orders: MemoryTable = source.tables["orders"]
    assert (orders.scanned_pages, orders.fetched_rows) == (0, 3)


@pytest.mark.usefixtures("cheap_look_ups")
@pytest.mark.parametrize("first", ["customers", "orders"])
@pytest.mark.parametrize("dear", [1, 5, 100])
def test_keys_that_turn_out_to_be_many_are_not_looked_up(first: str, dear: int) -> None:
    source = shop()
    joined = join("orders", "id", "customer") if first == "customers" else CUSTOMERS
    statement = {"from": first, "joins": [joined]}
    plan = plan_select(parse_select(json.dumps(statement)), source)
    assert "look up" in explain(plan)
    expected = batch_to_json(run_plan(plan, source))
    with pytest.MonkeyPatch.context() as patch:
        for cost in ("KEY_OF_UNIQUE_INDEX", "KEY"):
            patch.setattr(costs, cost, dear)
        assert batch_to_json(run_plan(plan, source)) == expected


def test_the_first_rows_are_found_before_what_is_joined_to_them() -> None:
    statement = {
        "frm": "orders",
        "joins": [join("customers", "customer", "id", "Left")],
        "columns": ["orders.id", "country"],
        "limit": 2,
    }
    source = shop()
    by_id = [{"column": "orders.id", "direction": "desc"}]
    assert rows(source, **statement, order_by=by_id) == [[60, None], [59, 4]]
    assert source.tables["orders"].scanned_pages == 0
    assert rows(source, **statement) == [[1, 3], [2, 0]]
    assert source.tables["orders"].scanned_pages == 1


@pytest.mark.parametrize(
    "further",
    [
        {"joins": [join("lines", "id", "order", "Left")]},
        {"joins": [CUSTOMERS]},
        {"where": {"Eq": ["country", 3]}},
        {"order_by": [{"column": "country"}]},
        {"distinct": True},
    ],
)
def test_all_rows_are_found_where_joins_decide_which_are_first(further: dict[str, Any]) -> None:
    joins = [join("customers", "customer", "id", "Left")]
    order = [{"column": "orders.id"}]
    statement = {"from": "orders", "joins": joins, "order_by": order, "limit": 2, **further}
    assert "FirstRows" not in explain(plan_select(parse_select(json.dumps(statement)), shop()))


@contextmanager
def as_written() -> Iterator[None]:
    """Joins are done one after the other, and read all of both sides; the first rows are looked for
    among all of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_planner, "FIRST_ROWS_MAX", -1)
        patch.setattr(table_planner.TablePlanner, "_row_limit", lambda _planner: None)
        patch.setattr(costs, "KEY", DEAR)
        patch.setattr(costs, "KEY_OF_UNIQUE_INDEX", DEAR)
        patch.setattr(table_planner, "in_best_order", lambda _first, tables: tables)
        yield


CELLS = st.none() | st.integers(0, 3)
CONTENTS = st.lists(st.tuples(CELLS, CELLS), max_size=6)
COLUMNS = st.sampled_from(["id", "a", "b"])


@st.composite
def chains(draw: st.DrawFn) -> dict[str, Any]:
    """A statement that joins up to three tables to t0; `a` has an index, and so have `b, a`."""
    known, joins = ["t0"], []
    for number in range(1, draw(st.integers(2, 4))):
        kind = draw(st.sampled_from(["Inner", "Inner", *KINDS]))
        left = f"{draw(st.sampled_from(known))}.{draw(COLUMNS)}"
        joins.append(join(f"t{number}", left, draw(COLUMNS), kind))
        if kind not in ("Semi", "Anti"):
            known.append(f"t{number}")
    where = {"Le": [f"{draw(st.sampled_from(known))}.id", draw(st.integers(0, 4))]}
    order = [{"column": f"{draw(st.sampled_from(known))}.{draw(COLUMNS)}", "direction": "desc"}]
    further = draw(st.sampled_from([{}, {"limit": 3}, {"order_by": order, "limit": 3}]))
    return {"frm": "t0", "joins": joins, "where": where, **further}


@pytest.mark.usefixtures("cheap_look_ups")
@given(st.lists(CONTENTS, min_size=4, max_size=4), chains())
def test_rows_and_their_order_are_those_of_the_joins_as_written(
    contents: list[Any], statement: dict[str, Any]
) -> None:
    tables = [
        make_table(
            f"t{number}",
            "id uint32, a uint32 null, b uint32 null",
            [[row, *cells] for row, cells in enumerate(content)],
            [["a"], ["b", "a"]],
        )
        for number, content in enumerate(contents)
    ]
    planned = rows(MemorySource(*tables), **statement)
    with as_written():
        assert planned == rows(MemorySource(*tables), **statement)
