"""A B+tree over pages: an ordered multimap from keys to the addresses of records.

                     inner (root)      ┌── 1750 ── 3502 ── 5250 ──┐
                                       │        │        │        │
    leaves, chained left to right      7  <──> 14  <──> 10  <──> 15

Changes come as runs (see `indexes.run`), which are sorted first: the tree is descended once for
each leaf a run touches, and a kernel merges the leaf with all of the run that belongs there. A run
of one entry splits a full leaf exactly as the Rust engine does, in two halves by number of entries,
so files grown row by row are the same byte for byte.

Invariants of what is written here

  * keys below an inner entry's key are to its left, keys above it to its right, equal ones mostly
    to its right;
  * the leaf chain links all non-empty leaves in key order, and links no empty one;
  * a leaf or inner node that becomes empty is taken out of its parent and its page released; a root
    with one child goes.

What is read may come from an engine that keeps the second and third only loosely (its emptied
leaves stay in the tree and may be filled again outside the chain), so nothing here ever follows the
chain: leaves are reached from above. The parent field of nodes is written the way that engine does
and never read.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from wasidb_guest.encoding.keys import KeyBytes
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes.node import (
    collect_addresses,
    entry_bound,
    find_address,
    find_entries,
    lower_bound,
    match_entries,
    match_keys,
    merge_run,
    remove_slots,
    run_until,
    splice_offsets,
    upper_bound,
)
from wasidb_guest.indexes.run import Run, int32s
from wasidb_guest.pages.cache import PageSource, PageStore
from wasidb_guest.pages.frame import Frame
from wasidb_guest.pages.layout import (
    INNER,
    INNER_HEADER,
    LEAF,
    LEAF_HEADER,
    NO_PAGE,
    PAGE_SIZE,
    U32,
)

NO_ADDRESS = (1 << 64) - 1
DEPTH_MAX = 32

COUNT_AT = 5
PARENT_AT = 1
RIGHTMOST_AT = 7
PREVIOUS_AT = 7
NEXT_AT = 11

# Bytes that a leaf split by a bulk insert is filled to when the new entries do not simply follow
# the old ones.
SPLIT_FILL = PAGE_SIZE * 3 // 4


class Node:
    """A node's frame with what is needed to search it: its number of entries and their offsets.

    A node lasts for one step of one operation; the offsets stay with the frame.
    """

    __slots__ = ("count", "frame", "is_leaf", "keys", "number", "offsets")

    def __init__(self, number: int, frame: Frame) -> None:
        self.number = number
        self.frame = frame
        self.keys = KeyBytes(frame)
        kind = frame[0]
        if kind not in (LEAF, INNER):
            raise Corrupted(number, 0, f"index node of unknown type {kind}")
        self.is_leaf = kind == LEAF
        self.count = frame[COUNT_AT] | frame[COUNT_AT + 1] << 8
        self.offsets = frame.entries
        if self.offsets is None:
            self.offsets = frame.entries = self._find_entries()

    def _find_entries(self) -> memoryview:
        offsets = int32s(self.count + 1)
        damage = find_entries(self.keys, self.header_size, self.count, self.trailer_size, offsets)
        if damage:
            raise Corrupted(
                self.number, -1 - damage, "index entry runs past its node or has a malformed key"
            )
        return offsets

    @property
    def header_size(self) -> int:
        return LEAF_HEADER.size if self.is_leaf else INNER_HEADER.size

    @property
    def trailer_size(self) -> int:
        """Bytes after an entry's key: an address or a child page."""
        return 6 if self.is_leaf else 4

    @property
    def end(self) -> int:
        """Where the entries end."""
        return int(self.offsets[self.count])

    def child(self, slot: int) -> int:
        """The page of an inner node's child; slot `count` is the rightmost."""
        at = RIGHTMOST_AT if slot == self.count else self.offsets[slot + 1] - 4
        return int(U32.unpack_from(self.frame, at)[0])

    def link(self, at: int) -> int:
        """One of the page numbers in the header."""
        return int(U32.unpack_from(self.frame, at)[0])

    def links(self) -> tuple[int, int]:
        """A leaf's previous and next leaf."""
        return self.link(PREVIOUS_AT), self.link(NEXT_AT)


Path = list[tuple[Node, int]]


