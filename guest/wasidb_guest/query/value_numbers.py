"""The values of a column by number, and the numbers of values looked up among them.

    integers that lie close together     a table with a place for each      (see `narrow`)
    other integers, runs of bytes        a hash table                       (see `numbering`)

Which columns are integers here, or runs of bytes, is told by `comparable`."""

from typing import Protocol, TypeAlias

from wasidb_guest.encoding.cell_vectors import EVERY_ROW, valid_flags
from wasidb_guest.encoding.copying import pointed_to
from wasidb_guest.query import narrow, numbering
from wasidb_guest.query.comparable import (
    fixed_offsets,
    has_ordinals,
    has_spans,
    ordinals_of,
    spans_of,
)
from wasidb_guest.vectors import Bytes, Numbering, Vector

ORDINAL_SIZE = 8
PLACES_A_ROW = 8
PLACES_MIN = 1 << 14
"""Integers that need no more places than this lie close together, whatever their number."""

Spans: TypeAlias = tuple[Bytes, int, memoryview]
"""Runs of bytes: data, their size, and int32 offsets."""


class ValueNumbers(Protocol):
    """Values that are numbered, and can be looked up."""

    @property
    def numbering(self) -> Numbering: ...

    def find(self, vector: Vector, null_number: int) -> memoryview:
        """The number that each cell of another column of the same type has, NO_NUMBER where there
        is none, `null_number` for NULL."""


def numbered(vector: Vector) -> ValueNumbers | None:
    """The values of a column by number; None if they are neither integers nor runs of bytes."""
    if has_ordinals(vector.type):
        ordinals = ordinals_of(vector)
        low, places = _places(ordinals)
        if places <= max(PLACES_A_ROW * vector.count, PLACES_MIN):
            return NarrowNumbers(ordinals, flags_of(vector), low, places)
    elif not has_spans(vector.type):
        return None
    return SpanNumbers(_spans(vector), flags_of(vector))


class NarrowNumbers:
    """Integers from `low` on that are within so many places."""

    def __init__(self, values: memoryview, flags: bytes, low: int, places: int) -> None:
        self._low = low
        self._places = no_places(places)
        numbers, first = no_numbers(len(values)), no_numbers(len(values))
        count = narrow.number_narrow(values, flags, low, self._places, first, numbers)
        self.numbering = Numbering(numbers, first[:count])

    def find(self, vector: Vector, null_number: int) -> memoryview:
        numbers = no_numbers(vector.count)
        narrow.find_narrow(
            ordinals_of(vector), flags_of(vector), self._low, self._places, null_number, numbers
        )
        return numbers


class SpanNumbers:
    """Runs of bytes."""

    def __init__(self, spans: Spans, flags: bytes) -> None:
        self._spans = spans
        count = len(spans[-1]) - 1
        self._slots = memoryview(bytearray(4 * (2 << count.bit_length()))).cast("i")
        numbers, first = no_numbers(count), no_numbers(count)
        distinct = numbering.number_distinct(*spans, flags, self._slots, first, numbers)
        self.numbering = Numbering(numbers, first[:distinct])

    def find(self, vector: Vector, null_number: int) -> memoryview:
        spans = _spans(vector)
        numbers = no_numbers(vector.count)
        known, first = self._spans, self.numbering.first
        numbering.find_numbers(
            *spans, flags_of(vector), self._slots, *known, first, null_number, numbers
        )
        return numbers


def flags_of(vector: Vector) -> bytes:
    """A byte a row, 0 for NULL, as the kernels take it: empty if nothing is NULL."""
    return EVERY_ROW if vector.validity is None else valid_flags(vector)


def no_numbers(count: int) -> memoryview:
    """Room for so many row numbers."""
    return memoryview(bytearray(4 * count)).cast("I")


def no_places(count: int) -> memoryview:
    """So many places for the kernels of `narrow`, with nothing in them."""
    return memoryview(bytearray(4 * count)).cast("i")


def _places(ordinals: memoryview) -> tuple[int, int]:
    """The least of some integers, and how many there are from it to the greatest."""
    if not len(ordinals):
        return 0, 0
    ends = memoryview(bytearray(2 * ORDINAL_SIZE)).cast("Q" if ordinals.format == "Q" else "q")
    narrow.find_ends(ordinals, ends)
    low, high = ends
    return low, high - low + 1


def _spans(vector: Vector) -> Spans:
    """Cells as runs of bytes, equal where the cells are."""
    if has_ordinals(vector.type):
        offsets = fixed_offsets(vector.count, ORDINAL_SIZE)
        return *pointed_to(ordinals_of(vector).cast("B")), offsets
    data, offsets = spans_of(vector)
    return *pointed_to(data), offsets
