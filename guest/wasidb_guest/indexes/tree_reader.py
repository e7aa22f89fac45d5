"""Reading a B+tree: look-ups, ranges in order, all nodes. See `btree` for what a tree is.

A range is asked for as two probes, `low` and `high`: keys, or what comes right behind one.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from wasidb_guest.encoding.keys import KeyBytes, probe_of
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes.node import Node
from wasidb_guest.indexes.run import Run, int32s
from wasidb_guest.indexes.search import (
    Path,
    after,
    check_depth,
    collect_addresses,
    find,
    find_run,
    lower_bound,
    match_entries,
    only_leaf,
)
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.frame import frame_at


class TreeReader:
    """The tree whose root is `root`."""

    def __init__(self, pages: PageSource, root: int) -> None:
        self.pages: Any = pages
        self.root = root

    def find_run(self, run: Run) -> memoryview:
        """For each entry of the run, by entry number, the address stored under its key, or
        NO_ADDRESS.

        For unique trees: of equal keys one is found.
        """
        addresses = memoryview(bytearray(b"\xff" * (8 * run.count))).cast("Q")
        run.sort()
        find_run(self.pages, self.root, run, addresses)
        return addresses

    def find(self, key: bytes) -> int:
        """The address stored under a key, or NO_ADDRESS; for unique trees."""
        return find(self.pages, self.root, key)

    def addresses_between(self, low: bytes, high: bytes) -> memoryview:
        """Addresses under the keys from `low`, included, to `high`, excluded, in key order."""
        low_key, high_key = probe_of(low), probe_of(high)
        leaf = only_leaf(self.pages, self.root, low_key, high_key, 0)
        if leaf is None:
            return memoryview(b"".join(self.pieces_between(low, high))).cast("Q")
        first, last = lower_bound(leaf, low_key, 0), lower_bound(leaf, high_key, 0)
        addresses = memoryview(bytearray(8 * max(0, last - first))).cast("Q")
        collect_addresses(leaf, first, last, addresses)
        return addresses

    def pieces_between(
        self, low: bytes, high: bytes, *, is_descending: bool = False
    ) -> Iterator[memoryview]:
        """The same a leaf at a time, each read when it is asked for; descending, the greatest key
        comes first.
        """
        for leaf, first, last in self._spans(low, high, is_descending):
            piece = memoryview(bytearray(8 * (last - first))).cast("Q")
            collect_addresses(leaf, first, last, piece)
            yield memoryview(piece[::-1].tobytes()).cast("Q") if is_descending else piece

    def count_between(self, low: bytes, high: bytes) -> int:
        """How many entries have keys from `low`, included, to `high`, excluded."""
        return sum(last - first for _, first, last in self._spans(low, high))

    def _spans(
        self, low: bytes, high: bytes, is_descending: bool = False
    ) -> Iterator[tuple[Node, int, int]]:
        """The leaves with such keys, and between which slots these are."""
        low_key, high_key = probe_of(low), probe_of(high)
        for _, leaf in self._leaves(low_key, high_key, is_descending):
            first = lower_bound(leaf, low_key, 0)
            last = lower_bound(leaf, high_key, 0)
            if first < last:
                yield leaf, first, last

    def count_missing(self, run: Run) -> int:
        """How many entries of the run are not in the tree where their key leads."""
        run.sort()
        singles = (run.subset(run.numbers(place, place + 1)) for place in range(run.count))
        return sum(map(self._is_missing, singles))

    def _is_missing(self, single: Run) -> bool:
        key = single.key(0)
        leaves = self._leaves(probe_of(key), probe_of(after(key)))
        return all(self.matches(leaf, single, 0, 1)[0] < 0 for _, leaf in leaves)

    def leaf_count(self) -> int:
        """How many leaves there are, if all nodes of a level have as many children as its first."""
        count, node = 1, self._node(self.root)
        path: Path = []
        while not node.is_leaf:
            check_depth(path, node)
            path.append((node, 0))
            count *= node.count + 1
            node = self._node(node.child(0))
        return count

    def nodes(self) -> Iterator[tuple[int, Node]]:
        """Every node with its depth, parents first, left to right.

        Raises Corrupted for a page met twice.
        """
        seen = set()
        stack = [(0, self.root)]
        while stack:
            depth, number = stack.pop()
            if number in seen:
                raise Corrupted(number, 0, "index node is referenced twice")
            seen.add(number)
            node = self._node(number)
            yield depth, node
            if not node.is_leaf:
                stack.extend((depth + 1, node.child(slot)) for slot in range(node.count, -1, -1))

    def _node(self, number: int) -> Node:
        return Node(number, frame_at(self.pages, number))

    def _leaves(
        self, low: KeyBytes, high: KeyBytes, is_descending: bool = False
    ) -> Iterator[tuple[Path, Node]]:
        """The leaves that can hold keys from `low` to `high`, left to right unless descending, with
        the paths to them.
        """
        ways: list[Iterator[tuple[Path, int]]] = [iter([([], self.root)])]
        while ways:
            way = next(ways[-1], None)
            if way is None:
                ways.pop()
                continue
            path, number = way
            node = self._node(number)
            if node.is_leaf:
                yield path, node
                continue
            check_depth(path, node)
            first = lower_bound(node, low, 0)
            last = lower_bound(node, high, 0)
            slots = range(first, last + 1)
            ways.append(_ways_down(path, node, reversed(slots) if is_descending else slots))

    @staticmethod
    def matches(leaf: Node, run: Run, first: int, last: int) -> memoryview:
        """The slot in the leaf of each of the run's sorted entries, or NO_MATCH."""
        slots = int32s(last - first)
        match_entries(leaf, run, first, last, slots)
        return slots


def _ways_down(path: Path, node: Node, slots: Iterable[int]) -> Iterator[tuple[Path, int]]:
    """The children of a node with the paths to them, each made when it is asked for."""
    for slot in slots:
        yield [*path, (node, slot)], node.child(slot)