class BTree:
    """The tree whose root is `root`; changing it may change the root."""

    def __init__(self, pages: PageSource, root: int) -> None:
        self.pages: Any = pages
        self.root = root

    # Reading

    def find_run(self, run: Run) -> memoryview:
        """For each entry of the run, by entry number, the address stored under its key, or
        NO_ADDRESS.

        For unique trees: of equal keys one is found.
        """
        addresses = memoryview(bytearray(b"\xff" * (8 * run.count))).cast("Q")
        run.sort()
        position = 0
        while position < run.count:
            _, leaf, until = self._leaf_for(run, position)
            match_keys(
                leaf.keys,
                leaf.offsets,
                leaf.count,
                run.keys,
                run.starts,
                run.order,
                position,
                until,
                addresses,
            )
            position = until
        return addresses

    def find(self, key: bytes) -> int:
        """The address stored under a key, or NO_ADDRESS; for unique trees."""
        probe = KeyBytes(key)
        node = self._node(self.root)
        for _ in range(DEPTH_MAX):
            if node.is_leaf:
                return find_address(node.keys, node.offsets, node.count, probe)
            slot = upper_bound(node.keys, node.offsets, node.count, probe, 0)
            node = self._node(node.child(slot))
        raise Corrupted(node.number, 0, f"index is more than {DEPTH_MAX} levels deep")

    def addresses_between(self, low: bytes, high: bytes) -> memoryview:
        """Addresses under the keys from `low`, included, to `high`, excluded, in key order."""
        pieces = list(self.pieces_between(low, high))
        return pieces[0] if len(pieces) == 1 else memoryview(b"".join(pieces)).cast("Q")

    def pieces_between(
        self, low: bytes, high: bytes, *, is_descending: bool = False
    ) -> Iterator[memoryview]:
        """The same a leaf at a time, each read when it is asked for; descending, the greatest key
        comes first.
        """
        for leaf, first, last in self._spans(low, high, is_descending):
            piece = memoryview(bytearray(8 * (last - first))).cast("Q")
            collect_addresses(leaf.keys, leaf.offsets, first, last, piece)
            yield memoryview(piece[::-1].tobytes()).cast("Q") if is_descending else piece

    def count_between(self, low: bytes, high: bytes) -> int:
        """How many entries have keys from `low`, included, to `high`, excluded."""
        return sum(last - first for _, first, last in self._spans(low, high))

    def _spans(
        self, low: bytes, high: bytes, is_descending: bool = False
    ) -> Iterator[tuple[Node, int, int]]:
        """The leaves with such keys, and between which slots these are."""
        low_key, high_key = KeyBytes(low), KeyBytes(high)
        for _, leaf in self._leaves(low_key, high_key, is_descending):
            first = lower_bound(leaf.keys, leaf.offsets, leaf.count, low_key, 0)
            last = lower_bound(leaf.keys, leaf.offsets, leaf.count, high_key, 0)
            if first < last:
                yield leaf, first, last

    def count_missing(self, run: Run) -> int:
        """How many entries of the run are not in the tree where their key leads."""
        run.sort()
        return sum(self._is_missing(run.subset([number])) for number in run.order)

    def _is_missing(self, single: Run) -> bool:
        key = single.key(0)
        leaves = self._leaves(KeyBytes(key), KeyBytes(after(key)))
        return all(self._match(leaf, single, 0, 1)[0] < 0 for _, leaf in leaves)

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
        return Node(number, self.pages.read(number))

    def _leaf_for(self, run: Run, position: int) -> tuple[Path, Node, int]:
        """The leaf for a run's entry, the path to it, and the run's first entry that belongs
        further right.
        """
        key, at = run.keys, run.key_at(position)
        path: Path = []
        node = self._node(self.root)
        until = run.count
        while not node.is_leaf:
            self._check_depth(path, node)
            slot = upper_bound(node.keys, node.offsets, node.count, key, at)
            if slot < node.count:
                bound = node.offsets[slot] + 2
                until = run_until(
                    run.keys, run.starts, run.order, position, until, node.keys, bound
                )
            path.append((node, slot))
            node = self._node(node.child(slot))
        return path, node, until

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
            self._check_depth(path, node)
            first = lower_bound(node.keys, node.offsets, node.count, low, 0)
            last = lower_bound(node.keys, node.offsets, node.count, high, 0)
            slots = range(first, last + 1)
            ways.append(_ways_down(path, node, reversed(slots) if is_descending else slots))

    @staticmethod
    def _check_depth(path: Path, node: Node) -> None:
        if len(path) == DEPTH_MAX:
            raise Corrupted(node.number, 0, f"index is more than {DEPTH_MAX} levels deep")

    # Inserting

    def insert(self, run: Run) -> None:
        """Add every entry of the run."""
        run.sort()
        position = 0
        while position < run.count:
            path, leaf, until = self._leaf_for(run, position)
            self._merge(path, leaf, run, position, until)
            position = until

    def _merge(self, path: Path, leaf: Node, run: Run, first: int, last: int) -> None:
        if leaf.count == 0:
            self._link(path, leaf)
        if last - first == 1 and leaf.end + run.entry_size_max <= PAGE_SIZE:
            at = int(run.starts[run.order[first]])
            slot = entry_bound(leaf.keys, leaf.offsets, 0, leaf.count, run.keys, at)
            entry = run.entries[at : run.starts[run.order[first] + 1]]
            self._splice(leaf, slot, 0, entry)
            return
        count = leaf.count + last - first
        out = bytearray(leaf.end + (last - first) * run.entry_size_max)
        offsets = int32s(count + 1)
        end = merge_run(
            leaf.keys,
            leaf.offsets,
            leaf.count,
            run.keys,
            run.starts,
            run.order,
            first,
            last,
            out,
            offsets,
        )
        if end <= PAGE_SIZE:
            self._fill(leaf, out[leaf.header_size : end], offsets)
        elif last - first == 1:
            self._split_leaf(path, leaf, out, offsets, halves(offsets, count))
        else:
            follows = out.startswith(leaf.frame[leaf.header_size : leaf.end], leaf.header_size)
            is_append = follows and leaf.link(NEXT_AT) == NO_PAGE
            size = (PAGE_SIZE if is_append else SPLIT_FILL) - leaf.header_size
            self._split_leaf(path, leaf, out, offsets, cut_points(offsets, count, size))

    def _split_leaf(
        self, path: Path, leaf: Node, out: bytearray, offsets: Any, cuts: list[int]
    ) -> None:
        parts = [out[offsets[low] : offsets[high]] for low, high in pairs(cuts)]
        counts = [high - low for low, high in pairs(cuts)]
        following = leaf.link(NEXT_AT)
        self._fill(leaf, parts[0], leaf_offsets(parts[0], counts[0]))
        left = leaf
        children = []
        for content, count, cut in zip(parts[1:], counts[1:], cuts[1:], strict=False):
            header = LEAF_HEADER.pack(LEAF, leaf.link(PARENT_AT), 0, left.number, following)
            right = self._new_node(header, content, leaf_offsets(content, count))
            self._set_link(left, NEXT_AT, right.number)
            children.append((separator(out, offsets[cut]), right.number))
            left = right
        if following != NO_PAGE:
            self._set_link(self._node(following), PREVIOUS_AT, left.number)
        self._add_children(path, leaf, children)

    def _add_children(self, path: Path, left: Node, children: list[tuple[bytes, int]]) -> None:
        """Tell the parent that `left` has new right siblings, each with the least key under it."""
        if not path:
            self._grow_root(left, children)
            return
        parent, slot = path.pop()
        pages = [left.number, *(page for _, page in children)]
        entries = b"".join(
            key + U32.pack(page) for (key, _), page in zip(children, pages, strict=False)
        )
        at = parent.offsets[slot]
        content = parent.frame[INNER_HEADER.size : parent.end]
        content[at - INNER_HEADER.size : at - INNER_HEADER.size] = entries
        rightmost = parent.link(RIGHTMOST_AT)
        if slot == parent.count:
            rightmost = pages[-1]
        else:
            child_at = parent.offsets[slot + 1] - 4 + len(entries) - INNER_HEADER.size
            U32.pack_into(content, child_at, pages[-1])
        self._fill_inner(path, parent, content, parent.count + len(children), rightmost)

    def _grow_root(self, left: Node, children: list[tuple[bytes, int]]) -> None:
        header = INNER_HEADER.pack(INNER, NO_PAGE, 0, left.number)
        root = self._new_node(header, bytearray(), inner_offsets(b"", 0))
        self.root = root.number
        self._set_link(left, PARENT_AT, root.number)
        self._add_children([(root, 0)], left, children)

    def _fill_inner(
        self, path: Path, node: Node, content: bytearray, count: int, rightmost: int
    ) -> None:
        """Give an inner node `count` entries and a rightmost child.

        Split it if they are too many.
        """
        offsets = inner_offsets(content, count)
        if offsets[count] <= PAGE_SIZE:
            self._fill(node, content, offsets)
            self._set_link(node, RIGHTMOST_AT, rightmost)
        else:
            self._split_inner(
                path, node, bytearray(INNER_HEADER.size) + content, offsets, rightmost
            )

    def _split_inner(
        self, path: Path, node: Node, out: bytearray, offsets: Any, rightmost: int
    ) -> None:
        """Part too many entries.

        The one between two parts moves up, its child becomes the rightmost of the left part.
        """
        parts = pairs(inner_cuts(offsets, len(offsets) - 1))
        children = []
        for number, (low, high) in enumerate(parts, start=1):
            # The last part keeps all its entries; of two entries it may have none.
            is_last = number == len(parts)
            kept = high if is_last else high - 1
            content = out[offsets[low] : offsets[kept]]
            edge = rightmost if is_last else U32.unpack_from(out, offsets[high] - 4)[0]
            if low == 0:
                self._fill(node, content, inner_offsets(content, kept))
                self._set_link(node, RIGHTMOST_AT, edge)
            else:
                header = INNER_HEADER.pack(INNER, node.link(PARENT_AT), 0, edge)
                right = self._new_node(header, content, inner_offsets(content, kept - low))
                children.append((separator(out, offsets[low - 1]), right.number))
        self._add_children(path, node, children)

    # Deleting

    def delete(self, run: Run) -> None:
        """Remove every entry of the run. Raises Corrupted for one that is not there."""
        run.sort()
        position = 0
        while position < run.count:
            path, leaf, until = self._leaf_for(run, position)
            slots = self._match(leaf, run, position, until)
            missing = [run.order[position + i] for i, slot in enumerate(slots) if slot < 0]
            if len(missing) < until - position:
                self._remove(path, leaf, slots, leaf.count - (until - position) + len(missing))
            if missing:
                self._delete_elsewhere(run.subset(missing))
            position = until

    def _delete_elsewhere(self, run: Run) -> None:
        """Remove entries that splits have left further left than the leaf their key leads to."""
        while run.count:
            key = run.key(0)
            until = run_until(
                run.keys, run.starts, run.order, 0, run.count, KeyBytes(after(key)), 0
            )
            missing = self._delete_equal(run.subset(run.order[:until].tolist()), key)
            if missing:
                raise Corrupted(self.root, 0, "index has no entry for a record that is stored")
            run = run.subset(run.order[until:].tolist())

    def _delete_equal(self, run: Run, key: bytes) -> list[int]:
        """Remove entries of one key wherever they are; the numbers of those that are nowhere."""
        seen: set[int] = set()
        while run.count:
            # The tree changes with every leaf, so it is descended anew for the next one.
            leaves = self._leaves(KeyBytes(key), KeyBytes(after(key)))
            found = next((each for each in leaves if each[1].number not in seen), None)
            if found is None:
                break
            path, leaf = found
            seen.add(leaf.number)
            slots = self._match(leaf, run, 0, run.count)
            missing = [run.order[i] for i, slot in enumerate(slots) if slot < 0]
            if len(missing) < run.count:
                self._remove(path, leaf, slots, leaf.count - run.count + len(missing))
            run = run.subset(missing)
        return list(run.order)

    @staticmethod
    def _match(leaf: Node, run: Run, first: int, last: int) -> memoryview:
        """The slot in the leaf of each of the run's sorted entries, or NO_MATCH."""
        slots = int32s(last - first)
        match_entries(
            leaf.keys, leaf.offsets, leaf.count, run.keys, run.starts, run.order, first, last, slots
        )
        return slots

    def _remove(self, path: Path, leaf: Node, slots: Any, left_over: int) -> None:
        if len(slots) == 1:
            self._splice(leaf, slots[0], 1, b"")
        else:
            out = bytearray(leaf.end)
            offsets = int32s(left_over + 1)
            end = remove_slots(leaf.keys, leaf.offsets, leaf.count, slots, len(slots), out, offsets)
            self._fill(leaf, out[leaf.header_size : end], offsets)
        if left_over == 0 and path:
            self._unlink(path)
            self._remove_child(path, leaf)

    def _remove_child(self, path: Path, child: Node) -> None:
        """Take an empty node out of its parent, and its parent out of the next one if that leaves
        it empty.
        """
        self._discard(child)
        parent, slot = path.pop()
        if parent.count == 0:
            if path:
                self._remove_child(path, parent)
            else:
                self._become_empty_leaf(parent)
            return
        rightmost = parent.link(RIGHTMOST_AT)
        if slot == parent.count:
            slot -= 1
            rightmost = parent.child(slot)
        content = parent.frame[INNER_HEADER.size : parent.end]
        start = parent.offsets[slot] - INNER_HEADER.size
        del content[start : parent.offsets[slot + 1] - INNER_HEADER.size]
        self._fill_inner(path, parent, content, parent.count - 1, rightmost)
        if not path:
            self._lower_root(parent)

    def _lower_root(self, root: Node) -> None:
        """Drop roots that have a single child."""
        while not root.is_leaf and root.count == 0:
            self.root = root.child(0)
            self._discard(root)
            root = self._node(self.root)
            self._set_link(root, PARENT_AT, NO_PAGE)

    def _become_empty_leaf(self, root: Node) -> None:
        frame = self.pages.writable(root.number)
        frame[:] = empty_leaf()

    def _discard(self, node: Node) -> None:
        self.pages.release(node.number)

    # The leaf chain

    def _link(self, path: Path, leaf: Node) -> None:
        """Put a leaf that was empty back between the non-empty leaves left and right of it."""
        if not path:
            return
        previous, following = self._neighbour(path, -1), self._neighbour(path, 1)
        self._set_link(leaf, PREVIOUS_AT, previous.number if previous else NO_PAGE)
        self._set_link(leaf, NEXT_AT, following.number if following else NO_PAGE)
        if previous:
            self._set_link(previous, NEXT_AT, leaf.number)
        if following:
            self._set_link(following, PREVIOUS_AT, leaf.number)

    def _unlink(self, path: Path) -> None:
        """Join the non-empty leaves left and right of the leaf at the end of a path."""
        previous, following = self._neighbour(path, -1), self._neighbour(path, 1)
        if previous:
            self._set_link(previous, NEXT_AT, following.number if following else NO_PAGE)
        if following:
            self._set_link(following, PREVIOUS_AT, previous.number if previous else NO_PAGE)

    def _neighbour(self, path: Path, step: int) -> Node | None:
        """The nearest non-empty leaf in key order, to the left for step -1, to the right for 1."""
        for node, slot in reversed(path):
            last = node.count if step > 0 else 0
            for sibling in range(slot + step, last + step, step):
                leaf = self._edge_leaf(node.child(sibling), step)
                if leaf is not None:
                    return leaf
        return None

    def _edge_leaf(self, number: int, step: int) -> Node | None:
        """The first non-empty leaf below a node, met going left to right for step 1."""
        stack = [number]
        while stack:
            node = self._node(stack.pop())
            if node.is_leaf:
                if node.count:
                    return node
            else:
                slots = range(node.count, -1, -1) if step > 0 else range(node.count + 1)
                stack.extend(node.child(slot) for slot in slots)
        return None

    # Writing nodes

    def _new_node(self, header: bytes, content: bytearray, offsets: Any) -> Node:
        number = self.pages.claim()
        frame = self.pages.writable(number, 0, len(header))
        frame[: len(header)] = header
        node = Node(number, frame)
        self._fill(node, content, offsets)
        return node

    def _fill(self, node: Node, content: bytearray, offsets: Any) -> None:
        """Replace a node's entries; what is behind them becomes zeros."""
        end = node.header_size + len(content)
        assert end <= PAGE_SIZE
        frame = self._writable(node, node.header_size, max(end, node.end))
        if end < node.end:
            frame[end : node.end] = bytes(node.end - end)
        frame[node.header_size : end] = content
        self._take_offsets(node, offsets)

    def _splice(self, leaf: Node, slot: int, gone: int, entry: bytes | bytearray) -> None:
        """Put an entry, none when it is empty, in the place of `gone` (0 or 1) entries of a leaf.

        Bytes in front of it are not touched: appending to a leaf costs next to nothing.
        """
        at, behind, end = leaf.offsets[slot], leaf.offsets[slot + gone], leaf.end
        freed = bytes(max(0, behind - at - len(entry)))
        until = max(end, end + len(entry) - (behind - at))
        frame = self._writable(leaf, at, until)
        frame[at:until] = entry + frame[behind:end] + freed
        count = leaf.count - gone + bool(entry)
        offsets = int32s(count + 1)
        splice_offsets(leaf.offsets, leaf.count, slot, gone, len(entry), offsets)
        self._take_offsets(leaf, offsets)

    def _take_offsets(self, node: Node, offsets: Any) -> None:
        """The node's entries, already written, are at these offsets."""
        frame = self._writable(node, COUNT_AT, COUNT_AT + 2)
        node.offsets = frame.entries = offsets
        node.count = len(offsets) - 1
        frame[COUNT_AT : COUNT_AT + 2] = node.count.to_bytes(2, "little")

    def _set_link(self, node: Node, at: int, number: int) -> None:
        U32.pack_into(self._writable(node, at, at + U32.size), at, number)

    def _writable(self, node: Node, start: int, end: int) -> Frame:
        if self.pages.read(node.number).entries is not node.offsets:
            raise Corrupted(node.number, 0, "page is an index node and something else")
        frame: Frame = self.pages.writable(node.number, start, end)
        frame.entries = node.offsets
        if frame is not node.frame:
            node.frame = frame
            node.keys = KeyBytes(frame)
        return frame


