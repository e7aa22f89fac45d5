"""Rows that are equal in some columns: numbered, so that groups, distinct rows and join partners
are found by number.

NULL equals NULL here. Equal means equal as the type has it: 1.0 and 1.00, -0.0 and 0.0, two names
of one instant."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from wasidb_guest.encoding.cell_vectors import with_nulls
from wasidb_guest.query import narrow, numbering
from wasidb_guest.query.comparable import keys_of
from wasidb_guest.query.picked import Picked, take
from wasidb_guest.query.value_numbers import (
    ORDINAL_SIZE,
    flags_of,
    no_numbers,
    no_places,
    numbered,
)
from wasidb_guest.values import INT64
from wasidb_guest.vectors import Batch, Numbering, Vector

NUMBERED_ROW_SIZE = 40
"""What numbering a row takes in memory, beside its cells."""
REPEATED = 8
"""A column remembers its numbering if its values come so many times each: that takes little more
than the four bytes a row which caches of columns count for it."""


def number_rows(vectors: Sequence[Vector]) -> Numbering:
    """Number the rows of one or more columns by all of these together."""
    result = number_column(vectors[0])
    for vector in vectors[1:]:
        column = number_column(vector)
        result = number_column(pairs_of(result.numbers, column.numbers, column.count))
    return result


def number_column(vector: Vector) -> Numbering:
    """Number the values of a column, which may have been done before."""
    if isinstance(vector, Picked):
        return _number_picked(vector)
    if vector.numbering is not None:
        return vector.numbering
    known = numbered(vector)
    result = number_keys(with_nulls(vector, keys_of(vector))) if known is None else known.numbering
    if REPEATED * result.count <= vector.count:
        vector.numbering = Numbering(result.numbers, row_numbers(result.first))
    return result


def _number_picked(vector: Picked) -> Numbering:
    """Number cells by the numbers that they have in the origin; NULL has one more than there are if
    there is none."""
    origin = vector.origin
    if origin.numbering is None:
        origin.numbering = number_column(origin.vector)
        origin.places = no_places(origin.numbering.count + 1)
    known, flags = origin.numbering, flags_of(origin.vector)
    null_number = known.numbers[flags.index(0)] if flags else known.count
    numbers, first = no_numbers(vector.count), no_numbers(vector.count)
    count = narrow.number_picked(
        known.numbers, vector.rows, null_number, origin.places, first, numbers
    )
    return Numbering(numbers, first[:count])


def pairs_of(left: memoryview, right: memoryview, right_count: int) -> Vector:
    """Pairs of numbers as integers, -1 where one is missing; those on the right are below
    `right_count`."""
    pairs = memoryview(bytearray(ORDINAL_SIZE * len(left))).cast("q")
    narrow.pair_numbers(left, right, right_count, pairs)
    return Vector(INT64, len(left), pairs.cast("B"))


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


def row_numbers(rows: Iterable[int]) -> memoryview:
    """Row numbers as kernels take them."""
    return memoryview(array("I", rows))
