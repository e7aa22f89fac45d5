"""Limits of the running statement: when it is stopped, and what is left of it."""

import pytest

from wasidb_guest.definitions import ColumnDefinition, define_table
from wasidb_guest.encoding.cell_vectors import constant_vector, vector_from_cells
from wasidb_guest.errors import Cancelled, Conflict, DeadlineExceeded, LimitExceeded
from wasidb_guest.query.executor import matching_addresses
from wasidb_guest.transactions.limits import LOOK_SECONDS, Limits
from wasidb_guest.transactions.options import StatementLimits, TransactionOptions
from wasidb_guest.transactions.store import Store
from wasidb_guest.transactions.transaction import Transaction
from wasidb_guest.values import TEXT, UINT32
from wasidb_guest.vectors import Batch
from wasidb_memory import HeapMemory

PAGE_FULL = "x" * 60_000
MANY_PAGES = 20


class Clock:
    """Seconds, as told; `step` of them go by with each look."""

    now = 100.0
    step = 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


class Request:
    """Whether somebody wants the statement to stop, and how often that was asked."""

    is_made = False
    looks = 0

    def __call__(self) -> bool:
        self.looks += 1
        return self.is_made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def request_to_stop() -> Request:
    return Request()


# The object


def test_nothing_is_limited_unless_asked_for(clock: Clock) -> None:
    limits = Limits(clock=clock)
    limits.begin()
    clock.now += 1e9
    limits.check()
    limits.check_rows(1 << 40)


def test_deadline_is_counted_from_the_beginning_of_the_statement(clock: Clock) -> None:
    limits = Limits(StatementLimits(seconds=2), clock=clock)
    limits.begin()
    clock.now += 1.9
    limits.check()
    clock.now += 0.1
    with pytest.raises(DeadlineExceeded, match="longer than 2 s") as raised:
        limits.check()
    assert raised.value.details == {"limit": "statement seconds", "seconds": 2}
    limits.end()
    limits.check()
    limits.begin()
    limits.check()


def test_deadline_between_two_looks_for_a_request_is_met(clock: Clock) -> None:
    limits = Limits(clock=clock)
    limits.begin()
    limits.check()
    limits.narrow(StatementLimits(seconds=LOOK_SECONDS / 4))
    clock.now += LOOK_SECONDS / 2
    with pytest.raises(DeadlineExceeded):
        limits.check()


@pytest.mark.parametrize(("own", "lower"), [(1, 1), (3, 2), (None, 2)])
def test_the_lower_limit_counts_until_the_statement_ends(
    clock: Clock, own: int | None, lower: int
) -> None:
    limits = Limits(StatementLimits(seconds=2, rows=2), clock=clock)
    limits.begin()
    limits.narrow(StatementLimits(seconds=own, rows=own))
    limits.check_rows(lower)
    with pytest.raises(LimitExceeded, match=f"more than {lower} rows"):
        limits.check_rows(lower + 1)
    clock.now += lower
    with pytest.raises(DeadlineExceeded, match=f"longer than {lower} s"):
        limits.check()
    limits.end()
    limits.check()
    limits.check_rows(2)


def test_a_request_is_looked_for_now_and_then(clock: Clock, request_to_stop: Request) -> None:
    limits = Limits(is_cancelled=request_to_stop, clock=clock)
    clock.step = LOOK_SECONDS / 10
    for _ in range(100):
        limits.check()
    assert 9 <= request_to_stop.looks <= 11
    request_to_stop.is_made = True
    clock.step = LOOK_SECONDS
    with pytest.raises(Cancelled):
        limits.check()


def test_a_request_is_not_looked_for_at_the_begin(clock: Clock, request_to_stop: Request) -> None:
    limits = Limits(is_cancelled=request_to_stop, clock=clock)
    request_to_stop.is_made = True
    limits.look_later()
    limits.check()
    clock.now += LOOK_SECONDS
    with pytest.raises(Cancelled):
        limits.check()
    limits.narrow(StatementLimits(seconds=LOOK_SECONDS / 2))
    limits.look_later()
    clock.now += LOOK_SECONDS / 2
    with pytest.raises(DeadlineExceeded):
        limits.check()


# Statements


