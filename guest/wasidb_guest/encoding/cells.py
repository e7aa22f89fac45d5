"""One cell and its stored bytes, as they stand inside a record without NULL flag and without length
prefix.

    integers, floats                little-endian, IEEE 754
    boolean                         0 or 1
    date, datetime, decimal, uuid   see `text_forms`
    text, json                      UTF-8; JSON text is kept as it is written
    blob, custom                    as they are

Encoding is strict and changes nothing but spelling: "2024-01-01 10:00" is read back as a full time
with offset, an upper-case UUID as a lower-case one. Decoding is lenient where a file may hold what
another engine let in (month 13, a boolean of 7) and strict where there is no cell for the bytes
(wrong size, text that is no UTF-8).

Both report a `BadCell`, which knows what was expected but not where; who knows table and column, or
page and offset, turns it into the error of its layer.

The rows-JSON form is the same cell as JSON can carry it: bytes as base64, floats JSON has no number
for as "NaN", "Infinity" and "-Infinity". A float32 is the float64 with the fewest digits that names
it: 0.1, not 0.10000000149."""

from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Sequence
from functools import partial
from math import isfinite, isnan
from operator import eq, getitem
from reprlib import Repr
from struct import Struct, error, pack, unpack
from typing import TypeAlias

from wasidb_guest.encoding import json_text, text_forms
from wasidb_guest.errors import InvalidInput, InvalidValue, LimitExceeded
from wasidb_guest.values import INTEGER_RANGES, DataType

Cell: TypeAlias = bool | int | float | str | bytes | None

CELL_SIZE_MAX = 65_535

FORMATS = {
    "int8": "b", "int16": "h", "int32": "i", "int64": "q",
    "uint8": "B", "uint16": "H", "uint32": "I", "uint64": "Q",
    "float32": "f", "float64": "d",
}  # fmt: skip
STRUCTS = {name: Struct("<" + letter) for name, letter in FORMATS.items()}

EXPECTED = {
    **{
        name: f"a whole number from {low} to {high}" for name, (low, high) in INTEGER_RANGES.items()
    },
    "float32": 'a number that fits float32, "NaN", "Infinity" or "-Infinity"',
    "float64": 'a number that fits float64, "NaN", "Infinity" or "-Infinity"',
    "boolean": "true or false",
    "text": "text without lone surrogates",
    "json": "JSON text, nested 100 deep at most",
    "blob": "bytes",
    "decimal": "a decimal number like -123.450 of 96 bits, with 28 digits after the point at most",
    "date": "a calendar date like 2024-02-29",
    "datetime": "a date and time like 2024-02-29T12:30:00.000000+02:00",
    "uuid": "a UUID like 0123abcd-0123-0123-0123-0123456789ab",
}

FLOAT32_NORMAL_MIN = 2.0**-126
BYTES_TYPES = (bytes, bytearray, memoryview)
FLOAT_WORDS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
INFINITIES = {float("inf"): "Infinity", float("-inf"): "-Infinity"}
BASE64_DECODER = partial(a2b_base64, strict_mode=True)
BASE64_ENCODER = partial(b2a_base64, newline=False)

SHORT = Repr()
SHORT.maxstring = SHORT.maxother = SHORT.maxlong = SHOWN_SIZE_MAX = 80


class BadCell(Exception):
    """A cell its type cannot hold, or bytes that are no cell of it.

    `limit` names the limit if there is too much of it.
    """

    def __init__(self, expected: str, limit: str | None = None) -> None:
        super().__init__(expected)
        self.expected = expected
        self.limit = limit

    def located(
        self,
        cell: object,
        *,
        table: str | None = None,
        column: str | None = None,
        row: int | None = None,
    ) -> InvalidInput:
        """The error for the user, saying as much of the place as is known."""
        place = ".".join(name for name in (table, column) if name)
        place += f" (row {row})" if row is not None else ""
        shown = _shown(cell)
        message = f"{place}: " if place else ""
        message += f"{shown} is not {self.expected}"
        value = cell if isinstance(cell, str | int) and len(shown) < SHOWN_SIZE_MAX else shown
        if self.limit is None:
            return InvalidValue(
                message, table=table, column=column, row=row, value=value, expected=self.expected
            )
        return LimitExceeded(
            message, limit=self.limit, table=table, column=column, row=row, expected=self.expected
        )


