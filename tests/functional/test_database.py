"""`wasidb.Database` over the engine: models in, models out, transactions as context managers."""

import math
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

import wasidb
from wasidb import Field, Float32, Int8, Json, Table, UInt64, avg, count, select


class Airline(Table, table="airlines"):
    carrier: str = Field(primary_key=True)
    name: str


class Flight(Table, table="flights", indexes=[("month", "day")]):
    id: int = Field(primary_key=True, autoincrement=True)
    carrier: str = Field(references="airlines.carrier")
    month: Int8
    day: Int8
    tail: str | None = Field(default=None, index=True)
    delay: float | None = None


class Everything(Table):
    id: UInt64 = Field(primary_key=True)
    flag: bool
    small: Int8
    ratio: Float32
    wide: float
    price: Decimal
    day: date
    moment: datetime
    token: UUID
    raw: bytes
    text: str
    document: Json
    nothing: str | None = None


@pytest.fixture
def flights(db: wasidb.Database) -> wasidb.Database:
    """Two airlines and four flights."""
    db.create_tables(Airline, Flight)
    db.insert([Airline(carrier="UA", name="United"), Airline(carrier="B6", name="JetBlue")])
    db.insert(
        [
            Flight(carrier="UA", month=1, day=1, tail="N1", delay=11.0),
            Flight(carrier="UA", month=1, day=2, tail=None, delay=-4.5),
            Flight(carrier="B6", month=2, day=1, tail="N2", delay=None),
            Flight(carrier="UA", month=2, day=1, tail="N1", delay=30.0),
        ]
    )
    return db


def test_upsert_of_models_and_of_dicts(flights: wasidb.Database) -> None:
    new = Flight(carrier="B6", month=3, day=9)
    changed = Flight(id=1, carrier="B6", month=1, day=3)
    assert flights.upsert([new, changed]) == (1, 1)
    assert new.id == 5
    assert flights.get_many(Flight, [1, 5]) == [changed, new]
    assert flights.upsert({"id": 2, "delay": 1.0}, table="flights") == (0, 1)
    assert flights.get(Flight, 2) == Flight(
        id=2, carrier="UA", month=1, day=2, tail=None, delay=1.0
    )
    assert flights.count(Flight) == 5
    assert flights.count(Flight, Flight.carrier == "B6") == 3
    with flights.transaction() as tx:
        assert tx.upsert(Airline(carrier="DL", name="Delta")).inserted == 1
        assert tx.exists(Airline, Airline.carrier == "DL")
        assert not flights.exists(Airline, Airline.carrier == "DL")


def test_every_type_round_trips(db: wasidb.Database) -> None:
    db.create_tables(Everything)
    row = Everything(
        id=2**64 - 1,
        flag=True,
        small=-128,
        ratio=0.5,
        wide=0.1,
        price=Decimal("-1.50"),
        day=date(2024, 2, 29),
        moment=datetime(
            2024, 1, 15, 10, 30, 45, 123456, timezone(timedelta(hours=-1, minutes=-30))
        ),
        token=UUID("550e8400-e29b-41d4-a716-446655440000"),
        raw=b"\x00\xff",
        text="héllo 😀",
        document={"b": [1, None], "a": 1.5},
        nothing=None,
    )
    db.insert(row)
    assert db.get(Everything, 2**64 - 1) == row


def test_floats_that_are_no_numbers(db: wasidb.Database) -> None:
    db.create_tables(Airline, Flight)
    db.insert(Airline(carrier="UA", name="United"))
    for delay in (math.inf, -math.inf, math.nan):
        db.insert(Flight(carrier="UA", month=1, day=1, delay=delay))
    found = [flight.delay for flight in db.select(select(Flight).order_by(Flight.id))]
    assert found[:2] == [math.inf, -math.inf]
    assert found[2] is not None
    assert math.isnan(found[2])


