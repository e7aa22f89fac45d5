"""Integers told roughly, in seven bits each, so that a comparison need not read most of them; a
kernel.

    amounts      250    90   11,000   999,000     from 90 on, 8,192 of them have one code
    codes          0     0        1       121

    amount < 10,000      only cells of the codes 0 and 1 are looked at

Eight codes are tested at once. None has the highest bit of its byte, so adding to all of them
carries nothing from one into the next: 128 less the lowest code that is wanted sets that bit in
what is not below it, 127 less the highest one in what is above it.

Source: Hentschel, Kester and Idreos, "Column Sketches: A Scan Accelerator for Rapid and Robust
Predicate Evaluation", SIGMOD 2018, of which these have equal steps in place of sampled ones.

Types: values are integers of any width, the bounds are two of them; rows are uint32. Codes are a
plain pointer to the compiler: there is one for each value."""

from typing import Any

from wasidb_guest.vectors import Bytes, WritableBytes

CODE_BITS = 7
ONES, HIGH_BITS = 0x0101_0101_0101_0101, 0x8080_8080_8080_8080


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
        codes[row] = code_of(values[row], lowest, shift)


def code_of(value: int, lowest: int, shift: int) -> int:
    """How far an integer is above the lowest one, without so many bits."""
    return value - lowest >> shift


def rows_within(
    values: Any, codes: Bytes, lowest: int, shift: int, low: int, high: int, rows: Any
) -> int:
    """Write the numbers of the rows whose integer is neither below `low` nor above `high`,
    ascending, into `rows`; gives how many there are. `low` is not below the lowest integer.

    Of 64 rows whose code may be right all integers are read before a row is kept: a processor that
    has to know first where a row goes would wait for them one by one."""
    if len(rows) < len(values):
        raise IndexError("rows")
    low_code, high_code = code_of(low, lowest, shift), code_of(high, lowest, shift)
    candidates = rows_of_codes(codes, len(values), low_code, high_code, rows)
    count = 0
    for first in range(0, candidates, 64):
        last = min(first + 64, candidates)
        kept = 0
        for i in range(first, last):
            value = values[rows[i]]
            is_within = (value >= low) & (value <= high)
            kept |= is_within << i - first
        for i in range(first, last):
            rows[count] = rows[i]
            count += kept & 1
            kept >>= 1
    return count


def rows_of_codes(codes: Bytes, size: int, low_code: int, high_code: int, rows: Any) -> int:
    """The same for the codes alone; `size` is their number."""
    to_low, to_high = (128 - low_code) * ONES, (127 - high_code) * ONES
    count = 0
    for start in range(0, size - 7, 8):
        word = codes_at(codes, start)
        found = (word + to_low & ~(word + to_high) & HIGH_BITS) >> 7
        if found == 0:
            continue
        # Written for every row and kept for some: which ones, a processor could only guess.
        for row in range(start, start + 8):
            rows[count] = row
            count += found & 1
            found >>= 8
    for row in range(size & ~7, size):
        rows[count] = row
        count += (codes[row] >= low_code) & (codes[row] <= high_code)
    return count


def codes_at(codes: Bytes, row: int) -> int:
    """Those of eight rows, which a compiler reads at once."""
    a, b, c, d = codes[row], codes[row + 1], codes[row + 2], codes[row + 3]
    e, f, g, h = codes[row + 4], codes[row + 5], codes[row + 6], codes[row + 7]
    return h << 56 | g << 48 | f << 40 | e << 32 | d << 24 | c << 16 | b << 8 | a
