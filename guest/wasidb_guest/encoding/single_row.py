"""A row that is alone: its cells, and what is made of them: a record, entries of keys, columns. A
kernel.

    id 7, name "ab"     cells     07 | 61 62
                        record    05 00 | 07 | 02 00 61 62          see `record_writer`
                        entry     0a 00 | 01 00 00 00 | ...         see `key_writer`

Most statements are about one row. What does this for many wants the buffers of all columns and of
lists of places, which takes ten times as long as to copy the cells of one row. Here a cell is
bytes, None where it is NULL, and a place is a number.

`widths` has the width of each column's type, 0 where it varies, and `nullable` a 1 where NULL is
allowed, a byte a column.
"""

from collections.abc import Sequence

from wasidb_guest.encoding.copying import copy_bytes
from wasidb_guest.values import DataType
from wasidb_guest.vectors import Bytes, Vector, WritableBytes

NULL, NULL_SIZE = 10, 5
ENTRY_OVERHEAD = 12
"""Of an entry, besides its columns: key size, number of columns, address."""
PAST_END = "a cell of a row runs past the end of its bytes"

Cells = list[bytes | bytearray | None]
"""The cells of a row, as they are stored."""


def record_of(cells: Cells, widths: Bytes, nullable: Bytes) -> bytearray:
    """The record of a row, of which these are all cells; one too long for its length is for the
    caller to refuse.
    """
    size = 2
    for column in range(len(cells)):
        cell = cells[column]
        if nullable[column]:
            size += 1
        if cell is not None:
            size += len(cell)
            if not widths[column]:
                size += 2
    record = bytearray(size)
    out, at = record, 2
    put_u16(out, 0, size - 2)
    for column in range(len(cells)):
        cell = cells[column]
        if nullable[column]:
            out[at] = cell is not None
            at += 1
        if cell is not None:
            size = len(cell)
            if not widths[column]:
                put_u16(out, at, size)
                at += 2
            copy_bytes(cell, 0, size, out, at)
            at += size
    return record


def size_of(cells: Cells) -> int:
    """The bytes of some cells."""
    size = 0
    for column in range(len(cells)):
        cell = cells[column]
        if cell is not None:
            size += len(cell)
    return size


def entry_of(cells: Cells, prefixes: Sequence[bytes], size_fields: Bytes) -> bytearray:
    """The leaf entry of the key with these cells, without an address."""
    size = ENTRY_OVERHEAD
    for column in range(len(cells)):
        cell = cells[column]
        if cell is None:
            size += NULL_SIZE
        else:
            size += 4 + len(prefixes[column]) + 2 * size_fields[column] + len(cell)
    entry = bytearray(size)
    out, at = entry, 6
    put_u16(out, 0, size - 8)
    put_u16(out, 2, len(cells))
    for column in range(len(cells)):
        cell = cells[column]
        if cell is None:
            out[at], out[at + 4] = 1, NULL
            at += NULL_SIZE
            continue
        prefix, size = prefixes[column], len(cell)
        front = len(prefix)
        put_u16(out, at, front + 2 * size_fields[column] + size)
        at += 4
        copy_bytes(prefix, 0, front, out, at)
        at += front
        for field in range(size_fields[column], 0, -1):
            put_u16(out, at, size + 2 * field - 2)
            at += 2
        copy_bytes(cell, 0, size, out, at)
        at += size
    return entry


def cells_at(page: bytearray, at: int, widths: Bytes, nullable: Bytes) -> Cells | None:
    """All cells of the record at an offset of a page; None if there is none that has them all."""
    raw, page_size = page, len(page)
    if at + 2 > page_size:
        return None
    end = at + 2 + (raw[at] | raw[at + 1] << 8)
    at += 2
    if at == end or end > page_size:
        return None
    cells: Cells = []
    for column in range(len(widths)):
        if nullable[column]:
            if at == end:
                return None
            at += 1
            if raw[at - 1] == 0:
                cells.append(None)
                continue
        width = widths[column]
        if width == 0:
            if at + 2 > end:
                return None
            width = raw[at] | raw[at + 1] << 8
            at += 2
        if at + width > end:
            return None
        cells.append(bytes(raw[at : at + width]))
        at += width
    return cells


def cell_of(vector: Vector) -> bytes | bytearray | None:
    """The only cell of a vector, None for NULL."""
    validity = vector.validity
    if validity is not None and not validity[0] & 1:
        return None
    data = vector.data
    start, end = 0, vector.type.width
    if end == 0:
        start, end = vector.offsets[0], vector.offsets[1]
    size = len(data)
    if start < 0 or end < start or end > size:
        raise IndexError(PAST_END)
    if start == 0 and end == size and isinstance(data, (bytes, bytearray)):
        return data
    return bytes(data[start:end])


def column_of(cell: bytes | bytearray | None, data_type: DataType) -> Vector:
    """The column that is one cell."""
    data: Bytes = bytes(data_type.width) if cell is None else cell
    offsets = None if data_type.width else offsets_to(len(data))
    return Vector(data_type, 1, data, offsets, bytearray(1) if cell is None else None)


def offsets_to(size: int) -> memoryview:
    """The offsets of a column of one cell."""
    offsets = bytearray(8)
    out = offsets
    put_u16(out, 4, size)
    return memoryview(offsets).cast("i")


def put_u16(out: WritableBytes, at: int, value: int) -> None:
    """Write the lower 16 bits of a number."""
    out[at] = value & 0xFF
    out[at + 1] = value >> 8 & 0xFF
