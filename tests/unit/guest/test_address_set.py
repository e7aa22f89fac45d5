"""Which entries of a leaf have an address of a set, and leaves swept for them."""

from array import array

import hypothesis.strategies as st
import pytest
from hypothesis import given

from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes.address_set import AddressSet
from wasidb_guest.indexes.btree import BTree, create_tree
from wasidb_guest.indexes.node import Node
from wasidb_guest.indexes.run import Run, build_run, int32s
from wasidb_guest.indexes.search import collect_addresses
from wasidb_guest.pages.cache import PageCache
from wasidb_guest.pages.commit_point import WriteSet
from wasidb_guest.pages.layout import PAGE_SIZE
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_guest.values import UINT32
from wasidb_memory import HeapLog, HeapMemory

PAGES = st.integers(3, 9)


def as_uint64s(numbers: list[int]) -> memoryview:
    return memoryview(array("Q", numbers))


def run_of(keys: list[int], addresses: list[int]) -> Run:
    vector = vector_from_cells(UINT32, keys, table="t", column="c", nullable=False)
    return build_run([vector], as_uint64s(addresses))


def tree_of(addresses: list[int]) -> BTree:
    """A tree of entries with these addresses, which all have the same few keys."""
    memory = HeapMemory()
    memory.grow(3)
    tree: BTree = create_tree(WriteSet(PageCache(memory, RedoLog(HeapLog(), ""))))
    tree.insert(run_of([address % 7 for address in addresses], addresses))
    return tree


def leaves_of(tree: BTree) -> list[Node]:
    return [node for _, node in tree.nodes() if node.is_leaf]


def addresses_in(tree: BTree) -> list[int]:
    found = []
    for leaf in leaves_of(tree):
        addresses = as_uint64s([0] * leaf.count)
        collect_addresses(leaf, 0, leaf.count, addresses)
        found += addresses.tolist()
    return sorted(found)


@given(st.data(), st.sampled_from([1, 2, 3, 10, 32, 100, 8192, 9000, 40_000, 65_536, 100_000]))
def test_entries_of_the_set_are_found_whatever_the_stride(data: st.DataObject, stride: int) -> None:
    places = st.integers(0, (PAGE_SIZE - 1) // stride).map(lambda slot: slot * stride)
    anywhere = st.integers(0, PAGE_SIZE - 1)
    gone = data.draw(st.sets(st.tuples(PAGES, places), min_size=1, max_size=40))
    others = data.draw(st.sets(st.tuples(st.integers(0, 1 << 31), places | anywhere), max_size=40))
    chosen = sorted(page << 16 | offset for page, offset in gone)
    stored = sorted({*chosen[1:], *(page << 16 | offset for page, offset in others)})
    if not stored:
        return
    tree = tree_of(stored)
    (leaf,) = leaves_of(tree)
    slots = int32s(leaf.count)
    count = AddressSet(as_uint64s(chosen), stride).slots_in(leaf, slots)
    ends = [leaf.offset(slot + 1) for slot in slots[:count]]
    found = [leaf.frame[end - 6 : end] for end in ends]
    wanted = sorted(set(stored).intersection(chosen))
    as_stored = [
        (each >> 16).to_bytes(4, "little") + (each & 0xFFFF).to_bytes(2, "little")
        for each in wanted
    ]
    assert sorted(map(bytes, found)) == sorted(as_stored)


def test_leaves_that_lose_everything_leave_the_tree() -> None:
    everything = [page << 16 | offset for page in range(3, 30) for offset in range(0, 65_536, 64)]
    tree = tree_of(everything)
    assert tree.leaf_count() > 8
    gone = [address for address in everything if address % 7 < 5]
    tree.sweep(AddressSet(as_uint64s(gone), 64))
    left = [address for address in everything if address % 7 >= 5]
    assert addresses_in(tree) == left
    assert all(leaf.count for leaf in leaves_of(tree))
    assert tree.leaf_count() < 5
    tree.sweep(AddressSet(as_uint64s(left), 64))
    assert addresses_in(tree) == []


def test_an_entry_that_is_not_there_is_damage() -> None:
    tree = tree_of([3 << 16, 4 << 16])
    with pytest.raises(Corrupted, match="no entry for a record that is stored"):
        tree.sweep(AddressSet(as_uint64s([3 << 16, 3 << 16 | 64]), 64))
