"""Rows by group, and what is remembered of each group while its rows come by.

    groups     0 1 0 1 0         the number of each row's group
    cells      7 3 5 - 5

    least      2 1               the rows of the least cells: of 5, and of 3
    first      0 1               the rows of the first cells

NULL cells are passed over: they are never the least, the greatest, the first or the last."""

from array import array
from functools import cached_property
from itertools import chain, compress, repeat
from typing import Any, Protocol

from wasidb_guest.encoding.cell_vectors import (
    EVERY_ROW,
    constant_vector,
    valid_flags,
    vector_from_cells,
)
from wasidb_guest.query import accumulators
from wasidb_guest.query.batches import size_of
from wasidb_guest.query.comparable import has_ordinals, keys_of, ordinals_of
from wasidb_guest.query.grouping import row_numbers
from wasidb_guest.query.picked import concat, take
from wasidb_guest.query.value_numbers import flags_of
from wasidb_guest.values import UINT64, DataType
from wasidb_guest.vectors import NO_ROW, Batch, Vector

STATE_SIZE = 8


class Groups:
    """Rows by group: `numbers` are uint32, below `count`."""

    def __init__(self, numbers: memoryview, count: int) -> None:
        self.numbers = numbers
        self.count = count

    @cached_property
    def row_counts(self) -> memoryview:
        """How many rows each group has, for all functions that want to know."""
        counts: memoryview = grown(no_states(), self.count)
        accumulators.count_rows(self.numbers, EVERY_ROW, counts)
        return counts

    def extreme_rows(self, vector: Vector, *, is_greatest: bool) -> memoryview:
        """The row with each group's least or greatest value, NO_ROW if all are NULL."""
        if not has_ordinals(vector.type):
            return self._extreme_rows_by_key(vector, is_greatest)
        return self._extreme_rows(ordinals_of(vector), vector, is_greatest)

    def end_rows(self, vector: Vector, *, is_last: bool) -> memoryview:
        """The first or last row of each group whose cell is not NULL, NO_ROW if all are NULL."""
        return self._extreme_rows(memoryview(array("q", range(vector.count))), vector, is_last)

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


class State(Protocol):
    """What a function remembers of each group."""

    def fold(self, groups: Groups, vector: Vector) -> None:
        """Take in some more rows; there may be more groups than before."""

    def result(self) -> Vector:
        """What the function gives, for each group."""

    @property
    def size(self) -> int:
        """Bytes in memory."""


class Counts:
    """How many cells each group has, or rows."""

    def __init__(self) -> None:
        self.values = no_states()

    def fold(self, groups: Groups, vector: Vector) -> None:
        self.add(groups, flags_of(vector))

    def add(self, groups: Groups, flags: bytes) -> None:
        """Count the rows whose flag is not 0."""
        self.values = grown(self.values, groups.count)
        if flags:
            accumulators.count_rows(groups.numbers, flags, self.values)
        else:
            accumulators.add_counts(groups.row_counts, self.values)

    def result(self) -> Vector:
        return Vector(UINT64, len(self.values), self.values.cast("B"))

    @property
    def size(self) -> int:
        return self.values.nbytes


class RowCounts(Counts):
    """How many rows each group has, whatever the cells."""

    def fold(self, groups: Groups, vector: Vector) -> None:
        self.add(groups, EVERY_ROW)


class Chosen:
    """A cell of each group: the least or greatest, the first or last."""

    def __init__(self, data_type: DataType, function: str) -> None:
        self._function = function
        self._cells = constant_vector(data_type, None, 0)

    def fold(self, groups: Groups, vector: Vector) -> None:
        """Choose among the new rows, then among what was chosen before and now."""
        chosen = take(vector, self._rows(groups, vector))
        cells = concat([self._cells, chosen])
        numbers = row_numbers(chain(range(self._cells.count), range(groups.count)))
        self._cells = take(cells, self._rows(Groups(numbers, groups.count), cells))

    def _rows(self, groups: Groups, cells: Vector) -> memoryview:
        if self._function in ("min", "max"):
            return groups.extreme_rows(cells, is_greatest=self._function == "max")
        return groups.end_rows(cells, is_last=self._function == "last")

    def result(self) -> Vector:
        return self._cells

    @property
    def size(self) -> int:
        return size_of(Batch((), (self._cells,), self._cells.count))


def no_states() -> memoryview:
    """Integers of 64 bits for no groups."""
    return memoryview(bytearray()).cast("q")


def grown(states: Any, count: int) -> Any:
    """The same integers or floats of 64 bits, with 0 for groups that are new."""
    if len(states) == count:
        return states
    larger = memoryview(bytearray(STATE_SIZE * count))
    larger[: states.nbytes] = states.cast("B")
    return larger.cast(states.format)


def result_vector(data_type: DataType, cells: list[Any]) -> Vector:
    """The results of all groups."""
    return vector_from_cells(data_type, cells, table="", column="", nullable=True)
