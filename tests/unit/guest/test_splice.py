"""Entries put into leaves and taken out one by one: what is known of a leaf is what its bytes say,
for whoever still has an older copy of it, too.
"""

from array import array

import hypothesis.strategies as st
from hypothesis import given

from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.indexes.address_set import AddressSet
from wasidb_guest.indexes.btree import BTree, create_tree
from wasidb_guest.indexes.node import Node
from wasidb_guest.indexes.run import Run, build_run
from wasidb_guest.pages.cache import PageCache
from wasidb_guest.pages.commit_point import WriteSet
from wasidb_guest.pages.frame import Frame
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_guest.values import TEXT, UINT32
from wasidb_memory import HeapLog, HeapMemory

FIRST_KEYS = range(0, 400, 4)
STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "take"]), st.integers(0, 400)), min_size=1, max_size=150
)


def as_uint64s(numbers: list[int]) -> memoryview:
    return memoryview(array("Q", numbers))


def run_of(keys: list[int]) -> Run:
    """Entries whose addresses are their keys."""
    vector = vector_from_cells(UINT32, keys, table="t", column="c", nullable=False)
    return build_run([vector], as_uint64s(keys))


def run_of_texts(texts: list[str], addresses: list[int]) -> Run:
    vector = vector_from_cells(TEXT, texts, table="t", column="c", nullable=False)
    return build_run([vector], as_uint64s(addresses))


def offsets_known(frame: Frame) -> list[int]:
    node = Node(0, frame)
    return [node.offset(slot) for slot in range(node.count + 1)]


def check(frame: Frame) -> None:
    """What is known of the entries is what is found when nothing is."""
    assert offsets_known(frame) == offsets_known(Frame(frame))


@given(STEPS, STEPS, st.booleans())
def test_a_copy_changes_and_what_it_was_copied_from_does_not(
    below: list[tuple[str, int]], above: list[tuple[str, int]], is_kept: bool
) -> None:
    memory = HeapMemory()
    memory.grow(3)
    cache = PageCache(memory, RedoLog(HeapLog(), ""))
    writer = WriteSet(cache)
    tree: BTree = create_tree(writer)
    tree.insert(run_of(list(FIRST_KEYS)))
    writer.commit(flush=True)

    committed, keys = cache.read(tree.root), set(FIRST_KEYS)
    before = bytes(committed), offsets_known(committed)
    bottom = WriteSet(cache)
    change(BTree(bottom, tree.root), keys, below)
    lower, keys_below = bottom.read(tree.root), set(keys)
    between = bytes(lower), offsets_known(lower)
    top = bottom.layer()
    change(BTree(top, tree.root), keys, above)
    for frame in (committed, lower, top.read(tree.root)):
        check(frame)
    assert (bytes(committed), offsets_known(committed)) == before
    assert (bytes(lower), offsets_known(lower)) == between

    if is_kept:
        bottom.absorb(top)
    else:
        keys = keys_below
    change(BTree(bottom, tree.root), keys, above)
    check(bottom.read(tree.root))
    assert (bytes(committed), offsets_known(committed)) == before
    assert set(BTree(bottom, tree.root).addresses_between(b"", b"\xff" * 16)) == keys


def change(tree: BTree, keys: set[int], steps: list[tuple[str, int]]) -> None:
    """Put keys into the tree that are not there, and take others out."""
    for step, key in steps:
        if step == "put" and key not in keys:
            tree.insert(run_of([key]))
            keys.add(key)
        elif step == "take" and key in keys:
            tree.delete(run_of([key]))
            keys.remove(key)


def test_a_leaf_is_changed_while_its_entries_are_still_being_looked_for() -> None:
    """Equal keys on both sides of a split lead to its right, so that what is swept of the leaf to
    its left goes one by one.
    """
    memory = HeapMemory()
    memory.grow(3)
    tree: BTree = create_tree(WriteSet(PageCache(memory, RedoLog(HeapLog(), ""))))
    long = "b" * 20_000
    tree.insert(run_of_texts(["a", long, long, long, long], [0, 1, 2, 3, 4]))
    assert [node.count for _, node in tree.nodes() if node.is_leaf] == [4, 1]
    tree.delete(run_of_texts([long, long], [1, 2]))
    tree.insert(run_of_texts(["aa"], [5]))
    tree.delete(run_of_texts(["aa"], [5]))
    tree.sweep(AddressSet(as_uint64s([0, 3]), 1))
    assert list(tree.addresses_between(b"", b"\xff" * 16)) == [4]
