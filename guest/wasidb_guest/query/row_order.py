"""Brings row numbers into the order of integers; a kernel.

    values   30 10 20 10         one for each row
    rows     0 1 2 3             sorted   1 3 2 0

Sorted byte by byte, the lowest first: every pass keeps what the ones before it have established,
so rows with equal values stay as they are, and a byte that all values share needs no pass. Values
are compared as unsigned integers after some bits are turned over: the sign bit of signed ones, and
all bits to descend.

Types: rows and the spare room for as many are uint32, values and flip are uint64, counts has an
int32 for each value of each byte, 0 at first."""

from typing import Any

VALUE_BITS = 64
BYTE_VALUES = 256
BYTE_MAX = 255


def sort_rows(rows: Any, values: Any, flip: int, spare: Any, counts: Any) -> None:
    """Sort rows by their values with the bits of `flip` turned over."""
    count_bytes(rows, values, flip, counts)
    for shift in range(0, VALUE_BITS, 8):
        sort_by_byte(rows, values, flip, spare, counts, shift)


def count_bytes(rows: Any, values: Any, flip: int, counts: Any) -> None:
    """Count the values of each byte; those of the byte at `shift` begin at `32 * shift`."""
    for i in range(len(rows)):
        value = values[rows[i]] ^ flip
        for shift in range(0, VALUE_BITS, 8):
            counts[BYTE_VALUES // 8 * shift + (value >> shift & BYTE_MAX)] += 1


def sort_by_byte(rows: Any, values: Any, flip: int, spare: Any, counts: Any, shift: int) -> None:
    """Sort by the byte at `shift`; equal ones stay in the order they had."""
    count = len(rows)
    first = BYTE_VALUES // 8 * shift
    start = 0
    for at in range(first, first + BYTE_VALUES):
        size = counts[at]
        if size == count:
            return
        counts[at] = start
        start += size
    for i in range(count):
        at = first + ((values[rows[i]] ^ flip) >> shift & BYTE_MAX)
        spare[counts[at]] = rows[i]
        counts[at] += 1
    for i in range(count):
        rows[i] = spare[i]
