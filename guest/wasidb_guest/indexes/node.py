"""One index node: its bytes, and where its entries are. A kernel.

    leaf    01 | u32 parent | u16 count | u32 previous leaf | u32 next leaf | entries
            entry   u16 key size | key | u32 page | u16 offset
    inner   00 | u32 parent | u16 count | u32 rightmost child | entries
            entry   u16 key size | key | u32 child

An inner entry's child holds the keys below the entry's key; keys equal to it are to its right, and,
where a split has parted equal keys, to its left as well.
"""

from wasidb_guest.encoding.key_runs import sum_entries
from wasidb_guest.encoding.keys import KeyBytes, Spread, key_bytes, word_at
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes.run import int32s
from wasidb_guest.pages import layout
from wasidb_guest.pages.frame import Frame

INNER, LEAF = layout.INNER, layout.LEAF
INNER_START, LEAF_START = layout.INNER_HEADER.size, layout.LEAF_HEADER.size
CHILD_SIZE, ADDRESS_SIZE = layout.ENTRY_CHILD_SIZE, layout.ENTRY_ADDRESS_SIZE
COUNT_AT, RIGHTMOST_AT = layout.COUNT_AT, layout.RIGHTMOST_AT
PREVIOUS_AT, NEXT_AT = layout.PREVIOUS_AT, layout.NEXT_AT
PAGE_SIZE = layout.PAGE_SIZE
PAST_END = "a link runs past the end of its node"


class Entries:
    """Where the `count` entries of a node begin and the last one ends: int32 `offsets`, behind
    which there may be room for more; and, once many keys have been looked for, how their keys are
    spread.

    They are found once and stay with the frame, for as long as its bytes do; a writer may change
    them with the bytes, so whoever needs them for longer copies them.
    """

    def __init__(self, count: int, room: int = 0) -> None:
        self.count = count
        self.offsets = int32s(count + 1 + room)
        self.spread: Spread | None = None

    def spread_of(self, keys: KeyBytes) -> Spread:
        """How the keys lie in a node's bytes; there is one at least."""
        if self.spread is None:
            first, last = self.offsets[0] + 2, self.offsets[self.count - 1] + 2
            self.spread = Spread()
            self.spread.find(keys, first, last, self.count)
        return self.spread


class Node:
    """A node's frame with what is needed to search it.

    A node lasts for one step of one operation. Raises Corrupted for a page that is not a node.
    """

    def __init__(self, number: int, frame: Frame) -> None:
        self.keys = key_bytes(frame)
        self.begin(number, frame)

    def go_to(self, number: int, frame: Frame) -> None:
        """Be that node from now on: whoever goes down a tree takes one object for all levels."""
        self.keys.hold(frame)
        self.begin(number, frame)

    def begin(self, number: int, frame: Frame) -> None:
        """Be the node whose frame the keys are."""
        self.number = number
        self.frame = frame
        if self.keys.size != PAGE_SIZE:
            raise Corrupted(number, 0, "index node is no whole page")
        kind = self.keys.raw[0]
        if kind != LEAF and kind != INNER:
            raise Corrupted(number, 0, f"index node of unknown type {kind}")
        self.is_leaf = kind == LEAF
        self.entries: Entries = frame.entries
        if self.entries is None:
            self.entries = frame.entries = self.found_entries()
        self.count = self.entries.count

    def found_entries(self) -> Entries:
        """The entries as the bytes have them. Raises Corrupted."""
        count = self.keys.raw[COUNT_AT] | self.keys.raw[COUNT_AT + 1] << 8
        entries = Entries(count)
        trailer = ADDRESS_SIZE if self.is_leaf else CHILD_SIZE
        damage = find_entries(self.keys, self.header_size(), count, trailer, entries.offsets)
        if damage:
            what = "index entry runs past its node or has a malformed key"
            raise Corrupted(self.number, -1 - damage, what)
        return entries

    def header_size(self) -> int:
        """Where the entries begin."""
        return LEAF_START if self.is_leaf else INNER_START

    def offset(self, slot: int) -> int:
        """Where an entry begins; slot `count` is where the last one ends."""
        return self.entries.offsets[slot]

    def end(self) -> int:
        """Where the entries end."""
        return self.entries.offsets[self.count]

    def child(self, slot: int) -> int:
        """The page of an inner node's child; slot `count` is the rightmost."""
        if slot == self.count:
            return self.link(RIGHTMOST_AT)
        return self.link(self.entries.offsets[slot + 1] - CHILD_SIZE)

    def link(self, at: int) -> int:
        """The page number at a place in the node."""
        if at < 0 or at + 4 > self.keys.size:
            raise IndexError(PAST_END)
        low = self.keys.raw[at] | self.keys.raw[at + 1] << 8 | self.keys.raw[at + 2] << 16
        high = self.keys.raw[at + 3]
        return high << 24 | low

    def links(self) -> tuple[int, int]:
        """A leaf's previous and next leaf."""
        return self.link(PREVIOUS_AT), self.link(NEXT_AT)

    def digest(self) -> int:
        """`encoding.key_runs.sum_entries` of a leaf."""
        return sum_entries(self.keys, self.entries.offsets, self.count)

    def take_frame(self, frame: Frame) -> None:
        """The node has moved to another frame with the same bytes."""
        self.frame = frame
        self.keys = key_bytes(frame)

    def take_entries(self, entries: Entries) -> None:
        """The bytes have changed: these are the entries now."""
        self.entries = self.frame.entries = entries
        self.count = entries.count


