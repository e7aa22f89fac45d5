"""From vectors to Arrow arrays: the type of a column, and the buffers of its rows.

    column                       Arrow
    intN, uintN                  the same
    float32, float64             float, double
    boolean                      bool
    text                         string
    json, related rows           string, with the extension type arrow.json
    blob                         binary
    custom                       binary, or fixed_size_binary when all values have one width
    uuid                         fixed_size_binary[16], with the extension type arrow.uuid
    date                         date32
    datetime                     timestamp[us] with a zone
    decimal                      decimal128 of 38 digits, or decimal256 of 76

`conversion` reads all of them back as they were, but that a column of Arrow has one zone and one
scale. The zone is the offset that all date-times share. Should they differ it is UTC, which keeps
the instants and loses the offsets. The scale is the largest one of the cells; when 38 digits have
no room for that, the smallest one that is exact; when there is none, 76 digits have room for all.

A type is chosen for all rows; buffers are made for a part of them at a time.
"""

from functools import lru_cache

from wasidb_guest.encoding.arrow.arrays import valid_count
from wasidb_guest.encoding.arrow.from_cells import (
    common_offset,
    days,
    largest_magnitudes,
    microseconds,
    needed_scale,
    rescale,
)
from wasidb_guest.encoding.arrow.metadata_writer import WrittenField, WrittenType
from wasidb_guest.encoding.arrow.offsets import rebase
from wasidb_guest.encoding.arrow.schema import (
    Binary,
    Boolean,
    Date,
    Decimal,
    FixedBinary,
    Float,
    Integer,
    Text,
    Timestamp,
)
from wasidb_guest.encoding.arrow.utf8 import first_not_utf8
from wasidb_guest.encoding.cell_vectors import (
    EVERY_ROW,
    stored_cells,
    valid_flags,
    vector_from_cells,
    vector_to_cells,
)
from wasidb_guest.encoding.cells import BadCell, bad_cell, decode_cell
from wasidb_guest.encoding.records import pack_flags
from wasidb_guest.values import INTEGER_RANGES
from wasidb_guest.vectors import Bytes, Vector, bitmap_size

DECIMAL128_DIGITS = 38
WIDE_DECIMAL = (76, 32)
SCALE_MAX = 28
SCALE_SLOTS = 32
WORD_SIZE = 4
FIELDS_KEPT = 1024
DECIDED_BY_CELLS = frozenset(("datetime", "decimal"))
"""Types of which it takes all cells of a column to know what it is in Arrow."""
EXTENSIONS = {"uuid": "arrow.uuid", "json": "arrow.json", "nested": "arrow.json"}
MICROSECONDS = 1_000_000


class Column:
    """A column of a result, or of a part of it from the row `place` on, and the Arrow type that
    holds all of it.
    """

    def __init__(self, name: str, vector: Vector, place: int = 0) -> None:
        self._place = place
        if vector.type.name in DECIDED_BY_CELLS:
            self._vector, stored = _decided(vector)
            self.field = WrittenField(name, stored, None)
        else:
            self._vector = vector
            self.field = _field(name, vector.type.name, vector.type.width)

    def array(self, first: int, last: int) -> tuple[int, list[Bytes]]:
        """The number of NULLs and the buffers of the rows from `first` to `last`, excluded.

        `first` is a multiple of 8. Raises InvalidValue for a cell that is no value of its type.
        """
        rows = _part(self._vector, first, last)
        bad_row, buffers = _buffers(rows, self.field.type)
        if bad_row >= 0:
            shown, column = _shown(rows, bad_row), self.field.name
            row = self._place + first + bad_row
            raise _bad(rows).located(shown, column=column, row=row)
        if rows.validity is None:
            return 0, [b"", *buffers]
        return rows.count - valid_count(rows.validity, rows.count), [rows.validity, *buffers]


# Types.


@lru_cache(FIELDS_KEPT)
def _field(name: str, type_name: str, width: int) -> WrittenField:
    """A column of a type that decides what it is in Arrow."""
    return WrittenField(name, _written(type_name, width), EXTENSIONS.get(type_name))


def _written(type_name: str, width: int) -> WrittenType:
    match type_name:
        case "boolean":
            return Boolean()
        case "float32" | "float64":
            return Float(width)
        case "text" | "json" | "nested":
            return Text(4)
        case "date":
            return Date(4, 1)
    if type_name in INTEGER_RANGES:
        return Integer(width, type_name.startswith("int"))
    return FixedBinary(width) if width else Binary(4)


