"""How many entries and how many different keys a tree has, guessed from a few of its nodes.

    how many from 12 to 33?              root  | 10 | 20 | 30 |
                                              /    |    |     \\
                                  leaves   ...   .xxx  ????   xx...
                                                 low           high

The two leaves at the ends are counted, what lies between is taken to be as large as the larger one
of these. So a range within two leaves is exact, and a tree that is filled evenly nearly so. Nothing
is kept: a guess costs two ways down, and is as fresh as the tree.

Different keys are guessed from the sizes of some groups of equal keys. Entries, not keys, are
sampled, so a large group is met more often than a small one, in proportion to its size; the mean of
1 / size makes up for that, and is the number of groups for each entry.
"""

from collections.abc import Iterator

from wasidb_guest.encoding.keys import KeyBytes, probe_of
from wasidb_guest.indexes.node import Node
from wasidb_guest.indexes.search import DEPTH_MAX, Path, after, check_depth, lower_bound, too_deep
from wasidb_guest.indexes.tree_reader import TreeReader
from wasidb_guest.pages.layout import U16, U32

SAMPLES = 8


def estimate_between(tree: TreeReader, low: bytes, high: bytes) -> int:
    """About how many entries have keys from `low`, included, to `high`, excluded."""
    low_key, high_key = probe_of(low), probe_of(high)
    node = _node(tree, tree.root)
    for _ in range(DEPTH_MAX):
        first, last = _bound(node, low_key), _bound(node, high_key)
        if node.is_leaf or first > last:
            return max(0, last - first)
        if first < last:
            behind, one = _part(tree, node.child(first), low_key, is_behind=True)
            before, other = _part(tree, node.child(last), high_key, is_behind=False)
            return behind + (last - first - 1) * max(one, other) + before
        node = _node(tree, node.child(first))
    raise too_deep(node)


def estimate_distinct(tree: TreeReader, entry_count: int, width: int) -> int:
    """About how many different values the first `width` columns have in a tree of so many entries;
    NULL is one of them."""
    probes = (_prefix(leaf, slot, width) for leaf, slot in _sample(tree))
    sizes = [max(1, estimate_between(tree, probe, after(probe))) for probe in probes]
    if not sizes:
        return 0
    return max(1, round(entry_count * sum(1 / size for size in sizes) / len(sizes)))


def _part(tree: TreeReader, number: int, key: KeyBytes, *, is_behind: bool) -> tuple[int, int]:
    """About how many entries of the tree below a node come behind a key, or before it, and how many
    there are below that node."""
    way: Path = []
    node = _node(tree, number)
    while not node.is_leaf:
        check_depth(way, node)
        way.append((node, _bound(node, key)))
        node = _node(tree, node.child(way[-1][1]))
    slot, size = _bound(node, key), node.count
    part = size - slot if is_behind else slot
    for above, slot in reversed(way):
        part += size * (above.count - slot if is_behind else slot)
        size *= above.count + 1
    return part, size


def _sample(tree: TreeReader) -> Iterator[tuple[Node, int]]:
    """Some entries, by leaf and slot, evenly spread over the tree if its nodes are."""
    for number in range(SAMPLES):
        place = (number + 0.5) / SAMPLES
        node = _node(tree, tree.root)
        for _ in range(DEPTH_MAX):
            if node.is_leaf:
                break
            slot, place = divmod(place * (node.count + 1), 1)
            node = _node(tree, node.child(int(slot)))
        else:
            raise too_deep(node)
        if node.count:
            yield node, int(place * node.count)


def _prefix(leaf: Node, slot: int, width: int) -> bytes:
    """The key of the first columns of an entry's key."""
    start = end = leaf.offset(slot) + U16.size + U32.size
    for _ in range(width):
        (size,) = U32.unpack_from(leaf.frame, end)
        end += U32.size + size
    return U32.pack(width) + bytes(leaf.frame[start:end])


def _node(tree: TreeReader, number: int) -> Node:
    return Node(number, tree.pages.read(number))


def _bound(node: Node, key: KeyBytes) -> int:
    return lower_bound(node, key, 0)
