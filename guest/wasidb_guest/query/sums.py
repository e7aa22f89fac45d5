"""Sums and means of groups, exact wherever the type is.

Integers and decimals are summed as whole numbers of any size and give decimals: nothing wraps, and
what no decimal can hold is refused. Floats are added in the order of the rows. The loops over rows
are kernels; only what is done once a group (or once a group and scale, for decimals) is done in
Python."""

from array import array
from collections.abc import Iterable
from itertools import repeat
from operator import add, getitem, mul, truediv
from typing import Any

from wasidb_guest.encoding.cell_vectors import vector_to_cells
from wasidb_guest.query import accumulators
from wasidb_guest.query.comparable import floats_of, ordinals_of
from wasidb_guest.query.decimals import SCALE_MAX, decimal_text, quotient_text
from wasidb_guest.query.grouping import flags_of, number_pairs
from wasidb_guest.query.groups import Groups, result_vector
from wasidb_guest.values import DECIMAL, FLOAT64
from wasidb_guest.vectors import Vector

SCALE_BITS = bytes(byte & 31 for byte in range(256))
SCALE_AT, DECIMAL_SIZE = 2, 16
LIMB_BITS = 32


def total(groups: Groups, vector: Vector) -> Vector:
    """The sum of each group; LimitExceeded if one does not fit a decimal."""
    counts = groups.row_counts(flags_of(vector))
    if vector.type.is_float:
        return result_vector(FLOAT64, _where(counts, _float_sums(groups, vector)))
    texts = map(decimal_text, *_exact_sums(groups, vector))
    return result_vector(DECIMAL, _where(counts, texts))


def average(groups: Groups, vector: Vector) -> Vector:
    """The mean of each group."""
    counts = groups.row_counts(flags_of(vector))
    divisors = list(map(max, counts, repeat(1)))
    if vector.type.is_float:
        means: Iterable[Any] = map(truediv, _float_sums(groups, vector), divisors)
        return result_vector(FLOAT64, _where(counts, means))
    texts = map(quotient_text, *_exact_sums(groups, vector), divisors)
    return result_vector(DECIMAL, _where(counts, texts))


def _exact_sums(groups: Groups, vector: Vector) -> tuple[list[int], list[int]]:
    """Mantissa and scale of each group's sum; 0 for a group without values."""
    if vector.type.name == "decimal":
        return _decimal_sums(groups, vector)
    low, high = groups.zeros(), groups.zeros()
    accumulators.sum_integers(ordinals_of(vector), groups.numbers, flags_of(vector), low, high)
    return _joined_limbs(low, high), [0] * groups.count


def _decimal_sums(groups: Groups, vector: Vector) -> tuple[list[int], list[int]]:
    """Sum by group and scale, then bring each group's sums to its largest scale."""
    data = bytes(vector.data)
    scales = data[SCALE_AT::DECIMAL_SIZE].translate(SCALE_BITS)
    if max(scales, default=0) > SCALE_MAX:
        return _decimal_sums(groups, _reread(vector))
    by_scale = number_pairs(groups.numbers, memoryview(array("I", list(scales))))
    parts = Groups(by_scale)
    low, middle, high = parts.zeros(), parts.zeros(), parts.zeros()
    accumulators.sum_decimals(data, by_scale.numbers, flags_of(vector), low, middle, high)
    mantissas = _joined_limbs(low, middle, high)
    sums, largest = [0] * groups.count, [0] * groups.count
    for row, mantissa in zip(by_scale.first, mantissas, strict=True):
        group, scale = groups.numbers[row], scales[row]
        sums[group] += mantissa * 10 ** (SCALE_MAX - scale)
        largest[group] = max(largest[group], scale)
    return [
        scaled // 10 ** (SCALE_MAX - scale) for scaled, scale in zip(sums, largest, strict=True)
    ], largest


def _float_sums(groups: Groups, vector: Vector) -> Any:
    sums = groups.zeros().cast("B").cast("d")
    accumulators.sum_floats(floats_of(vector), groups.numbers, flags_of(vector), sums)
    return sums


def _joined_limbs(*limbs: memoryview) -> list[int]:
    """Whole numbers from 32-bit limbs, the lowest first; each limb is itself a signed sum."""
    totals = limbs[-1].tolist()
    for limb in reversed(limbs[:-1]):
        totals = list(map(add, limb, map(mul, totals, repeat(1 << LIMB_BITS))))
    return totals


def _reread(vector: Vector) -> Vector:
    """Decimals with no scale beyond the largest: cells are rounded to it when they are read."""
    return result_vector(vector.type, vector_to_cells(vector))


def _where(counts: memoryview, values: Iterable[Any]) -> list[Any]:
    """The value of each group, None for those without rows."""
    return list(map(getitem, zip(repeat(None), values), map(bool, counts)))
