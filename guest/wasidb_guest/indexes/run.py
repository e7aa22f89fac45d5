"""A run: the index entries of a batch of rows, side by side and in key order.

Every change and every batched look-up of an index is a run, of one entry or of a hundred thousand.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from wasidb_guest.encoding.keys import (
    KeyBytes,
    measure_key_column,
    number_entries,
    put_addresses,
    put_key_column,
    put_key_sizes,
    sort_run,
)
from wasidb_guest.encoding.records import offsets_from_lengths, unpack_flags
from wasidb_guest.encoding.tagged import tagged_prefix, tagged_sizes
from wasidb_guest.errors import LimitExceeded
from wasidb_guest.pages.layout import KEY_SIZE_MAX, LEAF_ENTRY_OVERHEAD
from wasidb_guest.vectors import Vector

# The entry's key size and the column count stand in front of the key's columns.
FIRST_COLUMN_AT = 6
ADDRESS_SIZE = 6
EMPTY = memoryview(bytearray())
NO_OFFSETS = EMPTY.cast("i")


@dataclass(slots=True)
class Run:
    """`count` leaf entries: their bytes, the start of each and the end of the last, their numbers
    in sorted order.
    """

    entries: bytearray
    keys: KeyBytes
    starts: Any
    order: Any
    count: int
    entry_size_max: int

    def key_at(self, position: int) -> int:
        """Where in `entries` the key of the entry at a sorted position begins."""
        return int(self.starts[self.order[position]]) + 2

    def key(self, position: int) -> bytes:
        """The key of the entry at a sorted position."""
        number = self.order[position]
        return bytes(self.entries[self.starts[number] + 2 : self.starts[number + 1] - ADDRESS_SIZE])

    def subset(self, numbers: list[int]) -> "Run":
        """The run of some of the entries, given by number in sorted order."""
        order = memoryview(array("i", numbers))
        return replace(self, order=order, count=len(numbers))

    def set_addresses(self, addresses: Any) -> None:
        """Say where the records are."""
        put_addresses(self.entries, self.starts, self.count, addresses)

    def sort(self) -> None:
        """Bring `order` up to date with keys and addresses."""
        sort_run(self.keys, self.starts, self.count, self.order, int32s(self.count))


def int32s(count: int) -> memoryview:
    """A zeroed array of int32."""
    return memoryview(bytearray(4 * count)).cast("i")


def filled_int32s(value: int, count: int) -> memoryview:
    """An array of `count` equal int32."""
    return memoryview(bytearray(value.to_bytes(4, "little") * count)).cast("i")


def flags_of(vector: Vector) -> Any:
    """A byte a row, 1 for a value and 0 for NULL; empty when the vector has no NULL."""
    if vector.validity is None:
        return EMPTY
    flags = bytearray(vector.count)
    unpack_flags(vector.validity, vector.count, flags)
    return flags


class _KeyColumn:
    """One column of the keys of a run."""

    def __init__(self, vector: Vector) -> None:
        self.vector = vector
        self.prefix = tagged_prefix(vector.type)
        self.size_fields = len(tagged_sizes(vector.type, 0)) // 2
        self.offsets = vector.offsets if vector.offsets is not None else NO_OFFSETS
        self.flags = flags_of(vector)

    def measure(self, lengths: Any) -> None:
        count, width = self.vector.count, self.vector.type.width
        measure_key_column(
            lengths, count, len(self.prefix), width, self.size_fields, self.offsets, self.flags
        )

    def put(self, entries: bytearray, cursors: Any) -> None:
        vector = self.vector
        put_key_column(
            entries, cursors, vector.count, self.prefix, vector.data, vector.type.width,
            self.size_fields, self.offsets, self.flags,
        )  # fmt: skip


def build_run(vectors: Sequence[Vector], addresses: Any = None) -> Run:
    """The run of the keys in `vectors`, a vector for each key column, in the order of the rows: the
    trees sort it.

    Without `addresses`, those of all entries are zero. Raises LimitExceeded for a key larger than a
    node can hold.
    """
    count = vectors[0].count
    columns = [_KeyColumn(vector) for vector in vectors]
    lengths = filled_int32s(FIRST_COLUMN_AT + ADDRESS_SIZE, count)
    for column in columns:
        column.measure(lengths)
    entry_size_max = max(lengths, default=0)
    _check_key_size(entry_size_max - LEAF_ENTRY_OVERHEAD)
    starts = int32s(count + 1)
    entries = bytearray(offsets_from_lengths(lengths, count, starts))
    cursors = int32s(count)
    cursors[:] = starts[:count]
    put_key_sizes(entries, cursors, count, lengths, len(columns))
    for column in columns:
        column.put(entries, cursors)
    order = int32s(count)
    number_entries(order, count)
    run = Run(entries, KeyBytes(entries), starts, order, count, entry_size_max)
    if addresses is not None:
        run.set_addresses(addresses)
    return run


def _check_key_size(size: int) -> None:
    if size > KEY_SIZE_MAX:
        message = f"an index key of {size} bytes exceeds the limit of {KEY_SIZE_MAX}"
        raise LimitExceeded(message, limit="key size", size=size)
