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

from typing import Any

from wasidb_guest.encoding.keys import KeyBytes, probe_of
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes.address_set import AddressSet
from wasidb_guest.indexes.cuts import cut_points, even_cuts, halves, inner_cuts, pairs, separator
from wasidb_guest.indexes.merge import merge_run, part, remove_run, remove_slots
from wasidb_guest.indexes.node import Entries, Node, find_entries
from wasidb_guest.indexes.run import Run, int32s, run_of_leaf
from wasidb_guest.indexes.search import NO_MATCH, Path, after, leaf_for, run_until
from wasidb_guest.indexes.splice import (
    find_entry,
    put_alone,
    put_entry,
    take_alone,
    take_entry,
    writable,
)
from wasidb_guest.indexes.tree_reader import TreeReader
from wasidb_guest.pages.cache import PageStore
from wasidb_guest.pages.layout import (
    COUNT_AT,
    ENTRY_CHILD_SIZE,
    INNER,
    INNER_HEADER,
    LEAF,
    LEAF_ENTRY_OVERHEAD,
    LEAF_HEADER,
    NEXT_AT,
    NO_PAGE,
    PAGE_SIZE,
    PARENT_AT,
    PREVIOUS_AT,
    RIGHTMOST_AT,
    U32,
)
from wasidb_guest.vectors import Bytes

# Bytes that a leaf split by a bulk insert is filled to at most when the new entries do not simply
# follow the old ones.
SPLIT_FILL = PAGE_SIZE * 3 // 4

LEAF_ENTRIES_MAX = PAGE_SIZE // LEAF_ENTRY_OVERHEAD
NOTHING = bytearray()
MISSING = "index has no entry for a record that is stored"


