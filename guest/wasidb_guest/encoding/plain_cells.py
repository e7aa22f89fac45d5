"""Columns of rows whose cells rows-JSON has as they are: integers, floats, booleans, texts. A
kernel.

    rows   [[1, "ab"], [2, null]]      vectors   uint8 01 02      text "ab", offsets 0 2 2, 0b01

A column with anything else in it is left to `encoding.cell_vectors`, which knows every type, and
says what is wrong with a cell that has none.
"""

from struct import Struct
from typing import Any

from wasidb_guest.encoding.cells import CELL_SIZE_MAX
from wasidb_guest.encoding.records import pack_flags
from wasidb_guest.encoding.single_row import Cells
from wasidb_guest.values import INTEGER_RANGES, DataType
from wasidb_guest.vectors import Bytes, Vector, WritableBytes, bitmap_size

PLAIN_SIZE_MAX = CELL_SIZE_MAX
PLAIN_TEXT_MAX = 1 << 30
INT64_MAX = 0x7FFF_FFFF_FFFF_FFFF
put_double = Struct("<d").pack_into
TEXT, INTEGER, FLOAT, BOOLEAN, NOT_PLAIN = 1, 2, 3, 4, 0


class PlainColumn:
    """How cells of a type become a vector; `nullable` where NULL is plain."""

    def __init__(self, data_type: DataType, *, nullable: bool) -> None:
        self.type = data_type
        self.nullable = nullable
        self.width = data_type.width
        self.low, high = INTEGER_RANGES.get(data_type.name, (0, 0))
        self.high = min(high, INT64_MAX)
        self.kind = INTEGER if data_type.is_integer else KINDS.get(data_type.name, NOT_PLAIN)

    def vector(self, rows: list[list[Any]], place: int) -> Vector | None:
        """The cells at a place of the rows; None if one is not plain."""
        count = len(rows)
        flags = bytearray(count)
        offsets = None
        if self.kind == TEXT:
            offsets = memoryview(bytearray(4 * count + 4)).cast("i")
            data = self.texts(rows, place, flags, offsets)
        elif self.kind == INTEGER:
            data = self.integers(rows, place, flags)
        elif self.kind == FLOAT:
            data = self.floats(rows, place, flags)
        elif self.kind == BOOLEAN:
            data = self.booleans(rows, place, flags)
        else:
            data = None
        if data is None:
            return None
        validity = None
        if has_zero(flags, count):
            if not self.nullable:
                return None
            validity = bytearray(bitmap_size(count))
            pack_flags(flags, count, validity)
        return Vector(self.type, count, data, offsets, validity)

    def cell(self, value: Any) -> bytes | bytearray | None:
        """A cell that is not NULL in bytes; None if it is not plain."""
        kind = type(value)
        if self.kind == TEXT:
            return encoded(value) if kind is str else None
        data = bytearray(self.width)
        if self.kind == INTEGER:
            return data if self.put_integer(value, data, 0) else None
        if self.kind == FLOAT and kind is float:
            put_double(data, 0, value)
            return data
        if self.kind == BOOLEAN and kind is bool:
            data[0] = value
            return data
        return None

    def put_integer(self, cell: Any, out: WritableBytes, at: int) -> bool:
        """Write an integer of the type; whether the cell is one."""
        if type(cell) is not int:
            return False
        try:
            value = cell
        except OverflowError:
            return False
        if value < self.low or value > self.high:
            return False
        for i in range(self.width):
            out[at + i] = value >> 8 * i & 0xFF
        return True

    def integers(self, rows: list[list[Any]], place: int, flags: WritableBytes) -> Bytes | None:
        """The cells in bytes, None if one is no such integer; `flags` get 1 for each that is not
        NULL.
        """
        width = self.width
        data = bytearray(width * len(rows))
        out, at = data, 0
        for row in range(len(rows)):
            cell = rows[row][place]
            if cell is not None:
                if not self.put_integer(cell, out, at):
                    return None
                flags[row] = 1
            at += width
        return data

    def floats(self, rows: list[list[Any]], place: int, flags: WritableBytes) -> Bytes | None:
        """The same for numbers of 64 bits with a point."""
        data = bytearray(8 * len(rows))
        for row in range(len(rows)):
            cell = rows[row][place]
            if cell is not None:
                if type(cell) is not float:
                    return None
                put_double(data, 8 * row, cell)
                flags[row] = 1
        return data

    def booleans(self, rows: list[list[Any]], place: int, flags: WritableBytes) -> Bytes | None:
        """The same for booleans."""
        data = bytearray(len(rows))
        for row in range(len(rows)):
            cell = rows[row][place]
            if cell is not None:
                if type(cell) is not bool:
                    return None
                data[row] = cell
                flags[row] = 1
        return data

    def texts(
        self, rows: list[list[Any]], place: int, flags: WritableBytes, offsets: memoryview
    ) -> Bytes | None:
        """The same for text; sets where each ends."""
        pieces = []
        end = 0
        for row in range(len(rows)):
            cell = rows[row][place]
            if cell is not None:
                if type(cell) is not str:
                    return None
                piece = encoded(cell)
                if piece is None or end > PLAIN_TEXT_MAX:
                    return None
                end += len(piece)
                pieces.append(piece)
                flags[row] = 1
            offsets[row + 1] = end
        return b"".join(pieces)


KINDS = {"text": TEXT, "float64": FLOAT, "boolean": BOOLEAN}


def plain_columns(columns: list[PlainColumn], rows: list[list[Any]]) -> list[Vector | None]:
    """A vector for each column of the rows, None for one that is not plain."""
    vectors = []
    for place in range(len(columns)):
        column = columns[place]
        vectors.append(column.vector(rows, place))
    return vectors


def plain_row(columns: list[PlainColumn], row: list[Any]) -> Cells | None:
    """The cells of a row; None if one is not plain."""
    cells: Cells = []
    for place in range(len(columns)):
        column, value = columns[place], row[place]
        cell = None
        if value is not None:
            cell = column.cell(value)
        if cell is None and (value is not None or not column.nullable):
            return None
        cells.append(cell)
    return cells


def encoded(text: str) -> bytes | None:
    """A text as cells have it; None if none can have it."""
    try:
        cell = text.encode()
    except UnicodeEncodeError:
        return None
    return cell if len(cell) <= PLAIN_SIZE_MAX else None


def has_zero(flags: Bytes, count: int) -> bool:
    """Whether one of so many bytes is 0."""
    i = 0
    while i < count and flags[i]:
        i += 1
    return i < count
