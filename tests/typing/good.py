# pyright: strict
"""What type checkers take, as they understand it; see test_typing."""

import asyncio
import enum
from datetime import date
from decimal import Decimal
from typing import Any, assert_type

import wasidb
from wasidb import (
    Column,
    Condition,
    Field,
    Int16,
    Mapped,
    Table,
    aio,
    avg,
    column,
    count,
    one,
    select,
)


class Alliance(enum.Enum):
    star = 1
    sky = 2


class Airline(Table, table="airlines"):
    carrier: Mapped[str] = Field(primary_key=True)
    name: Mapped[str]
    alliance: Mapped[Alliance] = Field(default=Alliance.star)


class Flight(Table, table="flights"):
    id: Mapped[int | None] = Field(primary_key=True, autoincrement=True)
    carrier: Mapped[str] = Field(references="airlines.carrier")
    day: Mapped[date]
    dest: str
    fare: Mapped[Decimal | None] = Field(default=None)
    dep_delay: Mapped[Int16 | None] = Field(default=None)


def rows(flight: Flight) -> None:
    assert_type(flight.dep_delay, int | None)
    assert_type(flight.carrier, str)
    assert_type(flight.day, date)
    flight.dep_delay = 5
    flight.dep_delay = None


def columns() -> Condition:
    assert_type(Flight.dep_delay, Column[int | None])
    assert_type(Flight.carrier, Column[str])
    assert_type(Airline.alliance, Column[Alliance])
    allied = (Airline.alliance == Alliance.sky) | Airline.alliance.in_([Alliance.star])
    late = Flight.dep_delay > 30
    there = Flight.carrier.in_(["UA", "DL"]) & Flight.carrier.like("%A")
    nobody = (Flight.carrier == None) | (Flight.id != 7) | (Flight.dep_delay == Flight.id)  # noqa: E711
    print(nobody, allied, count() == 3, column(Flight.dest) == "LAX")
    return (late & there) | ~(Flight.fare == None) | (Flight.carrier == Airline.carrier)  # noqa: E711


def questions(db: wasidb.Database) -> None:
    flights = db.select(
        select(Flight)
        .where(Flight.dep_delay >= 30, Flight.dest == "LAX")
        .order_by(Flight.dep_delay.desc().nulls_last(), Flight.dest)
        .limit(10)
    )
    assert_type(flights, list[Flight])
    assert_type(db.get(Flight, 1), Flight | None)
    joined = select(Flight.carrier, count(), avg(Flight.dep_delay)).join(
        Airline, on=Flight.carrier == Airline.carrier
    )
    for row in db.select(joined.group_by(Flight.carrier).having(count() > 100)):
        print(row.carrier, row.count)
    db.select(select(Flight).include(airline=one(Airline, Flight.carrier)))
    assert_type(db.insert([Airline(carrier="UA", name="United")]), list[Any])
    assert_type(db.update(Flight, Flight.dep_delay < 0, dep_delay=0), int)
    assert_type(db.run(lambda tx: tx.count(Flight)), int)
    with db.transaction() as tx, tx.savepoint():
        tx.delete(Flight, Flight.carrier == "XX")


async def tasks() -> None:
    async with await aio.open("flights.wasidb", tables=[Airline, Flight]) as db:
        assert_type(await db.select(select(Flight)), list[Flight])
        assert_type(await db.get(Airline, "UA"), Airline | None)
        async for flight in db.stream(select(Flight)):
            assert_type(flight, Flight)
        async with db.transaction() as tx:
            assert_type(await tx.count(Flight, Flight.dep_delay > 30), int)


asyncio.run(tasks())
