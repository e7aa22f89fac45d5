"""Searching in nodes, and from the root down to a leaf. A kernel.

Of equal keys in inner nodes the rightmost way is taken; see `indexes.node`. A key to look for is
bytes and where in them it starts. Runs are searched for in key order, so that one descent serves
all their entries that belong to a leaf.
"""

from typing import Any

from wasidb_guest.encoding.keys import (
    KeyBytes,
    address_at,
    bound_near,
    compare_entries,
    compare_keys,
    even_bound,
    even_match,
    key_bytes,
    probe_of,
    u8_at,
)
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes.node import Node
from wasidb_guest.indexes.run import Run
from wasidb_guest.pages.frame import frame_at

NO_MATCH = -1
NO_ADDRESS = ABSENT = 0xFFFF_FFFF_FFFF_FFFF
DEPTH_MAX = 32
FAR_APART = 32
"""So many entries between two keys are more than a few steps from one to the other."""
HIGHEST_COLUMN = b"\x01\0\0\0\xff"

Path = list[tuple[Node, int]]


def node_at(pages: Any, number: int) -> Node:
    """A node of a PageSource. See `keys.key_bytes` for how it is made."""
    frame = frame_at(pages, number)
    node = Node.__new__(Node)
    node.keys = key_bytes(frame)
    node.begin(number, frame)
    return node


def find(pages: Any, root: int, key: bytes) -> int:
    """The address stored under a key, or NO_ADDRESS; for unique trees."""
    probe = probe_of(key)
    leaf = leaf_of(pages, root, probe, 0)
    slot = lower_bound(leaf, probe, 0)
    if slot < leaf.count and compare_keys(leaf.keys, leaf.offset(slot) + 2, probe, 0) == 0:
        return address_in(leaf, slot)
    return ABSENT


def leaf_of(pages: Any, root: int, key: KeyBytes, at: int) -> Node:
    """The leaf where an entry with the key at `key.raw[at]` belongs."""
    node = node_at(pages, root)
    for _ in range(DEPTH_MAX):
        if node.is_leaf:
            return node
        number = node.child(upper_bound(node, key, at))
        node.go_to(number, frame_at(pages, number))
    raise too_deep(node)


def after(key: bytes) -> bytes:
    """A probe that comes right after a key and everything it is a prefix of: one more column, of
    the highest tag.
    """
    probe = bytearray(key)
    columns = (probe[0] | probe[1] << 8) + 1
    probe[0], probe[1] = columns & 0xFF, columns >> 8
    probe += HIGHEST_COLUMN
    return bytes(probe)


def only_leaf(pages: Any, root: int, low: KeyBytes, high: KeyBytes, order: int) -> Node | None:
    """The leaf of all keys from `low` on whose order against `high` is below `order`; None when
    there may be several.
    """
    node = node_at(pages, root)
    for _ in range(DEPTH_MAX):
        if node.is_leaf:
            return node
        slot = lower_bound(node, low, 0)
        if slot < node.count and compare_keys(node.keys, node.offset(slot) + 2, high, 0) < order:
            return None
        number = node.child(slot)
        node.go_to(number, frame_at(pages, number))
    raise too_deep(node)


def leaf_for(pages: Any, root: int, run: Run, position: int) -> tuple[Path, Node, int]:
    """The leaf for a run's entry, the path to it, and the run's first entry that belongs further
    right.
    """
    at = run.key_at(position)
    path: Path = []
    node = node_at(pages, root)
    until = run.count
    while not node.is_leaf:
        check_depth(path, node)
        slot = upper_bound(node, run.keys, at)
        if slot < node.count:
            until = run_until(run, position, until, node.keys, node.offset(slot) + 2)
        path.append((node, slot))
        node = node_at(pages, node.child(slot))
    return path, node, until


def check_depth(path: Path, node: Node) -> None:
    """Raise Corrupted for an inner node below a path as long as one can be."""
    if len(path) == DEPTH_MAX:
        raise too_deep(node)


def too_deep(node: Node) -> Corrupted:
    """The error of a tree whose links go round in circles, as far as anybody can tell."""
    return Corrupted(node.number, 0, f"index is more than {DEPTH_MAX} levels deep")


def lower_bound(node: Node, key: KeyBytes, at: int) -> int:
    """The first entry whose key is not below the key at `key.raw[at]`; `count` if there is
    none.
    """
    return bound(node, 0, key, at, 0)


def upper_bound(node: Node, key: KeyBytes, at: int) -> int:
    """The first entry whose key is above the key at `key.raw[at]`; `count` if there is none."""
    return bound(node, 0, key, at, 1)


def bound(node: Node, low: int, key: KeyBytes, at: int, order: int) -> int:
    """The first entry from `low` on whose order against the key at `key.raw[at]` is `order` or
    above; `count` if there is none.
    """
    return even_bound(node.keys, node.entries.offsets, low, node.count, key, at, order)


def entry_bound(leaf: Node, low: int, entry: KeyBytes, at: int) -> int:
    """The first leaf entry from `low` on that is not below the entry at `entry.raw[at]`, by key
    and address.

    It is looked for near `low` first, in steps that double: runs visit a leaf in order, and often
    behind its last entry.
    """
    return entry_bound_near(leaf, low, entry, at, 1)


def entry_bound_near(leaf: Node, low: int, entry: KeyBytes, at: int, step: int) -> int:
    """The same for an entry that is expected `step` entries from `low`."""
    return bound_near(leaf.keys, leaf.entries.offsets, low, leaf.count, step, entry, at)


