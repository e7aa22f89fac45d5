"""Columns whose cells are those of another column, by row: a kept side of a join, beside the rows
that have partners there.

    origin   "NO" "DK" "SE"        rows   1 0 1 NO_ROW        cells   "DK" "NO" "DK" NULL

The cells are put together when somebody asks for one of the buffers. Who takes some of the rows, or
groups by them, does not: taken rows are rows of the same origin, and the values of an origin are
numbered once, however many columns are picked from it (see `grouping`)."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from wasidb_guest.encoding import cell_vectors
from wasidb_guest.encoding.gather import gather_numbers, gathered_size, largest_size
from wasidb_guest.query.value_numbers import no_numbers
from wasidb_guest.vectors import NO_ROW, Numbering, Vector

OFFSET_SIZE = 4
SMALL = 1 << 20
"""Cells that cannot be more bytes than this need not be measured."""


class Origin:
    """A column of which others are picked; `numbering` is that of its values, once it is known, and
    `places` are for the numbers among them (see `narrow`)."""

    def __init__(self, vector: Vector) -> None:
        self.vector = vector
        self.numbering: Numbering | None = None
        self.places: Any = None

    @cached_property
    def largest(self) -> int:
        """The bytes of the largest cell."""
        if self.vector.offsets is None:
            return self.vector.type.width
        return largest_size(self.vector.offsets)


class Picked(Vector):
    """The cells of some rows of an origin, NULL for NO_ROW. The buffers are there once one of them
    has been asked for, and so is `size`, the bytes of cells and offsets, or a few more."""

    __slots__ = ("origin", "rows", "size")

    def __init__(self, origin: Origin, rows: memoryview) -> None:
        self.type, self.count = origin.vector.type, len(rows)
        self.numbering = self.sketch = None
        self.origin, self.rows = origin, rows

    def __getattr__(self, name: str) -> Any:
        """Called for what has not been set yet."""
        if name == "size":
            self.size = self._measure()
        elif name in Vector.__slots__:
            cells = cell_vectors.take(self.origin.vector, self.rows)
            self.data, self.offsets, self.validity = cells.data, cells.offsets, cells.validity
        return object.__getattribute__(self, name)

    def _measure(self) -> int:
        size = self.origin.largest * self.count
        if self.origin.vector.offsets is None:
            return size
        if size > SMALL:
            size = gathered_size(self.origin.vector.offsets, self.rows)
        return size + OFFSET_SIZE * (self.count + 1)


def take(vector: Vector, rows: memoryview) -> Vector:
    """The given rows, u32 numbers in any order; NO_ROW gives NULL."""
    if isinstance(vector, Picked):
        return Picked(vector.origin, numbers_at(vector.rows, rows, NO_ROW))
    return cell_vectors.take(vector, rows)


def concat(vectors: Sequence[Vector]) -> Vector:
    """The rows of one or more vectors of the same type, one vector after the other."""
    picked = [each for each in vectors if isinstance(each, Picked)]
    origins = {each.origin for each in picked}
    if len(picked) < len(vectors) or len(origins) > 1:
        return cell_vectors.concat(vectors)
    rows = b"".join(each.rows for each in picked)
    return Picked(origins.pop(), memoryview(rows).cast("I"))


def numbers_at(numbers: memoryview, rows: memoryview, missing: int) -> memoryview:
    """The uint32 at each of some rows, `missing` for NO_ROW."""
    found = no_numbers(len(rows))
    gather_numbers(numbers, rows, missing, found)
    return found
