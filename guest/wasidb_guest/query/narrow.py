"""Numbers integers that lie close together: each has a place in a table, so nothing is hashed; a
kernel.

    values     1013  1010  1013  NULL  1012         low 1010
    numbers       0     1     0     2     3         by first appearance; NULL is a value too
    places     2  0  4  1                           of 1010 to 1013: number + 1, 0 for none

Types: values are int64 or uint64, and so is `low`; flags are bytes, places int32, numbers, rows and
first uint32, pairs int64. `flags` has a byte a row, 0 for NULL; an empty `flags` means that no cell
is NULL."""

from typing import Any

from wasidb_guest import vectors

NO_NUMBER = 0xFFFF_FFFF
NO_ROW = vectors.NO_ROW


def find_ends(values: Any, ends: Any) -> None:
    """Set the least and the greatest of one or more values; NULL counts as what stands there."""
    low = high = values[0]
    for row in range(1, len(values)):
        value = values[row]
        if value < low:
            low = value
        elif value > high:
            high = value
    ends[0] = low
    ends[1] = high


def number_narrow(values: Any, flags: Any, low: int, places: Any, first: Any, numbers: Any) -> int:
    """Set the number of every row and the first row of every number; gives the count of numbers.

    All values have a place."""
    count = 0
    null_number = NO_NUMBER
    has_nulls = len(flags) > 0
    for row in range(len(numbers)):
        if has_nulls and flags[row] == 0:
            if null_number == NO_NUMBER:
                null_number = count
                first[count] = row
                count += 1
            numbers[row] = null_number
            continue
        place = values[row] - low
        entry = places[place]
        if entry == 0:
            first[count] = row
            count += 1
            entry = count
            places[place] = entry
        numbers[row] = entry - 1
    return count


def number_picked(
    known: Any, rows: Any, null_number: int, places: Any, first: Any, numbers: Any
) -> int:
    """The same for rows of a column whose numbers are `known`, `null_number` for NO_ROW.

    All of these have a place; what is found in them is zero, and so is what is left there."""
    count = 0
    for i in range(len(numbers)):
        row = rows[i]
        place = null_number if row == NO_ROW else known[row]
        entry = places[place]
        if entry == 0:
            first[count] = i
            count += 1
            entry = count
            places[place] = entry
        numbers[i] = entry - 1
    for i in range(count):
        row = rows[first[i]]
        places[null_number if row == NO_ROW else known[row]] = 0
    return count


def find_narrow(
    values: Any, flags: Any, low: int, places: Any, null_number: int, numbers: Any
) -> None:
    """Set the number that each row has among known values, NO_NUMBER for others.

    `low` and `places` are those of `number_narrow` for the known values, `null_number` is what NULL
    has."""
    has_nulls = len(flags) > 0
    place_count = len(places)
    for row in range(len(numbers)):
        if has_nulls and flags[row] == 0:
            numbers[row] = null_number
            continue
        # What wraps around is beyond every place, too.
        distance = values[row] - low
        entry = 0
        if distance >= 0 and distance < place_count:
            entry = places[distance]
        numbers[row] = NO_NUMBER if entry == 0 else entry - 1


def pair_numbers(left: Any, right: Any, right_count: int, pairs: Any) -> None:
    """Make one integer of two numbers, the second of which is below `right_count`; -1 if one of
    them is NO_NUMBER."""
    for row in range(len(pairs)):
        if left[row] == NO_NUMBER or right[row] == NO_NUMBER:
            pairs[row] = -1
        else:
            pairs[row] = left[row] * right_count + right[row]