def key_bound(leaf: Node, low: int, key: KeyBytes, at: int, step: int, order: int) -> int:
    """The first leaf entry from `low` on whose order against a key, whatever the addresses, is
    `order` or above; it is expected `step` entries from `low`.
    """
    offsets = leaf.entries.offsets
    high = low + step - 1
    while high < leaf.count and compare_keys(leaf.keys, offsets[high] + 2, key, at) < order:
        low = high + 1
        high += step
        step += step
    high = min(high, leaf.count)
    while low < high:
        middle = (low + high) >> 1
        if compare_keys(leaf.keys, offsets[middle] + 2, key, at) < order:
            low = middle + 1
        else:
            high = middle
    return low


def run_until(run: Run, first: int, last: int, key: KeyBytes, at: int) -> int:
    """The first of a run's sorted entries `first` to `last` whose key is not below the key at
    `key.raw[at]`.
    """
    while first < last:
        middle = (first + last) >> 1
        if compare_keys(run.keys, run.key_at(middle), key, at) < 0:
            first = middle + 1
        else:
            last = middle
    return first


def find_run(pages: Any, root: int, run: Run, addresses: memoryview) -> None:
    """Set `addresses[i]` for each entry `i` of a sorted run whose key is in the tree; others are
    left.
    """
    find_below(pages, root, 0, run, 0, run.count, addresses)


def find_below(
    pages: Any, number: int, depth: int, run: Run, first: int, last: int, addresses: memoryview
) -> None:
    """The same for the run's entries `first` to `last`, which belong below the node of that
    number.
    """
    node = node_at(pages, number)
    if node.is_leaf:
        match_keys(node, run, first, last, addresses)
        return
    if depth == DEPTH_MAX:
        raise too_deep(node)
    slot = 0
    while first < last:
        slot = bound(node, slot, run.keys, run.key_at(first), 1)
        until = last
        if slot < node.count:
            until = run_until(run, first, last, node.keys, node.offset(slot) + 2)
        find_below(pages, node.child(slot), depth + 1, run, first, until, addresses)
        first = until


def match_keys(leaf: Node, run: Run, first: int, last: int, addresses: memoryview) -> None:
    """Set `addresses[i]` for the run's entries `i = order[first:last]` whose key is in this leaf.

    Others are left.
    """
    if leaf.count == 0:
        return
    ours, theirs = leaf.keys, run.keys
    spread = leaf.entries.spread_of(ours)
    slot = 0
    for k in range(first, last):
        at = run.key_at(k)
        found = even_match(ours, spread, theirs, at)
        if found < 0:
            apart = (leaf.count - slot) // (last - k)
            if apart < FAR_APART:
                slot = key_bound(leaf, slot, theirs, at, apart if apart else 1, 0)
            else:
                slot = bound(leaf, slot, theirs, at, 0)
            if slot == leaf.count:  # as in appending: no other key is here either
                return
            found = leaf.offset(slot) + 2
            if compare_keys(ours, found, theirs, at):
                continue
        addresses[run.number(k)] = address_at(ours, found - 2)


def match_entries(leaf: Node, run: Run, first: int, last: int, slots: memoryview) -> None:
    """Set `slots[k - first]` to the slot of each of the run's entries, or NO_MATCH.

    An entry that stands in a run twice matches two slots. Entries that are below the leaf's first
    one, or above its last, are not looked at one by one.
    """
    no_match = NO_MATCH
    below = entries_below(leaf, run, first, last)
    for k in range(first, below):
        slots[k - first] = no_match
    slot = 0
    for k in range(below, last):
        if slot == leaf.count:
            slots[k - first] = no_match
            continue
        at = run.start(run.number(k))
        apart = (leaf.count - slot) // (last - k)
        slot = entry_bound_near(leaf, slot, run.keys, at, apart if apart else 1)
        if slot < leaf.count and compare_entries(leaf.keys, leaf.offset(slot), run.keys, at) == 0:
            slots[k - first] = slot
            slot += 1
        else:
            slots[k - first] = no_match


def entries_below(leaf: Node, run: Run, first: int, last: int) -> int:
    """The first of a run's sorted entries `first` to `last` that is not below all of a leaf's."""
    if leaf.count == 0:
        return last
    lowest = leaf.offset(0)
    while first < last:
        middle = (first + last) >> 1
        if compare_entries(run.keys, run.start(run.number(middle)), leaf.keys, lowest) < 0:
            first = middle + 1
        else:
            last = middle
    return first


def first_disorder(leaf: Node) -> int:
    """The first leaf entry that is below the one before it, by key and address; -1 if there is
    none.
    """
    offsets = leaf.entries.offsets
    for i in range(1, leaf.count):
        if compare_entries(leaf.keys, offsets[i - 1], leaf.keys, offsets[i]) > 0:
            return i
    return -1


def collect_addresses(leaf: Node, first: int, last: int, addresses: memoryview) -> None:
    """Set `addresses` from the leaf entries `first` to `last`."""
    for i in range(first, last):
        addresses[i - first] = address_in(leaf, i)


def address_in(leaf: Node, slot: int) -> int:
    """The address in a leaf entry."""
    end = leaf.offset(slot + 1)
    high = leaf.link(end - 6)
    return high << 16 | u8_at(leaf.keys, end - 2) | u8_at(leaf.keys, end - 1) << 8
