"""Integers told roughly, in fifteen bits each, so that a comparison need not read most of them; a
kernel.

    amounts      100    90   11,000   999,000     from 90 on, 32 of them have one code
    codes          0     0      340    31,215

    amount < 10,000      only cells of the codes 0 and 309 are looked at: those of the codes
                         between these are below

Four codes are tested at once. None has its highest bit, so adding to all of them carries nothing
from one into the next: 32,768 less the lowest code that is wanted sets that bit in what is not
below it, 32,767 less the highest one in what is above it.

Source: Hentschel, Kester and Idreos, "Column Sketches: A Scan Accelerator for Rapid and Robust
Predicate Evaluation", SIGMOD 2018, of which these have equal steps in place of sampled ones.

Types: values are integers of any width, the bounds are two of them; rows are uint32. Codes are a
plain pointer to the compiler: there are two bytes for each value."""

from typing import Any

from wasidb_guest.vectors import Bytes, WritableBytes

CODE_BITS = 15
CODE_SIZE = 2
ONES, HIGH_BITS = 0x0001_0001_0001_0001, 0x8000_8000_8000_8000


def extremes(values: Any) -> tuple[int, int]:
    """The lowest and the highest of one or more integers."""
    low = high = values[0]
    for row in range(len(values)):
        value = values[row]
        if value < low:
            low = value
        if value > high:
            high = value
    return low, high


def put_codes(values: Any, lowest: int, shift: int, codes: WritableBytes) -> None:
    """Write the code of each integer."""
    for row in range(len(values)):
        code = code_of(values[row], lowest, shift)
        codes[2 * row] = code & 0xFF
        codes[2 * row + 1] = code >> 8


def code_of(value: int, lowest: int, shift: int) -> int:
    """How far an integer is above the lowest one, without so many bits."""
    return value - lowest >> shift


def rows_within(
    values: Any, codes: Bytes, lowest: int, shift: int, low: int, high: int, rows: Any
) -> int:
    """Write the numbers of the rows whose integer is neither below `low` nor above `high`,
    ascending, into `rows`; gives how many there are. `low` is not below the lowest integer.

    What has the code of one of the bounds is looked at. Of 64 rows all are before a row is kept: a
    processor that has to know first where a row goes would wait for them one by one."""
    if len(rows) < len(values):
        raise IndexError("rows")
    low_code, high_code = code_of(low, lowest, shift), code_of(high, lowest, shift)
    candidates = rows_of_codes(codes, len(values), low_code, high_code, rows)
    count = 0
    for first in range(0, candidates, 64):
        last = min(first + 64, candidates)
        kept = 0
        for i in range(first, last):
            row = rows[i]
            code = code_at(codes, row)
            is_within = 1
            if code <= low_code or code >= high_code:
                value = values[row]
                is_within = (value >= low) & (value <= high)
            kept |= is_within << i - first
        for i in range(first, last):
            rows[count] = rows[i]
            count += kept & 1
            kept >>= 1
    return count


def rows_of_codes(codes: Bytes, size: int, low_code: int, high_code: int, rows: Any) -> int:
    """The same for the codes alone; `size` is their number."""
    to_low, to_high = (32_768 - low_code) * ONES, (32_767 - high_code) * ONES
    count = 0
    for start in range(0, size - 3, 4):
        word = codes_at(codes, 2 * start)
        found = (word + to_low & ~(word + to_high) & HIGH_BITS) >> 15
        if found == 0:
            continue
        # Written for every row and kept for some: which ones, a processor could only guess.
        for row in range(start, start + 4):
            rows[count] = row
            count += found & 1
            found >>= 16
    for row in range(size & ~3, size):
        rows[count] = row
        code = code_at(codes, row)
        count += (code >= low_code) & (code <= high_code)
    return count


def code_at(codes: Bytes, row: int) -> int:
    """That of one row."""
    return codes[2 * row] | codes[2 * row + 1] << 8


def codes_at(codes: Bytes, at: int) -> int:
    """Those of four rows, which a compiler reads at once."""
    a, b, c, d = codes[at], codes[at + 1], codes[at + 2], codes[at + 3]
    e, f, g, h = codes[at + 4], codes[at + 5], codes[at + 6], codes[at + 7]
    return h << 56 | g << 48 | f << 40 | e << 32 | d << 24 | c << 16 | b << 8 | a
