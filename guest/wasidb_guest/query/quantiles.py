"""Quantiles of groups: what stands at a fraction of the way from the least to the greatest value.

    cells 10 20 40      quantile 0.5  20       quantile 0.75  30, halfway between two cells

Between two cells the way is a straight line (SQL's PERCENTILE_CONT). Integers and decimals are
computed exactly and rounded once, as averages are; floats in float64, with NaN as the greatest."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wasidb_guest.encoding.cell_vectors import take, vector_to_cells, with_nulls
from wasidb_guest.query.comparable import floats_of
from wasidb_guest.query.decimals import quotient_text
from wasidb_guest.query.groups import Groups, SortedRows, result_vector, row_numbers
from wasidb_guest.values import DECIMAL, FLOAT64
from wasidb_guest.vectors import NO_ROW, Vector

MEDIAN = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Place:
    """A place between two rows: `part` of `whole` steps from the lower to the upper one."""

    lower: int
    upper: int
    part: int
    whole: int


NOWHERE = Place(NO_ROW, NO_ROW, 0, 1)


def quantile(groups: Groups, vector: Vector, fraction: Decimal) -> Vector:
    """The quantile of each group, NULL of none but NULLs."""
    places = list(_places(groups.sorted_rows(vector), fraction))
    lower = _cells(vector, [place.lower for place in places])
    upper = _cells(vector, [place.upper for place in places])
    between = _float_between if vector.type.is_float else _text_between
    cells = [
        None if low is None else between(low, high, place)
        for low, high, place in zip(lower, upper, places, strict=True)
    ]
    return result_vector(FLOAT64 if vector.type.is_float else DECIMAL, cells)


def _places(order: SortedRows, fraction: Decimal) -> Iterator[Place]:
    numerator, whole = fraction.as_integer_ratio()
    for start, end in order.groups():
        if start == end:
            yield NOWHERE
            continue
        steps, part = divmod(numerator * (end - start - 1), whole)
        lower = start + steps
        upper = lower + 1 if part else lower
        yield Place(order.rows[lower], order.rows[upper], part, whole)


def _cells(vector: Vector, rows: list[int]) -> list[Any]:
    """The cells of some rows, float32 without rounding them to their shortest text."""
    taken = take(vector, row_numbers(rows))
    if not taken.type.is_float:
        return vector_to_cells(taken)
    return with_nulls(taken, list(floats_of(taken)))


def _float_between(low: float, high: float, place: Place) -> float:
    # Infinite cells have no distance; where both are the same there is no way to go.
    return low if low == high else low + (high - low) * (place.part / place.whole)


def _text_between(low: int | str, high: int | str, place: Place) -> str:
    """The decimal between two integers or decimals."""
    (low_mantissa, low_scale), (high_mantissa, high_scale) = _parts(low), _parts(high)
    scale = max(low_scale, high_scale)
    weighted = low_mantissa * 10 ** (scale - low_scale) * (place.whole - place.part)
    weighted += high_mantissa * 10 ** (scale - high_scale) * place.part
    return quotient_text(weighted, scale, place.whole)


def _parts(cell: int | str) -> tuple[int, int]:
    """Mantissa and scale."""
    whole, _, digits = str(cell).partition(".")
    return int(whole + digits), len(digits)
