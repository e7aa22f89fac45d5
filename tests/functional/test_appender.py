"""Rows appended one by one are stored like those of one insert, as they were when appended."""

import asyncio
import enum
from collections import namedtuple
from typing import Any

import pytest

import wasidb
from wasidb import (
    Field,
    InvalidValue,
    Json,
    NotOpen,
    PrimaryKeyConflict,
    Table,
    TableNotFound,
    UInt8,
    UnknownColumn,
    aio,
    appender,
    select,
)
from wasidb.session import MANY_ROWS


class State(enum.Enum):
    open = 0
    shut = 1


class Reading(Table, table="readings"):
    id: int = Field(default=None, primary_key=True, autoincrement=True)
    value: UInt8
    name: str | None = None


class Event(Table, table="events"):
    id: int = Field(primary_key=True)
    state: State = State.open
    more: Json = None
    raw: bytes = b""


class Word(Table, table="words"):
    word: str = Field(primary_key=True)


@pytest.fixture
def db(db: wasidb.Database, monkeypatch: pytest.MonkeyPatch) -> wasidb.Database:
    """Where three rows are a piece."""
    monkeypatch.setattr(appender, "PIECE_ROWS", 3)
    db.create_tables(Reading, Event, Word)
    return db


def append_all(session: wasidb.Session, table: Any, *rows: Any) -> None:
    with session.appender(table) as taken:
        for row in rows:
            taken.append(row)


def append_and_fail(taken: wasidb.Appender, *rows: Any) -> None:
    with taken:
        for row in rows:
            taken.append(row)
        raise KeyError


def values(session: wasidb.Session) -> list[int]:
    return [value for (value,) in session.select_tuples(select(Reading.value).order_by(Reading.id))]


def test_rows_are_stored_a_piece_at_a_time_and_as_the_block_ends(db: wasidb.Database) -> None:
    with db.appender(Reading) as readings:
        for value in range(2):
            readings.append(Reading(value=value))
        assert (readings.stored, values(db)) == (0, [])
        readings.append(Reading(value=2))
        assert (readings.stored, values(db)) == (3, [0, 1, 2])
        readings.append(Reading(value=3))
        readings.flush()
        readings.flush()
        assert (readings.stored, values(db)) == (4, [0, 1, 2, 3])
        readings.append(Reading(value=4))
    assert (readings.stored, values(db)) == (5, [0, 1, 2, 3, 4])


@pytest.mark.parametrize("table", [Reading, "readings"])
def test_rows_are_those_that_insert_takes(db: wasidb.Database, table: Any) -> None:
    with db.appender(table) as readings:
        readings.append((7, 1, "tuple"))
        readings.flush()
        readings.append({"value": 2})
        readings.flush()
        readings.append(Reading(value=3, name="model"))
    assert db.select_tuples(select(Reading).order_by(Reading.value)) == [
        (7, 1, "tuple"),
        (8, 2, None),
        (9, 3, "model"),
    ]
    with db.appender("words") as words:
        words.append(Word(word="one column"))
    assert db.get(Word, "one column")


@pytest.mark.parametrize("table", [Event, "events"])
def test_rows_are_as_they_were_when_appended(db: wasidb.Database, table: Any) -> None:
    more, raw = {"of": [1]}, bytearray(b"a")
    with db.appender(table) as events:
        model = Event(id=1, state=State.shut, more=more)
        events.append(model)
        model.state = State.open
        more["of"].append(2)
        events.flush()
        row = {"id": 2, "more": more, "raw": raw}
        events.append(row)
        row["id"] = 3
        raw[0] = 0
        more["of"].append(3)
        events.append(row)
        events.flush()
        shape = namedtuple("shape", ["id", "state", "more", "raw"])
        events.append(shape(4, State.shut, more, memoryview(b"m")))
        more["of"].clear()
    assert db.select_tuples(select(Event).order_by(Event.id)) == [
        (1, State.shut, {"of": [1]}, b""),
        (2, State.open, {"of": [1, 2]}, b"a"),
        (3, State.open, {"of": [1, 2, 3]}, b"\0"),
        (4, State.shut, {"of": [1, 2, 3]}, b"m"),
    ]


