"""The B+tree against a sorted list of (key, address) pairs.

Keys are texts of up to 60,000 bytes, so that a node holds few of them, down to a single one, and
trees soon have several levels. Duplicates are frequent. The tree must hold exactly the pairs of the
list, and obey the rules of its module: all leaves equally deep, none empty but a lone root, and a
chain in key order. An inner node below the root may have a single child.
"""

from bisect import bisect_left, insort
from collections import Counter
from itertools import chain

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.support.builds import is_compiled
from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.indexes.address_set import AddressSet
from wasidb_guest.indexes.btree import BTree, create_tree
from wasidb_guest.indexes.run import Run, build_run
from wasidb_guest.indexes.search import NO_ADDRESS
from wasidb_guest.pages.cache import PageCache
from wasidb_guest.pages.commit_point import WriteSet
from wasidb_guest.pages.layout import NO_PAGE
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_guest.values import TEXT
from wasidb_memory import HeapLog, HeapMemory

RESERVED_PAGES = 3
WORDS = st.builds(
    lambda letter, size: letter + str(size) * size,
    st.sampled_from("abcdefgh"),
    st.sampled_from([0, 1, 3, 300, 3000, 12_000]),
)


def run_of(words: list[str], addresses: list[int] | None = None) -> Run:
    vector = vector_from_cells(TEXT, words, table="t", column="c", nullable=False)
    return build_run([vector], addresses and as_uint64s(addresses))


def as_uint64s(numbers: list[int]) -> memoryview:
    return memoryview(b"".join(number.to_bytes(8, "little") for number in numbers)).cast("Q")


def key_of(word: str) -> bytes:
    """The key bytes of one word: an entry without its size and address."""
    return bytes(run_of([word]).entries[2:-6])


class Tree(RuleBasedStateMachine):
    """A tree on pages of its own."""

    def __init__(self) -> None:
        super().__init__()
        memory = HeapMemory()
        memory.grow(RESERVED_PAGES)
        self.pages = WriteSet(PageCache(memory, RedoLog(HeapLog(), "")))
        self.tree: BTree = create_tree(self.pages)
        self.pairs: list[tuple[str, int]] = []
        self.repeated: set[str] = set()
        self.next_address = 0

    @rule(words=st.lists(WORDS, min_size=1, max_size=12))
    def insert(self, words: list[str]) -> None:
        addresses = [(self.next_address + i) << 16 | i for i in range(len(words))]
        self.next_address += len(words)
        self.tree.insert(run_of(words, addresses))
        for pair in zip(words, addresses, strict=True):
            insort(self.pairs, pair)
        counts = Counter(word for word, _ in self.pairs)
        self.repeated.update(word for word in counts if counts[word] > 1)

    @rule(data=st.data(), count=st.integers(1, 12))
    def delete(self, data: st.DataObject, count: int) -> None:
        gone = [
            self.pairs.pop(data.draw(st.integers(0, len(self.pairs) - 1)))
            for _ in range(min(count, len(self.pairs)))
        ]
        if gone:
            self.tree.delete(run_of([word for word, _ in gone], [address for _, address in gone]))

    @rule(data=st.data(), count=st.integers(1, 40))
    def sweep(self, data: st.DataObject, count: int) -> None:
        gone = [
            self.pairs.pop(data.draw(st.integers(0, len(self.pairs) - 1)))[1]
            for _ in range(min(count, len(self.pairs)))
        ]
        if gone:
            self.tree.sweep(AddressSet(as_uint64s(sorted(gone)), 1))

    @rule(low=WORDS, high=WORDS)
    def read_range(self, low: str, high: str) -> None:
        first, last = (bisect_left(self.pairs, (bound, -1)) for bound in (low, high))
        bounds = key_of(low), key_of(high)
        found = list(self.tree.addresses_between(*bounds))
        expected = self.pairs[first:last]
        words = dict((address, word) for word, address in expected)
        assert sorted(found) == sorted(words)
        assert [words[address] for address in found] == [word for word, _ in expected]
        backwards = self.tree.pieces_between(*bounds, is_descending=True)
        assert list(chain.from_iterable(backwards)) == found[::-1]
        assert self.tree.count_between(*bounds) == len(found)

    @rule(words=st.lists(WORDS, min_size=1, max_size=6))
    def find(self, words: list[str]) -> None:
        for word, address in zip(words, self.tree.find_run(run_of(words)), strict=True):
            stored = {a for w, a in self.pairs if w == word}
            # Of a key that has been there several times, what is left may be further left.
            may_miss = word in self.repeated or not stored
            assert address in stored or (may_miss and address == NO_ADDRESS)

    @rule()
    def check(self) -> None:
        nodes = list(BTree(self.pages, self.tree.root).nodes())
        leaves = [(depth, node) for depth, node in nodes if node.is_leaf]
        assert len({depth for depth, _ in leaves}) == 1
        assert all(node.count for depth, node in nodes if (depth > 0) == node.is_leaf)
        assert sum(leaf.count for _, leaf in leaves) == len(self.pairs)
        numbers = [NO_PAGE, *(leaf.number for _, leaf in leaves), NO_PAGE]
        chain = list(zip(numbers, numbers[2:], strict=False))
        assert [leaf.links() for _, leaf in leaves] == chain
        if self.pairs:
            words, addresses = (list(part) for part in zip(*self.pairs, strict=True))
            assert self.tree.count_missing(run_of(words, addresses)) == 0

    def teardown(self) -> None:
        self.check()


# Comparing keys of 60,000 bytes is slow where the engine is interpreted; a few trees must do there.
FEW = 10

TestTree = Tree.TestCase
TestTree.settings = settings(
    max_examples=settings().max_examples if is_compiled("wasidb_guest.indexes.node") else FEW,
    stateful_step_count=20,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)
