"""Many rows at once: they go another way than few, and nobody can tell by what becomes of them."""

import enum
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest

import wasidb
import wasidb.arrow
from wasidb import (
    DbmsError,
    Field,
    InvalidValue,
    PrimaryKeyConflict,
    Table,
    UInt8,
    bulk,
    select,
    session,
)
from wasidb_schema import TableDefinition
from wasidb_schema.definition import ColumnDefinition
from wasidb_schema.expressions import Column

INTEGERS = (127, -128, 255, 1 << 15, 1 << 31, (1 << 64) - 1, -(1 << 63), 10**30, True, 1.0, "1")
FLOATS = (0.1, -0.0, math.nan, math.inf, 1e300, 3, (1 << 53) + 1, 10**400, True, "Infinity", "1")


class Word(str):
    """A text of a class of its own."""


class Blob(bytes):
    """Bytes of a class of their own."""


class Level(enum.IntEnum):
    LOW = 1


class Colour(enum.StrEnum):
    RED = "red"


VALUES: dict[str, tuple[Any, ...]] = {
    **{f"{sign}int{bits}": (*INTEGERS, Level.LOW) for sign in ("", "u") for bits in (8, 32, 64)},
    "float32": FLOATS,
    "float64": FLOATS,
    "boolean": (True, False, 0, "true"),
    "text": ("ä\0", "", Word("w"), Colour.RED, "\ud800", "x" * 65_536, b"x", 7),
    "blob": (b"\0\xff", b"", Blob(b"b"), bytearray(b"a"), memoryview(b"m"), "eA==", b"x" * 65_536),
    "custom": (b"ab", b"abc", Blob(b"cd"), "YWI=", 7),
    "date": (date(2024, 2, 29), date(1, 1, 1), datetime(2024, 1, 1, tzinfo=UTC), "2024-02-30"),
    "datetime": (
        datetime(2024, 2, 29, 12, 30, 1, 5, UTC),
        datetime(2024, 2, 29, 12, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
        datetime(2024, 2, 29),
        date(2024, 2, 29),
        "2024-02-29 12:00Z",
        "noon",
    ),
    "decimal": (Decimal("1.50"), 7, Decimal("nan"), Decimal(10) ** 30, "2.50", "two", 1.5),
    "uuid": (UUID(int=5), str(UUID(int=6)).upper(), "no uuid", 5),
    "json": ({"a": [1, None]}, [], "text", 1.5, None, {1}, math.nan),
}
"""For each type values that it takes, and others."""

CELLS = TableDefinition(
    name="cells",
    primary_key="id",
    columns=(
        ColumnDefinition("id", "uint32"),
        *(
            ColumnDefinition(
                name, {"custom": "pair", "width": 2} if name == "custom" else name, nullable=True
            )
            for name in VALUES
        ),
        ColumnDefinition("needed", "text", default="given"),
        ColumnDefinition("document", "json", default="{}"),
    ),
)


class Seat(Table, table="seats"):
    id: int = Field(default=None, primary_key=True, autoincrement=True)
    row: UInt8
    name: str | None = Field(default="free", unique=False)


class Ticket(Table, table="tickets"):
    hall: str = Field(primary_key=True, sanitizers=["trim"])
    number: int = Field(primary_key=True)


@pytest.fixture
def cells(db: wasidb.Database) -> wasidb.Database:
    db.create_tables(CELLS)
    return db


@pytest.fixture
def seats(db: wasidb.Database, monkeypatch: pytest.MonkeyPatch) -> wasidb.Database:
    """Where three rows are many, and four a piece."""
    monkeypatch.setattr(session, "MANY_ROWS", 3)
    monkeypatch.setattr(bulk, "PIECE_ROWS", 4)
    db.create_tables(Seat, Ticket)
    return db


def outcome(db: wasidb.Database, rows: list[dict[str, Any]]) -> Any:
    """What becomes of rows that are to be inserted, and of the same as upserts; it is undone."""
    question = select(*(Column(CELLS.name, each.name, each.codec) for each in CELLS.columns))
    outcomes = []
    for verb in (wasidb.Transaction.insert, wasidb.Transaction.upsert):
        with db.transaction() as tx:
            try:
                answer: Any = verb(tx, rows, "cells")
            except DbmsError as error:
                answer = type(error), error.message, error.details
            outcomes.append((answer, repr(tx.select_tuples(question))))
            tx.rollback()
    return outcomes


@pytest.mark.parametrize("name", VALUES)
def test_values_and_refusals_are_those_of_few_rows(
    cells: wasidb.Database, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = {"id": 1, name: None, "needed": "yes"}
    for value in VALUES[name]:
        rows = [first, {**first, "id": 2, name: value}]
        few = outcome(cells, rows)
        with monkeypatch.context() as patch:
            patch.setattr(session, "MANY_ROWS", 1)
            assert outcome(cells, rows) == few, value


@pytest.mark.parametrize(
    "odd",
    [{"needed": None}, {"document": None}, {"id": None}, {"id": -1}, {"id": 1}, {"colour": "red"}],
    ids=str,
)
def test_rows_are_refused_as_few_are(
    cells: wasidb.Database, odd: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[dict[str, Any]] = [{"id": 1, "needed": "x", "document": {}} | odd]
    rows.insert(0, {name: None for name in rows[0]} | {"id": 1, "needed": "x", "document": 1})
    few = outcome(cells, rows)
    monkeypatch.setattr(session, "MANY_ROWS", 1)
    assert outcome(cells, rows) == few


def test_what_is_left_out_is_filled_in(seats: wasidb.Database) -> None:
    keys = seats.insert([{"row": row} for row in range(10)], "seats")
    assert keys == list(range(1, 11))
    assert seats.select(select(Seat).where(Seat.id == 10)) == [Seat(id=10, row=9, name="free")]


def test_models_know_their_keys_when_all_are_stored(seats: wasidb.Database) -> None:
    given = [Seat(row=row, name=None) for row in range(9)]
    refused = [*given, Seat.model_construct(id=None, row=256, name="x")]
    with pytest.raises(InvalidValue, match=r"seats\.row \(row 9\): 256 is not") as raised:
        seats.insert(refused)
    assert raised.value.details["row"] == 9
    assert {seat.id for seat in given} == {None}
    keys = seats.insert(iter(given))
    assert keys == [seat.id for seat in given] == sorted(set(keys))
    assert seats.select(select(Seat)) == given


def test_keys_are_those_stored(seats: wasidb.Database) -> None:
    tickets = [Ticket(hall=f" {number} ", number=number) for number in range(6)]
    assert seats.insert(tickets) == [(str(number), number) for number in range(6)]
    assert tickets[5].hall == "5"


def test_upserts_are_judged_together_however_many(
    seats: wasidb.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wasidb.arrow, "CHUNK_ROWS", 2)
    seats.insert(
        [{"id": number, "row": 1, "name": f"seat {number}"} for number in range(1, 5)], Seat
    )
    changes = [{"id": number % 5 + 1, "row": number} for number in range(12)]
    assert seats.upsert(iter(changes), Seat) == wasidb.Upserted(inserted=1, updated=11)
    assert seats.select_tuples(select(Seat)) == [
        (1, 10, "seat 1"), (2, 11, "seat 2"), (3, 7, "seat 3"), (4, 8, "seat 4"), (5, 9, "free"),
    ]  # fmt: skip


def test_models_know_their_keys_when_they_are_upserted(seats: wasidb.Database) -> None:
    given = [Seat(row=row) for row in range(5)]
    assert seats.upsert(given).inserted == 5
    assert [seat.id for seat in given] == [1, 2, 3, 4, 5]
    tickets = [Ticket(hall=" a ", number=number) for number in range(5)]
    seats.upsert(tickets)
    assert {ticket.hall for ticket in tickets} == {"a"}


def test_tuples_have_all_columns_in_order(seats: wasidb.Database) -> None:
    rows = [(number, 3, f"seat {number}") for number in range(1, 10)]
    assert seats.insert(rows, "seats") == [row[0] for row in rows]
    assert seats.insert([(20, 1, None)], "seats") == [20]
    assert seats.select_tuples(select(Seat.id, Seat.row, Seat.name)) == [*rows, (20, 1, None)]
    for few in (1, 5):
        with pytest.raises(InvalidValue, match="row 0 has 2 values, expected a value for each of"):
            seats.insert([(30, 1)] * few, "seats")


def test_iterators_are_taken_a_piece_at_a_time(seats: wasidb.Database) -> None:
    taken, stored = 0, []

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal taken
        for taken in range(1, 13):
            stored.append(tx.count(Seat))
            yield {"row": taken}

    with seats.transaction() as tx:
        tx.insert(rows(), "seats")
    assert stored == [0] * 4 + [4] * 4 + [8] * 4


def test_large_rows_of_a_piece_are_stored_together_or_not_at_all(
    seats: wasidb.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wasidb.arrow, "CHUNK_SIZE", 64)
    rows = [{"id": number, "row": 1, "name": "x" * 60} for number in (1, 2, 1)]
    with pytest.raises(PrimaryKeyConflict):
        seats.insert(rows, "seats")
    assert seats.count(Seat) == 0
    assert seats.insert([*rows[:2], {**rows[2], "id": 3}], "seats") == [1, 2, 3]


@pytest.mark.parametrize("kind", [dict, partial(defaultdict, int)], ids=["dict", "defaultdict"])
@pytest.mark.parametrize("odd", [{"id": 2, "name": ""}, {"id": 2}, {"id": 2, "row": 1, "name": ""}])
def test_rows_that_have_not_the_same_columns_are_refused(
    seats: wasidb.Database, kind: Callable[[dict[str, Any]], Any], odd: dict[str, Any]
) -> None:
    differing = ", ".join(sorted({"id", "row"} ^ odd.keys()))
    with pytest.raises(
        InvalidValue, match=f"row 1 and the first row differ in columns: {differing}"
    ):
        seats.insert([kind({"id": 1, "row": 1}), other := kind(odd)], "seats")
    assert other == odd
    assert seats.count(Seat) == 0


def test_nothing_is_left_of_pieces_when_one_is_refused(seats: wasidb.Database) -> None:
    rows = [{"id": number, "row": 1, "name": None} for number in (1, 2, 3, 4, 5, 6, 7, 2)]
    with pytest.raises(PrimaryKeyConflict):
        seats.insert(rows, "seats")
    with pytest.raises(ZeroDivisionError):
        seats.insert(({"row": 1 // (5 - number)} for number in range(9)), "seats")
    with seats.transaction() as tx:
        tx.insert(Seat(row=1))
        with pytest.raises(InvalidValue, match="row 6 and the first row differ in columns: id"):
            tx.insert([*({"row": 1} for _ in range(6)), {"row": 1, "id": 7}, {"row": 1}], "seats")
    assert seats.count(Seat) == 1
    assert seats.check() == []
