"""Changing the entries of a node: what it is to hold then. A kernel.

The new bytes are written to `out`, where they start where the node's own entries do, and which has
room for all of them; the new entries are given. Nothing here writes to a node.
"""

from wasidb_guest.encoding.copying import copy_bytes
from wasidb_guest.indexes.node import Entries, Node
from wasidb_guest.indexes.run import Run
from wasidb_guest.indexes.search import NO_MATCH, entry_bound
from wasidb_guest.vectors import WritableBytes


def merge_run(leaf: Node, run: Run, first: int, last: int, out: WritableBytes) -> Entries:
    """The leaf's entries and the run's entries `order[first:last]`, in order."""
    merged = Entries(leaf.count + last - first)
    offsets, starts, order = merged.offsets, run.starts, run.order
    written = leaf.offset(0)
    placed = slot = 0
    for k in range(first, last):
        number = order[k]
        start = starts[number]
        until = entry_bound(leaf, slot, run.keys, start)
        written = copy_entries(leaf, slot, until, out, written, offsets, placed)
        placed += until - slot
        slot = until
        offsets[placed] = written
        placed += 1
        size = starts[number + 1] - start
        copy_bytes(run.keys.raw, start, size, out, written)
        written += size
    written = copy_entries(leaf, slot, leaf.count, out, written, offsets, placed)
    offsets[merged.count] = written
    return merged


def remove_slots(
    leaf: Node, slots: memoryview, slot_count: int, left_over: int, out: WritableBytes
) -> Entries:
    """The `left_over` entries that are not in the ascending `slots`; NO_MATCH is passed over."""
    left = Entries(left_over)
    offsets = left.offsets
    written = leaf.offset(0)
    placed = slot = 0
    for k in range(slot_count):
        if slots[k] == NO_MATCH:
            continue
        written = copy_entries(leaf, slot, slots[k], out, written, offsets, placed)
        placed += slots[k] - slot
        slot = slots[k] + 1
    written = copy_entries(leaf, slot, leaf.count, out, written, offsets, placed)
    offsets[left_over] = written
    return left


def copy_entries(
    leaf: Node,
    first: int,
    last: int,
    out: WritableBytes,
    written: int,
    out_offsets: memoryview,
    placed: int,
) -> int:
    """Append the entries `first` to `last` to `out`, which holds `written` bytes and `placed`
    entries; the bytes now.
    """
    offsets = leaf.entries.offsets
    start = offsets[first]
    size = offsets[last] - start
    copy_bytes(leaf.keys.raw, start, size, out, written)
    for i in range(first, last):
        out_offsets[placed + i - first] = written + offsets[i] - start
    return written + size


def part(whole: Entries, low: int, high: int, start: int) -> Entries:
    """The entries from `low` to `high`, whose bytes begin at `start` in a node of their own."""
    entries = Entries(high - low)
    before, offsets = whole.offsets, entries.offsets
    for i in range(high - low + 1):
        offsets[i] = before[low + i] - before[low] + start
    return entries
