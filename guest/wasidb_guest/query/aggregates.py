"""Aggregate functions over groups of rows, a column at a time.

    function    of                      gives              of only NULLs
    count       rows, any column        uint64             0
    sum, avg    integers, decimal       decimal, exact     NULL
    sum, avg    floats                  float64            NULL
    min, max    any column              the column's type  NULL

NULL cells are passed over. Rows are numbered by their group; sums are kept in kernels, only what is
done once a group (or once a group and scale, for decimals) is done in Python."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress, repeat
from operator import add, getitem, mul, truediv
from typing import Any

from wasidb_guest.encoding.cell_vectors import (
    EVERY_ROW,
    take,
    valid_flags,
    vector_from_cells,
    vector_to_cells,
)
from wasidb_guest.query import accumulators
from wasidb_guest.query.comparable import floats_of, has_ordinals, is_numeric, keys_of, ordinals_of
from wasidb_guest.query.decimals import SCALE_MAX, decimal_text, quotient_text
from wasidb_guest.query.grouping import Numbering, flags_of, number_pairs, number_rows
from wasidb_guest.query.statement import Function
from wasidb_guest.values import DECIMAL, FLOAT64, UINT64, DataType
from wasidb_guest.vectors import NO_ROW, Batch, Vector

SCALE_BITS = bytes(byte & 31 for byte in range(256))
SCALE_AT, DECIMAL_SIZE = 2, 16
LIMB_BITS = 32


@dataclass(frozen=True, slots=True)
class BoundAggregate:
    """A function of the column at `position`, or of rows if that is None."""

    function: Function
    position: int | None
    name: str


def result_type(function: Function, data_type: DataType | None) -> DataType | None:
    """The type of the result; None if the function does not go with the column's type."""
    if function == "count" or data_type is None:
        return UINT64
    if function in ("min", "max"):
        return data_type
    if not is_numeric(data_type):
        return None
    return FLOAT64 if data_type.is_float else DECIMAL


def aggregate(batch: Batch, group_by: Sequence[int], functions: Sequence[BoundAggregate]) -> Batch:
    """One row a group: its values of the `group_by` columns, then the functions' results.

    Groups come by their first rows. Without `group_by` all rows are one group, even if there are
    none."""
    if group_by:
        numbering = number_rows([batch.vectors[position] for position in group_by])
        keys = [take(batch.vectors[position], numbering.first) for position in group_by]
    else:
        numbers = memoryview(bytearray(4 * batch.count)).cast("I")
        numbering, keys = Numbering(numbers, memoryview(bytes(4)).cast("I")), []
    names = [batch.names[position] for position in group_by] + [each.name for each in functions]
    groups = Groups(numbering)
    results = [_result(groups, batch, each) for each in functions]
    return Batch(names, keys + results, groups.count)


def _result(groups: "Groups", batch: Batch, aggregate: BoundAggregate) -> Vector:
    if aggregate.position is None:
        return _vector(UINT64, groups.row_counts(EVERY_ROW).tolist())
    vector = batch.vectors[aggregate.position]
    match aggregate.function:
        case "count":
            return _vector(UINT64, groups.row_counts(flags_of(vector)).tolist())
        case "sum":
            return groups.sum(vector)
        case "avg":
            return groups.average(vector)
        case "min":
            return take(vector, groups.extreme_rows(vector, is_greatest=False))
        case "max":
            return take(vector, groups.extreme_rows(vector, is_greatest=True))


