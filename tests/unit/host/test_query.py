"""Questions compiled to select statements."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from typing import Any
from uuid import UUID

import pytest

from tests.unit.host.models import Airline, Everything, Flight
from wasidb import (
    InvalidQuery,
    InvalidValue,
    UnknownColumn,
    alias,
    avg,
    column,
    count,
    count_distinct,
    first,
    many,
    max_,
    median,
    min_,
    one,
    quantile,
    select,
    stddev,
    sum_,
)
from wasidb.query import OF_COLUMNS_MAX, _of_columns
from wasidb_schema import Column
from wasidb_schema.cells import CODECS

JANUARY = {"Eq": ["month", 1]}
FLIGHT_COLUMNS = ["id", "carrier", "month", "delay", "fare"]


def where(*conditions: Any) -> Any:
    """The filter of a question with these conditions."""
    return select(Flight).where(*conditions).statement()["where"]


def test_model_names_its_columns() -> None:
    assert select(Flight).statement() == {"from": "flights", "columns": FLIGHT_COLUMNS}


@pytest.mark.parametrize(
    "limits",
    [{"seconds": 1.5}, {"rows": 0}, {"seconds": 2, "rows": 10, "memory": 1 << 20}],
    ids=str,
)
def test_limits(limits: Any) -> None:
    assert select(Flight).within(**limits).statement()["limits"] == limits


def test_no_limits() -> None:
    assert select(Flight).within().statement() == select(Flight).statement()


def test_everything_at_once() -> None:
    question = (
        select(count(), Flight.carrier, avg(Flight.delay).as_("mean"))
        .where(Flight.month == 1)
        .where(column(Flight.delay) > 0)
        .group_by(Flight.carrier)
        .having(count() > 100, avg(Flight.delay) <= Decimal("1.5"))
        .order_by(avg(Flight.delay).desc(), Flight.carrier)
        .limit(3)
        .offset(6)
        .distinct()
    )
    assert question.statement() == {
        "from": "flights",
        "columns": ["carrier"],
        "aggregates": [
            {"function": "count", "as": "count"},
            {"function": "avg", "column": "delay", "as": "mean"},
        ],
        "where": {"And": [{"Eq": ["month", 1]}, {"Gt": ["delay", 0]}]},
        "group_by": ["carrier"],
        "having": {"And": [{"Gt": ["count", 100]}, {"Le": ["mean", "1.5"]}]},
        "order_by": [
            {"column": "mean", "direction": "desc"},
            {"column": "carrier", "direction": "asc"},
        ],
        "limit": 3,
        "offset": 6,
        "distinct": True,
    }


def test_aggregates_alone_ask_for_no_column() -> None:
    statement = select(count()).from_(Flight).group_by(Flight.month).statement()
    assert statement["columns"] == []


def test_limit_zero_is_a_limit() -> None:
    assert select(Flight).limit(0).statement()["limit"] == 0


def test_questions_for_the_same_columns_share_an_outline() -> None:
    columns = Flight.carrier, Flight.id
    assert select(*columns).outline is select(*columns).outline
    assert select(*columns).outline is not select(*reversed(columns)).outline
    assert select(*columns, count()).outline is not select(*columns, count()).outline
    assert select(*columns).statement()["columns"] == ["carrier", "id"]


def test_only_so_many_questions_for_columns_are_kept() -> None:
    for number in range(2 * OF_COLUMNS_MAX):
        column = Column("flights", f"of {number}", CODECS["text"])
        assert select(column).statement()["columns"] == [column.name]
        assert len(_of_columns) <= OF_COLUMNS_MAX


def test_questions_with_one_outline_have_texts_of_their_own() -> None:
    january = select(Flight).where(Flight.month == 1)
    questions = [
        select(Flight),
        january,
        january.where(column(Flight.delay) > 3).limit(7),
        january.offset(2),
        select(Flight).limit(0),
        january.order_by(Flight.id),
        january.order_by(Flight.id).where(Flight.carrier == "UA"),
        january.distinct(),
        january.join(Airline, on=Flight.carrier == Airline.carrier),
        select(Flight.id).where(Flight.month == 1),
    ]
    for question in [*questions, *questions]:
        apart = replace(question, outline=replace(question.outline))
        assert question.statement() == apart.statement()


def test_questions_are_values() -> None:
    all_flights = select(Flight)
    all_flights.where(Flight.month == 1).limit(1)
    assert all_flights.statement() == {"from": "flights", "columns": FLIGHT_COLUMNS}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Flight.month == 1, {"Eq": ["month", 1]}),
        (Flight.month != 1, {"Ne": ["month", 1]}),
        (Flight.month < 1, {"Lt": ["month", 1]}),
        (Flight.month <= 1, {"Le": ["month", 1]}),
        (Flight.month > 1, {"Gt": ["month", 1]}),
        (Flight.month >= 1, {"Ge": ["month", 1]}),
        (column(Flight.month).in_([1, 2]), {"In": ["month", [1, 2]]}),
        (column(Flight.id).in_([3, None]), {"In": ["id", [3, None]]}),
        (column(Flight.fare).in_([1, Decimal("2.5")]), {"In": ["fare", ["1", "2.5"]]}),
        (column(Flight.carrier).like("U_%"), {"Like": ["carrier", "U_%"]}),
        (column(Flight.delay).is_null(), {"IsNull": "delay"}),
        (column(Flight.delay).is_not_null(), {"NotNull": "delay"}),
        (Flight.delay == None, {"IsNull": "delay"}),  # noqa: E711
        (Flight.delay != None, {"NotNull": "delay"}),  # noqa: E711
        (~column(Flight.delay).is_null(), {"Not": {"IsNull": "delay"}}),
        (
            (Flight.month == 1) | (Flight.month == 2) & (Flight.carrier == "UA"),
            {"Or": [JANUARY, {"And": [{"Eq": ["month", 2]}, {"Eq": ["carrier", "UA"]}]}]},
        ),
    ],
)  # fmt: skip
def test_conditions(condition: Any, expected: dict[str, Any]) -> None:
    assert where(condition) == expected


@pytest.mark.parametrize("combine", [and_, or_])
def test_thousands_of_conditions_nest_a_few_levels(combine: Any) -> None:
    """However a program has put them together; the engine reads a hundred levels."""
    numbers = range(3000)
    each = [Flight.month == number for number in numbers]
    of_pairs = [combine(*pair) for pair in zip(each[::2], each[1::2], strict=True)]
    for whole in (reduce(combine, each), reduce(combine, of_pairs)):
        found, depths = zip(*leaves(where(whole)), strict=True)
        assert list(found) == [{"Eq": ["month", number]} for number in numbers]
        assert max(depths) == 12


LATE: Any = column(Flight.delay) > 3
DEEP: list[Any] = [
    reduce(lambda inner, _: ~inner, range(5000), LATE),
    reduce(lambda inner, n: inner & LATE if n % 2 else inner | LATE, range(5000), LATE),
]


@pytest.mark.parametrize("condition", DEEP, ids=["Not", "And and Or"])
def test_conditions_nested_too_deep(condition: Any) -> None:
    joined = (Flight.carrier == Airline.carrier) & condition
    for question in (
        select(Flight).where(condition),
        select(Flight.month, count()).group_by(Flight.month).having(condition),
        select(Airline).join(Flight, on=joined),
    ):
        with pytest.raises(InvalidQuery, match="nested more than 100 deep"):
            question.statement()
    with pytest.raises(InvalidQuery, match=f"got {type(condition).__name__}"):
        select(Flight).join(Airline, on=condition)


def test_thousands_of_conditions_of_a_join() -> None:
    named = reduce(and_, (Airline.name != str(n) for n in range(3000)))
    join = (
        select(Flight)
        .join(Airline, on=(Flight.carrier == Airline.carrier) & named)
        .outline.joins[0]
    )
    assert [condition for condition, _ in leaves(join.as_json()["where"])] == [
        {"Ne": ["airlines.name", str(n)]} for n in range(3000)
    ]


def leaves(filter: dict[str, Any], depth: int = 0) -> Iterator[tuple[dict[str, Any], int]]:
    """The conditions that are combined, in order, each with how deep it is nested."""
    parts = filter.get("And") or filter.get("Or")
    if parts is None:
        yield filter, depth
    for part in parts or ():
        yield from leaves(part, depth + 1)


@pytest.mark.parametrize(
    ("condition", "cell"),
    [
        (Flight.fare == Decimal("1E+3"), "1000"),
        (Flight.fare == "1.50", "1.50"),
        (Everything.id == UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Everything.day == date(2024, 2, 29), "2024-02-29"),
        (
            Everything.moment == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
            "2024-01-02T03:04:05.000000+00:00",
        ),
        (Everything.raw == b"\x00\xff", "AP8="),
        (Everything.ratio == float("inf"), "Infinity"),
        (Everything.document == {"a": [1]}, '{"a":[1]}'),
    ],
)
def test_literals_have_the_form_of_their_column(condition: Any, cell: object) -> None:
    table = Flight if condition.operand.table == "flights" else Everything
    ((_, literal),) = select(table).where(condition).statement()["where"].values()
    assert literal == cell


def test_join_qualifies_every_column() -> None:
    question = (
        select(Airline.name, count())
        .from_(Flight)
        .join(Airline, on=Airline.carrier == Flight.carrier, how="left")
        .where(Flight.month == 1)
        .group_by(Airline.name)
        .order_by(Airline.name)
    )
    assert question.statement() == {
        "from": "flights",
        "columns": ["airlines.name"],
        "aggregates": [{"function": "count", "as": "count"}],
        "joins": [
            {
                "join_type": "Left",
                "table": "airlines",
                "left_column": "flights.carrier",
                "right_column": "carrier",
            }
        ],
        "where": {"Eq": ["flights.month", 1]},
        "group_by": ["airlines.name"],
        "order_by": [{"column": "airlines.name", "direction": "asc"}],
    }


def test_aggregate_labels() -> None:
    asked = (count(Flight.delay), sum_(Flight.delay), min_(Flight.month), max_(Flight.fare))
    labels = [aggregate.label for aggregate in asked]
    assert labels == ["count_delay", "sum_delay", "min_month", "max_fare"]


def test_answers_are_tuples_in_the_order_asked() -> None:
    question = select(count(), Flight.carrier, avg(Flight.delay), max_(Flight.month), Flight.fare)
    (row,) = question.outline.answer([["UA"], ["1.50"], [3], ["2.5"], [12]])
    assert tuple(row) == (3, "UA", Decimal("2.5"), 12, Decimal("1.50"))
    assert (row.count, row.carrier, row.avg_delay, row.max_month) == (3, "UA", Decimal("2.5"), 12)


def test_answers_are_models() -> None:
    columns = [[7, 8], ["UA", "B6"], [1, 2], [None, -3], ["1.50", None]]
    assert select(Flight).outline.answer(columns) == [
        Flight(id=7, carrier="UA", month=1, fare=Decimal("1.50")),
        Flight(id=8, carrier="B6", month=2, delay=-3),
    ]
    assert select(Flight).outline.answer([[]] * 5) == []


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (lambda: select(), "nothing to select"),
        (lambda: select(3), "columns or aggregates, or one model alone, got 3"),
        (lambda: select(count()).statement(), r"add \.from_\(Table\)"),
        (
            lambda: select(Flight).order_by("month"),
            "expected a column, an aggregate, .* got 'month'",
        ),
        (lambda: select(Flight).group_by(count()), "expected column"),
        (lambda: select(Flight).order_by(count()).statement(), "count must be selected"),
        (lambda: select(Flight).join(Airline, on=Flight.month == 1), "a join needs on="),
        (lambda: select(Flight).join(Airline, on=Flight.id == Flight.month), "column of airlines"),
        (lambda: where(Flight.carrier == Airline.carrier), "condition of a join only"),
    ],
)
def test_impossible_questions(question: Any, message: str) -> None:
    with pytest.raises(InvalidQuery, match=message):
        question()


def test_impossible_literal_names_its_column() -> None:
    with pytest.raises(InvalidValue, match=r"everything\.moment: .* has no time zone") as raised:
        select(Everything).where(Everything.moment < datetime(2024, 1, 1)).statement()
    assert raised.value.details["column"] == "moment"


def test_conditions_are_combined_with_operators_only() -> None:
    with pytest.raises(TypeError, match="no truth value"):
        bool(Flight.month == 1)
    with pytest.raises(InvalidQuery, match="expected a condition"):
        select(Flight).where(True)


def test_join_on_several_columns_and_a_condition() -> None:
    other = alias(Flight, "other")
    same_day = (Flight.carrier == other.carrier) & (other.month == Flight.month)
    question = select(Flight.id).join(other, on=same_day & (other.delay > 30), how="anti")
    assert question.statement() == {
        "from": "flights",
        "columns": ["flights.id"],
        "joins": [
            {
                "join_type": "Anti",
                "table": "flights",
                "as": "other",
                "left_column": ["flights.carrier", "flights.month"],
                "right_column": ["carrier", "month"],
                "where": {"Gt": ["other.delay", 30]},
            }
        ],
    }
    with pytest.raises(UnknownColumn, match="has no column 'wings'"):
        _ = other.wings


def test_order_says_where_null_goes() -> None:
    question = select(Flight.id).order_by(Flight.delay.desc().nulls_last(), Flight.id)
    assert question.statement()["order_by"] == [
        {"column": "delay", "direction": "desc", "nulls": "last"},
        {"column": "id", "direction": "asc"},
    ]
    question = question.order_by(Flight.delay.asc().nulls_first())
    assert question.statement()["order_by"][0]["nulls"] == "first"


def test_further_aggregates() -> None:
    calls = (
        quantile(Flight.fare, 0.9),
        median(Flight.delay),
        first(Flight.carrier),
        stddev(Flight.delay),
        count_distinct(Flight.carrier),
    )
    statement = select(*calls).having(quantile(Flight.fare, 0.9) > 1).statement()
    assert statement["aggregates"][0] == {
        "function": "quantile", "column": "fare", "q": 0.9, "as": "quantile_fare",
    }  # fmt: skip
    kinds = [call.type_name for call in calls]
    assert kinds == ["decimal", "decimal", "text", "float64", "uint64"]
    with pytest.raises(InvalidQuery, match="must be selected"):
        select(*calls).having(quantile(Flight.fare, 0.5) > 1).statement()


def test_related_rows_are_models_beside_the_row() -> None:
    late = many(Flight, Flight.carrier).where(Flight.delay > 30, Flight.month == 1)
    question = select(Airline).include(
        late=late.order_by(Flight.delay.desc()).include(airline=one(Airline, Flight.carrier))
    )
    columns = ["carrier", "name"]
    assert question.statement()["include"] == [
        {
            "many": "flights",
            "by": "carrier",
            "as": "late",
            "columns": FLIGHT_COLUMNS,
            "where": {"And": [{"Gt": ["delay", 30]}, {"Eq": ["month", 1]}]},
            "order_by": [{"column": "delay", "direction": "desc"}],
            "include": [{"one": "carrier", "as": "airline", "columns": columns}],
        }
    ]
    airline = {"carrier": "UA", "name": "United"}
    flight = dict(zip(FLIGHT_COLUMNS, [1, "UA", 1, 40, "9.50"], strict=True))
    united, empty = question.outline.answer(
        [["UA", "XX"], ["United", "None"], [[{**flight, "airline": airline}], []]]
    )
    assert united.airlines == Airline(**airline)
    assert [each.airline for each in united.late] == [Airline(**airline)]
    assert united.late[0].flights.fare == Decimal("9.50")
    assert (empty.airlines.name, empty.late) == ("None", [])
    assert question.outline.answer([[]] * 3) == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda: select(Flight.id).include(airline=one(Airline, Flight.carrier)),
        lambda: select(Airline).include(airline=one(Airline, Flight.carrier)),
        lambda: select(Flight).include(airline=Flight.carrier),
        lambda: many(Airline, Flight.carrier),
    ],
)
def test_relations_that_make_no_sense(ask: Any) -> None:
    with pytest.raises(InvalidQuery):
        ask()