def _ways_down(path: Path, node: Node, slots: Iterable[int]) -> Iterator[tuple[Path, int]]:
    """The children of a node with the paths to them, each made when it is asked for."""
    for slot in slots:
        yield [*path, (node, slot)], node.child(slot)


def empty_leaf() -> bytes:
    """The page of a tree without entries."""
    return LEAF_HEADER.pack(LEAF, NO_PAGE, 0, NO_PAGE, NO_PAGE).ljust(PAGE_SIZE, b"\0")


def create_tree(pages: PageStore) -> BTree:
    """A new tree without entries."""
    root = pages.claim()
    pages.writable(root)[:] = empty_leaf()
    return BTree(pages, root)


def after(key: bytes) -> bytes:
    """A probe that comes right after a key and everything it is a prefix of: one more column, of
    the highest tag.
    """
    columns = int.from_bytes(key[:4], "little") + 1
    return columns.to_bytes(4, "little") + key[4:] + b"\x01\0\0\0\xff"


def separator(out: bytearray, at: int) -> bytes:
    """The key of an entry with its u16 size: an inner entry without its child."""
    return bytes(out[at : at + 2 + (out[at] | out[at + 1] << 8)])


def leaf_offsets(content: bytearray, count: int) -> memoryview:
    """The offsets of a leaf's entries, given the bytes behind its header."""
    return _offsets(content, count, LEAF_HEADER.size, 6)


