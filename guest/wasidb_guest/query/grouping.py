"""Rows that are equal in some columns: numbered, so that groups, distinct rows and join partners
are found by number.

NULL equals NULL here. Equal means equal as the type has it: 1.0 and 1.00, -0.0 and 0.0, two names
of one instant."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias

from wasidb_guest.encoding.cell_vectors import EVERY_ROW, take, valid_flags, with_nulls
from wasidb_guest.query import numbering
from wasidb_guest.query.comparable import (
    fixed_offsets,
    has_ordinals,
    has_spans,
    keys_of,
    ordinals_of,
    spans_of,
)
from wasidb_guest.vectors import Batch, Vector

ORDINAL_SIZE = 8
NUMBERED_ROW_SIZE = 40
"""What numbering a row takes in memory, beside its cells."""

Spans: TypeAlias = tuple[Any, Any]
"""Runs of bytes: data and int32 offsets."""


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
    spans = column_spans(vector)
    if spans is None:
        return number_keys(with_nulls(vector, keys_of(vector)))
    return _number(spans, flags_of(vector), vector.count)


def number_pairs(left: memoryview, right: memoryview) -> Numbering:
    """Number the rows by two numbers at once."""
    return _number(pair_spans(left, right), EVERY_ROW, len(left))


def number_keys(keys: Sequence[Any]) -> Numbering:
    """Number Python objects: what a value meets for the first time in `seen` is the next number."""
    seen: defaultdict[Any, int] = defaultdict(count().__next__)
    numbers = memoryview(array("I", map(seen.__getitem__, keys)))
    first = memoryview(array("I", bytes(4 * len(seen))))
    numbering.first_rows(numbers, first)
    return Numbering(numbers, first)


def take_rows(batch: Batch, rows: memoryview) -> Batch:
    """These rows of a batch, uint32 numbers in any order."""
    return Batch(batch.names, [take(vector, rows) for vector in batch.vectors], len(rows))


def flags_of(vector: Vector) -> bytes:
    """A byte a row, 0 for NULL, as the kernels take it: empty if nothing is NULL."""
    return EVERY_ROW if vector.validity is None else valid_flags(vector)


def column_spans(vector: Vector) -> Spans | None:
    """Cells as runs of bytes, equal where the cells are; None of a type that has no such form."""
    if has_ordinals(vector.type):
        return ordinals_of(vector).cast("B"), fixed_offsets(vector.count, ORDINAL_SIZE)
    return spans_of(vector) if has_spans(vector.type) else None


def pair_spans(left: memoryview, right: memoryview) -> Spans:
    """Pairs of numbers as runs of bytes."""
    pairs = memoryview(bytearray(ORDINAL_SIZE * len(left))).cast("I")
    pairs[0::2] = left
    pairs[1::2] = right
    return pairs.cast("B"), fixed_offsets(len(left), ORDINAL_SIZE)


def slots_for(row_count: int) -> memoryview:
    """A free hash table for so many rows."""
    return memoryview(bytearray(4 * (2 << row_count.bit_length()))).cast("i")


def row_numbers(rows: Iterable[int]) -> memoryview:
    """Row numbers as kernels take them."""
    return memoryview(array("I", rows))


def no_numbers(count: int) -> memoryview:
    """Room for so many row numbers."""
    return memoryview(bytearray(4 * count)).cast("I")


def _number(spans: Spans, flags: bytes, row_count: int) -> Numbering:
    numbers, first = no_numbers(row_count), no_numbers(row_count)
    count = numbering.number_distinct(*spans, flags, slots_for(row_count), first, numbers)
    return Numbering(numbers, first[:count])
