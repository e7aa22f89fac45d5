"""Questions as text mean what they mean in Python, and nothing else is run."""

import pytest

from tests.unit.host.models import Airline, Flight
from wasidb import Column, DbmsError, InvalidQuery, UnknownColumn, alias, avg, count, select
from wasidb.cli.language import METHODS, question_of
from wasidb.cli.stored_table import StoredTable
from wasidb.query import Select
from wasidb_schema import Aggregate, Order, TableDefinition
from wasidb_schema.cells import CODECS

ODD = TableDefinition.from_json(
    {"name": "my table", "primary_key": "a b", "columns": [{"name": "a b", "type": "text"}]}
)
TABLES = {each.name: StoredTable(each) for each in (Airline.__table__, Flight.__table__, ODD)}


def asked(text: str) -> object:
    return question_of(text, TABLES).statement()


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("flights", select(*Flight.__columns__.values())),
        ("\nselect(flights)  # all\n    .limit(3)", select(*Flight.__columns__.values()).limit(3)),
        ("select(flights)", select(*Flight.__columns__.values())),
        ("select(flights.month).distinct()", select(Flight.month).distinct()),
        (
            "select(flights.month, avg(flights.delay).as_('mean')).group_by(flights.month)"
            ".having(count(flights.delay) > 3).where(~(flights.delay == None))",
            None,
        ),
        (
            "select(flights.id).where((flights.delay > -5) | flights.carrier.in_(['UA', \"AA\"]),"
            " flights.fare <= '12.50').order_by(flights.delay.desc().nulls_last()).limit(3)",
            select(Flight.id)
            .where(
                (Column("flights", "delay", CODECS["int16"]) > -5)
                | Column("flights", "carrier", CODECS["text"]).in_(["UA", "AA"]),
                Column("flights", "fare", CODECS["decimal"]) <= "12.50",
            )
            .order_by(Column("flights", "delay", CODECS["int16"]).desc().nulls_last())
            .limit(3),
        ),
        (
            "select(count(), airlines.name).from_(flights)"
            ".join(airlines, on=flights.carrier == airlines.carrier, how='left')",
            select(count(), Airline.name)
            .from_(Flight)
            .join(Airline, on=Flight.carrier == Airline.carrier, how="left"),
        ),
        (
            "select(flights.id).join(alias(flights, 'b'), on=flights.id == alias(flights, 'b').id)",
            select(Flight.id).join(
                alias(Flight, "b"),
                on=Column("flights", "id", CODECS["int64"]) == alias(Flight, "b").id,
            ),
        ),
        (
            "select(avg(flights.delay)).within(seconds=2.5)",
            select(avg(Flight.delay)).within(seconds=2.5),
        ),
    ],
)
def test_text_and_python_ask_the_same(text: str, question: Select[object] | None) -> None:
    if question is None:
        with pytest.raises(InvalidQuery, match="count_delay must be selected"):
            asked(text)
    else:
        assert asked(text) == question.statement()


def test_odd_names_stand_in_brackets() -> None:
    statement = asked('select(tables["my table"]["a b"])')
    assert statement == {"from": "my table", "columns": ["a b"]}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("select(", "was never closed"),
        ("", "begins with select"),
        ("1", "begins with select"),
        ("flights.delay", "begins with select"),
        ("planes", "there is no table 'planes'; there are airlines, flights"),
        ("select(flights.id).where(flights.id > 1 & flights.month < 2)", "each in brackets"),
        (
            "select(flights.id).where(flights.id > 1 and flights.month < 2)",
            "combine conditions with &",
        ),
        ("select(flights.id).where(1 < flights.id < 3)", "each in brackets"),
        ("select(flights.id).where(3 > flights.id)", "expected a column"),
        ("select(flights.id).limit(1, 2)", "limit"),
        ("select(flights.id).model", "expected a table"),
        ("select(flights.id).__class__()", "no method '__class__'"),
        ("select(flights.id).statement()", "no method 'statement'"),
        ("flights.__table__", "has no column '__table__'"),
        ("__import__('os').system('true')", "no such function"),
        ("open('/etc/passwd')", "no such function"),
        ("(lambda: 1)()", "no such function"),
        ("select(*[flights.id])", "no part of a question"),
        ("select(flights.id).where(**{'a': 1})", "no part of a question"),
        ("[x for x in flights]", "no part of a question"),
        ("f'{flights}'", "no part of a question"),
        ("10 ** 10 ** 10", "no part of a question"),
        ("select" + "(" * 5000, ""),
        ("~" * 3000 + "flights", ""),
        ("select(flights.id).where(flights.id == 1j)", "no part of a question"),
        ("\0", ""),
    ],
)
def test_what_is_no_question_is_named(text: str, reason: str) -> None:
    with pytest.raises(DbmsError) as caught:
        asked(text)
    assert reason in caught.value.message


def test_close_column_is_suggested() -> None:
    with pytest.raises(UnknownColumn, match="did you mean 'carrier'"):
        asked("select(flights.carier)")


def test_methods_are_those_of_the_library() -> None:
    for kind, names in METHODS.items():
        assert all(callable(getattr(kind, name)) for name in names)
    public = {name for name, value in vars(Select).items() if callable(value)}
    unlisted = {name for name in public if not name.startswith("_")} - set(METHODS[Select])
    assert unlisted == {"statement", "statement_text", "include"}
    assert {Column, Aggregate, Order} < set(METHODS)
