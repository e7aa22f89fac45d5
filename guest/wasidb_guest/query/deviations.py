"""Variance and standard deviation of groups, as of samples: divided by one less than the count.

    cells        9007199254740993   9007199254740995   9007199254740997
    distances    0.0                2.0                4.0                  from the first one
    deviations   -2.0               0.0                2.0                  from the mean of these
    variance     8 / 2 = 4.0

Distances are taken exactly, in whole numbers, and only then become floats: so large numbers keep
what they differ in. Squares are summed in a second pass, over what is left when the mean is known;
what rounding has left of the deviations' own sum is taken off."""

from array import array
from collections.abc import Iterator
from itertools import repeat
from math import sqrt
from operator import sub, truediv
from typing import Any

from wasidb_guest.encoding.cell_vectors import EVERY_ROW, concat
from wasidb_guest.query import accumulators
from wasidb_guest.query.collected import Collected
from wasidb_guest.query.comparable import floats_of, keys_of, ordinals_of
from wasidb_guest.query.decimals import SCALE_MAX
from wasidb_guest.query.execution import Execution
from wasidb_guest.query.grouping import row_numbers
from wasidb_guest.query.groups import Chosen, Groups, result_vector
from wasidb_guest.values import FLOAT64, DataType
from wasidb_guest.vectors import Vector


class Variance(Collected):
    """The sample variance of each group, NULL of fewer than two cells."""

    def __init__(self, data_type: DataType, run: Execution) -> None:
        super().__init__(run)
        self._first = Chosen(data_type, "first")

    def fold(self, groups: Groups, vector: Vector) -> None:
        super().fold(groups, vector)
        self._first.fold(groups, vector)

    def result(self) -> Vector:
        return result_vector(FLOAT64, self.values())

    def values(self) -> list[float | None]:
        """The variances as numbers."""
        counts = self.counts.values.tolist()
        totals, sums, squares = (_no_sums(len(counts)) for _ in range(3))
        for groups, distances in self._distances():
            accumulators.sum_floats(distances, groups.numbers, EVERY_ROW, totals)
        means = memoryview(array("d", map(truediv, totals, map(max, counts, repeat(1)))))
        for groups, distances in self._distances():
            accumulators.sum_deviations(distances, means, groups.numbers, EVERY_ROW, sums, squares)
        return [
            # Rounding may bring the difference below 0, where nothing deviates; NaN stays NaN.
            None if count < 2 else max((square - sum * sum / count) / (count - 1), 0.0)
            for count, sum, square in zip(counts, sums, squares, strict=True)
        ]

    def _distances(self) -> Iterator[tuple[Groups, Any]]:
        """How far each cell is from the first one of its group, floats from 0; float64."""
        bases = self._first.result()
        for groups, vector in self.cells():
            yield groups, _distances(groups, vector, bases)

    @property
    def size(self) -> int:
        return super().size + self._first.size


class StandardDeviation(Variance):
    """The square root of the variance."""

    def values(self) -> list[float | None]:
        return [None if each is None else sqrt(each) for each in super().values()]


def _distances(groups: Groups, vector: Vector, bases: Vector) -> Any:
    if vector.type.is_float:
        return memoryview(floats_of(vector))
    if vector.type.is_integer:
        # The bases stand in front of the cells, where the kernel can refer to them by row.
        own = row_numbers(range(bases.count))
        numbers = memoryview(own.tobytes() + groups.numbers.tobytes()).cast("I")
        distances = _no_sums(len(numbers))
        cells = ordinals_of(concat([bases, vector]))
        accumulators.measure_distances(cells, numbers, own, distances)
        return distances[bases.count :]
    origins = keys_of(Vector(bases.type, bases.count, bases.data))
    differences = map(sub, keys_of(vector), map(origins.__getitem__, groups.numbers))
    return memoryview(array("d", map(truediv, differences, repeat(10**SCALE_MAX))))


def _no_sums(count: int) -> Any:
    return memoryview(bytearray(8 * count)).cast("d")
