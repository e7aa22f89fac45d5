"""Running counts, sums, deviations and extremes of many groups side by side; a kernel.

`groups` says for each row which group it is in. Sums of integers stay exact in two halves: each
value is split into its low 32 bits and the rest, and as there are fewer than 2^31 rows neither half
can overflow 64 bits:

    sum = high << 32 + low          -1 is high -1, low 0xFFFFFFFF

Decimals are summed by the three 32-bit limbs of their mantissa, which must have the same scale
within a group.

Types: values are int64 or uint64, where floats are summed float64, as are means, distances and
squares; decimals are bytes in the form of a record, groups and bases are uint32, flags are bytes,
counts and the halves of sums are int64, extremes are int32. `flags` has a byte a row, 0 for NULL;
NULLs are passed over. An empty `flags` means that no cell is NULL."""

from typing import Any

from wasidb_guest import vectors

NO_ROW = vectors.NO_ROW
LOW_BITS = 0xFFFF_FFFF
DECIMAL_SIZE = 16


def count_rows(groups: Any, flags: Any, counts: Any) -> None:
    """Add to each group's count."""
    has_nulls = len(flags) > 0
    for row in range(len(groups)):
        if not has_nulls or flags[row]:
            counts[groups[row]] += 1


def add_counts(counts: Any, totals: Any) -> None:
    """Add counts to others, group by group."""
    for group in range(len(counts)):
        totals[group] += counts[group]


def sum_integers(values: Any, groups: Any, flags: Any, low: Any, high: Any) -> None:
    """Add to each group's sum."""
    has_nulls = len(flags) > 0
    for row in range(len(groups)):
        if not has_nulls or flags[row]:
            value = values[row]
            group = groups[row]
            low[group] += value & LOW_BITS
            high[group] += value >> 32


def sum_floats(values: Any, groups: Any, flags: Any, totals: Any) -> None:
    """Add to each group's sum, in row order."""
    has_nulls = len(flags) > 0
    for row in range(len(groups)):
        if not has_nulls or flags[row]:
            totals[groups[row]] += values[row]


def measure_distances(values: Any, groups: Any, bases: Any, distances: Any) -> None:
    """Set how far each value is from that of its group's base, a row; exact until it is a float."""
    for row in range(len(groups)):
        base = bases[groups[row]]
        if base == NO_ROW:
            continue
        if values[row] < values[base]:
            greater, smaller = values[base], values[row]
            distance = greater - smaller
            distances[row] = -distance
        else:
            greater, smaller = values[row], values[base]
            distance = greater - smaller
            distances[row] = distance


def sum_deviations(
    values: Any, means: Any, groups: Any, flags: Any, totals: Any, squares: Any
) -> None:
    """Add to each group's sums of what the values deviate from its mean, and of that squared."""
    has_nulls = len(flags) > 0
    for row in range(len(groups)):
        if not has_nulls or flags[row]:
            group = groups[row]
            deviation = values[row] - means[group]
            totals[group] += deviation
            squares[group] += deviation * deviation


def sum_decimals(data: Any, groups: Any, flags: Any, low: Any, middle: Any, high: Any) -> None:
    """Add to each group's sum of signed mantissas."""
    has_nulls = len(flags) > 0
    for row in range(len(groups)):
        if not has_nulls or flags[row]:
            at = DECIMAL_SIZE * row
            sign = -1 if data[at + 3] & 0x80 else 1
            group = groups[row]
            low[group] += sign * limb(data, at + 4)
            middle[group] += sign * limb(data, at + 8)
            high[group] += sign * limb(data, at + 12)


def limb(data: Any, at: int) -> int:
    """Read a little-endian u32."""
    value: int = data[at + 3]
    for i in range(at + 2, at - 1, -1):
        value = value << 8 | data[i]
    return value


def extreme_rows(values: Any, groups: Any, flags: Any, is_greatest: bool, extremes: Any) -> None:
    """Set the first row with each group's extreme value in `extremes`, which holds -1 for none."""
    has_nulls = len(flags) > 0
    for row in range(len(groups)):
        if not has_nulls or flags[row]:
            group = groups[row]
            best = extremes[group]
            if best < 0:
                extremes[group] = row
            elif is_greatest:
                if values[row] > values[best]:
                    extremes[group] = row
            elif values[row] < values[best]:
                extremes[group] = row
