"""A question that would never end is stopped, and the database goes on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import wasidb
from wasidb import (
    Cancelled,
    Database,
    DeadlineExceeded,
    Field,
    Select,
    Table,
    alias,
    count,
    select,
)

ROWS = 400
DEADLINE = 0.05
CANCEL_INTERVAL = 0.005


class Tick(Table, table="ticks"):
    id: int = Field(primary_key=True)
    same: int


def endless() -> Select[tuple[int]]:
    """The number of all quadruples of rows, counted one by one: 25,600,000,000."""
    question = select(count()).from_(Tick)
    for name in ("second", "third", "fourth"):
        other = alias(Tick, name)
        question = question.join(other, on=Tick.same == other.same)
    return question


@pytest.fixture
def ticks(db: Database) -> Database:
    db.create_tables(Tick)
    db.insert([Tick(id=number, same=1) for number in range(ROWS)])
    return db


@contextmanager
def cancelling(db: Database) -> Iterator[None]:
    """Cancels what goes on in the block, again and again until it is over."""
    is_over = threading.Event()

    def cancel() -> None:
        while not is_over.wait(CANCEL_INTERVAL):
            db.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def row_count(session: wasidb.Session) -> int:
    return session.select(select(count()).from_(Tick))[0].count


def test_deadline(ticks: Database) -> None:
    with pytest.raises(DeadlineExceeded, match=f"longer than {DEADLINE} s"):
        ticks.select(endless().within(seconds=DEADLINE))
    assert row_count(ticks) == ROWS


def test_deadline_of_a_sort(ticks: Database) -> None:
    second, third = alias(Tick, "second"), alias(Tick, "third")
    triples = select(Tick.id, second.id, third.id).join(second, on=Tick.same == second.same)
    sorted_triples = triples.join(third, on=Tick.same == third.same).order_by(third.id.desc())
    with pytest.raises(DeadlineExceeded):
        ticks.select(sorted_triples.within(seconds=DEADLINE))
    assert row_count(ticks) == ROWS


def test_cancelled_by_another_thread(ticks: Database) -> None:
    with cancelling(ticks), pytest.raises(Cancelled):
        ticks.select(endless())
    assert row_count(ticks) == ROWS


def test_transaction_goes_on_after_a_question_that_was_cancelled(ticks: Database) -> None:
    with ticks.transaction() as transaction:
        transaction.insert(Tick(id=ROWS, same=2))
        with cancelling(ticks), pytest.raises(Cancelled):
            transaction.select(endless())
        assert row_count(transaction) == ROWS + 1
    assert row_count(ticks) == ROWS + 1


def test_cursor_and_arrow_have_limits_too(ticks: Database) -> None:
    with pytest.raises(DeadlineExceeded):
        next(ticks.stream(endless().within(seconds=DEADLINE)))
    with pytest.raises(DeadlineExceeded):
        ticks.select_arrow(endless().within(seconds=DEADLINE))


def test_nobody_is_stopped_by_a_request_made_before(ticks: Database) -> None:
    ticks.cancel()
    assert row_count(ticks) == ROWS
