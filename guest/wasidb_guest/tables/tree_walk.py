"""Every node of an index tree, and each place where the tree breaks its own rules.

                    ┌─ 1750 ── 3502 ─┐               bounds of the leaf in the middle: its keys are
                    │       │        │               not below 1750 and not above 3502
    NO_PAGE <─ [.. 1749] <─> [1750 ..] <─> [3502 ..] ─> NO_PAGE

  * order    entries ascend by key and address; keys of inner nodes ascend
  * routing  a node's keys lie between the keys that lead to it, so a search ends where its key is.
             A key equal to the upper one stands left of it only where many are equal: in an index
             of single keys such a one would not be found
  * chain    joins the leaves that are not empty, in key order, and ends at both ends
  * pages    each node is nobody else's

A node that cannot be read is noted and passed over with all that is below it. The leaf chain is
not judged where it leads past such a node. One node at a time is in memory, and those above it.
"""

from dataclasses import dataclass
from itertools import pairwise

from wasidb_guest.encoding.keys import KeyBytes, compare_keys
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes.node import Node
from wasidb_guest.indexes.search import first_disorder
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.layout import NO_PAGE
from wasidb_guest.tables.inventory import IndexSummary, Inventory

NULL_TAG = bytes((10,))
# In a key of one column: behind the column count and the column's size.
FIRST_TAG_AT = 8


@dataclass(frozen=True, slots=True)
class Bound:
    """A key in an inner node, of a column that is NULL or of anything else."""

    keys: KeyBytes
    at: int
    is_null: bool


class TreeWalk:
    """Visits one tree, notes problems in `inventory`, and counts into `summary`.

    `is_complete` tells afterwards whether every node could be read.
    """

    def __init__(
        self,
        inventory: Inventory,
        pages: PageSource,
        owner: str,
        summary: IndexSummary,
        *,
        has_single_keys: bool,
    ) -> None:
        self._inventory = inventory
        self._pages = pages
        self._owner = owner
        self._summary = summary
        self._has_single_keys = has_single_keys
        self._leaf: Node | None = None
        self._is_chain_known = True
        self.is_complete = True

    def visit(self, root: int) -> None:
        """Visit every node, parents first, left to right."""
        stack: list[tuple[int, int, Bound | None, Bound | None]] = [(0, root, None, None)]
        while stack:
            depth, number, low, high = stack.pop()
            node = self._open(number)
            if node is None:
                continue
            self._summary.pages += 1
            self._summary.height = max(self._summary.height, depth + 1)
            if node.is_leaf:
                self._summary.entries += node.count
                self._check_leaf(node, low, high)
            else:
                bounds = self._check_inner(node, low, high)
                stack += [
                    (depth + 1, node.child(slot), *pair)
                    for slot, pair in reversed(list(enumerate(pairwise(bounds))))
                ]
        self._check_link(self._leaf, None)

    def _open(self, number: int) -> Node | None:
        if self._inventory.claim(number, "index", self._owner):
            try:
                return Node(number, self._pages.read(number))
            except Corrupted as damage:
                self._inventory.damage(damage)
        self.is_complete = self._is_chain_known = False
        return None

    def _check_inner(self, node: Node, low: Bound | None, high: Bound | None) -> list[Bound | None]:
        """The bounds of its children: one more than there are children."""
        keys = [_bound(node, node.offset(slot) + 2) for slot in range(node.count)]
        bounds = [low, *keys, high]
        for left, right in pairwise(bounds):
            if left and right and compare_keys(left.keys, left.at, right.keys, right.at) > 0:
                at = (right if right is not high else left).at - 2
                what = "key of an inner node is not between its neighbours"
                self._inventory.problem(node.number, at, what)
        return bounds

    def _check_leaf(self, leaf: Node, low: Bound | None, high: Bound | None) -> None:
        if not leaf.count:
            return
        slot = first_disorder(leaf)
        if slot >= 0:
            what = "index entry is below the one before it"
            self._inventory.problem(leaf.number, leaf.offset(slot), what)
        first, last = leaf.offset(0), leaf.offset(leaf.count - 1)
        if low and compare_keys(low.keys, low.at, leaf.keys, first + 2) > 0:
            what = "index entry is below the key that leads to its leaf"
            self._inventory.problem(leaf.number, first, what)
        if high and compare_keys(leaf.keys, last + 2, high.keys, high.at) > self._highest(high):
            what = "index entry is not below the key that leads past its leaf"
            self._inventory.problem(leaf.number, last, what)
        self._check_link(self._leaf, leaf)
        self._leaf, self._is_chain_known = leaf, True

    def _highest(self, high: Bound) -> int:
        """How a leaf's last key may compare to the key behind it: 0 where equal keys may part."""
        return -1 if self._has_single_keys and not high.is_null else 0

    def _check_link(self, left: Node | None, right: Node | None) -> None:
        """The leaf chain between two neighbours; None stands for the end of the chain."""
        if not self._is_chain_known:
            return
        if left:
            self._check_neighbour(left, "next", left.links()[1], right)
        if right:
            self._check_neighbour(right, "previous", right.links()[0], left)

    def _check_neighbour(self, leaf: Node, side: str, found: int, neighbour: Node | None) -> None:
        expected = neighbour.number if neighbour else NO_PAGE
        if found != expected:
            name = {NO_PAGE: "none"}
            what = f"{side} leaf is {name.get(found, found)} instead of "
            self._inventory.problem(leaf.number, 0, what + str(name.get(expected, expected)))


def _bound(node: Node, at: int) -> Bound:
    tag_at = at + FIRST_TAG_AT
    return Bound(node.keys, at, node.frame[tag_at : tag_at + 1] == NULL_TAG)
