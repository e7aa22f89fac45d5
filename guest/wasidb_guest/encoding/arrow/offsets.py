"""The loops over strings: cell i of an array is `data[offsets[i] : offsets[i + 1]]`.

Vectors want 32-bit offsets that start at 0 and NULL cells without bytes; Arrow promises neither.
Offsets that come in are hostile; those that `rebase` wrote are sound, and the other loops rely on
that. -1 means no row.
"""

from wasidb_guest import vectors

NO_ROW = vectors.NO_ROW


def rebase(source: memoryview, size: int, target: memoryview) -> int:
    """Copies offsets so that they start at 0; gives the first row that is not within `size` bytes.

    `size` is below 2^31, so that whatever passes fits the 32-bit `target`.
    """
    first = source[0]
    if first < 0 or first > size:
        return 0
    low = first
    for row in range(len(source) - 1):
        high = source[row + 1]
        if high < low or high > size:
            return row
        target[row + 1] = high - first
        low = high
    return -1


def has_null_bytes(offsets: memoryview, validity: memoryview) -> bool:
    """Whether a NULL cell has bytes."""
    for row in range(len(offsets) - 1):
        if offsets[row + 1] != offsets[row] and not validity[row >> 3] >> (row & 7) & 1:
            return True
    return False


def drop_null_bytes(
    data: memoryview, offsets: memoryview, validity: memoryview, target: memoryview
) -> int:
    """Copies the cells that are not NULL, adjusts `offsets` in place; gives the bytes written."""
    written = 0
    start = offsets[0]
    for row in range(len(offsets) - 1):
        end = offsets[row + 1]
        if validity[row >> 3] >> (row & 7) & 1:
            for at in range(start, end):
                target[written] = data[at]
                written += 1
        offsets[row + 1] = written
        start = end
    return written


def first_longer(offsets: memoryview, size_max: int) -> int:
    """The first row whose cell has more than `size_max` bytes."""
    for row in range(len(offsets) - 1):
        if offsets[row + 1] - offsets[row] > size_max:
            return row
    return -1


def spread(
    data: memoryview, offsets: memoryview, flags: bytearray, width: int, target: memoryview
) -> int:
    """Copies cells to `width` bytes a row; gives the first row of another size.

    `flags` has a byte a row, 0 for a row to leave out; none at all means every row.
    """
    every_row = len(flags) == 0
    for row in range(len(offsets) - 1):
        if every_row or flags[row]:
            start = offsets[row]
            if offsets[row + 1] - start != width:
                return row
            for at in range(width):
                target[row * width + at] = data[start + at]
    return -1


def leave_out_nulls(rows: memoryview, validity: memoryview) -> None:
    """Replaces the u32 row numbers that are NULL by NO_ROW of `gather`."""
    for at in range(len(rows)):
        if not validity[at >> 3] >> (at & 7) & 1:
            rows[at] = NO_ROW
