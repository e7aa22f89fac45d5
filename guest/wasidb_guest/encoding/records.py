"""Records: finding them in pages. Kernels.

    record   u16 body length | body | zeros up to the table's stride
    body     the cells in declaration order, back to back

    fixed cell              width bytes
    variable cell           u16 length | bytes
    nullable cell           00, or 01 and one of the above

The records of some pages stand side by side: `cursors` holds where the body of each begins in its
page, `ends` where it ends, and `limits[k]` is the first one that is not on page k. What is in them
is read by `encoding.record_cells`; they are made by `encoding.record_writer` and put on pages by
`encoding.record_slots`.

Types: a page is bytes; cursors, ends, limits and rows are int32, addresses and numbers of pages
uint64. `flags` has a byte a row, 1 for a value and 0 for NULL. To the compiler a page is a plain
pointer, and nothing checks what is read through it but the comparisons that are written here.
"""

from wasidb_guest.vectors import Bytes, WritableBytes


def find_records(page: Bytes, stride: int, cursors: memoryview, ends: memoryview) -> int:
    """Set the body's start and end of every record in `page`; their number, or -1 - the
    offset of a damaged one."""
    return find_more(page, len(page), stride, cursors, ends, 0)


def find_more(
    page: Bytes, size: int, stride: int, cursors: memoryview, ends: memoryview, count: int
) -> int:
    """Set start and end of every record in `page`, those of the first one at `count`; where those
    behind the last one would go, or -1 - the offset of a damaged one."""
    # Almost every stride is a power of two, which needs no division.
    stride_bits = stride - 1 if stride & (stride - 1) == 0 else 0
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
        if stride_bits:
            at = (end + stride_bits) & ~stride_bits
        else:
            at = (end + stride - 1) // stride * stride
    return count


def page_runs(addresses: memoryview, numbers: memoryview, limits: memoryview) -> int:
    """Set the page of each run of addresses on the same page, and the first address behind it; the
    number of runs."""
    runs = 0
    for i in range(len(addresses)):
        number = addresses[i] >> 16
        if runs == 0 or numbers[runs - 1] != number:
            numbers[runs] = number
            runs += 1
        limits[runs - 1] = i + 1
    return runs


def choose_records(
    rows: memoryview,
    limits: memoryview,
    cursors: memoryview,
    ends: memoryview,
    addresses: memoryview,
) -> None:
    """Keep the records of these rows, which ascend, with their cursors where they were found."""
    kept = 0
    for k in range(len(limits)):
        limit = limits[k]
        while kept < len(rows) and rows[kept] < limit:
            row = rows[kept]
            addresses[kept] = addresses[row]
            at = int(addresses[row] & 0xFFFF)
            cursors[kept] = at + 2
            ends[kept] = ends[row]
            kept += 1
        limits[k] = kept


def rows_outside(
    addresses: memoryview,
    numbers: memoryview,
    limits: memoryview,
    starts: memoryview,
    ends: memoryview,
    rows: memoryview,
) -> int:
    """Set the rows of which the ascending `addresses` are in no gap; their number.

    The gaps from one limit to the next are on a page of `numbers` each; all ascend.
    """
    left = row = gap = 0
    count = len(addresses)
    for k in range(len(numbers)):
        page = numbers[k] << 16
        while gap < limits[k]:
            start, end = page + starts[gap], page + ends[gap]
            while row < count and addresses[row] < start:
                rows[left] = row
                left += 1
                row += 1
            while row < count and addresses[row] < end:
                row += 1
            gap += 1
    while row < count:
        rows[left] = row
        left += 1
        row += 1
    return left


def set_addresses(
    addresses: memoryview, first: int, count: int, page_number: int, cursors: memoryview
) -> None:
    """Set `addresses[first:first + count]` from body starts."""
    for i in range(count):
        addresses[first + i] = page_number << 16 | (cursors[i] - 2)


def measure_bodies(cursors: memoryview, ends: memoryview, count: int, ahead: int) -> int:
    """The bytes between the cursors and the ends of all records, behind so many of each."""
    size = 0
    for i in range(count):
        size += max(ends[i] - cursors[i] - ahead, 0)
    return size


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