def test_models_learn_their_numbers(flights: wasidb.Database) -> None:
    flight = Flight(carrier="B6", month=3, day=1)
    assert flight.id is None
    assert flights.insert(flight) == 5
    assert flight.id == 5


def test_where_order_limit(flights: wasidb.Database) -> None:
    question = select(Flight).where(Flight.month == 2).order_by(Flight.id.desc()).limit(1)
    assert [flight.id for flight in flights.select(question)] == [4]
    late = select(Flight).where((Flight.delay > 10) & ~Flight.tail.is_null())
    assert [flight.id for flight in flights.select(late)] == [1, 4]


def test_join_and_aggregate(flights: wasidb.Database) -> None:
    question = (
        select(Airline.name, count(), avg(Flight.delay))
        .from_(Flight)
        .join(Airline, on=Flight.carrier == Airline.carrier)
        .group_by(Airline.name)
        .order_by(count().desc())
    )
    assert [tuple(row) for row in flights.select(question)] == [
        ("United", 3, 36.5 / 3),
        ("JetBlue", 1, None),
    ]


def test_update_and_delete(flights: wasidb.Database) -> None:
    assert flights.update(Flight, Flight.delay < 0, delay=0.0) == 1
    assert flights.delete(Flight, Flight.carrier == "B6") == 1
    assert flights.delete(Airline, Airline.carrier == "UA", cascade=True) == 4
    assert flights.select(select(Flight)) == []


def test_transaction_commits(flights: wasidb.Database) -> None:
    with flights.transaction() as tx:
        tx.insert(Airline(carrier="DL", name="Delta"))
        assert tx.get(Airline, "DL") is not None
        assert flights.get(Airline, "DL") is None
    assert flights.get(Airline, "DL") == Airline(carrier="DL", name="Delta")


def test_exception_rolls_back(flights: wasidb.Database) -> None:
    def interrupted() -> None:
        with flights.transaction() as tx:
            tx.delete(Flight, None)
            assert tx.select(select(Flight)) == []
            raise InterruptedError

    with pytest.raises(InterruptedError):
        interrupted()
    assert len(flights.select(select(Flight))) == 4


def test_constraints_have_their_classes(flights: wasidb.Database) -> None:
    with pytest.raises(wasidb.PrimaryKeyConflict):
        flights.insert(Airline(carrier="UA", name="again"))
    with pytest.raises(wasidb.ForeignKeyViolated):
        flights.insert(Flight(carrier="XX", month=1, day=1))
    with pytest.raises(wasidb.RowIsReferenced):
        flights.delete(Airline, Airline.carrier == "UA")
    with pytest.raises(wasidb.ConstraintViolated):
        flights.insert({"name": "nobody"}, table="airlines")


def test_changed_model_is_refused(flights: wasidb.Database) -> None:
    class Other(Table, table="airlines"):
        carrier: str = Field(primary_key=True)
        name: str | None

    with pytest.raises(wasidb.InvalidDefinition, match="airlines"):
        flights.create_tables(Other)
    flights.create_tables(Airline, Flight)


def test_page_map_adds_up(flights: wasidb.Database) -> None:
    found = flights.page_map()
    assert found.pages[:3] == ("registry", "acl", "unclaimed")
    assert len(found.owners) == len(found.pages)
    tables = {table.name: table for table in found.tables}
    assert (tables["airlines"].rows, tables["flights"].rows) == (2, 4)
    assert tables["flights"].columns == 6
    assert [index.columns for index in tables["flights"].indexes] == [
        ("id",),
        ("tail",),
        ("month", "day"),
        ("carrier",),
    ]
    for table in found.tables:
        assert all(index.entries == table.rows for index in table.indexes)
        kinds = [
            kind
            for kind, owner in zip(found.pages, found.owners, strict=True)
            if owner == table.name
        ]
        assert kinds.count("record") == table.record_pages
        assert kinds.count("index") == sum(index.pages for index in table.indexes)
