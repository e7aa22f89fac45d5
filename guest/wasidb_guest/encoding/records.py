"""Records: finding them, copying them as they are, and taking cells out, a column at a time.

    record   u16 body length | body | zeros up to the table's stride
    body     the cells in declaration order, back to back

    fixed cell              width bytes
    variable cell           u16 length | bytes
    nullable cell           00, or 01 and one of the above

The kernels here walk many records side by side. `cursors` holds, for each record, the position of
its next cell; `take_columns` moves all of them over column after column. `ends` holds where each
body ends: a cell that runs past it is damage, reported as the result `-1 - position`. Records are
made by `encoding.record_writer` and put on pages by `encoding.record_slots`.

Types: page, out, data and flags are bytes, cursors, ends, lengths and starts are int32, addresses
are uint64. `flags` has a byte a row, 1 for a value and 0 for NULL. Sizes fit in 31 bits.
"""

from wasidb_guest.vectors import Bytes, WritableBytes


def find_records(page: Bytes, stride: int, cursors: memoryview, ends: memoryview) -> int:
    """Set the body's start and end of every record in `page`.

    Give their number, or -1 - offset of a damaged one.
    """
    size = len(page)
    count = 0
    at = 0
    while at + 2 <= size:
        length = page[at] | page[at + 1] << 8
        if length == 0:
            at += stride
            continue
        end = at + 2 + length
        if end > size:
            return -1 - at
        cursors[count] = at + 2
        ends[count] = end
        count += 1
        at = (end + stride - 1) // stride * stride
    return count


def measure_records(page: Bytes, addresses: memoryview, first: int, last: int) -> int:
    """The bytes of the records at `addresses[first:last]`, all in this page, with their headers.

    -1 - offset where there is no record.
    """
    size = len(page)
    total = 0
    for i in range(first, last):
        at = int(addresses[i] & 0xFFFF)
        if at + 2 > size:
            return -1 - at
        length = page[at] | page[at + 1] << 8
        if length == 0 or at + 2 + length > size:
            return -1 - at
        total += 2 + length
    return total


def copy_records(
    page: Bytes,
    addresses: memoryview,
    first: int,
    last: int,
    out: WritableBytes,
    at: int,
    cursors: memoryview,
    ends: memoryview,
) -> int:
    """Copy these records, which `measure_records` has seen, to `out[at:]`; the place behind them.

    Sets the body's start and end of each in `out`.
    """
    for i in range(first, last):
        start = int(addresses[i] & 0xFFFF)
        size = 2 + (page[start] | page[start + 1] << 8)
        for j in range(size):
            out[at + j] = page[start + j]
        cursors[i] = at + 2
        at += size
        ends[i] = at
    return at


def set_addresses(
    addresses: memoryview, first: int, count: int, page_number: int, cursors: memoryview
) -> None:
    """Set `addresses[first:first + count]` from body starts."""
    for i in range(count):
        addresses[first + i] = page_number << 16 | (cursors[i] - 2)


def measure_bodies(cursors: memoryview, ends: memoryview, count: int) -> int:
    """The bytes between the cursors and the ends of all records."""
    size = 0
    for i in range(count):
        size += ends[i] - cursors[i]
    return size


def take_columns(
    page: Bytes,
    cursors: memoryview,
    ends: memoryview,
    count: int,
    layout: memoryview,
    totals: memoryview,
    out: WritableBytes,
    cell_ends: memoryview,
    flags: WritableBytes,
) -> int:
    """Move over the columns of `layout` and copy the wanted ones, one after the other, to `out`.

    `layout` has three numbers a column: 1 if it is wanted, its width, 1 if it is nullable. `totals`
    counts the bytes taken from each column, also by earlier calls; for the variable ones among the
    wanted `cell_ends` gets what that count was behind each cell, for the nullable ones `flags` a
    byte a row. The number of bytes copied, or -1 - position, with -1 as the damaged column's total.
    """
    target = ends_at = flags_at = 0
    for column in range(len(totals)):
        wanted = layout[3 * column] != 0
        width = layout[3 * column + 1]
        nullable = layout[3 * column + 2] != 0
        if wanted and width:
            size = take_fixed(
                page, cursors, ends, count, width, nullable, out, target, flags, flags_at
            )
        elif wanted:
            size = take_variable(
                page, cursors, ends, count, nullable, totals[column], out, target,
                cell_ends, ends_at, flags, flags_at,
            )  # fmt: skip
            ends_at += count
        elif width:
            size = skip_fixed(page, cursors, ends, count, width, nullable)
        else:
            size = skip_variable(page, cursors, ends, count, nullable)
        if size < 0:
            totals[column] = -1
            return size
        totals[column] += size
        target += size
        if wanted and nullable:
            flags_at += count
    return target


