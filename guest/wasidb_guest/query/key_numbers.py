"""The values of columns by number, to look up those of other columns.

    values    "UA" "AA" "UA"      numbers  0 1 0
    looked up "AA" "B6" NULL      numbers  1 NO_NUMBER NO_NUMBER

The columns looked up may be of other types: numbers are equal when their values are, whatever their
types. NULL equals nothing, as in joins, or itself, as in groups. Several columns are looked up one
after the other: a number so far and that of the next column make a pair, and pairs are numbered in
turn."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from itertools import repeat
from typing import Any, TypeAlias

from wasidb_guest.encoding.cell_vectors import vector_to_cells, with_nulls
from wasidb_guest.query import numbering
from wasidb_guest.query.comparable import floats_of, is_numeric, keys_of, ordinals_of
from wasidb_guest.query.grouping import number_keys, pairs_of, row_numbers
from wasidb_guest.query.value_numbers import ValueNumbers, flags_of, no_numbers, numbered
from wasidb_guest.values import FLOAT64, INT64, DataType
from wasidb_guest.vectors import Vector

NO_NUMBER = 0xFFFF_FFFF

Find: TypeAlias = Callable[[Vector], memoryview]
"""Gives the numbers of the cells of a column, NO_NUMBER where there is none."""


def can_join(left: DataType, right: DataType) -> bool:
    """Whether values of these types can be equal at all."""
    same = (left.name, left.custom_tag) == (right.name, right.custom_tag)
    return same or (is_numeric(left) and is_numeric(right))


class KeyNumbers:
    """Rows numbered by the values of one or more columns, to be looked up by columns of `types`.

    `flags` has a 0 for each row with a NULL, empty if there is none."""

    def __init__(
        self,
        columns: Sequence[Vector],
        types: Sequence[DataType],
        *,
        finds_nulls: bool = False,
    ) -> None:
        known = partial(_known, finds_nulls=finds_nulls)
        self._find_first, self.numbers, self.count = known(columns[0], types[0])
        self._steps: list[tuple[Find, int, ValueNumbers]] = []
        for column, data_type in zip(columns[1:], types[1:], strict=True):
            find, numbers, count = known(column, data_type)
            pairs = numbered(pairs_of(self.numbers, numbers, count))
            assert pairs is not None, "pairs are integers"
            self._steps.append((find, count, pairs))
            self.numbers, self.count = pairs.numbering.numbers, pairs.numbering.count
        flags = [each for each in map(flags_of, columns) if each]
        self.flags = bytes(map(min, *flags)) if len(flags) > 1 else b"".join(flags)

    def find(self, columns: Sequence[Vector]) -> memoryview:
        """The number of each row of other columns, NO_NUMBER for none."""
        numbers = self._find_first(columns[0])
        for column, (find, count, pairs) in zip(columns[1:], self._steps, strict=True):
            numbers = pairs.find(pairs_of(numbers, find(column), count), NO_NUMBER)
        return numbers


def rows_by_number(numbers: memoryview, *, has_number: bool) -> memoryview:
    """The rows that have been found, or those that have not, ascending."""
    rows = no_numbers(len(numbers))
    return rows[: numbering.rows_by_number(numbers, has_number, rows)]


def _known(column: Vector, other: DataType, *, finds_nulls: bool) -> tuple[Find, memoryview, int]:
    """How to look up a column of the other type; each row's number, and how many there are."""
    common = _common_form(column, other)
    known = None if common is None else numbered(common)
    if known is None:
        return _known_by_key(column, other, finds_nulls=finds_nulls)
    numbering, flags = known.numbering, flags_of(column)
    null_number = numbering.numbers[flags.index(0)] if flags and finds_nulls else NO_NUMBER

    def find(looked_up: Vector) -> memoryview:
        form = _common_form(looked_up, column.type)
        assert form is not None, "what one type has in common with another is mutual"
        return known.find(form, null_number)

    return find, numbering.numbers, numbering.count


def _known_by_key(
    column: Vector, other: DataType, *, finds_nulls: bool
) -> tuple[Find, memoryview, int]:
    keys = _common_keys(column, other)
    by_key = number_keys(keys)
    known = dict(zip(keys, by_key.numbers, strict=True))
    if not finds_nulls:
        known.pop(None, None)

    def find(looked_up: Vector) -> memoryview:
        others = _common_keys(looked_up, column.type)
        return row_numbers(map(known.get, others, repeat(NO_NUMBER)))

    return find, by_key.numbers, by_key.count


def _common_form(vector: Vector, other: DataType) -> Vector | None:
    """The column in the type in which it can be compared with one of the other type; None if only
    Python objects can be."""
    if vector.type.name == other.name:
        return vector
    wide = _widest(vector.type)
    return _widened(vector) if wide == _widest(other) else None


def _common_keys(vector: Vector, other: DataType) -> list[Any]:
    """Cells as Python objects that equal those of the other type where the cells do."""
    if vector.type.name == other.name:
        return with_nulls(vector, keys_of(vector))
    cells = vector_to_cells(_widened(vector))
    if vector.type.name == "decimal":
        return [None if cell is None else Decimal(cell) for cell in cells]
    return cells


def _widest(data_type: DataType) -> DataType:
    """The widest type of its kind of numbers: float64, int64 but for uint64, decimal."""
    if data_type.is_float:
        return FLOAT64
    return INT64 if data_type.is_integer and data_type.name != "uint64" else data_type


def _widened(vector: Vector) -> Vector:
    """Numbers in the widest type of their kind."""
    wide = _widest(vector.type)
    if wide.is_float:
        data = memoryview(floats_of(vector)).cast("B")
    elif wide == INT64:
        data = ordinals_of(vector).cast("B")
    else:
        return vector
    return Vector(wide, vector.count, data, None, vector.validity)