def test_row_that_is_refused_ends_it_and_is_counted_from_the_first(db: wasidb.Database) -> None:
    with db.transaction() as tx:
        with tx.appender(Reading) as readings:
            for value in (1, 2, 3, 4):
                readings.append({"value": value})
            readings.append({"value": 256})
            with pytest.raises(InvalidValue, match=r"\(row 4\): 256 is not") as raised:
                readings.append({"value": 5})
            assert raised.value.details["row"] == 4
            with pytest.raises(NotOpen, match="the appender has ended"):
                readings.append({"value": 6})
        assert readings.stored == 3
        assert values(tx) == [1, 2, 3]
    assert values(db) == [1, 2, 3]


def test_block_that_ends_by_an_exception_stores_no_more(db: wasidb.Database) -> None:
    readings = db.appender(Reading)
    with pytest.raises(KeyError):
        append_and_fail(readings, *({"value": value} for value in range(4)))
    assert (readings.stored, values(db)) == (3, [0, 1, 2])
    with pytest.raises(NotOpen):
        readings.append({"value": 9})


def test_transaction_takes_back_what_was_stored(db: wasidb.Database) -> None:
    with pytest.raises(PrimaryKeyConflict), db.transaction() as tx:
        append_all(tx, Word, ("a",), ("b",), ("c",), ("d",), ("d",))
    assert db.count(Word) == 0


@pytest.mark.parametrize("last", [255, 256])
def test_many_rows_are_stored_without_asking_for_their_keys(
    db: wasidb.Database, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    monkeypatch.setattr(appender, "PIECE_ROWS", MANY_ROWS)
    calls = []
    call = db._engine.call
    monkeypatch.setattr(
        db._engine, "call", lambda *given: (calls.append(given[1]), call(*given))[1]
    )
    rows = [{"value": 7}] * (MANY_ROWS - 1)
    if last == 255:
        append_all(db, Reading, *rows, {"value": last})
        assert calls == ["insert-file"]
    else:
        with pytest.raises(InvalidValue, match=rf"row {MANY_ROWS - 1}\b"):
            append_all(db, Reading, *rows, {"value": last})
    assert len(values(db)) == (MANY_ROWS if last == 255 else 0)


def test_what_is_no_row_is_refused_at_once(db: wasidb.Database) -> None:
    with db.appender(Reading) as readings:
        with pytest.raises(InvalidValue, match="expected a model, a dict or a tuple as row, got 7"):
            readings.append(7)  # type: ignore[arg-type]
        with pytest.raises(InvalidValue, match="rows of 'words' cannot go into 'readings'"):
            readings.append(Word(word="x"))
        readings.append({"value": 1})
    assert values(db) == [1]
    with pytest.raises(TableNotFound):
        db.appender("nothing")
    with pytest.raises(UnknownColumn):
        append_all(db, Reading, {"valeu": 1})
    with pytest.raises(InvalidValue, match="row 0"):
        append_all(db, Event, {"id": 1, "more": (each for each in [])})


def test_twin_awaits_what_is_stored(db: wasidb.Database) -> None:
    async def test() -> None:
        twin = aio.AsyncDatabase(db, aio.Worker(), db.cancel)
        async with twin.transaction() as tx, tx.appender(Reading) as readings:
            for value in range(4):
                await readings.append({"value": value})
            assert readings.stored == 3
        assert readings.stored == 4
        async with twin.appender(Reading) as readings:
            await readings.append({"value": 4})
            await readings.flush()
            await readings.append({"value": 5})
            assert await twin.count(Reading) == 5

    asyncio.run(test())
    assert values(db) == [0, 1, 2, 3, 4, 5]
