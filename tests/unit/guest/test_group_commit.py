"""A group of commits costs one flush, and a failed one leaves all of them unknown."""

import pytest

from wasidb_guest.definitions import ColumnDefinition, define_table
from wasidb_guest.encoding.cell_vectors import constant_vector
from wasidb_guest.errors import MemoryFailed
from wasidb_guest.transactions.store import Store
from wasidb_guest.values import UINT32
from wasidb_guest.vectors import Batch
from wasidb_memory import HeapLog, HeapMemory, StorageFailed


class CountingLog(HeapLog):
    """Counts flushes; fails them when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.flushes = 0
        self.fails = False

    def flush(self) -> None:
        if self.fails:
            raise StorageFailed("no such luck")
        self.flushes += 1


@pytest.fixture
def log() -> CountingLog:
    return CountingLog()


@pytest.fixture
def store(log: CountingLog) -> Store:
    store = Store(HeapMemory(), log)
    with store.session(None) as transaction:
        columns = [ColumnDefinition("id", UINT32)]
        transaction.create_tables([define_table("notes", "id", columns)])
    return store


def begin_with(store: Store, key: int) -> int:
    number = store.begin()
    with store.session(number) as transaction:
        transaction.insert("notes", Batch(["id"], [constant_vector(UINT32, key, 1)], 1))
    return number


def row_count(store: Store) -> int:
    with store.session(None) as transaction:
        return transaction.table("notes").row_count()


def test_one_flush_for_all(store: Store, log: CountingLog) -> None:
    numbers = [begin_with(store, key) for key in range(20)]
    before = log.flushes
    assert store.commit_many(numbers) == [None] * 20
    assert log.flushes == before + 1
    assert row_count(store) == 20


def test_no_flush_when_nothing_was_committed(store: Store, log: CountingLog) -> None:
    number = begin_with(store, 1)
    store.rollback(number)
    before = log.flushes
    assert [type(error).__name__ for error in store.commit_many([number])] == [
        "TransactionNotFound"
    ]
    assert log.flushes == before


def test_a_failed_flush_ends_all_work(store: Store, log: CountingLog) -> None:
    numbers = [begin_with(store, key) for key in range(3)]
    log.fails = True
    with pytest.raises(MemoryFailed, match="reopen the database to find out"):
        store.commit_many(numbers)
    with pytest.raises(MemoryFailed, match="an earlier write failed"):
        store.cache.check_usable()  # as `Engine.store` does for every call