def encode_cell(data_type: DataType, cell: object) -> bytes:
    """The stored bytes of a cell other than NULL; BadCell when the type cannot hold it."""
    return ENCODERS[data_type.name](data_type, cell)


def decode_cell(data_type: DataType, encoded: bytes) -> Cell:
    """The cell whose stored bytes these are; BadCell when they are no cell of the type."""
    if data_type.is_fixed and len(encoded) != data_type.width:
        raise BadCell(_size(data_type.width))
    return DECODERS[data_type.name](data_type, encoded)


def json_to_cell(data_type: DataType, value: object) -> Cell:
    """The cell a rows-JSON value stands for, spelled as it would be read back; null is NULL."""
    if value is None:
        return None
    cell = decode_base64(data_type, value) if data_type.name in ("blob", "custom") else value
    return decode_cell(data_type, encode_cell(data_type, cell))


def cell_to_json(data_type: DataType, cell: Cell) -> Cell:
    """The cell as rows-JSON has it; never bytes, never a float that is not finite."""
    if isinstance(cell, bytes):
        return BASE64_ENCODER(cell).decode("ascii")
    if data_type.is_float and isinstance(cell, float) and not isfinite(cell):
        return "NaN" if isnan(cell) else INFINITIES[cell]
    return cell


def decode_base64(data_type: DataType, value: object) -> bytes:
    """The bytes of a blob or custom cell in rows-JSON."""
    if isinstance(value, str):
        try:
            return BASE64_DECODER(value)
        except ValueError:
            pass
    raise BadCell(f"{expected_cell(data_type)} as base64 text")


def expected_cell(data_type: DataType) -> str:
    """What a cell of this type is, to complete "... is not"."""
    if data_type.name != "custom":
        return EXPECTED[data_type.name]
    return _size(data_type.width) if data_type.is_fixed else "bytes"


def _size(count: int) -> str:
    return "1 byte" if count == 1 else f"{count} bytes"


def bad_cell(data_type: DataType) -> BadCell:
    """The type cannot hold a cell."""
    return BadCell(expected_cell(data_type))


def cell_too_large() -> BadCell:
    """A cell of variable width is longer than its length prefix can say."""
    return BadCell(f"at most {CELL_SIZE_MAX} bytes long", limit="cell size")


def shortest_float32(values: Sequence[float]) -> list[float]:
    """For each float32 the float64 with the fewest digits that names it."""
    layout = f"<{len(values)}f"
    shortest = list(map(float, map("%.9g".__mod__, values)))
    for precision in (8, 7, 6):
        shorter = list(map(float, map(f"%.{precision}g".__mod__, values)))
        is_same = map(eq, unpack(layout, pack(layout, *shorter)), values)
        shortest = list(map(getitem, zip(shortest, shorter, strict=True), is_same))
    for row, value in enumerate(values):
        if 0 < abs(value) < FLOAT32_NORMAL_MIN:
            shortest[row] = _shortest_subnormal(value, shortest[row])
    return shortest


def _shortest_subnormal(value: float, shortest: float) -> float:
    """Next to zero less than six digits can be enough."""
    for precision in range(1, 6):
        shorter = float(f"{value:.{precision}g}")
        if unpack("<f", pack("<f", shorter))[0] == value:
            return shorter
    return shortest


def _shown(cell: object) -> str:
    """The cell as a short Python literal."""
    try:
        return SHORT.repr(cell)
    except ValueError:  # Python prints no integers of thousands of digits.
        return "an integer of thousands of digits"


def _encode_integer(data_type: DataType, cell: object) -> bytes:
    if type(cell) is int:
        try:
            return STRUCTS[data_type.name].pack(cell)
        except error:
            pass
    raise bad_cell(data_type)


