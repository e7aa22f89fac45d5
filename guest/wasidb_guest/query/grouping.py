"""Rows that are equal in some columns: numbered, so that groups, distinct rows and join partners
are found by number.

NULL equals NULL here. Equal means equal as the type has it: 1.0 and 1.00, -0.0 and 0.0, two names
of one instant."""

from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from wasidb_guest.encoding.cell_vectors import EVERY_ROW, take, valid_flags, with_nulls
from wasidb_guest.query import numbering
from wasidb_guest.query.comparable import (
    has_ordinals,
    has_spans,
    keys_of,
    ordinals_of,
    spans_of,
)
from wasidb_guest.vectors import Batch, Vector

ORDINAL_SIZE = 8


@dataclass(frozen=True, slots=True)
class Numbering:
    """Each row's number, counted by first appearance, and each number's first row; uint32."""

    numbers: memoryview
    first: memoryview

    @property
    def count(self) -> int:
        """How many different values there are."""
        return len(self.first)


def number_rows(vectors: Sequence[Vector]) -> Numbering:
    """Number the rows of one or more columns by all of these together."""
    result = number_column(vectors[0])
    for vector in vectors[1:]:
        result = number_pairs(result.numbers, number_column(vector).numbers)
    return result


def number_column(vector: Vector) -> Numbering:
    """Number the values of a column."""
    if has_ordinals(vector.type):
        return _number_fixed(ordinals_of(vector).cast("B"), flags_of(vector), vector.count)
    if has_spans(vector.type):
        data, offsets = spans_of(vector)
        return _number(data, offsets, flags_of(vector), vector.count)
    return number_keys(with_nulls(vector, keys_of(vector)))


def number_pairs(left: memoryview, right: memoryview) -> Numbering:
    """Number the rows by two numbers at once."""
    pairs = memoryview(bytearray(ORDINAL_SIZE * len(left))).cast("I")
    pairs[0::2] = left
    pairs[1::2] = right
    return _number_fixed(pairs.cast("B"), EVERY_ROW, len(left))


def number_keys(keys: Sequence[Any]) -> Numbering:
    """Number Python objects: what a value meets for the first time in `seen` is the next number."""
    seen: defaultdict[Any, int] = defaultdict(count().__next__)
    numbers = memoryview(array("I", map(seen.__getitem__, keys)))
    first = memoryview(array("I", bytes(4 * len(seen))))
    numbering.first_rows(numbers, first)
    return Numbering(numbers, first)


def distinct(batch: Batch, positions: Sequence[int]) -> Batch:
    """The first row of each combination of values in these columns."""
    rows = number_rows([batch.vectors[position] for position in positions]).first
    return take_rows(batch, rows)


def take_rows(batch: Batch, rows: memoryview) -> Batch:
    """These rows of a batch, uint32 numbers in any order."""
    return Batch(batch.names, [take(vector, rows) for vector in batch.vectors], len(rows))


def flags_of(vector: Vector) -> bytes:
    """A byte a row, 0 for NULL, as the kernels take it: empty if nothing is NULL."""
    return EVERY_ROW if vector.validity is None else valid_flags(vector)


def _number_fixed(data: memoryview, flags: bytes, row_count: int) -> Numbering:
    """Number values of ORDINAL_SIZE bytes each."""
    offsets = array("i", range(0, ORDINAL_SIZE * row_count + 1, ORDINAL_SIZE))
    return _number(data, offsets, flags, row_count)


def _number(data: Any, offsets: Any, flags: bytes, row_count: int) -> Numbering:
    slots = memoryview(bytearray(4 * (2 << row_count.bit_length()))).cast("i")
    numbers = memoryview(bytearray(4 * row_count)).cast("I")
    first = memoryview(bytearray(4 * row_count)).cast("I")
    distinct_count = numbering.number_distinct(data, offsets, flags, slots, first, numbers)
    return Numbering(numbers, first[:distinct_count])
