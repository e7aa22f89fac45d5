"""Numbers the distinct values of a column, and finds rows by such a number: grouping and joining; a
kernel.

    values     "UA"  "AA"  "UA"  NULL  "AA"
    numbers      0     1     0     2     1         by first appearance; NULL is a value too
    first      row 0, row 1, row 3

The values go through a hash table with open addressing. `slots` has a power of two of entries, more
than there are rows: 0 is a free slot, n stands for the value with number n - 1, whose bytes are
those of its first row.

To join, the rows of the right side are listed by number: those with number n are
`rows[starts[n]:starts[n + 1]]`, ascending. Rows whose flag is 0 have no partner.

Types: data and flags are bytes, offsets and slots are int32, numbers, rows, starts and first are
uint32. `flags` has a byte a row, 0 for NULL; an empty `flags` means that no cell is NULL."""

from typing import Any

from wasidb_guest import vectors

HASH_SEED = 0x811C_9DC5
HASH_PRIME = 0x0100_0193
HASH_MASK = 0xFFFF_FFFF
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


def hash_bytes(data: Any, start: int, size: int) -> int:
    """FNV-1a over 32 bits, its high bits folded into the low ones."""
    value = HASH_SEED
    for at in range(start, start + size):
        value = ((value ^ data[at]) * HASH_PRIME) & HASH_MASK
    return value ^ value >> 15


def is_same(data: Any, start: int, size: int, offsets: Any, row: int) -> bool:
    """Whether these bytes are those of `row`."""
    other = offsets[row]
    if offsets[row + 1] - other != size:
        return False
    same = 0
    while same < size and data[start + same] == data[other + same]:
        same += 1
    return same == size


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


def count_pairs(numbers: Any, flags: Any, starts: Any, keep_unmatched: bool) -> int:
    """How many pairs `write_pairs` would write."""
    has_nulls = len(flags) > 0
    total = 0
    for row in range(len(numbers)):
        partners = 0
        if not has_nulls or flags[row]:
            partners = starts[numbers[row] + 1] - starts[numbers[row]]
        if partners == 0 and keep_unmatched:
            partners = 1
        total += partners
    return total


def write_pairs(
    numbers: Any, flags: Any, starts: Any, rows: Any, keep_unmatched: bool, left: Any, right: Any
) -> int:
    """Write each left row beside each partner, if kept beside NO_ROW; gives the count."""
    has_nulls = len(flags) > 0
    pair = 0
    for row in range(len(numbers)):
        start = 0
        end = 0
        if not has_nulls or flags[row]:
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
    return pair


def rows_by_partner(
    numbers: Any, flags: Any, others: Any, other_flags: Any, wanted: bool, seen: Any, rows: Any
) -> int:
    """Write the rows that equal some other one, or those that do not; gives their count.

    `seen` has a 0 a number."""
    has_nulls = len(flags) > 0
    others_have_nulls = len(other_flags) > 0
    for row in range(len(others)):
        if not others_have_nulls or other_flags[row]:
            seen[others[row]] = 1
    count = 0
    for row in range(len(numbers)):
        has_partner = (not has_nulls or flags[row] != 0) and seen[numbers[row]] != 0
        if has_partner == wanted:
            rows[count] = row
            count += 1
    return count
