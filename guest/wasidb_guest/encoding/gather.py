"""Puts vectors together from rows of other vectors; a kernel.

    rows      [2, 0, NO_ROW, 2]        u32 row numbers in any order, as often as wanted
    source    "ab", "c", "def"
    result    "def", "ab", NULL, "def"

NO_ROW stands for a row that does not exist, such as the missing side of an outer join. Whoever
calls keeps the other row numbers below the count of the source.
"""

from typing import TypeAlias

from wasidb_guest import vectors

Bytes: TypeAlias = bytes | bytearray | memoryview
WritableBytes: TypeAlias = bytearray | memoryview

NO_ROW = vectors.NO_ROW
SIZE_MAX = (1 << 31) - 1
WORD_SIZE = 8


def gather_integers(data: memoryview, rows: memoryview, out: memoryview) -> bool:
    """Copy integers of any width into the zero-filled `out`; whether no row is missing."""
    is_complete = True
    for i in range(len(rows)):
        row = rows[i]
        if row != NO_ROW:
            out[i] = data[row]
        else:
            is_complete = False
    return is_complete


def gather_fixed(data: Bytes, width: int, rows: memoryview, out: WritableBytes) -> None:
    """Copy cells of `width` bytes into the zero-filled `out`."""
    for i in range(len(rows)):
        row = rows[i]
        if row != NO_ROW:
            for j in range(width):
                out[i * width + j] = data[row * width + j]


def gather_offsets(offsets: memoryview, rows: memoryview, out: memoryview) -> int:
    """Set the offsets of the gathered cells; their total size, or -1 if int32 cannot hold it."""
    total = 0
    for i in range(len(rows)):
        out[i] = total
        row = rows[i]
        if row != NO_ROW:
            total += offsets[row + 1] - offsets[row]
            if total > SIZE_MAX:
                return -1
    out[len(rows)] = total
    return total


def gather_variable(
    data: Bytes, size: int, offsets: memoryview, rows: memoryview, out: WritableBytes, room: int
) -> None:
    """Copy cells of any size back to back, into a place for just these.

    `size` is that of the data, `room` that of `out`. IndexError for offsets beyond them."""
    target = 0
    for i in range(len(rows)):
        row = rows[i]
        if row != NO_ROW:
            at = offsets[row]
            end = offsets[row + 1]
            if at < 0 or end > size or end - at > room - target:
                raise IndexError("run of bytes")
            while at + WORD_SIZE <= end:
                copy_word(data, at, out, target)
                at += WORD_SIZE
                target += WORD_SIZE
            while at < end:
                out[target] = data[at]
                at += 1
                target += 1


def copy_word(data: Bytes, at: int, out: WritableBytes, target: int) -> None:
    """Copy eight bytes, which a compiler reads and writes at once."""
    a, b, c, d = data[at], data[at + 1], data[at + 2], data[at + 3]
    e, f, g, h = data[at + 4], data[at + 5], data[at + 6], data[at + 7]
    out[target], out[target + 1], out[target + 2], out[target + 3] = a, b, c, d
    out[target + 4], out[target + 5], out[target + 6], out[target + 7] = e, f, g, h


def gather_flags(bitmap: Bytes, rows: memoryview, flags: WritableBytes) -> None:
    """Set a byte a row: 1 for a valid cell, 0 for NULL. An empty bitmap has no NULL."""
    all_valid = len(bitmap) == 0
    for i in range(len(rows)):
        row = rows[i]
        flags[i] = row != NO_ROW and (all_valid or bitmap[row >> 3] >> (row & 7) & 1)


def gathered_size(offsets: memoryview, rows: memoryview) -> int:
    """The total size of cells, whether or not int32 can hold it."""
    total = 0
    for i in range(len(rows)):
        row = rows[i]
        if row != NO_ROW:
            total += offsets[row + 1] - offsets[row]
    return total


def largest_size(offsets: memoryview) -> int:
    """The size of the largest cell, 0 if there is none."""
    largest = 0
    for row in range(len(offsets) - 1):
        size = offsets[row + 1] - offsets[row]
        if size > largest:
            largest = size
    return largest


def gather_numbers(numbers: memoryview, rows: memoryview, missing: int, out: memoryview) -> None:
    """Copy u32 numbers, with `missing` for NO_ROW."""
    for i in range(len(rows)):
        row = rows[i]
        out[i] = missing if row == NO_ROW else numbers[row]


def append_offsets(offsets: memoryview, base: int, out: memoryview, at: int) -> None:
    """Copy all offsets but the first to `out[at:]`, moved by `base` bytes."""
    for i in range(1, len(offsets)):
        out[at + i - 1] = offsets[i] + base