def inner_offsets(content: bytes | bytearray, count: int) -> memoryview:
    """The offsets of an inner node's entries, given the bytes behind its header."""
    return _offsets(content, count, INNER_HEADER.size, 4)


def _offsets(
    content: bytes | bytearray, count: int, header_size: int, trailer_size: int
) -> memoryview:
    offsets = int32s(count + 1)
    damage = find_entries(
        KeyBytes(bytes(header_size) + content), header_size, count, trailer_size, offsets
    )
    assert not damage
    return offsets


def halves(offsets: Any, count: int) -> list[int]:
    """Where to cut a leaf that one entry has made too large: in the middle, by number or, if that
    is no help, by bytes.
    """
    middle = count // 2
    header = LEAF_HEADER.size
    if max(offsets[middle], offsets[count] - offsets[middle] + header) <= PAGE_SIZE:
        return [0, middle, count]
    return cut_points(offsets, count, min((offsets[count] - header) // 2 + 1, PAGE_SIZE - header))


def inner_cuts(offsets: Any, count: int) -> list[int]:
    """Where to cut an inner node's entries; the last entry of each part but the last moves up."""
    middle = count // 2
    header = INNER_HEADER.size
    if max(offsets[middle], offsets[count] - offsets[middle + 1] + header) <= PAGE_SIZE:
        return [0, middle + 1, count]
    return cut_points(offsets, count, PAGE_SIZE - header)


def cut_points(offsets: Any, count: int, size: int) -> list[int]:
    """Entry numbers 0, ..., count such that the entries between two of them take at most `size`
    bytes.
    """
    cuts = [0]
    while cuts[-1] < count:
        last = bisect_right(offsets, offsets[cuts[-1]] + size, cuts[-1], count + 1) - 1
        cuts.append(max(last, cuts[-1] + 1))
    return cuts


def pairs(cuts: list[int]) -> list[tuple[int, int]]:
    """Neighbouring cut points."""
    return list(pairwise(cuts))
