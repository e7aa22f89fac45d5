"""Ordering rows by several columns, each ascending or descending, NULLs at either end; stable.

The rows are sorted once for each key, the least significant first: as each sort is stable it keeps
what the ones before it have established. Cells that compare as integers are for a kernel; of others
Python's list.sort compares ready-made keys in C."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import not_

from wasidb_guest.encoding.cell_vectors import valid_flags
from wasidb_guest.query import row_order
from wasidb_guest.query.comparable import has_ordinals, keys_of, ordinals_of
from wasidb_guest.query.grouping import row_numbers, take_rows
from wasidb_guest.query.value_numbers import no_numbers
from wasidb_guest.vectors import Batch, Vector

SIGN_BIT = 1 << 63
EVERY_BIT = (1 << 64) - 1
BYTE_VALUES = 256


@dataclass(frozen=True, slots=True)
class SortKey:
    """A column to sort by; `nulls_first` is about the rows as they come out."""

    position: int
    is_descending: bool
    nulls_first: bool


def sorted_batch(batch: Batch, keys: Sequence[SortKey]) -> Batch:
    """The rows in order of the first key, those equal in it in order of the second, and so on."""
    return take_rows(batch, ordered(range(batch.count), batch, keys))


def ordered(rows: Iterable[int], batch: Batch, keys: Sequence[SortKey]) -> memoryview:
    """These rows of a batch in order; those that are equal in all keys stay as they are."""
    order = row_numbers(rows)
    for key in reversed(keys):
        order = _sorted_by(order, batch.vectors[key.position], key)
    return order


def _sorted_by(order: memoryview, vector: Vector, key: SortKey) -> memoryview:
    if vector.validity is None:
        return _sorted_by_value(order, vector, key)
    flags = list(map(valid_flags(vector).__getitem__, order))
    nulls = row_numbers(compress(order, map(not_, flags)))
    others = _sorted_by_value(row_numbers(compress(order, flags)), vector, key)
    parts = (nulls, others) if key.nulls_first else (others, nulls)
    return memoryview(bytearray().join(parts)).cast("I")


def _sorted_by_value(order: memoryview, vector: Vector, key: SortKey) -> memoryview:
    """The order of rows none of which is NULL."""
    if not has_ordinals(vector.type):
        rows = order.tolist()
        rows.sort(key=keys_of(vector).__getitem__, reverse=key.is_descending)
        return row_numbers(rows)
    values = ordinals_of(vector)
    flip = SIGN_BIT if values.format == "q" else 0
    if key.is_descending:
        flip ^= EVERY_BIT
    counts = memoryview(bytearray(4 * BYTE_VALUES * values.itemsize)).cast("i")
    row_order.sort_rows(order, values.cast("B").cast("Q"), flip, no_numbers(len(order)), counts)
    return order
