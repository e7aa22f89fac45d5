"""From records to vectors and back: the columns of many records at once.

`ColumnReader` is given pages one after the other and collects the columns it was made for; columns
in between are stepped over, columns behind the last one wanted are never looked at.

    reader = ColumnReader(definition, [0, 2])
    for page in pages: reader.read(page, ...)
    batch = reader.batch()
"""

from collections.abc import Sequence
from typing import Any

from wasidb_guest.definitions import ColumnDefinition, TableDefinition
from wasidb_guest.encoding.records import (
    measure_fixed,
    measure_variable,
    offsets_from_lengths,
    pack_flags,
    put_fixed,
    put_headers,
    put_variable,
    skip_fixed,
    skip_variable,
    take_fixed,
    take_variable,
)
from wasidb_guest.errors import Corrupted, LimitExceeded
from wasidb_guest.indexes.run import EMPTY, NO_OFFSETS, flags_of, int32s
from wasidb_guest.pages.layout import PAGE_SIZE, RECORD_HEADER_SIZE, RECORD_SLOT_MAX, aligned
from wasidb_guest.vectors import Batch, Vector, bitmap_size


class ColumnReader:
    """Collects the columns at `positions` from records."""

    def __init__(self, definition: TableDefinition, positions: Sequence[int]) -> None:
        self._definition = definition
        self._positions = list(positions)
        wanted = set(positions)
        until = max(wanted, default=-1) + 1
        self._columns = [
            _WantedColumn(column) if position in wanted else column
            for position, column in enumerate(definition.columns[:until])
        ]
        self.count = 0

    def read(self, number: int, page: bytearray, cursors: Any, ends: Any, count: int) -> None:
        """Take the columns of the `count` records whose bodies span `cursors` to `ends`.

        Raises Corrupted.
        """
        for column in self._columns:
            if isinstance(column, _WantedColumn):
                damage = column.take(page, cursors, ends, count)
            else:
                damage = _skip(column, page, cursors, ends, count)
            if damage < 0:
                name = self._definition.columns[self._columns.index(column)].name
                what = f"record of table {self._definition.name!r} ends within column {name!r}"
                raise Corrupted(number, -1 - damage, what)
        self.count += count

    def batch(self) -> Batch:
        """Everything read so far."""
        vectors = []
        for position in self._positions:
            column = self._columns[position]
            assert isinstance(column, _WantedColumn)
            vectors.append(column.vector(self.count))
        names = [self._definition.columns[position].name for position in self._positions]
        return Batch(names, vectors, self.count)


def _skip(column: ColumnDefinition, page: bytearray, cursors: Any, ends: Any, count: int) -> int:
    if column.type.is_fixed:
        return skip_fixed(page, cursors, ends, count, column.type.width, column.nullable)
    return skip_variable(page, cursors, ends, count, column.nullable)


class _WantedColumn:
    """The pieces of one column, a piece a page."""

    def __init__(self, column: ColumnDefinition) -> None:
        self._type = column.type
        self._nullable = column.nullable
        self._data: list[Any] = []
        self._lengths: list[Any] = []
        self._flags: list[Any] = []

    def take(self, page: bytearray, cursors: Any, ends: Any, count: int) -> int:
        flags = bytearray(count) if self._nullable else EMPTY
        self._flags.append(flags)
        if self._type.is_fixed:
            data = bytearray(count * self._type.width)
            self._data.append(data)
            return take_fixed(
                page, cursors, ends, count, self._type.width, self._nullable, data, flags
            )
        lengths = int32s(count)
        data = bytearray(PAGE_SIZE)
        size = take_variable(page, cursors, ends, count, self._nullable, lengths, data, flags)
        self._lengths.append(lengths)
        self._data.append(memoryview(data)[: max(size, 0)])
        return size

    def vector(self, count: int) -> Vector:
        offsets = None
        if not self._type.is_fixed:
            offsets = int32s(count + 1)
            offsets_from_lengths(memoryview(b"".join(self._lengths)).cast("i"), count, offsets)
        return Vector(self._type, count, b"".join(self._data), offsets, self._validity(count))

    def _validity(self, count: int) -> bytearray | None:
        if not self._nullable:
            return None
        validity = bytearray(bitmap_size(count))
        valid = pack_flags(b"".join(self._flags), count, validity)
        return None if valid == count else validity


def encode_records(
    definition: TableDefinition, vectors: Sequence[Vector]
) -> tuple[bytearray, memoryview]:
    """Records with their headers, back to back, and the int32 start of each and the end of the
    last.

    `vectors` are all columns in declaration order. Raises LimitExceeded, naming the row, for a
    record too large for a page.
    """
    count = vectors[0].count
    columns = list(zip(definition.columns, vectors, map(flags_of, vectors), strict=True))
    lengths = int32s(count)
    for column, vector, flags in columns:
        if vector.type.is_fixed:
            measure_fixed(lengths, count, vector.type.width, column.nullable, flags)
        else:
            measure_variable(lengths, count, vector.offsets, column.nullable, flags)
    _check_sizes(definition, lengths)
    sizes = int32s(count)
    sizes[:] = lengths
    measure_fixed(sizes, count, RECORD_HEADER_SIZE, False, EMPTY)
    starts = int32s(count + 1)
    records = bytearray(offsets_from_lengths(sizes, count, starts))
    cursors = int32s(count)
    cursors[:] = starts[:count]
    put_headers(records, cursors, count, lengths)
    for column, vector, flags in columns:
        if vector.type.is_fixed:
            put_fixed(
                records, cursors, count, vector.data, vector.type.width, column.nullable, flags
            )
        else:
            put_variable(
                records,
                cursors,
                count,
                vector.data,
                vector.offsets or NO_OFFSETS,
                column.nullable,
                flags,
            )
    return records, starts


def _check_sizes(definition: TableDefinition, lengths: memoryview) -> None:
    largest = max(lengths, default=0)
    if aligned(RECORD_HEADER_SIZE + largest, definition.stride) > RECORD_SLOT_MAX:
        limit = RECORD_SLOT_MAX // definition.stride * definition.stride - RECORD_HEADER_SIZE
        row = lengths.tolist().index(largest)
        message = f"a row of table {definition.name!r} takes {largest} bytes"
        message += f", at most {limit} fit (row {row})"
        raise LimitExceeded(
            message, limit="record size", table=definition.name, row=row, size=largest
        )