def find_entries(page: KeyBytes, at: int, count: int, trailer: int, offsets: memoryview) -> int:
    """Set `offsets` for `count` entries from `at`, each a key and `trailer` bytes; 0, or -1 -
    offset of the damage.

    Checks that every entry lies in the page and that every key is made of whole columns. A key of
    one column of fixed width is as well formed as the one before if it begins with the same bytes,
    up to its tag.
    """
    size = page.size
    front = up_to_tag = entry_size = 0
    for i in range(count):
        offsets[i] = at
        if (
            entry_size > 0
            and at + entry_size <= size
            and word_at(page, at) == front
            and word_at(page, at + 3) == up_to_tag
        ):
            at += entry_size
            continue
        if at + 2 > size:
            return -1 - at
        end = at + 2 + (page.raw[at] | page.raw[at + 1] << 8)
        if end + trailer > size or not is_key(page, at + 2, end):
            return -1 - at
        if is_single_fixed(page, at):
            front, up_to_tag = word_at(page, at), word_at(page, at + 3)
            entry_size = end + trailer - at
        at = end + trailer
    offsets[count] = at
    return 0


def is_single_fixed(page: KeyBytes, at: int) -> bool:
    """Whether a well-formed entry's key is one cell of a type of fixed width, or NULL."""
    columns = page.raw[at + 2] | page.raw[at + 3] << 8
    return columns == 1 and fixed_width(page.raw[at + 10]) >= 0


def is_key(page: KeyBytes, at: int, end: int) -> bool:
    """Whether `page.raw[at:end]` is a column count and that many columns that have a tag and, if
    they need it, a length.
    """
    if at + 4 > end or page.raw[at + 2] | page.raw[at + 3]:
        return False
    columns = page.raw[at] | page.raw[at + 1] << 8
    at += 4
    for _ in range(columns):
        if at + 5 > end or page.raw[at + 2] | page.raw[at + 3]:
            return False
        size = page.raw[at] | page.raw[at + 1] << 8
        if size == 0 or at + 4 + size > end or not is_tagged(page, at + 4, size):
            return False
        at += 4 + size
    return at == end


def is_tagged(page: KeyBytes, at: int, size: int) -> bool:
    """Whether the `size` bytes at `at` are a type tag and a value of the size that type has."""
    tag = page.raw[at]
    if tag == 0 or tag == 9 or tag == 11:
        return size >= 3 and size == 3 + (page.raw[at + 1] | page.raw[at + 2] << 8)
    if tag == 17:
        if size < 5:
            return False
        data = 3 + (page.raw[at + 1] | page.raw[at + 2] << 8)
        return size >= data + 2 and size == data + 2 + (
            page.raw[at + data] | page.raw[at + data + 1] << 8
        )
    return size == 1 + fixed_width(tag)


def fixed_width(tag: int) -> int:
    """Bytes of a value of a fixed-width type; -1 for tags that have none."""
    if tag == 10:
        return 0
    if tag == 1 or tag == 5 or tag == 12:
        return 1
    if tag == 6 or tag == 13:
        return 2
    if tag == 2 or tag == 7 or tag == 14 or tag == 18:
        return 4
    if tag == 8 or tag == 15 or tag == 19:
        return 8
    if tag == 3:
        return 13
    return 16 if tag == 4 or tag == 16 else -1
