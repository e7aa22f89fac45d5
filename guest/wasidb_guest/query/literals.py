"""Constants in filters: their JSON, and what they become beside a column of a certain type.

    typed    {"Uint32": 1}   {"Text": "abc"}   {"Decimal": "1.50"}
             {"Date": {"year": 2024, "month": 6, "day": 5}}
    bare     1   "abc"   1.5   "2024-06-05"           read as a cell of the column's type
    NULL     null   "Null"   {"Null": null}           so the text Null must be typed

The typed forms are those of the Rust engine, which has no floats; `Float32` and `Float64` are ours.
It cannot read its own form of a UUID; we take that (16 integers), the canonical text and the 16
characters that it can read."""

from collections.abc import Callable
from decimal import Decimal

from wasidb_guest.encoding.cells import BadCell, Cell, decode_cell, encode_cell, json_to_cell
from wasidb_guest.query.expression import Literal
from wasidb_guest.query.json_input import JsonInput
from wasidb_guest.values import (
    BLOB,
    BOOLEAN,
    BUILT_IN,
    DATE,
    DATETIME,
    DECIMAL,
    FLOAT64,
    INTEGER_RANGES,
    JSON,
    TEXT,
    UUID,
    DataType,
    custom,
)

NULL = Literal(None, None)
NULL_TEXT = "Null"
DATE_FIELDS = ("year", "month", "day")
DATETIME_FIELDS = (
    *DATE_FIELDS, "hour", "minute", "second", "microsecond", "timezone_offset_minutes",
)  # fmt: skip
FIELD_RANGES = (
    (0, 65_535), (1, 12), (1, 31), (0, 23), (0, 59), (0, 59), (0, 999_999), (-1439, 1439),
)  # fmt: skip


def literal_from_json(source: JsonInput) -> Literal:
    """The constant at this place of a filter; InvalidQuery if it is none."""
    if source.value is None or source.value == NULL_TEXT:
        return NULL
    if isinstance(source.value, dict):
        read, value = source.variant(TYPED, "a literal")
        return read(value)
    return Literal(None, source.value)


def bare_cell(data_type: DataType, value: object) -> Cell:
    """The cell of this type that a bare literal stands for; BadCell if there is none."""
    if data_type.name == "uuid":
        return _uuid_cell(value)
    return json_to_cell(data_type, value)


def _integer(name: str) -> Callable[[JsonInput], Literal]:
    data_type = BUILT_IN[name]
    low, high = INTEGER_RANGES[name]
    return lambda source: Literal(data_type, source.integer(low, high))


def _spelled(data_type: DataType) -> Callable[[JsonInput], Literal]:
    """Types whose typed form is a string in the form of their cells."""
    return lambda source: _checked(data_type, source.text(), source)


def _boolean(source: JsonInput) -> Literal:
    return Literal(BOOLEAN, source.boolean())


def _float(source: JsonInput) -> Literal:
    number = float(source.value) if isinstance(source.value, Decimal) else source.value
    return _checked(FLOAT64, number, source)


def _blob(source: JsonInput) -> Literal:
    return Literal(BLOB, _octets(source))


def _date(source: JsonInput) -> Literal:
    return _checked(DATE, _date_text(_fields(source, DATE_FIELDS)), source)


def _datetime(source: JsonInput) -> Literal:
    fields = _fields(source, DATETIME_FIELDS)
    hour, minute, second, microsecond, offset = fields[3:]
    sign = "-" if offset < 0 else "+"
    zone = f"{sign}{abs(offset) // 60:02}:{abs(offset) % 60:02}"
    time = f"{hour:02}:{minute:02}:{second:02}.{microsecond:06}"
    return _checked(DATETIME, f"{_date_text(fields)}T{time}{zone}", source)


def _uuid(source: JsonInput) -> Literal:
    try:
        return Literal(UUID, _uuid_cell(source.value))
    except BadCell as problem:
        raise source.refused(problem.expected) from None


def _custom(source: JsonInput) -> Literal:
    members = source.members(("type_tag", "encoded"), ("display",))
    if "display" in members:
        members["display"].text()
    return Literal(custom(members["type_tag"].text()), _octets(members["encoded"]))


def _null(source: JsonInput) -> Literal:
    if source.value is not None:
        raise source.refused("null")
    return NULL


def _checked(data_type: DataType, cell: object, source: JsonInput) -> Literal:
    """The literal, its cell spelled as it would be read back."""
    try:
        return Literal(data_type, decode_cell(data_type, encode_cell(data_type, cell)))
    except BadCell as problem:
        raise source.refused(problem.expected) from None


def _fields(source: JsonInput, names: tuple[str, ...]) -> list[int]:
    """The parts of a date, from an object or in this order from an array."""
    if isinstance(source.value, list):
        parts = source.items(len(names))
    else:
        members = source.members(names)
        parts = [members[name] for name in names]
    return [part.integer(*limits) for part, limits in zip(parts, FIELD_RANGES, strict=False)]


def _date_text(fields: list[int]) -> str:
    return f"{fields[0]:04}-{fields[1]:02}-{fields[2]:02}"


def _octets(source: JsonInput) -> bytes:
    return bytes(item.integer(0, 255) for item in source.items())


def _uuid_cell(value: object) -> Cell:
    """A UUID from its text, from 16 integers, or from the 16 bytes of a string."""
    if (
        isinstance(value, list)
        and set(map(type, value)) == {int}
        and 0 <= min(value) <= max(value) < 256
    ):
        return decode_cell(UUID, bytes(value))
    if isinstance(value, str) and len(value.encode("utf-8", "replace")) == UUID.width:
        return decode_cell(UUID, value.encode("utf-8", "replace"))
    return json_to_cell(UUID, value)


TYPED: dict[str, Callable[[JsonInput], Literal]] = {
    "Boolean": _boolean,
    **{name.capitalize(): _integer(name) for name in INTEGER_RANGES},
    "Text": _spelled(TEXT),
    "Blob": _blob,
    "Decimal": _spelled(DECIMAL),
    "Date": _date,
    "DateTime": _datetime,
    "Json": _spelled(JSON),
    "Uuid": _uuid,
    "Custom": _custom,
    "Float32": _float,
    "Float64": _float,
    "Null": _null,
}
