"""A run: the index entries of a batch of rows, side by side and in key order.

Every change and every batched look-up of an index is a run, of one entry or of a hundred thousand.
A kernel.
"""

from collections.abc import Sequence
from typing import Any

from wasidb_guest.encoding.copying import pointed_to
from wasidb_guest.encoding.key_ranks import (
    is_its_rank,
    rank_entries,
    sort_by_rank,
    sort_equals,
    sort_ties,
)
from wasidb_guest.encoding.key_runs import first_repeat, sort_run, sum_entries
from wasidb_guest.encoding.key_writer import (
    arrange_entries,
    count_up,
    first_misplaced,
    measure_keys,
    put_address,
    put_addresses,
    put_cells,
    put_keys,
)
from wasidb_guest.encoding.keys import KeyBytes
from wasidb_guest.encoding.records import unpack_flags
from wasidb_guest.encoding.single_row import Cells, cell_of, entry_of
from wasidb_guest.encoding.tagged import size_field_count, tagged_prefix
from wasidb_guest.errors import LimitExceeded
from wasidb_guest.pages.layout import (
    ENTRY_ADDRESS_SIZE,
    KEY_SIZE_MAX,
    LEAF_ENTRY_OVERHEAD,
    U16,
    U32,
)
from wasidb_guest.values import DataType
from wasidb_guest.vectors import Vector

RANKED_MIN = 64
"""Fewer entries are sorted by comparing keys alone."""
EMPTY = memoryview(bytearray())
U16_MAX = 0xFFFF
ASCENDING = memoryview(bytearray()).cast("Q")
"""The addresses of entries where these ascend as the numbers do, or are all zero."""
ONLY = memoryview(bytearray(4)).cast("i")
"""The order of an entry that is alone; nobody writes to it."""


class Run:
    """`count` leaf entries: their bytes, the start of each and the end of the last, their numbers
    in sorted order.

    While addresses ascend as the numbers do, or all are zero, the order is one by key and number,
    and stays so when others that ascend take their place. Otherwise they are known by number, too,
    because most keys need no more than that to be put in order.
    """

    def __init__(self, entries: bytearray, entry_size_max: int) -> None:
        self.entries = entries
        self.keys = KeyBytes(entries)
        self.starts = self.order = ONLY
        self.count = 0
        self.entry_size_max = entry_size_max
        self.addresses = ASCENDING
        self.is_sorted = False

    def number(self, position: int) -> int:
        """Which entry is at a sorted position."""
        return self.order[position]

    def numbers(self, first: int, last: int) -> memoryview:
        """Which entries are at these sorted positions, int32."""
        return self.order[first:last]

    def start(self, number: int) -> int:
        """Where in `entries` an entry begins."""
        return self.starts[number]

    def key_at(self, position: int) -> int:
        """Where in `entries` the key of the entry at a sorted position begins."""
        return self.starts[self.order[position]] + 2

    def key(self, position: int) -> bytes:
        """The key of the entry at a sorted position."""
        number = self.order[position]
        return bytes(
            self.entries[self.starts[number] + 2 : self.starts[number + 1] - ENTRY_ADDRESS_SIZE]
        )

    def entry(self, position: int) -> bytearray:
        """The entry at a sorted position."""
        number = self.order[position]
        return self.entries[self.starts[number] : self.starts[number + 1]]

    def unmatched(self, slots: memoryview, first: int) -> memoryview:
        """Which entries from the sorted position `first` on have no slot: those with NO_MATCH in
        `slots`.
        """
        numbers = int32s(len(slots))
        found = 0
        for place in range(len(slots)):
            if slots[place] < 0:
                numbers[found] = self.order[first + place]
                found += 1
        return numbers[:found]

    def subset(self, order: memoryview) -> "Run":
        """The run of some of the entries, given by number, int32 and in sorted order."""
        run = run_of(self.entries, self.starts, order, self.entry_size_max)
        run.addresses = self.addresses
        return run

    def set_addresses(self, addresses: memoryview) -> None:
        """Say where the records are. Equal keys that were in order of other addresses have to be
        looked at again, whatever these are.
        """
        if self.count == 1:
            put_address(self.entries, self.starts[1], addresses[0])
            return
        ascend = put_addresses(self.entries, self.starts, self.count, addresses)
        self.addresses = ASCENDING if ascend and not len(self.addresses) else addresses
        self.is_sorted = self.is_sorted and ascend

    def sort(self) -> None:
        """Bring `order` up to date with keys and addresses."""
        if self.count > 1 and not self.is_sorted:
            spare = int32s(self.count)
            is_ranked = self.count >= RANKED_MIN
            if not (
                is_ranked and sort_ranked(self.keys, self.starts, self.order, spare, self.addresses)
            ):
                sort_run(self.keys, self.starts, self.count, self.order, spare)
            self.is_sorted = len(self.addresses) == 0

    def arrange(self) -> None:
        """Sort, and bring the entries themselves into that order, which gives them other numbers:
        whoever takes all of them then goes straight through memory, and not to and fro.
        """
        self.sort()
        if first_misplaced(self.order) >= 0:
            entries, starts = bytearray(len(self.entries)), int32s(self.count + 1)
            order = int32s(self.count)
            arrange_entries(
                self.keys, self.starts, self.order, self.entry_size_max, entries, starts, order
            )
            self.entries, self.keys, self.starts = entries, KeyBytes(entries), starts
            self.order, self.addresses, self.is_sorted = order, ASCENDING, True

    def first_repeated(self) -> int:
        """The first sorted position whose key is that of the one before it; -1 if there is none."""
        return first_repeat(self.keys, self.starts, self.order, self.count)

    def digest(self) -> int:
        """`encoding.key_runs.sum_entries` of the run."""
        return sum_entries(self.keys, self.starts, self.count)