@pytest.fixture
def store(clock: Clock, request_to_stop: Request) -> Store:
    store = Store(HeapMemory(), is_cancelled=request_to_stop, clock=clock)
    with store.session(None) as transaction:
        columns = [ColumnDefinition("id", UINT32), ColumnDefinition("body", TEXT)]
        transaction.create_tables([define_table("notes", "id", columns)])
    insert(store, 1)
    clock.step = 1
    return store


def insert(store: Store, *keys: int, number: int | None = None) -> None:
    """Insert rows that take a page each."""
    ids = vector_from_cells(UINT32, keys, table="notes", column="id", nullable=False)
    bodies = constant_vector(TEXT, PAGE_FULL, len(keys))
    with store.session(number) as transaction:
        transaction.insert("notes", Batch(["id", "body"], [ids, bodies], len(keys)))


def row_count(transaction: Transaction) -> int:
    return transaction.table("notes").row_count()


def test_cancelled_statement_that_has_changed_nothing_leaves_its_transaction_as_it_was(
    store: Store, request_to_stop: Request
) -> None:
    number = store.begin()
    insert(store, 2, number=number)
    request_to_stop.is_made = True
    with pytest.raises(Cancelled), store.session(number) as transaction:
        transaction.delete("notes", matching_addresses(transaction, "notes", None), "restrict")
    request_to_stop.is_made = False
    insert(store, 3, number=number)
    store.commit(number)
    with store.session(None) as transaction:
        assert row_count(transaction) == 3


def test_cancelled_half_way_a_transaction_can_only_be_rolled_back(
    store: Store, request_to_stop: Request
) -> None:
    number = store.begin()
    savepoint = store.transaction(number).savepoint()
    request_to_stop.is_made = True
    with pytest.raises(Cancelled):
        insert(store, *range(2, MANY_PAGES), number=number)
    request_to_stop.is_made = False
    with pytest.raises(Conflict, match=r"failed half-way.*cancelled"):
        insert(store, 2, number=number)
    store.transaction(number).roll_back_to(savepoint)
    insert(store, 2, number=number)
    store.commit(number)
    with store.session(None) as transaction:
        assert row_count(transaction) == 2


@pytest.mark.parametrize("is_first", [True, False])
def test_statement_whose_time_is_up_half_way_leaves_its_transaction_as_it_was(
    store: Store, clock: Clock, is_first: bool
) -> None:
    number = store.begin(TransactionOptions(limits=StatementLimits(seconds=MANY_PAGES / 4)))
    if not is_first:
        insert(store, 50, number=number)
    with pytest.raises(DeadlineExceeded):
        insert(store, *range(100, 100 + 5 * MANY_PAGES), number=number)
    insert(store, 2, number=number)
    clock.step = 0
    store.commit(number)
    with store.session(None) as transaction:
        assert row_count(transaction) == 2 + (not is_first)
    insert(store, *range(100, 100 + MANY_PAGES))


def test_limits_of_a_transaction_are_those_of_each_statement(store: Store) -> None:
    number = store.begin(TransactionOptions(limits=StatementLimits(rows=3)))
    for _ in range(2):
        with store.session(number) as transaction:
            transaction.limits.narrow(StatementLimits(rows=5))
            transaction.limits.check_rows(3)
            with pytest.raises(LimitExceeded, match="the result has more than 3 rows"):
                transaction.limits.check_rows(4)
    with store.session(None) as transaction:
        transaction.limits.check_rows(4)


def test_cancelled_statement_without_a_transaction_has_done_nothing(
    store: Store, request_to_stop: Request
) -> None:
    request_to_stop.is_made = True
    with pytest.raises(Cancelled):
        insert(store, *range(2, MANY_PAGES))
    request_to_stop.is_made = False
    with store.session(None) as transaction:
        assert row_count(transaction) == 1
    insert(store, *range(2, MANY_PAGES))


def test_time_is_not_up_for_a_commit(clock: Clock) -> None:
    store = Store(HeapMemory(), statement_limits=StatementLimits(seconds=1), clock=clock)
    with store.session(None) as transaction:
        transaction.create_tables([define_table("notes", "id", [ColumnDefinition("id", UINT32)])])
    number = store.begin()
    with store.session(number) as transaction:
        rows = Batch(["id"], [constant_vector(UINT32, 1, 1)], 1)
        transaction.insert("notes", rows)
    clock.now += 1000
    store.commit(number)
    with store.session(None) as transaction:
        assert row_count(transaction) == 1