class Groups:
    """Rows by group."""

    def __init__(self, numbering: Numbering) -> None:
        self.numbers = numbering.numbers
        self.count = numbering.count

    def row_counts(self, flags: bytes) -> memoryview:
        """How many rows each group has whose flag is not 0."""
        counts = self._zeros()
        accumulators.count_rows(self.numbers, flags, counts)
        return counts

    def sum(self, vector: Vector) -> Vector:
        """The sum of each group; LimitExceeded if one does not fit a decimal."""
        counts = self.row_counts(flags_of(vector))
        if vector.type.is_float:
            return _vector(FLOAT64, _where(counts, self._float_sums(vector)))
        texts = map(decimal_text, *self._exact_sums(vector))
        return _vector(DECIMAL, _where(counts, texts))

    def average(self, vector: Vector) -> Vector:
        """The mean of each group."""
        counts = self.row_counts(flags_of(vector))
        divisors = list(map(max, counts, repeat(1)))
        if vector.type.is_float:
            means: Iterable[Any] = map(truediv, self._float_sums(vector), divisors)
            return _vector(FLOAT64, _where(counts, means))
        texts = map(quotient_text, *self._exact_sums(vector), divisors)
        return _vector(DECIMAL, _where(counts, texts))

    def extreme_rows(self, vector: Vector, *, is_greatest: bool) -> memoryview:
        """The row with each group's least or greatest value, NO_ROW if all are NULL."""
        if not has_ordinals(vector.type):
            return self._extreme_rows_by_key(vector, is_greatest)
        rows = memoryview(bytearray(NO_ROW.to_bytes(4, "little") * self.count))
        accumulators.extreme_rows(
            ordinals_of(vector), self.numbers, flags_of(vector), is_greatest, rows.cast("i")
        )
        return rows.cast("I")

    def _extreme_rows_by_key(self, vector: Vector, is_greatest: bool) -> memoryview:
        """Sort all rows, then let the last row of each group be the one that is kept."""
        rows = list(compress(range(vector.count), valid_flags(vector)))
        rows.sort(key=keys_of(vector).__getitem__, reverse=not is_greatest)
        last = dict(zip(map(self.numbers.__getitem__, rows), rows, strict=True))
        return memoryview(array("I", map(last.get, range(self.count), repeat(NO_ROW))))

    def _exact_sums(self, vector: Vector) -> tuple[list[int], list[int]]:
        """Mantissa and scale of each group's sum; 0 for a group without values."""
        if vector.type.name == "decimal":
            return self._decimal_sums(vector)
        low, high = self._zeros(), self._zeros()
        accumulators.sum_integers(ordinals_of(vector), self.numbers, flags_of(vector), low, high)
        return _joined_limbs(low, high), [0] * self.count

    def _decimal_sums(self, vector: Vector) -> tuple[list[int], list[int]]:
        """Sum by group and scale, then bring each group's sums to its largest scale."""
        data = bytes(vector.data)
        scales = data[SCALE_AT::DECIMAL_SIZE].translate(SCALE_BITS)
        if max(scales, default=0) > SCALE_MAX:
            return self._decimal_sums(_reread(vector))
        by_scale = number_pairs(self.numbers, memoryview(array("I", list(scales))))
        parts = Groups(by_scale)
        low, middle, high = parts._zeros(), parts._zeros(), parts._zeros()
        accumulators.sum_decimals(data, by_scale.numbers, flags_of(vector), low, middle, high)
        mantissas = _joined_limbs(low, middle, high)
        sums, largest = [0] * self.count, [0] * self.count
        for row, mantissa in zip(by_scale.first, mantissas, strict=True):
            group, scale = self.numbers[row], scales[row]
            sums[group] += mantissa * 10 ** (SCALE_MAX - scale)
            largest[group] = max(largest[group], scale)
        return [
            total // 10 ** (SCALE_MAX - scale) for total, scale in zip(sums, largest, strict=True)
        ], largest

    def _float_sums(self, vector: Vector) -> Any:
        sums = self._zeros().cast("B").cast("d")
        accumulators.sum_floats(floats_of(vector), self.numbers, flags_of(vector), sums)
        return sums

    def _zeros(self) -> memoryview:
        return memoryview(bytearray(8 * self.count)).cast("q")


def _joined_limbs(*limbs: memoryview) -> list[int]:
    """Whole numbers from 32-bit limbs, the lowest first; each limb is itself a signed sum."""
    totals = limbs[-1].tolist()
    for limb in reversed(limbs[:-1]):
        totals = list(map(add, limb, map(mul, totals, repeat(1 << LIMB_BITS))))
    return totals


def _reread(vector: Vector) -> Vector:
    """Decimals with no scale beyond the largest: cells are rounded to it when they are read."""
    return _vector(vector.type, vector_to_cells(vector))


def _where(counts: memoryview, values: Iterable[Any]) -> list[Any]:
    """The value of each group, None for those without rows."""
    return list(map(getitem, zip(repeat(None), values), map(bool, counts)))


def _vector(data_type: DataType, cells: list[Any]) -> Vector:
    return vector_from_cells(data_type, cells, table="", column="", nullable=True)