def run_of(entries: bytearray, starts: memoryview, order: memoryview, size_max: int) -> Run:
    """The run of the entries that begin at `starts`, in no order of addresses."""
    run = Run(entries, size_max)
    run.starts, run.order, run.count = starts, order, len(order)
    return run


def run_of_leaf(leaf: Any) -> Run:
    """The run of all entries of a leaf, which may change afterwards."""
    order, starts = int32s(leaf.count), int32s(leaf.count + 1)
    count_up(order, 1)
    starts[:] = leaf.entries.offsets[: leaf.count + 1]
    return run_of(bytearray(leaf.frame), starts, order, len(leaf.frame))


def sort_ranked(keys: KeyBytes, starts: Any, order: Any, spare: Any, addresses: Any) -> bool:
    """Bring entries in order, if they have ranks; whether they have. `addresses` are those of the
    entries by number, none where they ascend.
    """
    ranks = memoryview(bytearray(8 * len(order))).cast("Q")
    if not rank_entries(keys, starts, order, ranks):
        return False
    spare_ranks = memoryview(bytearray(8 * len(order))).cast("Q")
    sort_by_rank(ranks, order, spare_ranks, spare, int32s(256))
    if not is_its_rank(keys, starts[order[0]]):
        sort_ties(keys, starts, order, spare, ranks)
    elif len(addresses):
        sort_equals(keys, starts, order, spare, ranks, addresses)
    return True


def int32s(count: int) -> memoryview:
    """A zeroed array of int32."""
    return memoryview(bytearray(4 * count)).cast("i")


def flags_of(vector: Vector) -> Any:
    """A byte a row, 1 for a value and 0 for NULL; empty when the vector has no NULL."""
    if vector.validity is None:
        return EMPTY
    flags = bytearray(vector.count)
    unpack_flags(vector.validity, vector.count, flags)
    return flags


