"""Ordering rows by several columns, each ascending or descending, NULLs at either end; stable.

The rows are sorted once for each key, the least significant first: as each sort is stable it keeps
what the ones before it have established. Python's list.sort compares ready-made keys in C."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from operator import not_

from wasidb_guest.encoding.cell_vectors import valid_flags
from wasidb_guest.query.comparable import keys_of
from wasidb_guest.query.grouping import take_rows
from wasidb_guest.vectors import Batch, Vector


@dataclass(frozen=True, slots=True)
class SortKey:
    """A column to sort by; `nulls_first` is about the rows as they come out."""

    position: int
    is_descending: bool
    nulls_first: bool


def sort(batch: Batch, keys: Sequence[SortKey]) -> Batch:
    """The rows in order of the first key, those equal in it in order of the second, and so on."""
    return take_rows(batch, memoryview(array("I", ordered(range(batch.count), batch, keys))))


def ordered(rows: Sequence[int], batch: Batch, keys: Sequence[SortKey]) -> list[int]:
    """These rows of a batch in order; those that are equal in all keys stay as they are."""
    order = list(rows)
    for key in reversed(keys):
        order = _sorted_by(order, batch.vectors[key.position], key)
    return order


def _sorted_by(order: list[int], vector: Vector, key: SortKey) -> list[int]:
    nulls: list[int] = []
    if vector.validity is not None:
        flags = list(map(valid_flags(vector).__getitem__, order))
        nulls = list(compress(order, map(not_, flags)))
        order = list(compress(order, flags))
    order.sort(key=keys_of(vector).__getitem__, reverse=key.is_descending)
    return nulls + order if key.nulls_first else order + nulls
