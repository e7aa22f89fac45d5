"""Variance and standard deviation of groups, as of samples: divided by one less than the count.

    cells        9007199254740993   9007199254740995   9007199254740997
    distances    0.0                2.0                4.0                  from the first one
    deviations   -2.0               0.0                2.0                  from the mean of these
    variance     8 / 2 = 4.0

Distances are taken exactly, in whole numbers, and only then become floats: so large numbers keep
what they differ in. Squares are summed in a second pass, over what is left when the mean is known;
what rounding has left of the deviations' own sum is taken off."""

from array import array
from itertools import repeat
from math import sqrt
from operator import sub, truediv
from typing import Any

from wasidb_guest.query import accumulators
from wasidb_guest.query.comparable import floats_of, keys_of, ordinals_of
from wasidb_guest.query.decimals import SCALE_MAX
from wasidb_guest.query.grouping import flags_of
from wasidb_guest.query.groups import Groups, result_vector
from wasidb_guest.values import FLOAT64
from wasidb_guest.vectors import NO_ROW, Vector


def variance(groups: Groups, vector: Vector) -> Vector:
    """The sample variance of each group, NULL of fewer than two cells."""
    return result_vector(FLOAT64, _variances(groups, vector))


def standard_deviation(groups: Groups, vector: Vector) -> Vector:
    """The square root of the variance."""
    variances = _variances(groups, vector)
    return result_vector(FLOAT64, [None if each is None else sqrt(each) for each in variances])


def _variances(groups: Groups, vector: Vector) -> list[float | None]:
    flags = flags_of(vector)
    counts = groups.row_counts(flags).tolist()
    distances = _distances(groups, vector)
    totals, sums, squares = (groups.zeros().cast("B").cast("d") for _ in range(3))
    accumulators.sum_floats(distances, groups.numbers, flags, totals)
    means = memoryview(array("d", map(truediv, totals, map(max, counts, repeat(1)))))
    accumulators.sum_deviations(distances, means, groups.numbers, flags, sums, squares)
    return [
        # Rounding may bring the difference below 0, where nothing deviates; NaN stays NaN.
        None if count < 2 else max((square - sum * sum / count) / (count - 1), 0.0)
        for count, sum, square in zip(counts, sums, squares, strict=True)
    ]


def _distances(groups: Groups, vector: Vector) -> Any:
    """How far each cell is from the first one of its group, floats from 0; float64.

    What stands at the place of a NULL has no meaning."""
    if vector.type.is_float:
        return memoryview(floats_of(vector))
    bases = groups.end_rows(vector, is_last=False)
    if vector.type.is_integer:
        distances = memoryview(bytearray(8 * vector.count)).cast("d")
        accumulators.measure_distances(ordinals_of(vector), groups.numbers, bases, distances)
        return distances
    keys = keys_of(Vector(vector.type, vector.count, vector.data))
    origins = [0 if row == NO_ROW else keys[row] for row in bases]
    differences = map(sub, keys, map(origins.__getitem__, groups.numbers))
    return memoryview(array("d", map(truediv, differences, repeat(10**SCALE_MAX))))