class KeyLayout:
    """How the keys of an index are written: what is in front of the cells of each column's type.

    Keys whose cells are all of fixed width are copies of one `blank` entry, with the cells put in
    at `places`. Keys that are alone share `starts_alone` with the one before, if that was as long.
    """

    def __init__(self, types: Sequence[DataType]) -> None:
        self.starts_alone = int32s(2)
        self.prefixes = [tagged_prefix(each) for each in types]
        self.size_fields = bytes([size_field_count(each) for each in types])
        self.blank, self.places = b"", [0]
        if all(each.is_fixed for each in types):
            self.blank, self.places = blank_entry(types, self.prefixes)

    def run(self, vectors: Sequence[Vector], addresses: Any = None) -> Run:
        """The run of the keys in `vectors`, a vector for each key column, in the order of the rows:
        the trees sort it.

        Without `addresses`, those of all entries are zero. Raises LimitExceeded for a key larger
        than a node can hold.
        """
        if vectors[0].count == 1:
            made = self.alone([cell_of(vector) for vector in vectors])
        elif self.blank and not has_null(vectors):
            made = self.filled(vectors)
        else:
            made = self.of_any(vectors)
        if addresses is not None:
            made.set_addresses(addresses)
        return made

    def alone(self, cells: Cells) -> Run:
        """The run of one key, with these cells; its address is zero."""
        entry = entry_of(cells, self.prefixes, self.size_fields)
        size = len(entry)
        if self.starts_alone[1] != size:
            check_key_size(size - LEAF_ENTRY_OVERHEAD)
            self.starts_alone = int32s(2)  # earlier runs keep theirs
            self.starts_alone[1] = size
        return run_of(entry, self.starts_alone, ONLY, size)

    def filled(self, vectors: Sequence[Vector]) -> Run:
        """The run of keys that are equally long."""
        count, size = vectors[0].count, len(self.blank)
        check_key_size(size - LEAF_ENTRY_OVERHEAD)
        entries, starts, order = bytearray(self.blank) * count, int32s(count + 1), int32s(count)
        for column in range(len(vectors)):
            vector = vectors[column]
            data, data_size = pointed_to(vector.data)
            place = self.places[column]
            put_cells(entries, size, place, data, data_size, vector.type.width, count)
        count_up(starts, size)
        count_up(order, 1)
        return run_of(entries, starts, order, size)

    def of_any(self, vectors: Sequence[Vector]) -> Run:
        """The run of whatever keys."""
        count = vectors[0].count
        prefixes, size_fields, starts = self.prefixes, self.size_fields, int32s(count + 1)
        entry_size_max = measure_keys(vectors, prefixes, size_fields, count, starts)
        check_key_size(entry_size_max - LEAF_ENTRY_OVERHEAD)
        entries, order = bytearray(starts[count]), int32s(count)
        put_keys(vectors, prefixes, size_fields, count, starts, entries, order, int32s(count))
        return run_of(entries, starts, order, entry_size_max)


def has_null(vectors: Sequence[Vector]) -> bool:
    """Whether a cell of some columns is NULL."""
    found = False
    for column in range(len(vectors)):
        found = found or vectors[column].validity is not None
    return found


def blank_entry(types: Sequence[DataType], prefixes: Sequence[bytes]) -> tuple[bytes, list[int]]:
    """A leaf entry of cells of fixed width that are all zero, and where each of them begins."""
    entry, places = U32.pack(len(types)), []
    for each, prefix in zip(types, prefixes, strict=True):
        entry += U32.pack(len(prefix) + each.width) + prefix
        places.append(U16.size + len(entry))
        entry += bytes(each.width)
    return U16.pack(len(entry) & U16_MAX) + entry + bytes(ENTRY_ADDRESS_SIZE), places


def build_run(vectors: Sequence[Vector], addresses: Any = None) -> Run:
    """The run of keys for which there is no layout at hand."""
    return KeyLayout([vector.type for vector in vectors]).run(vectors, addresses)


def check_key_size(size: int) -> None:
    if size > KEY_SIZE_MAX:
        message = f"an index key of {size} bytes exceeds the limit of {KEY_SIZE_MAX}"
        raise LimitExceeded(message, limit="key size", size=size)