def _encode_float(data_type: DataType, cell: object) -> bytes:
    number = FLOAT_WORDS.get(cell) if type(cell) is str else cell
    if type(number) in (int, float):
        try:
            return STRUCTS[data_type.name].pack(number)
        except (error, OverflowError):
            pass
    raise bad_cell(data_type)


def _encode_boolean(data_type: DataType, cell: object) -> bytes:
    if type(cell) is bool:
        return bytes((cell,))
    raise bad_cell(data_type)


def _encode_text_form(data_type: DataType, cell: object) -> bytes:
    if type(cell) is str and cell.isascii():
        stored = bytearray(data_type.width)
        if text_forms.parse(data_type.tag, cell.encode(), 0, len(cell), stored, 0):
            return bytes(stored)
    raise bad_cell(data_type)


def _encode_text(data_type: DataType, cell: object) -> bytes:
    if type(cell) is not str:
        raise bad_cell(data_type)
    try:
        encoded = cell.encode()
    except UnicodeEncodeError:
        raise bad_cell(data_type) from None
    if len(encoded) > CELL_SIZE_MAX:
        raise cell_too_large()
    return encoded


def _encode_json(data_type: DataType, cell: object) -> bytes:
    encoded = _encode_text(data_type, cell)
    if not json_text.is_json(encoded, 0, len(encoded), bytearray(json_text.DEPTH_MAX)):
        raise bad_cell(data_type)
    return encoded


def _encode_bytes(data_type: DataType, cell: object) -> bytes:
    if not isinstance(cell, BYTES_TYPES):
        raise bad_cell(data_type)
    encoded = bytes(cell)
    if data_type.is_fixed and len(encoded) != data_type.width:
        raise bad_cell(data_type)
    if len(encoded) > CELL_SIZE_MAX:
        raise cell_too_large()
    return encoded


def _decode_integer(data_type: DataType, encoded: bytes) -> int:
    return int.from_bytes(encoded, "little", signed=data_type.name.startswith("int"))


def _decode_float32(data_type: DataType, encoded: bytes) -> float:
    return shortest_float32(STRUCTS["float32"].unpack(encoded))[0]


def _decode_float64(data_type: DataType, encoded: bytes) -> float:
    number: float = STRUCTS["float64"].unpack(encoded)[0]
    return number


def _decode_boolean(data_type: DataType, encoded: bytes) -> bool:
    return encoded != b"\x00"


def _decode_text_form(data_type: DataType, encoded: bytes) -> str:
    text = bytearray(text_forms.PRINTED_SIZE_MAX)
    size = text_forms.print_one(data_type.tag, encoded, 0, text, 0)
    return text[:size].decode("ascii")


def _decode_text(data_type: DataType, encoded: bytes) -> str:
    try:
        return encoded.decode()
    except UnicodeDecodeError:
        raise BadCell("UTF-8 text") from None


def _decode_bytes(data_type: DataType, encoded: bytes) -> bytes:
    return encoded


ENCODERS: dict[str, Callable[[DataType, object], bytes]] = {
    **dict.fromkeys(INTEGER_RANGES, _encode_integer),
    **dict.fromkeys(("float32", "float64"), _encode_float),
    **dict.fromkeys(("date", "datetime", "decimal", "uuid"), _encode_text_form),
    **dict.fromkeys(("blob", "custom"), _encode_bytes),
    "boolean": _encode_boolean,
    "text": _encode_text,
    "json": _encode_json,
}

DECODERS: dict[str, Callable[[DataType, bytes], Cell]] = {
    **dict.fromkeys(INTEGER_RANGES, _decode_integer),
    **dict.fromkeys(("date", "datetime", "decimal", "uuid"), _decode_text_form),
    **dict.fromkeys(("text", "json"), _decode_text),
    **dict.fromkeys(("blob", "custom"), _decode_bytes),
    "float32": _decode_float32,
    "float64": _decode_float64,
    "boolean": _decode_boolean,
}
