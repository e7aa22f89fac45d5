"""Statements without a transaction: those that write nothing share one, until somebody commits."""

import pytest

from wasidb_guest.definitions import ColumnDefinition, define_table
from wasidb_guest.encoding.cell_vectors import constant_vector
from wasidb_guest.errors import PrimaryKeyConflict
from wasidb_guest.transactions.store import Store
from wasidb_guest.transactions.transaction import Transaction
from wasidb_guest.values import UINT32
from wasidb_guest.vectors import Batch
from wasidb_memory import HeapMemory


@pytest.fixture
def store() -> Store:
    store = Store(HeapMemory())
    with store.session(None) as transaction:
        columns = [ColumnDefinition("id", UINT32)]
        transaction.create_tables([define_table("notes", "id", columns)])
    return store


def insert(store: Store, key: int, number: int | None = None) -> None:
    with store.session(number) as transaction:
        transaction.insert("notes", Batch(["id"], [constant_vector(UINT32, key, 1)], 1))


def reader(store: Store, rows: int) -> Transaction:
    """The transaction of a statement that finds so many rows."""
    with store.session(None) as transaction:
        assert transaction.table("notes").row_count() == rows
    return transaction


def test_readers_share_a_transaction(store: Store) -> None:
    assert reader(store, 0) is reader(store, 0)


def test_a_commit_ends_it_and_keeps_nothing_for_it(store: Store) -> None:
    first = reader(store, 0)
    insert(store, 1)
    assert reader(store, 1) is not first
    number = store.begin()
    insert(store, 2, number)
    second = reader(store, 1)
    store.commit(number)
    assert reader(store, 2) is not second
    assert not store.cache.versions._history


def test_one_that_was_refused_serves_nobody_else(store: Store) -> None:
    insert(store, 1)
    first = reader(store, 1)
    with pytest.raises(PrimaryKeyConflict):
        insert(store, 1)
    assert reader(store, 1) is not first
