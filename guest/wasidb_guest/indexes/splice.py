"""One entry put into a leaf or taken out of it, in place. A kernel.

    before   | header | a | b |   d | e |
    after    | header | a | b | c | d | e |      what is in front of the entry is not touched

So appending to a leaf costs next to nothing. A leaf that has no room is for `btree` to split.
"""

from typing import Any

from wasidb_guest.encoding.copying import copy_bytes, move_up
from wasidb_guest.encoding.keys import compare_entries
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes.node import Entries, Node
from wasidb_guest.indexes.run import Run
from wasidb_guest.indexes.search import NO_MATCH, entry_bound, leaf_of
from wasidb_guest.pages.frame import Frame, frame_at
from wasidb_guest.pages.layout import COUNT_AT, PAGE_SIZE
from wasidb_guest.vectors import Bytes

LEAF_SIZE_MAX = PAGE_SIZE
ROOM = 64
"""For so many entries more the list of a leaf's entries stays where it is."""
NO_FRAME = Frame()


def put_alone(pages: Any, root: int, run: Run) -> bool:
    """Put the only entry of a run into its leaf; whether there was room, and others, for an empty
    leaf is not in the chain of leaves.
    """
    leaf = leaf_of(pages, root, run.keys, run.key_at(0))
    return leaf.count > 0 and put_entry(pages, leaf, run, 0)


def take_alone(pages: Any, root: int, run: Run) -> bool:
    """Take the only entry of a run out of the leaf its key leads to; whether it was there, and not
    the last one.
    """
    leaf = leaf_of(pages, root, run.keys, run.key_at(0))
    slot = NO_MATCH if leaf.count < 2 else find_entry(leaf, run, 0)
    if slot == NO_MATCH:
        return False
    take_entry(pages, leaf, slot)
    return True


def put_entry(pages: Any, leaf: Node, run: Run, position: int) -> bool:
    """Put the run's entry at a sorted position into a leaf; whether there was room."""
    number = run.number(position)
    start = run.start(number)
    size = run.start(number + 1) - start
    if leaf.end() + size > LEAF_SIZE_MAX:
        return False
    slot = entry_bound(leaf, 0, run.keys, start)
    splice(pages, leaf, slot, 0, run.keys.raw, start, size)
    return True


def find_entry(leaf: Node, run: Run, position: int) -> int:
    """The slot of the run's entry at a sorted position, or NO_MATCH."""
    start = run.start(run.number(position))
    slot = entry_bound(leaf, 0, run.keys, start)
    if slot < leaf.count and compare_entries(leaf.keys, leaf.offset(slot), run.keys, start) == 0:
        return slot
    return NO_MATCH


def take_entry(pages: Any, leaf: Node, slot: int) -> None:
    """Take the entry at a slot out of a leaf."""
    splice(pages, leaf, slot, 1, b"", 0, 0)


def splice(
    pages: Any, leaf: Node, slot: int, gone: int, source: Bytes, start: int, size: int
) -> None:
    """Put the entry in `source[start : start + size]`, none when that is empty, in the place of the
    `gone` (0 or 1) entries at a slot. Raises Corrupted for a page that is something else by now.
    """
    at, behind, end = leaf.offset(slot), leaf.offset(slot + gone), leaf.end()
    after = end - behind + at + size
    frame = writable(pages, leaf, at, max(end, after))
    spliced = entries_after(leaf, slot, gone, size)
    target = frame
    if at + size > behind:  # the others make room by that, by an entry's size at least
        move_up(target, behind, end - behind, at + size)
    else:
        copy_bytes(target, behind, end - behind, target, at + size)
    copy_bytes(source, start, size, target, at)
    for i in range(after, end):
        target[i] = 0
    target[COUNT_AT] = spliced.count & 0xFF
    target[COUNT_AT + 1] = spliced.count >> 8
    leaf.take_entries(spliced)


def entries_after(leaf: Node, slot: int, gone: int, size: int) -> Entries:
    """The entries of a leaf, which is about to change, when one of `size` bytes, none when that is
    0, has taken the place of the `gone` (0 or 1) entries at a slot.
    """
    entries = spliced = leaf.entries
    count, behind, step = leaf.count, slot + gone, (1 if size else 0) - gone
    if not leaf.frame.has_own_entries or count + step >= len(entries.offsets):
        spliced = Entries(count + step, ROOM)
        spliced.offsets[: slot + 1] = entries.offsets[: slot + 1]
        leaf.frame.has_own_entries = True
    offsets, out = entries.offsets, spliced.offsets
    shift = size - offsets[behind] + offsets[slot]
    if step > 0:
        for i in range(count, behind - 1, -1):
            out[i + step] = offsets[i] + shift
    else:
        for i in range(behind, count + 1):
            out[i + step] = offsets[i] + shift
    spliced.count = count + step
    spliced.spread = None
    return spliced


def writable(pages: Any, node: Node, start: int, end: int) -> Any:
    """A node's frame, of which these bytes are to be changed. Raises Corrupted for a page that is
    something else by now.
    """
    if frame_at(pages, node.number).entries is not node.entries:
        raise Corrupted(node.number, 0, "page is an index node and something else")
    if node.number not in pages.kept:
        node.take_frame(NO_FRAME)  # so that it is no reason to copy the one it had
    frame = pages.writable(node.number, start, end)
    frame.entries = node.entries
    if frame is not node.frame:
        node.take_frame(frame)
    return frame
