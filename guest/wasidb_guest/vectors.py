"""Columns of values in memory, Arrow-shaped: the form in which the executor moves data.

A vector of the text cells "ab", NULL, "c":

    count     3
    validity  0b101                one bit a row, lowest bit first; None when no cell is NULL
    offsets   [0, 2, 2, 3]         int32, count + 1 of them; None for fixed-width types
    data      b"abc"               the cells back to back

A fixed-width vector has no offsets; cell i is `data[i * width : (i + 1) * width]`, and the bytes of
a NULL cell are zero. Each cell is encoded exactly as inside a record, without flag or length
prefix, so moving values between pages and vectors copies bytes and interprets nothing. A
user-defined type of variable length keeps its own u16 length prefix out of the vector as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from wasidb_guest.values import DataType

# What kernels take as bytes, and as bytes to write to.
Bytes: TypeAlias = bytes | bytearray | memoryview
WritableBytes: TypeAlias = bytearray | memoryview

# A u32 row number that stands for no row: the missing side of an outer join. Taking it gives NULL.
NO_ROW = 0xFFFF_FFFF


@dataclass(slots=True)
class Numbering:
    """Each row's number, counted by first appearance, and each number's first row; uint32."""

    numbers: memoryview
    first: memoryview

    @property
    def count(self) -> int:
        """How many different values there are."""
        return len(self.first)


@dataclass(slots=True)
class Sketch:
    """What the integers of a vector are roughly: a code each, how far they are above the lowest
    one, without the last `shift` bits of that; and the integers as kernels take them."""

    lowest: int
    highest: int
    shift: int
    codes: bytearray
    integers: memoryview


@dataclass(slots=True)
class Vector:
    """One column of a batch. Its buffers never change, so it can remember how its cells have been
    numbered (see `query.grouping`), and what they are roughly (see `query.ordinal_comparison`)."""

    type: DataType
    count: int
    data: Any
    offsets: Any = None
    validity: Any = None
    numbering: Numbering | None = None
    sketch: Sketch | None = None


@dataclass(slots=True)
class Batch:
    """Equally long vectors with names: a part of a table or of a result."""

    names: Sequence[str]
    vectors: Sequence[Vector]
    count: int

    def column(self, name: str) -> Vector:
        """The vector called `name`."""
        return self.vectors[self.names.index(name)]


RowChoice: TypeAlias = tuple[Sequence[int], Callable[[Batch], memoryview]]
"""Columns of a table, and which rows of a batch are wanted: their numbers, uint32 and ascending,
which are good until it is asked about the next one. Others of the batch need not have cells."""


def bitmap_size(count: int) -> int:
    """Bytes of a validity bitmap for `count` rows."""
    return (count + 7) // 8


def all_valid(count: int) -> bytearray:
    """A validity bitmap in which no cell is NULL."""
    return bytearray(b"\xff") * bitmap_size(count)
