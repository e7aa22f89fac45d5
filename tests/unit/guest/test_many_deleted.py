"""Many rows deleted or changed at once: beside whom, and what an index that lacks one says."""

from array import array

import pytest

from wasidb_guest.definitions import ColumnDefinition, define_table
from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.errors import Conflict, Corrupted
from wasidb_guest.indexes.run import build_run
from wasidb_guest.tables.check import check_integrity
from wasidb_guest.tables.table import SWEPT_ENTRIES_MIN
from wasidb_guest.transactions.store import Store
from wasidb_guest.values import UINT32
from wasidb_guest.vectors import Batch, Vector
from wasidb_memory import HeapMemory

COUNT = 40 * SWEPT_ENTRIES_MIN
DOOMED = range(0, COUNT, 3)


def vector(numbers: list[int]) -> Vector:
    return vector_from_cells(UINT32, numbers, table="notes", column="id", nullable=False)


def insert(store: Store, keys: list[int], number: int | None = None) -> None:
    with store.session(number) as transaction:
        kinds = vector([key % 7 for key in keys])
        transaction.insert("notes", Batch(["id", "kind"], [vector(keys), kinds], len(keys)))


@pytest.fixture
def store() -> Store:
    store = Store(HeapMemory())
    with store.session(None) as transaction:
        columns = [ColumnDefinition("id", UINT32), ColumnDefinition("kind", UINT32)]
        transaction.create_tables([define_table("notes", "id", columns, indexes=[["kind"]])])
    insert(store, list(range(COUNT)))
    return store


def delete(store: Store, number: int | None = None) -> None:
    """Delete the doomed rows, which are of all pages and leaves."""
    with store.session(number) as transaction:
        table = transaction.table("notes")
        found = table.indexes[0].tree.find_run(build_run([vector(list(DOOMED))]))
        assert table.swept_indexes(len(found)) == [("id",), ("kind",)]
        transaction.delete("notes", memoryview(array("Q", sorted(found))), "restrict")


def check(store: Store, count: int) -> None:
    with store.session(None) as transaction:
        assert transaction.table("notes").row_count() == count
    assert list(check_integrity(store.cache, store.catalog)) == []


def test_rows_are_gone_from_pages_and_indexes(store: Store) -> None:
    delete(store)
    check(store, COUNT - len(DOOMED))
    insert(store, list(DOOMED))
    check(store, COUNT)


def test_they_are_deleted_again_on_top_of_what_others_have_committed(store: Store) -> None:
    number = store.begin()
    delete(store, number)
    insert(store, [COUNT])
    store.commit(number)
    check(store, COUNT + 1 - len(DOOMED))


@pytest.mark.parametrize("others", ["transaction", None])
def test_others_who_have_deleted_them_are_in_the_way(store: Store, others: str | None) -> None:
    number, other = store.begin(), store.begin() if others else None
    delete(store, number)
    delete(store, other)
    if other is not None:
        store.commit(other)
    with pytest.raises(Conflict):
        store.commit(number)
    check(store, COUNT - len(DOOMED))


def test_rows_get_other_keys_in_one_of_their_indexes(store: Store) -> None:
    with store.session(None) as transaction:
        places = [place for _, found in transaction.table("notes").scan([0]) for place in found]
        kinds = vector([each % 5 for each in range(COUNT)])
        transaction.update("notes", memoryview(array("Q", places)), {"kind": kinds})
    check(store, COUNT)


def test_a_row_that_an_index_does_not_have_is_damage(store: Store) -> None:
    with store.session(None) as transaction:
        tree = transaction.writable("notes").trees["kind",]
        (place,) = transaction.table("notes").indexes[0].tree.find_run(build_run([vector([9])]))
        tree.delete(build_run([vector([9 % 7])], memoryview(array("Q", [place]))))
    with pytest.raises(Corrupted, match="no entry for a record that is stored"):
        delete(store)
    with store.session(None) as transaction:
        assert transaction.table("notes").row_count() == COUNT
