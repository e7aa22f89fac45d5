"""From records to vectors and back: the columns of many records at once.

`ColumnReader` is given records, such as those of one page after the other, and collects the columns
it was made for; columns in between are stepped over, columns behind the last one wanted are never
looked at.

    reader = ColumnReader(definition, [0, 2])
    for page in pages: reader.read(page, ...)
    batch = reader.batch()
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from wasidb_guest.definitions import ColumnDefinition, TableDefinition
from wasidb_guest.encoding.cell_vectors import VECTOR_SIZE_MAX, bitmap_of, vector_too_large
from wasidb_guest.encoding.record_writer import measure_rows, put_rows
from wasidb_guest.encoding.records import (
    measure_bodies,
    take_columns,
)
from wasidb_guest.errors import Corrupted, LimitExceeded
from wasidb_guest.indexes.run import int32s
from wasidb_guest.pages.layout import RECORD_HEADER_SIZE, RECORD_SLOT_MAX, aligned
from wasidb_guest.values import DataType
from wasidb_guest.vectors import Batch, Vector

LAYOUTS_KEPT = 1024
FIRST_OFFSET = bytes(4)


@dataclass(frozen=True, slots=True)
class WantedColumn:
    """A column to read: which of the variable, and which of the nullable ones among the wanted it
    is; None if it is not.
    """

    position: int
    type: DataType
    variable: int | None
    nullable: int | None


class Layout:
    """What `take_columns` has to know of the columns of a table up to the last one wanted."""

    def __init__(self, definition: TableDefinition, positions: tuple[int, ...]) -> None:
        until = max(positions, default=-1) + 1
        numbers: list[int] = []
        self.wanted: list[WantedColumn] = []
        self.variable_count = self.nullable_count = self.null_width = 0
        for position, column in enumerate(definition.columns[:until]):
            numbers += (position in positions, column.type.width, column.nullable)
            if position in positions:
                self._add(position, column)
        self.numbers = memoryview(array("i", numbers))
        self.names = [definition.columns[position].name for position in positions]
        read = [column.position for column in self.wanted]
        self.order = [read.index(position) for position in positions]

    def _add(self, position: int, column: ColumnDefinition) -> None:
        variable = None if column.type.is_fixed else self.variable_count
        nullable = self.nullable_count if column.nullable else None
        self.wanted.append(WantedColumn(position, column.type, variable, nullable))
        self.variable_count += variable is not None
        self.nullable_count += nullable is not None
        # A NULL takes no room in a record, but as much as any other cell in a vector.
        self.null_width += column.type.width if column.nullable else 0


@lru_cache(LAYOUTS_KEPT)
def layout_of(definition: TableDefinition, positions: tuple[int, ...]) -> Layout:
    """The layout to read the columns at `positions`."""
    return Layout(definition, positions)


class ColumnReader:
    """Collects the columns at `positions` from records."""

    def __init__(self, definition: TableDefinition, positions: Sequence[int]) -> None:
        self._definition = definition
        self._layout = layout = layout_of(definition, tuple(positions))
        self._totals = int32s(len(layout.numbers) // 3)
        self._data: list[list[memoryview]] = [[] for _ in layout.wanted]
        self._cell_ends: list[list[memoryview]] = [[] for _ in range(layout.variable_count)]
        self._flags: list[list[bytearray]] = [[] for _ in range(layout.nullable_count)]
        self._size = 0
        self.count = 0

    def read(
        self,
        records: bytearray,
        cursors: Any,
        ends: Any,
        count: int,
        locate: Callable[[int], tuple[int, int]],
    ) -> None:
        """Take the columns of the `count` records whose bodies span `cursors` to `ends`.

        `locate` says which page and offset a place in `records` is. Raises Corrupted, and
        LimitExceeded for more than a vector can hold.
        """
        layout = self._layout
        size = measure_bodies(cursors, ends, count) + count * layout.null_width
        self._size += size
        if self._size > VECTOR_SIZE_MAX:
            raise vector_too_large()
        data, flags = bytearray(size), bytearray(count * layout.nullable_count)
        cell_ends = int32s(count * layout.variable_count)
        before = self._totals.tolist()
        damage = take_columns(
            records, cursors, ends, count, layout.numbers, self._totals, data, cell_ends, flags
        )
        after = self._totals.tolist()
        if damage < 0:
            name = self._definition.columns[after.index(-1)].name
            what = f"record of table {self._definition.name!r} ends within column {name!r}"
            raise Corrupted(*locate(-1 - damage), what)
        view = memoryview(data)
        start = 0
        for column, pieces in zip(layout.wanted, self._data, strict=True):
            end = start + after[column.position] - before[column.position]
            pieces.append(view[start:end])
            start = end
        for at, ends_pieces in enumerate(self._cell_ends):
            ends_pieces.append(cell_ends[at * count : (at + 1) * count])
        for at, flags_pieces in enumerate(self._flags):
            flags_pieces.append(flags[at * count : (at + 1) * count])
        self.count += count

    def batch(self) -> Batch:
        """Everything read so far."""
        vectors = list(map(self._vector, self._layout.wanted, self._data))
        return Batch(
            self._layout.names, [vectors[place] for place in self._layout.order], self.count
        )

    def _vector(self, column: WantedColumn, data: list[memoryview]) -> Vector:
        offsets = validity = None
        if column.variable is not None:
            cell_ends = b"".join((FIRST_OFFSET, *self._cell_ends[column.variable]))
            offsets = memoryview(cell_ends).cast("i")
        if column.nullable is not None:
            validity = bitmap_of(b"".join(self._flags[column.nullable]))
        return Vector(column.type, self.count, b"".join(data), offsets, validity)


def encode_records(
    definition: TableDefinition, vectors: Sequence[Vector]
) -> tuple[bytearray, memoryview]:
    """Records with their headers, back to back, and the int32 start of each and the end of the
    last.

    `vectors` are all columns in declaration order. Raises LimitExceeded, naming the row, for a
    record too large for a page.
    """
    count = vectors[0].count
    starts = int32s(count + 1)
    longest = measure_rows(vectors, definition.nullable_flags, count, starts)
    if aligned(RECORD_HEADER_SIZE + longest, definition.stride) > RECORD_SLOT_MAX:
        raise _too_large(definition, longest, starts)
    records = bytearray(starts[count])
    put_rows(vectors, definition.nullable_flags, count, starts, records, int32s(count))
    return records, starts


def _too_large(definition: TableDefinition, longest: int, starts: memoryview) -> LimitExceeded:
    """The error of a batch of records, the longest of which does not fit a page."""
    limit = RECORD_SLOT_MAX // definition.stride * definition.stride - RECORD_HEADER_SIZE
    sizes = [end - start for start, end in pairwise(starts)]
    row = sizes.index(RECORD_HEADER_SIZE + longest)
    message = f"a row of table {definition.name!r} takes {longest} bytes, at most {limit} fit"
    return LimitExceeded(
        f"{message} (row {row})",
        limit="record size",
        table=definition.name,
        row=row,
        size=longest,
    )
