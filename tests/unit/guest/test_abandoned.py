"""Transactions that nobody comes back to are rolled back."""

import pytest

from tests.support.engine_on_memory import EngineOnMemory
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.rows import Rows
from wasidb_guest.definitions import ColumnDefinition, define_table
from wasidb_guest.encoding.cell_vectors import constant_vector
from wasidb_guest.errors import NotOpen, TransactionNotFound
from wasidb_guest.transactions.options import TransactionLimits
from wasidb_guest.transactions.store import Store
from wasidb_guest.values import UINT32
from wasidb_guest.vectors import Batch
from wasidb_memory import HeapMemory


class Clock:
    """Seconds, as told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def store_with(limits: TransactionLimits, clock: Clock) -> Store:
    store = Store(HeapMemory(), limits=limits, clock=clock)
    with store.session(None) as transaction:
        columns = [ColumnDefinition("id", UINT32)]
        transaction.create_tables([define_table("notes", "id", columns)])
    return store


def insert(store: Store, key: int, number: int | None = None) -> None:
    with store.session(number) as transaction:
        transaction.insert("notes", Batch(["id"], [constant_vector(UINT32, key, 1)], 1))


def test_idle_transaction_is_rolled_back(clock: Clock) -> None:
    store = store_with(TransactionLimits(idle=60), clock)
    number = store.begin()
    insert(store, 1, number)
    clock.now = 60
    insert(store, 2, number)
    clock.now = 120.5
    with pytest.raises(TransactionNotFound, match="rolled back after 60 s without use"):
        store.commit(number)
    assert not store.has_open
    insert(store, 1)


def test_old_transaction_is_rolled_back_however_much_it_is_used(clock: Clock) -> None:
    store = store_with(TransactionLimits(age=10), clock)
    number = store.begin()
    for clock.now in (4, 8):
        insert(store, int(clock.now), number)
    clock.now = 10.5
    with pytest.raises(TransactionNotFound, match=r"it was rolled back after 10 s$"):
        insert(store, 12, number)


def test_what_it_kept_is_let_go_by_the_next_call_of_anybody(clock: Clock) -> None:
    store = store_with(TransactionLimits(idle=5), clock)
    store.begin()
    insert(store, 1)
    assert store.cache.versions.oldest < store.cache.versions.newest
    clock.now = 6
    insert(store, 2)
    assert store.cache.versions.oldest == store.cache.versions.newest
    assert not store.has_open


def test_cursor_goes_with_its_transaction() -> None:
    engine = EngineOnMemory(HeapMemory())
    rows = Rows(engine)
    Catalog(engine).create_tables(
        '[{"name": "notes", "primary_key": "id", "columns": [{"name": "id", "type": "uint32"}]}]'
    )
    number = rows.begin_transaction(None)
    cursor = rows.open_cursor('{"from": "notes"}', 10, number)
    engine.store.rollback(number)
    with pytest.raises(TransactionNotFound):
        rows.fetch(cursor)
    with pytest.raises(NotOpen):
        rows.fetch(cursor)


def test_without_limits_a_transaction_stays(clock: Clock) -> None:
    store = store_with(TransactionLimits(), clock)
    number = store.begin()
    insert(store, 1, number)
    clock.now = 1e9
    store.commit(number)
