"""Sums and means of groups, exact wherever the type is.

Integers and decimals are summed as whole numbers of any size and give decimals: nothing wraps, and
what no decimal can hold is refused. Floats are added in the order of the rows. The loops over rows
are kernels; only what is done once a group (or once a group and scale, for decimals) is done in
Python."""

from array import array
from collections.abc import Iterable, Sequence
from itertools import repeat
from operator import add, getitem, mul, truediv
from typing import Any, Protocol

from wasidb_guest.encoding.cell_vectors import vector_to_cells
from wasidb_guest.query import accumulators
from wasidb_guest.query.comparable import floats_of, ordinals_of
from wasidb_guest.query.decimals import SCALE_MAX, decimal_text, quotient_text
from wasidb_guest.query.grouping import number_column, pairs_of
from wasidb_guest.query.groups import Counts, Groups, grown, no_states, result_vector
from wasidb_guest.query.value_numbers import flags_of
from wasidb_guest.values import DECIMAL, FLOAT64, DataType
from wasidb_guest.vectors import Vector

SCALE_BITS = bytes(byte & 31 for byte in range(256))
SCALE_AT, DECIMAL_SIZE = 2, 16
LIMB_BITS = 32
BIG_INTEGER_SIZE = 48


class Total:
    """The sum of each group; LimitExceeded if one does not fit a decimal."""

    def __init__(self, data_type: DataType) -> None:
        self._counts = Counts()
        self._sums = _sums_of(data_type)

    def fold(self, groups: Groups, vector: Vector) -> None:
        self._counts.fold(groups, vector)
        self._sums.fold(groups, vector)

    def result(self) -> Vector:
        return self._where_any(self._sums.totals())

    def _where_any(self, values: Iterable[Any]) -> Vector:
        """These values, NULL for groups without cells."""
        has_cells = map(bool, self._counts.values)
        cells = list(map(getitem, zip(repeat(None), values), has_cells))
        return result_vector(self._sums.type, cells)

    @property
    def size(self) -> int:
        return self._counts.size + self._sums.size


class Average(Total):
    """The mean of each group."""

    def result(self) -> Vector:
        divisors = list(map(max, self._counts.values, repeat(1)))
        return self._where_any(self._sums.means(divisors))


class Sums(Protocol):
    """The sums of groups, of one kind of numbers; `type` is that of the results."""

    type: DataType

    def fold(self, groups: Groups, vector: Vector) -> None: ...

    def totals(self) -> Iterable[Any]:
        """The sum of each group as a cell."""

    def means(self, divisors: Sequence[int]) -> Iterable[Any]:
        """The sum of each group, divided, as a cell."""

    @property
    def size(self) -> int: ...


def _sums_of(data_type: DataType) -> Sums:
    if data_type.is_float:
        return FloatSums()
    return DecimalSums() if data_type.name == "decimal" else IntegerSums()


class FloatSums:
    """Sums of floats."""

    type = FLOAT64

    def __init__(self) -> None:
        self._sums = memoryview(bytearray()).cast("d")

    def fold(self, groups: Groups, vector: Vector) -> None:
        self._sums = grown(self._sums, groups.count)
        accumulators.sum_floats(floats_of(vector), groups.numbers, flags_of(vector), self._sums)

    def totals(self) -> Iterable[Any]:
        return self._sums.tolist()

    def means(self, divisors: Sequence[int]) -> Iterable[Any]:
        return map(truediv, self._sums, divisors)

    @property
    def size(self) -> int:
        return self._sums.nbytes


class IntegerSums:
    """Sums of integers, in two halves."""

    type = DECIMAL

    def __init__(self) -> None:
        self._low = self._high = no_states()

    def fold(self, groups: Groups, vector: Vector) -> None:
        self._low, self._high = grown(self._low, groups.count), grown(self._high, groups.count)
        values, flags = ordinals_of(vector), flags_of(vector)
        accumulators.sum_integers(values, groups.numbers, flags, self._low, self._high)

    def totals(self) -> Iterable[Any]:
        return map(decimal_text, _joined_limbs(self._low, self._high), repeat(0))

    def means(self, divisors: Sequence[int]) -> Iterable[Any]:
        return map(quotient_text, _joined_limbs(self._low, self._high), repeat(0), divisors)

    @property
    def size(self) -> int:
        return 2 * self._low.nbytes


class DecimalSums:
    """Sums of decimals, in units of the smallest scale; each has the largest scale of its cells."""

    type = DECIMAL

    def __init__(self) -> None:
        self._sums: list[int] = []
        self._scales: list[int] = []

    def fold(self, groups: Groups, vector: Vector) -> None:
        """Sum by group and scale, then add to each group's sum."""
        data = bytes(vector.data)
        scales = data[SCALE_AT::DECIMAL_SIZE].translate(SCALE_BITS)
        if max(scales, default=0) > SCALE_MAX:
            self.fold(groups, _reread(vector))
            return
        pairs = pairs_of(groups.numbers, memoryview(array("I", list(scales))), SCALE_MAX + 1)
        by_scale = number_column(pairs)
        parts = by_scale.count
        low, middle, high = (grown(no_states(), parts) for _ in range(3))
        accumulators.sum_decimals(data, by_scale.numbers, flags_of(vector), low, middle, high)
        self._sums += repeat(0, groups.count - len(self._sums))
        self._scales += repeat(0, groups.count - len(self._scales))
        for row, mantissa in zip(by_scale.first, _joined_limbs(low, middle, high), strict=True):
            group, scale = groups.numbers[row], scales[row]
            self._sums[group] += mantissa * 10 ** (SCALE_MAX - scale)
            self._scales[group] = max(self._scales[group], scale)

    def totals(self) -> Iterable[Any]:
        return map(decimal_text, self._mantissas(), self._scales)

    def means(self, divisors: Sequence[int]) -> Iterable[Any]:
        return map(quotient_text, self._mantissas(), self._scales, divisors)

    def _mantissas(self) -> list[int]:
        sums = zip(self._sums, self._scales, strict=True)
        return [scaled // 10 ** (SCALE_MAX - scale) for scaled, scale in sums]

    @property
    def size(self) -> int:
        return BIG_INTEGER_SIZE * len(self._sums)


def _joined_limbs(*limbs: memoryview) -> list[int]:
    """Whole numbers from 32-bit limbs, the lowest first; each limb is itself a signed sum."""
    totals = limbs[-1].tolist()
    for limb in reversed(limbs[:-1]):
        totals = list(map(add, limb, map(mul, totals, repeat(1 << LIMB_BITS))))
    return totals


def _reread(vector: Vector) -> Vector:
    """Decimals with no scale beyond the largest: cells are rounded to it when they are read."""
    return result_vector(vector.type, vector_to_cells(vector))
