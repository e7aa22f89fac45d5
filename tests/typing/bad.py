# pyright: strict
"""What type checkers refuse: each line that says so has an error, and no other; see test_typing."""

import enum

import wasidb
from wasidb import Field, Int16, Mapped, Table, aio, select


class State(enum.StrEnum):
    open = "open"


class Flight(Table, table="flights"):
    id: Mapped[int] = Field(primary_key=True)
    carrier: Mapped[str]
    dest: str = ""
    dep_delay: Mapped[Int16 | None] = Field(default=None)
    state: Mapped[State] = Field(default=State.open)


def columns() -> None:
    print(Flight.departure > 30)  # wrong: no such column
    print(Flight.dep_delay > "late")  # wrong: text and a number
    select(Flight).where(Flight.dep_delay == "late")  # wrong: text and a number
    print((Flight.carrier != 7) & (Flight.id > 1))  # wrong: a number and text
    select(Flight).where(Flight.state == "open")  # wrong: text and a member of an enum
    print(Flight.carrier.in_([1, 2]))  # wrong: numbers in a list of text
    print(Flight.dest > 30)  # wrong: a plain annotation is caught as well


def rows() -> None:
    Flight(id=1, carrier="UA", colour="red")  # wrong: no such column
    Flight(id="one", carrier="UA")  # wrong: text as a number
    Flight(id=1)  # wrong: a column that needs a value is missing
    flight = Flight(id=1, carrier="UA")
    print(flight.colour)  # wrong: no such column
    flight.carrier = 7  # wrong: a number as text


def verbs(db: wasidb.Database) -> None:
    db.get("flights", 1)  # wrong: a model is asked for
    db.select("flights")  # wrong: a question is asked for
    db.select(select(Flight).order(Flight.id))  # wrong: no such part of a question
    db.transaction(isolation="serialisable")  # wrong: no such level
    wasidb.open("x", durability="ful")  # wrong: no such durability


async def tasks(db: aio.AsyncDatabase) -> None:
    await db.count("flights")  # wrong: a model is asked for
    await aio.open("x", durability="ful")  # wrong: no such durability
    await db.fetch_all(select(Flight))  # wrong: no such verb
