"""Numbers the distinct values of a column, and finds rows by such a number: grouping and joining; a
kernel.

    values     "UA"  "AA"  "UA"  NULL  "AA"
    numbers      0     1     0     2     1         by first appearance; NULL is a value too
    first      row 0, row 1, row 3

The values go through a hash table with open addressing. `slots` has a power of two of entries, more
than there are rows: 0 is a free slot, n stands for the value with number n - 1, whose bytes are
those of its first row.

To join, the rows of the right side are listed by number: those with number n are
`rows[starts[n]:starts[n + 1]]`, ascending. Rows whose flag is 0 are not. On the left side a row
has the number of its partners, or NO_NUMBER.

Data are plain pointers to the compiler, which does not check what is read through them: `check_run`
does, and offsets of known values have been checked when these were numbered.

Types: data, flags and marks are bytes, offsets and slots are int32, numbers, rows, starts and first
are uint32. `flags` has a byte a row, 0 for NULL; an empty `flags` means that no cell is NULL."""

from typing import Any

from wasidb_guest import vectors
from wasidb_guest.vectors import Bytes

HASH_SEED = 0x811C_9DC5
HASH_PRIME = 0x9E37_79B9_7F4A_7C15
HASH_MASK = 0xFFFF_FFFF_FFFF_FFFF
WORD_SIZE = 8
NO_ROW = vectors.NO_ROW
NO_NUMBER = 0xFFFF_FFFF


def number_distinct(
    data: Bytes, size: int, offsets: Any, flags: Any, slots: Any, first: Any, numbers: Any
) -> int:
    """Set the number of every row and the first row of every number; gives the count of numbers.

    `size` is that of the data. IndexError for offsets beyond it."""
    count = 0
    null_number = NO_NUMBER
    slot_mask = len(slots) - 1
    has_nulls = len(flags) > 0
    end = offsets[0]
    for row in range(len(numbers)):
        start = end
        end = offsets[row + 1]
        if has_nulls and flags[row] == 0:
            if null_number == NO_NUMBER:
                null_number = count
                first[count] = row
                count += 1
            numbers[row] = null_number
            continue
        length = end - start
        check_run(start, length, size)
        slot = hash_run(data, size, start, length) & slot_mask
        entry = slots[slot]
        while entry != 0:
            known = first[entry - 1]
            at = offsets[known]
            if offsets[known + 1] - at == length and is_same(
                data, size, start, data, size, at, length
            ):
                break
            slot = (slot + 1) & slot_mask
            entry = slots[slot]
        if entry == 0:
            first[count] = row
            count += 1
            entry = count
            slots[slot] = entry
        numbers[row] = entry - 1
    return count


def find_numbers(
    data: Bytes,
    size: int,
    offsets: Any,
    flags: Any,
    slots: Any,
    known: Bytes,
    known_size: int,
    known_offsets: Any,
    first: Any,
    null_number: int,
    numbers: Any,
) -> None:
    """Set the number that each row has among known values, NO_NUMBER for others.

    `slots` and `first` are those of `number_distinct` for the known values, `null_number` is what
    NULL has. IndexError for offsets beyond the data."""
    slot_mask = len(slots) - 1
    has_nulls = len(flags) > 0
    end = offsets[0]
    for row in range(len(numbers)):
        start = end
        end = offsets[row + 1]
        if has_nulls and flags[row] == 0:
            numbers[row] = null_number
            continue
        length = end - start
        check_run(start, length, size)
        slot = hash_run(data, size, start, length) & slot_mask
        entry = slots[slot]
        while entry != 0:
            row_known = first[entry - 1]
            at = known_offsets[row_known]
            if known_offsets[row_known + 1] - at == length and is_same(
                data, size, start, known, known_size, at, length
            ):
                break
            slot = (slot + 1) & slot_mask
            entry = slots[slot]
        numbers[row] = NO_NUMBER if entry == 0 else entry - 1


def check_run(start: int, length: int, size: int) -> None:
    """IndexError for a run that is not within so many bytes."""
    if start < 0 or length < 0 or start + length > size:
        raise IndexError("run of bytes")