def _decided(vector: Vector) -> tuple[Vector, WrittenType]:
    """The cells of a type that leaves it to them what they are in Arrow, and what that is."""
    if vector.type.name == "datetime":
        return vector, _timestamp(vector)
    possible = _with_possible_scales(vector)
    return possible, _decimal(possible)


def _timestamp(vector: Vector) -> Timestamp:
    offset = common_offset(vector.data, _flags(vector))
    hours, minutes = divmod(abs(offset), 60)
    if offset == 0 or hours >= 24:  # OFFSETS_DIFFER is more than that, and so is what is no zone
        return Timestamp(MICROSECONDS, "UTC", 0)
    return Timestamp(MICROSECONDS, f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}", offset)


def _decimal(vector: Vector) -> Decimal:
    largest = _largest_magnitudes(vector)
    scale_max = max(largest, default=0)
    for scale in (scale_max, needed_scale(_words(vector))):
        magnitudes = [each * 10**scale // 10**own for own, each in largest.items()]
        if max(magnitudes, default=0) < 10**DECIMAL128_DIGITS:
            return Decimal(DECIMAL128_DIGITS, scale)
    digits, width = WIDE_DECIMAL  # enough for the 29 digits of 96 bits before as well as behind
    return Decimal(digits, scale_max, width)


def _largest_magnitudes(vector: Vector) -> dict[int, int]:
    """Of each scale in use the largest number without its point."""
    found = memoryview(bytearray(16 * SCALE_SLOTS)).cast("I")
    largest_magnitudes(_words(vector), found)
    return {
        scale: int.from_bytes(found[4 * scale + 1 : 4 * scale + 4], "little")
        for scale in range(SCALE_SLOTS)
        if found[4 * scale]
    }


def _with_possible_scales(vector: Vector) -> Vector:
    """Decimals as they read; another engine may have stored more digits than there can be."""
    if max(_largest_magnitudes(vector), default=0) <= SCALE_MAX:
        return vector
    cells = vector_to_cells(vector)
    return vector_from_cells(vector.type, cells, table="", column="", nullable=True)


# Buffers.


def _part(vector: Vector, first: int, last: int) -> Vector:
    """Some rows of a vector, its data where it was."""
    count = last - first
    data = memoryview(vector.data).cast("B")
    validity = None
    if vector.validity is not None:
        validity = memoryview(vector.validity)[first // 8 : bitmap_size(last)]
    if vector.offsets is None:
        width = vector.type.width
        return Vector(vector.type, count, data[first * width : last * width], None, validity)
    start = vector.offsets[first]
    offsets = memoryview(vector.offsets)[first : last + 1]
    if start:
        offsets = memoryview(bytearray(4 * (count + 1))).cast("i")
        rebase(vector.offsets[first : last + 1], len(data), offsets)
    return Vector(vector.type, count, data[start : start + offsets[count]], offsets, validity)


def _buffers(rows: Vector, stored: WrittenType) -> tuple[int, list[Bytes]]:
    """The first row that is no value of the type, or -1; and all buffers but the validity."""
    bad_row = -1
    match stored:
        case Boolean():
            target = memoryview(bytearray(bitmap_size(rows.count)))
            pack_flags(rows.data, rows.count, target)
        case Date():
            target = memoryview(bytearray(4 * rows.count)).cast("i")
            bad_row = days(rows.data, _flags(rows), target)
        case Timestamp():
            target = memoryview(bytearray(8 * rows.count)).cast("q")
            bad_row = microseconds(rows.data, _flags(rows), target)
        case Decimal(_, scale, width):
            target = memoryview(bytearray(width * rows.count)).cast("I")
            rescale(_words(rows), scale, width // WORD_SIZE, target)
        case Text():
            bad_row = first_not_utf8(rows.data, rows.offsets)
            return bad_row, [rows.offsets.cast("B"), rows.data]
        case Binary():
            return -1, [rows.offsets.cast("B"), rows.data]
        case _:
            target = rows.data
    return bad_row, [target.cast("B")]


def _words(vector: Vector) -> memoryview:
    """Decimals as the kernels take them."""
    return memoryview(vector.data).cast("I")


def _flags(vector: Vector) -> bytes:
    return EVERY_ROW if vector.validity is None else valid_flags(vector)


def _bad(rows: Vector) -> BadCell:
    return bad_cell(rows.type) if rows.type.is_fixed else BadCell("UTF-8 text")


def _shown(rows: Vector, row: int) -> object:
    """A cell, as far as it has a form to be shown in."""
    stored = stored_cells(rows)[row]
    return decode_cell(rows.type, stored) if rows.type.is_fixed else stored
