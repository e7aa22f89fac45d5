"""Quantiles of groups: what stands at a fraction of the way from the least to the greatest value.

    cells 10 20 40      quantile 0.5  20       quantile 0.75  30, halfway between two cells

Between two cells the way is a straight line (SQL's PERCENTILE_CONT). Integers and decimals are
computed exactly and rounded once, as averages are; floats in float64, with NaN as the greatest."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import repeat
from operator import sub
from typing import Any

from wasidb_guest.encoding.cell_vectors import concat, take, vector_to_cells
from wasidb_guest.query.collected import CELL, GROUP, Collected
from wasidb_guest.query.comparable import floats_of
from wasidb_guest.query.decimals import quotient_text
from wasidb_guest.query.execution import Execution
from wasidb_guest.query.external_sort import sort
from wasidb_guest.query.grouping import row_numbers
from wasidb_guest.query.groups import result_vector
from wasidb_guest.query.sorting import SortKey
from wasidb_guest.values import DECIMAL, FLOAT64
from wasidb_guest.vectors import Batch, Vector

MEDIAN = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Place:
    """A place between two rows: `part` of `whole` steps from the lower to the upper one."""

    lower: int
    upper: int
    part: int
    whole: int


class Quantile(Collected):
    """The quantile of each group, NULL of none but NULLs."""

    def __init__(self, fraction: Decimal, run: Execution) -> None:
        super().__init__(run)
        self._fraction = fraction

    def result(self) -> Vector:
        counts = self.counts.values.tolist()
        places = list(_places(counts, self._fraction))
        # A place is never before that of the group before, nor is its lower row behind its upper.
        rows = [row for place in places for row in (place.lower, place.upper)]
        found = _rows_at(rows, self._in_order(len(counts)))
        cells = _exact_cells(found)
        between = _float_between if found.type.is_float else _text_between
        values = map(between, cells[0::2], cells[1::2], places)
        results = [next(values) if count else None for count in counts]
        return result_vector(FLOAT64 if found.type.is_float else DECIMAL, results)

    def _in_order(self, group_count: int) -> Iterator[Batch]:
        """The cells of one group after the other, each by value."""
        positions = (CELL,) if group_count == 1 else (GROUP, CELL)
        keys = [SortKey(each, is_descending=False, nulls_first=True) for each in positions]
        return sort(self.batches(), keys, self.run)


def _places(counts: Iterable[int], fraction: Decimal) -> Iterator[Place]:
    """The places among all cells, of groups that have any."""
    numerator, whole = fraction.as_integer_ratio()
    start = 0
    for count in filter(None, counts):
        steps, part = divmod(numerator * (count - 1), whole)
        lower = start + steps
        yield Place(lower, lower + 1 if part else lower, part, whole)
        start += count


def _rows_at(rows: Sequence[int], batches: Iterable[Batch]) -> Vector:
    """The cells at some rows, ascending, of all rows in order."""
    pieces = []
    taken = first = 0
    for batch in batches:
        end = bisect_left(rows, first + batch.count, lo=taken)
        in_batch = row_numbers(map(sub, rows[taken:end], repeat(first)))
        pieces.append(take(batch.vectors[CELL], in_batch))
        taken, first = end, first + batch.count
    return concat(pieces)


def _exact_cells(vector: Vector) -> list[Any]:
    """The cells, float32 without rounding them to their shortest text."""
    return list(floats_of(vector)) if vector.type.is_float else vector_to_cells(vector)


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