def skip_fixed(
    page: Bytes, cursors: memoryview, ends: memoryview, count: int, width: int, nullable: bool
) -> int:
    """Move over a fixed-width column; 0, or -1 - position of the damage."""
    for i in range(count):
        at = cursors[i]
        if nullable:
            if at >= ends[i]:
                return -1 - at
            at += 1 + width if page[at] else 1
        else:
            at += width
        if at > ends[i]:
            return -1 - cursors[i]
        cursors[i] = at
    return 0


def skip_variable(
    page: Bytes, cursors: memoryview, ends: memoryview, count: int, nullable: bool
) -> int:
    """Move over a variable-width column; 0, or -1 - position of the damage."""
    for i in range(count):
        at = cursors[i]
        end = ends[i]
        if nullable:
            if at >= end:
                return -1 - at
            at += 1
            if page[at - 1] == 0:
                cursors[i] = at
                continue
        if at + 2 > end:
            return -1 - at
        at += 2 + (page[at] | page[at + 1] << 8)
        if at > end:
            return -1 - cursors[i]
        cursors[i] = at
    return 0


def take_fixed(
    page: Bytes,
    cursors: memoryview,
    ends: memoryview,
    count: int,
    width: int,
    nullable: bool,
    out: WritableBytes,
    target: int,
    flags: WritableBytes,
    flags_at: int,
) -> int:
    """Copy a fixed-width column to `out[target:]`; zeros, which are there already, for NULL.

    The number of bytes, or -1 - position.
    """
    for i in range(count):
        at = cursors[i]
        end = ends[i]
        if nullable:
            if at >= end:
                return -1 - at
            at += 1
            flags[flags_at + i] = page[at - 1] != 0
            if page[at - 1] == 0:
                cursors[i] = at
                target += width
                continue
        if at + width > end:
            return -1 - at
        for j in range(width):
            out[target + j] = page[at + j]
        target += width
        cursors[i] = at + width
    return count * width


def take_variable(
    page: Bytes,
    cursors: memoryview,
    ends: memoryview,
    count: int,
    nullable: bool,
    total: int,
    out: WritableBytes,
    target: int,
    cell_ends: memoryview,
    ends_at: int,
    flags: WritableBytes,
    flags_at: int,
) -> int:
    """Copy a variable-width column to `out[target:]`; `cell_ends[ends_at:]` counts on from `total`.

    The number of bytes, or -1 - position.
    """
    start = target
    for i in range(count):
        at = cursors[i]
        end = ends[i]
        if nullable:
            if at >= end:
                return -1 - at
            at += 1
            flags[flags_at + i] = page[at - 1] != 0
            if page[at - 1] == 0:
                cell_ends[ends_at + i] = total + target - start
                cursors[i] = at
                continue
        if at + 2 > end:
            return -1 - at
        length = page[at] | page[at + 1] << 8
        at += 2
        if at + length > end:
            return -1 - at
        for j in range(length):
            out[target + j] = page[at + j]
        target += length
        cell_ends[ends_at + i] = total + target - start
        cursors[i] = at + length
    return target - start


def pack_flags(flags: Bytes, count: int, bitmap: WritableBytes) -> int:
    """Set the bits of `bitmap`, which is zero, from a byte a row; the number of rows flagged."""
    valid = 0
    for i in range(count):
        if flags[i]:
            bitmap[i >> 3] |= 1 << (i & 7)
            valid += 1
    return valid


def unpack_flags(bitmap: Bytes, count: int, flags: WritableBytes) -> None:
    """The reverse of `pack_flags`."""
    for i in range(count):
        flags[i] = bitmap[i >> 3] >> (i & 7) & 1