def hash_run(data: Bytes, size: int, start: int, length: int) -> int:
    """As MurmurHash64A, eight bytes at a time, but with one multiplication for each.

    A product has the good bits at its top, so these are folded down before the next one."""
    value = HASH_SEED ^ length
    at = 0
    while at < length:
        value = ((value ^ word_at(data, size, start + at, length - at)) * HASH_PRIME) & HASH_MASK
        value ^= value >> 47
        at += WORD_SIZE
    return (value * HASH_PRIME & HASH_MASK) >> 32


def is_same(
    data: Bytes, size: int, start: int, others: Bytes, others_size: int, other: int, length: int
) -> bool:
    """Whether two runs of this length are the same."""
    at = 0
    while at < length:
        word = word_at(data, size, start + at, length - at)
        if word != word_at(others, others_size, other + at, length - at):
            return False
        at += WORD_SIZE
    return True


def word_at(data: Bytes, size: int, at: int, left: int) -> int:
    """The next eight bytes of a run, or the `left` there are, above zeros; there is one at least.

    Bytes behind the run are read with it where the data go on, and shifted out."""
    count = left if left < WORD_SIZE else WORD_SIZE
    word = 0
    if at + WORD_SIZE > size:
        for i in range(count):
            byte = data[at + count - 1 - i]
            word = word << 8 | byte
    else:
        a, b, c, d = data[at], data[at + 1], data[at + 2], data[at + 3]
        e, f, g, h = data[at + 4], data[at + 5], data[at + 6], data[at + 7]
        word = h << 56 | g << 48 | f << 40 | e << 32 | d << 24 | c << 16 | b << 8 | a
    return (word << (64 - 8 * count)) & HASH_MASK


def rows_by_number(numbers: Any, has_number: bool, rows: Any) -> int:
    """Write the rows that have a number, or those that have none; gives their count."""
    count = 0
    for row in range(len(numbers)):
        if (numbers[row] != NO_NUMBER) == has_number:
            rows[count] = row
            count += 1
    return count


def first_rows(numbers: Any, first: Any) -> None:
    """Set the first row of every number; the numbers are in order of first appearance."""
    seen = 0
    for row in range(len(numbers)):
        if numbers[row] == seen:
            first[seen] = row
            seen += 1


def list_rows(numbers: Any, flags: Any, starts: Any, rows: Any) -> None:
    """List the rows of every number; `starts` is zero and has two entries more than numbers."""
    has_nulls = len(flags) > 0
    count = len(numbers)
    for row in range(count):
        if not has_nulls or flags[row]:
            starts[numbers[row] + 2] += 1
    for number in range(2, len(starts)):
        starts[number] += starts[number - 1]
    # From here starts[n + 1] is where the next row of n goes; in the end, where n + 1 starts.
    for row in range(count):
        if not has_nulls or flags[row]:
            at = starts[numbers[row] + 1]
            rows[at] = row
            starts[numbers[row] + 1] = at + 1


def count_pairs(numbers: Any, first: int, last: int, starts: Any, keep_unmatched: bool) -> int:
    """How many pairs `write_pairs` would write."""
    total = 0
    for row in range(first, last):
        partners = 0
        if numbers[row] != NO_NUMBER:
            partners = starts[numbers[row] + 1] - starts[numbers[row]]
        if partners == 0 and keep_unmatched:
            partners = 1
        total += partners
    return total


def write_pairs(
    numbers: Any,
    first: int,
    last: int,
    starts: Any,
    rows: Any,
    keep_unmatched: bool,
    left: Any,
    right: Any,
) -> None:
    """Write each left row from `first` to `last` beside each partner, if kept beside NO_ROW."""
    pair = 0
    for row in range(first, last):
        start = 0
        end = 0
        if numbers[row] != NO_NUMBER:
            start = starts[numbers[row]]
            end = starts[numbers[row] + 1]
        if start == end and keep_unmatched:
            left[pair] = row
            right[pair] = NO_ROW
            pair += 1
        for at in range(start, end):
            left[pair] = row
            right[pair] = rows[at]
            pair += 1


def mark_numbers(numbers: Any, marks: Any) -> None:
    """Set the mark of every number there is."""
    for row in range(len(numbers)):
        if numbers[row] != NO_NUMBER:
            marks[numbers[row]] = 1


def unmarked_rows(numbers: Any, marks: Any, rows: Any) -> int:
    """Write the rows whose number is not marked; gives their count."""
    count = 0
    for row in range(len(numbers)):
        if marks[numbers[row]] == 0:
            rows[count] = row
            count += 1
    return count
