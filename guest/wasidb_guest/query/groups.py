"""Rows by group: how many each group has, and which of them are the ones that count.

    groups     0 1 0 1 0         the number of each row's group
    cells      7 3 5 - 5

    row_counts        3 1        distinct_counts   2 1
    extreme_rows      2 1        of the least      sorted_rows   2 4 0 | 1

NULL cells are passed over: they count for nothing and are never the least, the greatest, the first
or the last."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import compress, repeat
from typing import Any

from wasidb_guest.encoding.cell_vectors import EVERY_ROW, valid_flags, vector_from_cells
from wasidb_guest.query import accumulators, numbering
from wasidb_guest.query.comparable import has_ordinals, keys_of, ordinals_of
from wasidb_guest.query.grouping import Numbering, flags_of, number_column, number_pairs
from wasidb_guest.values import DataType
from wasidb_guest.vectors import NO_ROW, Vector


class Groups:
    """Rows by group."""

    def __init__(self, numbers: Numbering) -> None:
        self.numbers = numbers.numbers
        self.count = numbers.count

    def row_counts(self, flags: bytes) -> memoryview:
        """How many rows each group has whose flag is not 0."""
        counts = self.zeros()
        accumulators.count_rows(self.numbers, flags, counts)
        return counts

    def distinct_counts(self, vector: Vector) -> memoryview:
        """How many different values each group has."""
        first = number_pairs(self.numbers, number_column(vector).numbers).first
        flags = flags_of(vector)
        counts = self.zeros()
        accumulators.count_rows(
            row_numbers(map(self.numbers.__getitem__, first)),
            bytes(map(flags.__getitem__, first)) if flags else EVERY_ROW,
            counts,
        )
        return counts

    def extreme_rows(self, vector: Vector, *, is_greatest: bool) -> memoryview:
        """The row with each group's least or greatest value, NO_ROW if all are NULL."""
        if not has_ordinals(vector.type):
            return self._extreme_rows_by_key(vector, is_greatest)
        return self._extreme_rows(ordinals_of(vector), vector, is_greatest)

    def end_rows(self, vector: Vector, *, is_last: bool) -> memoryview:
        """The first or last row of each group whose cell is not NULL, NO_ROW if all are NULL."""
        return self._extreme_rows(memoryview(array("q", range(vector.count))), vector, is_last)

    def sorted_rows(self, vector: Vector) -> "SortedRows":
        """The rows of each group by their value."""
        order = list(compress(range(vector.count), valid_flags(vector)))
        order.sort(key=keys_of(vector).__getitem__)
        groups = row_numbers(map(self.numbers.__getitem__, order))
        starts = memoryview(bytearray(4 * (self.count + 2))).cast("I")
        places = memoryview(bytearray(4 * len(order))).cast("I")
        numbering.list_rows(groups, EVERY_ROW, starts, places)
        return SortedRows(starts.tolist(), list(map(order.__getitem__, places)))

    def zeros(self) -> memoryview:
        """An int64 of 0 for each group."""
        return memoryview(bytearray(8 * self.count)).cast("q")

    def _extreme_rows(self, values: memoryview, vector: Vector, is_greatest: bool) -> memoryview:
        rows = memoryview(bytearray(NO_ROW.to_bytes(4, "little") * self.count))
        flags = flags_of(vector)
        accumulators.extreme_rows(values, self.numbers, flags, is_greatest, rows.cast("i"))
        return rows.cast("I")

    def _extreme_rows_by_key(self, vector: Vector, is_greatest: bool) -> memoryview:
        """Sort all rows and keep the first one of each group: of equal ones the first there was."""
        rows = list(compress(range(vector.count), valid_flags(vector)))
        rows.sort(key=keys_of(vector).__getitem__, reverse=is_greatest)
        rows.reverse()
        first = dict(zip(map(self.numbers.__getitem__, rows), rows, strict=True))
        return row_numbers(map(first.get, range(self.count), repeat(NO_ROW)))


@dataclass(frozen=True, slots=True)
class SortedRows:
    """The rows of group n are `rows[starts[n]:starts[n + 1]]`."""

    starts: list[int]
    rows: list[int]

    def groups(self) -> Iterator[tuple[int, int]]:
        """Where each group starts and ends."""
        return zip(self.starts[:-2], self.starts[1:], strict=False)


def row_numbers(rows: Iterable[int]) -> memoryview:
    """Row numbers as kernels take them."""
    return memoryview(array("I", rows))


def result_vector(data_type: DataType, cells: list[Any]) -> Vector:
    """The results of all groups."""
    return vector_from_cells(data_type, cells, table="", column="", nullable=True)
