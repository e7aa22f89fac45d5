"""Leaf entries from vectors: the keys of a batch of rows. A kernel.

    entry    u16 key size | key | u32 page | u16 offset
    key      u32 column count | columns
    column   u32 size | tagged cell, see `encoding.tagged`; NULL is its tag alone

Written in two passes, as records are: `measure_keys` finds where each entry starts, `put_keys`
writes them. `prefixes` has the bytes in front of each column's cells, `size_fields` how many u16
sizes stand between the two: none (fixed width), one (the cell's size) or two (custom: the cell's
with its own size field, then the cell's). Addresses are zero until `put_addresses`.
"""

from collections.abc import Sequence

from wasidb_guest.encoding.copying import copy_bytes, copy_pieces, spread_cells
from wasidb_guest.encoding.keys import KeyBytes
from wasidb_guest.vectors import Bytes, Vector, WritableBytes

NULL = 10


def measure_keys(
    vectors: Sequence[Vector],
    prefixes: Sequence[bytes],
    size_fields: Bytes,
    count: int,
    starts: memoryview,
) -> int:
    """Set `starts`, which is zero, to where each of `count` entries begins and the last one ends;
    the size of the longest entry.
    """
    for column in range(len(vectors)):
        vector = vectors[column]
        measure_column(
            starts, count, len(prefixes[column]) + 2 * size_fields[column], vector.type.width,
            vector.offsets, vector.validity,
        )  # fmt: skip
    longest = 0
    for i in range(count):
        size = 2 + 4 + starts[i + 1] + 6
        if size > longest:
            longest = size
        starts[i + 1] = starts[i] + size
    return longest


def measure_column(
    starts: memoryview,
    count: int,
    front: int,
    width: int,
    offsets: memoryview,
    validity: Bytes | None,
) -> None:
    """Add the size of each cell, with its u32 size and the `front` bytes before it, to
    `starts[i + 1]`.
    """
    for i in range(count):
        if validity is None or validity[i >> 3] >> (i & 7) & 1:
            size = width if width else offsets[i + 1] - offsets[i]
            starts[i + 1] += 4 + front + size
        else:
            starts[i + 1] += 5


def put_keys(
    vectors: Sequence[Vector],
    prefixes: Sequence[bytes],
    size_fields: Bytes,
    count: int,
    starts: memoryview,
    entries: WritableBytes,
    order: memoryview,
    cursors: memoryview,
) -> None:
    """Write the entries, and number them in `order`: 0, 1, 2, ...

    `cursors` is scratch: where the next column of each entry goes.
    """
    for i in range(count):
        order[i] = i
        at = starts[i]
        size = starts[i + 1] - at - 8
        entries[at] = size & 0xFF
        entries[at + 1] = size >> 8
        put_u32(entries, at + 2, len(vectors))
        cursors[i] = at + 6
    for column in range(len(vectors)):
        vector = vectors[column]
        put_column(
            entries, cursors, count, prefixes[column], size_fields[column], vector.data,
            vector.type.width, vector.offsets, vector.validity,
        )  # fmt: skip


def put_column(
    entries: WritableBytes,
    cursors: memoryview,
    count: int,
    prefix: Bytes,
    size_fields: int,
    data: Bytes,
    width: int,
    offsets: memoryview,
    validity: Bytes | None,
) -> None:
    """Append one column to every key."""
    prefix_size = len(prefix)
    for i in range(count):
        at = cursors[i]
        if validity is not None and validity[i >> 3] >> (i & 7) & 1 == 0:
            put_u32(entries, at, 1)
            entries[at + 4] = NULL
            cursors[i] = at + 5
            continue
        start = i * width if width else offsets[i]
        length = width if width else offsets[i + 1] - start
        put_u32(entries, at, prefix_size + 2 * size_fields + length)
        at += 4
        for j in range(prefix_size):
            entries[at + j] = prefix[j]
        at += prefix_size
        for field in range(size_fields, 0, -1):
            entries[at] = (length + 2 * field - 2) & 0xFF
            entries[at + 1] = (length + 2 * field - 2) >> 8
            at += 2
        for j in range(length):
            entries[at + j] = data[start + j]
        cursors[i] = at + length


def put_cells(
    entries: WritableBytes,
    entry_size: int,
    at: int,
    data: Bytes,
    size: int,
    width: int,
    count: int,
) -> None:
    """Put a cell of `width` bytes, of which there are `size`, at a place within each of `count`
    equally long entries.
    """
    if count * width > size or at + width > entry_size:
        raise IndexError("the cells of keys run past the end of their bytes")
    spread_cells(data, width, count, entries, at, entry_size)


def count_up(numbers: memoryview, step: int) -> None:
    """Set numbers to 0, `step`, twice that, ..."""
    for i in range(len(numbers)):
        numbers[i] = i * step


def put_addresses(
    entries: WritableBytes, starts: memoryview, count: int, addresses: memoryview
) -> bool:
    """Give every entry the address of its record; it is the last 6 bytes. Whether they ascend."""
    ascends = True
    before = 0
    for i in range(count):
        address = addresses[i]
        ascends = ascends and before <= address
        before = address
        put_address(entries, starts[i + 1], address)
    return ascends


def put_address(entries: WritableBytes, end: int, address: int) -> None:
    """The same for the entry that ends there."""
    at = end - 6
    for byte in range(4):
        entries[at + byte] = address >> 16 + 8 * byte & 0xFF
    entries[at + 4] = address & 0xFF
    entries[at + 5] = address >> 8 & 0xFF


def first_misplaced(order: memoryview) -> int:
    """The first place with another number than its own; -1 if the numbers are 0, 1, 2, ..."""
    for place in range(len(order)):
        if order[place] != place:
            return place
    return -1


def arrange_entries(
    keys: KeyBytes,
    starts: memoryview,
    order: memoryview,
    size_max: int,
    entries: WritableBytes,
    new_starts: memoryview,
    new_order: memoryview,
) -> None:
    """Copy the entries in this order to `entries`, where each begins at one of `new_starts`, and
    number them anew. If all together are as large as so many of the largest, all are alike.
    """
    target = entries
    if keys.size == size_max * (len(starts) - 1):
        copy_pieces(keys.raw, size_max, order, target)
        count_up(new_starts, size_max)
        count_up(new_order, 1)
        return
    end = 0
    for place in range(len(order)):
        start = starts[order[place]]
        size = starts[order[place] + 1] - start
        copy_bytes(keys.raw, start, size, target, end)
        end += size
        new_starts[place + 1] = end
        new_order[place] = place


def put_u32(out: WritableBytes, at: int, value: int) -> None:
    """Write a little-endian u32."""
    out[at] = value & 0xFF
    out[at + 1] = value >> 8 & 0xFF
    out[at + 2] = value >> 16 & 0xFF
    out[at + 3] = value >> 24 & 0xFF
