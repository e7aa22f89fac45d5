"""Columns of rows whose cells rows-JSON has as they are: integers, floats, booleans, texts. A
kernel.

    rows   [[1, "ab"], [2, null]]      vectors   uint8 01 02      text "ab", offsets 0 2 2, 0b01

A column with anything else in it is left to `encoding.cell_vectors`, which knows every type, and
says what is wrong with a cell that has none.
"""

from collections.abc import Sequence
from struct import Struct
from typing import Any

from wasidb_guest.encoding.cells import CELL_SIZE_MAX
from wasidb_guest.encoding.records import pack_flags
from wasidb_guest.values import INTEGER_RANGES, DataType
from wasidb_guest.vectors import Bytes, Vector, bitmap_size

PLAIN_SIZE_MAX = CELL_SIZE_MAX
PLAIN_TEXT_MAX = 1 << 30
INT64_MAX = 0x7FFF_FFFF_FFFF_FFFF
INTEGERS = frozenset(INTEGER_RANGES)
put_double = Struct("<d").pack_into


def plain_columns(
    types: Sequence[DataType], nullable: Bytes, rows: list[list[Any]]
) -> list[Vector | None]:
    """A vector for each column of the rows, None for one that is not plain. `nullable` has a byte a
    column, 1 where NULL is plain.
    """
    vectors = []
    for column in range(len(types)):
        flags = bytearray(len(rows))
        data_type = types[column]
        name = data_type.name
        vector = None
        if name == "text":
            vector = plain_texts(data_type, rows, column, flags)
        elif name in INTEGERS:
            low, high = INTEGER_RANGES[name]
            vector = plain_integers(
                data_type, data_type.width, low, min(high, INT64_MAX), rows, column, flags
            )
        elif name == "float64":
            vector = plain_floats(data_type, rows, column, flags)
        elif name == "boolean":
            vector = plain_booleans(data_type, rows, column, flags)
        if vector is not None and 0 in flags:
            if nullable[column]:
                vector.validity = bytearray(bitmap_size(len(rows)))
                pack_flags(flags, len(rows), vector.validity)
            else:
                vector = None
        vectors.append(vector)
    return vectors


def plain_integers(
    data_type: DataType,
    width: int,
    low: int,
    high: int,
    rows: list[list[Any]],
    column: int,
    flags: bytearray,
) -> Vector | None:
    """The cells as integers of `width` bytes from `low` to `high`; `flags` get 1 for each cell that
    is not NULL.
    """
    data = bytearray(width * len(rows))
    out, at = data, 0
    for row in range(len(rows)):
        cell = rows[row][column]
        if cell is not None:
            if type(cell) is not int:
                return None
            try:
                value = cell
            except OverflowError:
                return None
            if value < low or value > high:
                return None
            for i in range(width):
                out[at + i] = value >> 8 * i & 0xFF
            flags[row] = 1
        at += width
    return Vector(data_type, len(rows), data)


def plain_floats(
    data_type: DataType, rows: list[list[Any]], column: int, flags: bytearray
) -> Vector | None:
    """The same for numbers of 64 bits with a point."""
    data = bytearray(8 * len(rows))
    for row in range(len(rows)):
        cell = rows[row][column]
        if cell is not None:
            if type(cell) is not float:
                return None
            put_double(data, 8 * row, cell)
            flags[row] = 1
    return Vector(data_type, len(rows), data)


def plain_booleans(
    data_type: DataType, rows: list[list[Any]], column: int, flags: bytearray
) -> Vector | None:
    """The same for booleans."""
    data = bytearray(len(rows))
    for row in range(len(rows)):
        cell = rows[row][column]
        if cell is not None:
            if type(cell) is not bool:
                return None
            data[row] = cell
            flags[row] = 1
    return Vector(data_type, len(rows), data)


def plain_texts(
    data_type: DataType, rows: list[list[Any]], column: int, flags: bytearray
) -> Vector | None:
    """The same for text."""
    pieces = []
    offsets = memoryview(bytearray(4 * len(rows) + 4)).cast("i")
    ends = offsets
    end = 0
    for row in range(len(rows)):
        cell = rows[row][column]
        if cell is not None:
            if type(cell) is not str:
                return None
            try:
                piece = cell.encode()
            except UnicodeEncodeError:
                return None
            size = len(piece)
            if size > PLAIN_SIZE_MAX or end > PLAIN_TEXT_MAX:
                return None
            end += size
            pieces.append(piece)
            flags[row] = 1
        ends[row + 1] = end
    return Vector(data_type, len(rows), b"".join(pieces), offsets)
