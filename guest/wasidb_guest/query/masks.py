"""Three-valued truth of a column of rows, one byte a row; a kernel.

    0  false        age        NULL   17   40
    1  true         age > 18     2     0    1
    2  unknown      mask        02 00 01

A comparison is three outcomes: what to write where the cell is less than the constant, equal to it,
greater than it. `age > 18` is (0, 0, 1), `age <> 18` is (1, 0, 1). That also serves constants the
column cannot hold: `age > 18.5` takes 18 for its constant and (0, 0, 1), `age < 18.5` takes 18 and
(1, 1, 0).

Comparisons look at every cell, also at the zeros that stand for NULL; `mark` then puts what NULL
means over them.

Types: values are integers of any width, the constant is one of them; data, flags and masks are
bytes, offsets are int32, rows are uint32, addresses are uint64."""

from typing import Any

from wasidb_guest.vectors import Bytes

FALSE, TRUE, UNKNOWN = 0, 1, 2


def compare_ordinals(
    values: Any, constant: int, less: int, equal: int, greater: int, mask: Any
) -> None:
    """Compare every integer with a constant its type can hold."""
    size = len(mask)
    if len(values) < size:  # said once, it need not be asked for every row
        raise IndexError("values")
    # Most ask one question of every cell: whether it is the constant, or below it, or not above.
    if less == greater:
        for row in range(size):
            mask[row] = equal if values[row] == constant else less
    elif equal == greater:
        for row in range(size):
            mask[row] = less if values[row] < constant else greater
    elif equal == less:
        for row in range(size):
            mask[row] = greater if values[row] > constant else less
    else:
        for row in range(size):
            value = values[row]
            mask[row] = less if value < constant else greater if value > constant else equal


def compare_spans(
    data: Any, offsets: Any, constant: Any, less: int, equal: int, greater: int, mask: Any
) -> None:
    """Compare every run of bytes with a constant: unsigned, bytewise, a proper prefix is less."""
    constant_size = len(constant)
    for row in range(len(mask)):
        start = offsets[row]
        size = offsets[row + 1] - start
        shorter = size if size < constant_size else constant_size
        same = 0
        while same < shorter and data[start + same] == constant[same]:
            same += 1
        if same < shorter:
            mask[row] = less if data[start + same] < constant[same] else greater
        elif size == constant_size:
            mask[row] = equal
        else:
            mask[row] = less if size < constant_size else greater


def mark(flags: Any, outcome: int, mask: Any) -> None:
    """Write `outcome` into the rows whose flag is 0."""
    for row in range(len(mask)):
        if flags[row] == 0:
            mask[row] = outcome


def spread(results: Any, flags: Any, mask: Any) -> None:
    """Write results into the rows whose flag is 1; there is one for each of these."""
    taken = 0
    for row in range(len(mask)):
        if flags[row]:
            mask[row] = results[taken]
            taken += 1


def conjunction(mask: Any, other: Any) -> None:
    """`mask` and `other`, into `mask`: false if either is, else unknown if either is."""
    for row in range(len(mask)):
        either = mask[row] | other[row]
        mask[row] = (mask[row] != 0) * (other[row] != 0) * (1 + (either >> 1))


def disjunction(mask: Any, other: Any) -> None:
    """`mask` or `other`, into `mask`: true if either is, else unknown if either is."""
    for row in range(len(mask)):
        either = mask[row] | other[row]
        mask[row] = either >> (either == 3)


def true_rows(mask: Bytes, size: int, rows: Any) -> int:
    """Write the numbers of the true rows, ascending, into `rows`; gives how many there are.

    `size` is that of the mask."""
    count = 0
    for start in range(0, size, 8):
        end = start + 8
        if end > size:
            end = size
        elif is_false(mask, start):
            continue
        # Written for every row and kept for some: which ones, a processor could only guess.
        for row in range(start, end):
            rows[count] = row
            count += mask[row] == 1
    return count


def is_false(mask: Bytes, row: int) -> bool:
    """Whether eight rows are, which a compiler reads at once."""
    a, b, c, d = mask[row], mask[row + 1], mask[row + 2], mask[row + 3]
    e, f, g, h = mask[row + 4], mask[row + 5], mask[row + 6], mask[row + 7]
    word = h << 56 | g << 48 | f << 40 | e << 32 | d << 24 | c << 16 | b << 8 | a
    return word == 0


def keep_true(outcomes: Any, rows: Any) -> int:
    """Keep those of `rows` whose outcome is true, there being one for each of them; gives how many
    there are."""
    count = 0
    for i in range(len(rows)):
        rows[count] = rows[i]
        count += outcomes[i] == 1
    return count


def keep_marked(mask: Any, rows: Any) -> int:
    """Keep those of `rows` that are true in the mask of all rows; gives how many there are."""
    count = 0
    for i in range(len(rows)):
        rows[count] = rows[i]
        count += mask[rows[i]] == 1
    return count


def take_addresses(addresses: Any, rows: Any, taken: Any) -> None:
    """Copy the addresses of these rows."""
    for i in range(len(rows)):
        taken[i] = addresses[rows[i]]
