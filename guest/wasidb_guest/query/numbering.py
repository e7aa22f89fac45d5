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

Types: data, flags and marks are bytes, offsets and slots are int32, numbers, rows, starts and first
are uint32. `flags` has a byte a row, 0 for NULL; an empty `flags` means that no cell is NULL."""

from typing import Any

from wasidb_guest import vectors

HASH_SEED = 0x811C_9DC5
HASH_PRIME = 0x9E37_79B9_7F4A_7C15
HASH_MASK = 0xFFFF_FFFF_FFFF_FFFF
NO_ROW = vectors.NO_ROW
NO_NUMBER = 0xFFFF_FFFF


def number_distinct(
    data: Any, offsets: Any, flags: Any, slots: Any, first: Any, numbers: Any
) -> int:
    """Set the number of every row and the first row of every number; gives the count of numbers."""
    count = 0
    null_number = NO_NUMBER
    slot_mask = len(slots) - 1
    has_nulls = len(flags) > 0
    for row in range(len(numbers)):
        if has_nulls and flags[row] == 0:
            if null_number == NO_NUMBER:
                null_number = count
                first[count] = row
                count += 1
            numbers[row] = null_number
            continue
        start = offsets[row]
        size = offsets[row + 1] - start
        slot = hash_bytes(data, start, size) & slot_mask
        while slots[slot] != 0 and not is_same(data, start, size, offsets, first[slots[slot] - 1]):
            slot = (slot + 1) & slot_mask
        if slots[slot] == 0:
            first[count] = row
            count += 1
            slots[slot] = count
        numbers[row] = slots[slot] - 1
    return count


def find_numbers(
    data: Any,
    offsets: Any,
    flags: Any,
    slots: Any,
    known: Any,
    known_offsets: Any,
    first: Any,
    null_number: int,
    numbers: Any,
) -> None:
    """Set the number that each row has among known values, NO_NUMBER for others.

    `slots` and `first` are those of `number_distinct` for the known values, `null_number` is what
    NULL has."""
    slot_mask = len(slots) - 1
    has_nulls = len(flags) > 0
    for row in range(len(numbers)):
        if has_nulls and flags[row] == 0:
            numbers[row] = null_number
            continue
        numbers[row] = NO_NUMBER
        start = offsets[row]
        size = offsets[row + 1] - start
        slot = hash_bytes(data, start, size) & slot_mask
        while slots[slot] != 0:
            if equal_bytes(data, start, size, known, known_offsets, first[slots[slot] - 1]):
                numbers[row] = slots[slot] - 1
                break
            slot = (slot + 1) & slot_mask


def hash_bytes(data: Any, start: int, size: int) -> int:
    """As MurmurHash64A, eight bytes at a time, but with one multiplication for each.

    A product has the good bits at its top, so these are folded down before the next one."""
    value = HASH_SEED ^ size
    at = start
    end = start + size
    while at + 8 <= end:
        word = data[at + 7] << 8 | data[at + 6]
        word = word << 16 | data[at + 5] << 8 | data[at + 4]
        word = word << 16 | data[at + 3] << 8 | data[at + 2]
        word = word << 16 | data[at + 1] << 8 | data[at]
        value = ((value ^ word) * HASH_PRIME) & HASH_MASK
        value ^= value >> 47
        at += 8
    if at < end:
        word = 0
        while at < end:
            word = word << 8 | data[at]
            at += 1
        value = ((value ^ word) * HASH_PRIME) & HASH_MASK
        value ^= value >> 47
    return (value * HASH_PRIME & HASH_MASK) >> 32


def is_same(data: Any, start: int, size: int, offsets: Any, row: int) -> bool:
    """Whether these bytes are those of `row`."""
    return equal_bytes(data, start, size, data, offsets, row)


def equal_bytes(data: Any, start: int, size: int, others: Any, offsets: Any, row: int) -> bool:
    """Whether these bytes are those of `row` among others."""
    other = offsets[row]
    if offsets[row + 1] - other != size:
        return False
    same = 0
    while same < size and data[start + same] == others[other + same]:
        same += 1
    return same == size


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