class BTree(TreeReader):
    """A tree on pages that can be changed; that may change the root."""

    # Inserting

    def insert(self, run: Run) -> None:
        """Add every entry of the run, whose entries get other numbers."""
        if run.count == 1 and put_alone(self.pages, self.root, run):
            return
        run.arrange()
        out = NOTHING
        position = 0
        while position < run.count:
            path, leaf, until = leaf_for(self.pages, self.root, run, position)
            if leaf.count == 0:
                self._link(path, leaf)
            if until - position > 1 or not put_entry(self.pages, leaf, run, position):
                most = min((until - position) * run.entry_size_max, len(run.entries))
                if len(out) < leaf.end() + most:
                    out = bytearray(PAGE_SIZE + most)
                self._merge(path, leaf, run, position, until, out)
            position = until

    def _merge(
        self, path: Path, leaf: Node, run: Run, first: int, last: int, out: bytearray
    ) -> None:
        """Add the run's sorted entries `first` to `last` to a leaf; for all of them there is room
        in `out`.
        """
        merged = merge_run(leaf, run, first, last, out)
        offsets, count = merged.offsets, merged.count
        if offsets[count] <= PAGE_SIZE:
            self._fill(leaf, memoryview(out)[leaf.header_size() : offsets[count]], merged)
        elif last - first == 1:
            self._split_leaf(path, leaf, out, merged, halves(offsets, count))
        else:
            start = leaf.header_size()
            follows = out.startswith(leaf.frame[start : leaf.end()], start)
            if follows and leaf.link(NEXT_AT) == NO_PAGE:
                cuts = cut_points(offsets, count, PAGE_SIZE - start)
            else:
                cuts = even_cuts(offsets, count, SPLIT_FILL - start)
            self._split_leaf(path, leaf, out, merged, cuts)

    def _split_leaf(
        self, path: Path, leaf: Node, out: bytearray, merged: Entries, cuts: list[int]
    ) -> None:
        offsets, following = merged.offsets, leaf.link(NEXT_AT)
        left = leaf
        children = []
        for low, high in pairs(cuts):
            content = memoryview(out)[offsets[low] : offsets[high]]
            entries = part(merged, low, high, LEAF_HEADER.size)
            if low == 0:
                self._fill(leaf, content, entries)
                continue
            header = LEAF_HEADER.pack(LEAF, leaf.link(PARENT_AT), 0, left.number, following)
            right = self._new_node(header, content, entries)
            self._set_link(left, NEXT_AT, right.number)
            children.append((separator(out, offsets[low]), right.number))
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
        at = parent.offset(slot)
        content = parent.frame[INNER_HEADER.size : parent.end()]
        content[at - INNER_HEADER.size : at - INNER_HEADER.size] = entries
        rightmost = parent.link(RIGHTMOST_AT)
        if slot == parent.count:
            rightmost = pages[-1]
        else:
            child_at = parent.offset(slot + 1) - 4 + len(entries) - INNER_HEADER.size
            U32.pack_into(content, child_at, pages[-1])
        self._fill_inner(path, parent, content, parent.count + len(children), rightmost)

    def _grow_root(self, left: Node, children: list[tuple[bytes, int]]) -> None:
        header = INNER_HEADER.pack(INNER, NO_PAGE, 0, left.number)
        root = self._new_node(header, bytearray(), inner_entries(b"", 0))
        self.root = root.number
        self._set_link(left, PARENT_AT, root.number)
        self._add_children([(root, 0)], left, children)

    def _fill_inner(
        self, path: Path, node: Node, content: bytearray, count: int, rightmost: int
    ) -> None:
        """Give an inner node `count` entries and a rightmost child.

        Split it if they are too many.
        """
        entries = inner_entries(content, count)
        if entries.offsets[count] <= PAGE_SIZE:
            self._fill(node, content, entries)
            self._set_link(node, RIGHTMOST_AT, rightmost)
        else:
            out = bytearray(INNER_HEADER.size) + content
            self._split_inner(path, node, out, entries.offsets, rightmost)

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
                self._fill(node, content, inner_entries(content, kept))
                self._set_link(node, RIGHTMOST_AT, edge)
            else:
                header = INNER_HEADER.pack(INNER, node.link(PARENT_AT), 0, edge)
                right = self._new_node(header, content, inner_entries(content, kept - low))
                children.append((separator(out, offsets[low - 1]), right.number))
        self._add_children(path, node, children)

    # Deleting

    def sweep(self, gone: AddressSet) -> None:
        """Remove the entries of all records in the set, one leaf after the other, whatever their
        keys. Raises Corrupted if one is not there.
        """
        found = 0
        slots = int32s(LEAF_ENTRIES_MAX)
        emptied = []
        for _, node in self.nodes():
            count = gone.slots_in(node, slots) if node.is_leaf else 0
            if count == node.count > 0:
                emptied.append(run_of_leaf(node))
            elif count:
                remove_slots(self.pages, node, slots[:count], node.count - count)
            found += count
        for run in emptied:
            self.delete(run)
        if found < gone.count:
            raise Corrupted(self.root, 0, MISSING)

    def delete(self, run: Run) -> None:
        """Remove every entry of the run. Raises Corrupted for one that is not there."""
        if run.count == 1 and take_alone(self.pages, self.root, run):
            return
        run.sort()
        position = 0
        while position < run.count:
            path, leaf, until = leaf_for(self.pages, self.root, run, position)
            if until - position == 1:
                self._delete_one(path, leaf, run, position)
            else:
                self._delete_many(path, leaf, run, position, until)
            position = until

    def _delete_one(self, path: Path, leaf: Node, run: Run, position: int) -> None:
        slot = find_entry(leaf, run, position)
        if slot == NO_MATCH:
            self._delete_elsewhere(run.subset(run.numbers(position, position + 1)))
            return
        take_entry(self.pages, leaf, slot)
        self._drop_if_empty(path, leaf)

    def _delete_many(self, path: Path, leaf: Node, run: Run, first: int, last: int) -> None:
        missing = remove_run(self.pages, leaf, run, first, last)
        if len(missing) < last - first:
            self._drop_if_empty(path, leaf)
        if len(missing):
            self._delete_elsewhere(run.subset(missing))

    def _delete_elsewhere(self, run: Run) -> None:
        """Remove entries that splits have left further left than the leaf their key leads to."""
        while run.count:
            key = run.key(0)
            until = run_until(run, 0, run.count, probe_of(after(key)), 0)
            if self._delete_equal(run.subset(run.numbers(0, until)), key):
                raise Corrupted(self.root, 0, MISSING)
            run = run.subset(run.numbers(until, run.count))

    def _delete_equal(self, run: Run, key: bytes) -> int:
        """Remove entries of one key wherever they are; how many are nowhere."""
        seen: set[int] = set()
        while run.count:
            # The tree changes with every leaf, so it is descended anew for the next one.
            leaves = self._leaves(probe_of(key), probe_of(after(key)))
            found = next((each for each in leaves if each[1].number not in seen), None)
            if found is None:
                break
            path, leaf = found
            seen.add(leaf.number)
            slots = self.matches(leaf, run, 0, run.count)
            missing = run.unmatched(slots, 0)
            if len(missing) < run.count:
                remove_slots(self.pages, leaf, slots, leaf.count - run.count + len(missing))
                self._drop_if_empty(path, leaf)
            run = run.subset(missing)
        return int(run.count)

    def _drop_if_empty(self, path: Path, leaf: Node) -> None:
        if leaf.count == 0 and path:
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
        content = parent.frame[INNER_HEADER.size : parent.end()]
        start = parent.offset(slot) - INNER_HEADER.size
        del content[start : parent.offset(slot + 1) - INNER_HEADER.size]
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

    def _new_node(self, header: bytes, content: Bytes, entries: Entries) -> Node:
        number = self.pages.claim()
        frame = self.pages.writable(number, 0, len(header))
        frame[: len(header)] = header
        node = Node(number, frame)
        self._fill(node, content, entries)
        return node

    def _fill(self, node: Node, content: Bytes, entries: Entries) -> None:
        """Replace a node's entries; what is behind them becomes zeros."""
        start, end_before = node.header_size(), node.end()
        end = start + len(content)
        assert end <= PAGE_SIZE
        frame = writable(self.pages, node, start, max(end, end_before))
        if end < end_before:
            frame[end:end_before] = bytes(end_before - end)
        memoryview(frame)[start:end] = content
        frame[COUNT_AT : COUNT_AT + 2] = entries.count.to_bytes(2, "little")
        node.take_entries(entries)

    def _set_link(self, node: Node, at: int, number: int) -> None:
        U32.pack_into(writable(self.pages, node, at, at + U32.size), at, number)


def empty_leaf() -> bytes:
    """The page of a tree without entries."""
    return LEAF_HEADER.pack(LEAF, NO_PAGE, 0, NO_PAGE, NO_PAGE).ljust(PAGE_SIZE, b"\0")


def create_tree(pages: PageStore) -> BTree:
    """A new tree without entries."""
    root = pages.claim()
    pages.writable(root)[:] = empty_leaf()
    return BTree(pages, root)


def inner_entries(content: bytes | bytearray, count: int) -> Entries:
    """An inner node's entries, given the bytes behind its header."""
    header_size = INNER_HEADER.size
    entries = Entries(count)
    node = KeyBytes(bytes(header_size) + content)
    damage = find_entries(node, header_size, count, ENTRY_CHILD_SIZE, entries.offsets)
    assert not damage
    return entries
