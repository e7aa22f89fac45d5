"""Equality joins: the join columns of both sides are numbered together, then partners are found by
number.

    left   UA AA B6      right  AA UA UA        Left join: (0, 1) (0, 2) (1, 0) (2, NO_ROW)
                                                Semi join: 0 1    Anti join: 2

Rows keep the order of the left side, and among the partners of one row that of the right side; rows
of the right side without a partner come last. A row with NULL in one of its join columns has no
partner. Numbers of different types are partners when they are equal."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from wasidb_guest.encoding.cell_vectors import concat, take, vector_to_cells
from wasidb_guest.errors import LimitExceeded
from wasidb_guest.query import numbering
from wasidb_guest.query.comparable import floats_of, is_numeric, ordinals_of
from wasidb_guest.query.grouping import (
    Numbering,
    flags_of,
    number_column,
    number_keys,
    number_pairs,
    take_rows,
)
from wasidb_guest.query.statement import JoinKind
from wasidb_guest.values import FLOAT64, INT64, DataType
from wasidb_guest.vectors import NO_ROW, Batch, Vector

PAIRS_MAX = (1 << 31) - 1
NO_ROW_BYTES = NO_ROW.to_bytes(4, "little")


def can_join(left: DataType, right: DataType) -> bool:
    """Whether values of these types can be equal at all."""
    same = (left.name, left.custom_tag) == (right.name, right.custom_tag)
    return same or (is_numeric(left) and is_numeric(right))


def join(
    left: Batch,
    right: Batch,
    kind: JoinKind,
    left_positions: Sequence[int],
    right_positions: Sequence[int],
) -> Batch:
    """The columns of both sides; LimitExceeded if there are more pairs than a batch can have.

    Of Semi and Anti joins only the left side."""
    pairs = Pairs(
        [left.vectors[position] for position in left_positions],
        [right.vectors[position] for position in right_positions],
    )
    if kind in ("Semi", "Anti"):
        return take_rows(left, pairs.left_rows(with_partner=kind == "Semi"))
    left_rows, right_rows = pairs.matched(keep_left=kind in ("Left", "Full"))
    if kind in ("Right", "Full"):
        alone = pairs.right_rows_without_partner()
        left_rows = _as_rows(left_rows.tobytes() + NO_ROW_BYTES * len(alone))
        right_rows = _as_rows(right_rows.tobytes() + alone.tobytes())
    vectors = [take(vector, left_rows) for vector in left.vectors]
    vectors += [take(vector, right_rows) for vector in right.vectors]
    return Batch([*left.names, *right.names], vectors, len(left_rows))


class Pairs:
    """The rows of two sides that are equal in all of their columns."""

    def __init__(self, left: Sequence[Vector], right: Sequence[Vector]) -> None:
        common = _number_together(left, right)
        count = left[0].count
        self._left, self._right = common.numbers[:count], common.numbers[count:]
        self._left_flags, self._right_flags = _complete_rows(left), _complete_rows(right)
        self._number_count = common.count

    def matched(self, *, keep_left: bool) -> tuple[memoryview, memoryview]:
        """The rows of each pair; with `keep_left` also left rows without partner, beside NO_ROW."""
        starts = _as_rows(bytearray(4 * (self._number_count + 2)))
        partners = _as_rows(bytearray(4 * len(self._right)))
        numbering.list_rows(self._right, self._right_flags, starts, partners)
        count = numbering.count_pairs(self._left, self._left_flags, starts, keep_left)
        if count > PAIRS_MAX:
            message = f"the join has {count} rows, more than {PAIRS_MAX}"
            raise LimitExceeded(message, limit="join rows")
        left_rows, right_rows = _as_rows(bytearray(4 * count)), _as_rows(bytearray(4 * count))
        numbering.write_pairs(
            self._left, self._left_flags, starts, partners, keep_left, left_rows, right_rows
        )
        return left_rows, right_rows

    def left_rows(self, *, with_partner: bool) -> memoryview:
        """The rows of the left side that are in some pair, or those that are in none, ascending."""
        left, right = (self._left, self._left_flags), (self._right, self._right_flags)
        return self._rows_by_partner(left, right, with_partner)

    def right_rows_without_partner(self) -> memoryview:
        """The rows of the right side that are in no pair, ascending."""
        left, right = (self._left, self._left_flags), (self._right, self._right_flags)
        return self._rows_by_partner(right, left, False)

    def _rows_by_partner(
        self, side: tuple[memoryview, bytes], other: tuple[memoryview, bytes], wanted: bool
    ) -> memoryview:
        rows = _as_rows(bytearray(4 * len(side[0])))
        seen = bytearray(self._number_count)
        count = numbering.rows_by_partner(*side, *other, wanted, seen, rows)
        return rows[:count]


def _complete_rows(vectors: Sequence[Vector]) -> bytes:
    """Flags of the rows in which no column is NULL; empty if that is every row."""
    flags = [each for each in map(flags_of, vectors) if each]
    return bytes(map(min, *flags)) if len(flags) > 1 else b"".join(flags)


def _number_together(left: Sequence[Vector], right: Sequence[Vector]) -> Numbering:
    """Number the rows of both sides by all of their columns, those of the left side first."""
    columns = map(_number_columns, left, right)
    result = next(columns)
    for each in columns:
        result = number_pairs(result.numbers, each.numbers)
    return result


def _number_columns(left: Vector, right: Vector) -> Numbering:
    """Number the values of both columns, those of the left one first."""
    if left.type.name != right.type.name:
        left, right = _widened(left), _widened(right)
    if left.type.name == right.type.name:
        return number_column(concat([left, right]))
    return number_keys(list(chain(_exact_numbers(left), _exact_numbers(right))))


def _widened(vector: Vector) -> Vector:
    """Numbers in the widest type of their kind: float64, int64 but for uint64, decimal."""
    if vector.type.is_float:
        data = memoryview(floats_of(vector)).cast("B")
        return Vector(FLOAT64, vector.count, data, None, vector.validity)
    if vector.type.is_integer and vector.type.name != "uint64":
        data = ordinals_of(vector).cast("B")
        return Vector(INT64, vector.count, data, None, vector.validity)
    return vector


def _exact_numbers(vector: Vector) -> list[Any]:
    """Python numbers, which are equal across types when their values are; those for NULL are 0."""
    cells = vector_to_cells(Vector(vector.type, vector.count, vector.data))
    return list(map(Decimal, cells)) if vector.type.name == "decimal" else cells


def _as_rows(data: bytes | bytearray) -> memoryview:
    return memoryview(data).cast("I")
