"""Many entries put into a leaf, or taken out of it. A kernel.

What is merged is written to `out`, for it may be more than a leaf holds: there it starts where the
leaf's own entries do, and there is room for all of it.
"""

from typing import Any

from wasidb_guest.encoding.copying import copy_bytes
from wasidb_guest.encoding.keys import KeyBytes, bound_near
from wasidb_guest.indexes.node import Entries, Node
from wasidb_guest.indexes.run import Run, int32s
from wasidb_guest.indexes.search import NO_MATCH, match_entries
from wasidb_guest.indexes.splice import writable
from wasidb_guest.pages.layout import COUNT_AT
from wasidb_guest.vectors import WritableBytes


def merge_run(leaf: Node, run: Run, first: int, last: int, out: WritableBytes) -> Entries:
    """The leaf's entries and the entries `first` to `last` of a run that is arranged, in order.

    Each side in turn gives all that come before the next one of the other, copied at once.
    """
    merged = Entries(leaf.count + last - first)
    ours, theirs = leaf.keys, run.keys
    before, starts, offsets = leaf.entries.offsets, run.starts, merged.offsets
    written = leaf.offset(0)
    slot = placed = 0
    k = first
    while k < last:
        until = bound_near(ours, before, slot, leaf.count, 1, theirs, starts[k])
        written = copy_entries(ours, before, slot, until, out, written, offsets, placed)
        placed += until - slot
        slot = until
        until = last
        if slot < leaf.count:
            until = bound_near(theirs, starts, k + 1, last, 1, ours, before[slot])
        written = copy_entries(theirs, starts, k, until, out, written, offsets, placed)
        placed += until - k
        k = until
    written = copy_entries(ours, before, slot, leaf.count, out, written, offsets, placed)
    offsets[merged.count] = written
    return merged


def remove_run(pages: Any, leaf: Node, run: Run, first: int, last: int) -> memoryview:
    """Take the run's sorted entries `first` to `last` out of a leaf; the numbers of those that are
    not there.

    The leaf is made writable before it is searched: if it is copied for that, what is searched is
    in the processor's cache.
    """
    writable(pages, leaf, leaf.end(), leaf.end())
    slots = int32s(last - first)
    match_entries(leaf, run, first, last, slots)
    missing = run.unmatched(slots, first)
    if len(missing) < last - first:
        remove_slots(pages, leaf, slots, leaf.count - (last - first) + len(missing))
    return missing


def remove_slots(pages: Any, leaf: Node, slots: memoryview, left_over: int) -> None:
    """Take the entries at ascending `slots`, of which there is one at least, out of a leaf, in
    place, which leaves `left_over`. NO_MATCH is passed over.

    What follows moves down, by more than the eight bytes that are copied at once.
    """
    before = leaf.entries.offsets
    count, end = leaf.count, leaf.end()
    first = 0
    while slots[first] == NO_MATCH:
        first += 1
    slot = placed = slots[first]
    written = before[slot]
    frame = writable(pages, leaf, written, end)
    target = frame
    left = Entries(left_over)
    offsets = left.offsets
    for i in range(slot):
        offsets[i] = before[i]
    for k in range(first, len(slots) + 1):
        until = count if k == len(slots) else slots[k]
        if until == NO_MATCH:
            continue
        start = before[slot]
        size = before[until] - start
        copy_bytes(target, start, size, target, written)
        for i in range(slot, until):
            offsets[placed + i - slot] = written + before[i] - start
        placed += until - slot
        written += size
        slot = until + 1
    offsets[left_over] = written
    for at in range(written, end):
        target[at] = 0
    target[COUNT_AT] = left_over & 0xFF
    target[COUNT_AT + 1] = left_over >> 8
    leaf.take_entries(left)


def copy_entries(
    source: KeyBytes,
    starts: memoryview,
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
    start = starts[first]
    size = starts[last] - start
    copy_bytes(source.raw, start, size, out, written)
    for i in range(first, last):
        out_offsets[placed + i - first] = written + starts[i] - start
    return written + size


def part(whole: Entries, low: int, high: int, start: int) -> Entries:
    """The entries from `low` to `high`, whose bytes begin at `start` in a node of their own."""
    entries = Entries(high - low)
    before, offsets = whole.offsets, entries.offsets
    for i in range(high - low + 1):
        offsets[i] = before[low + i] - before[low] + start
    return entries
