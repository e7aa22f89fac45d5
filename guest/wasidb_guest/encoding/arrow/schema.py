"""The Arrow types that a stream can hold, and the schema message that declares them.

    field "delay": nullable, type int 16 signed           Integer(width=2, is_signed=True)
    field "seen": timestamp us, zone "+02:00"              Timestamp(1_000_000, "+02:00", 120)
    field "city": utf8, dictionary 7 with int32 indices    Dictionary(7, Integer(4, True), Text(4))

Types print as pyarrow prints them, because that is the name a user will look for. A type without a
class here (lists, structs, views, intervals and more) is an `Unreadable`: it is refused together
with the column it was meant for.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wasidb_guest.encoding.arrow.flatbuffers import I16, I32, I64, U8, Table
from wasidb_guest.encoding.arrow.refusals import malformed, unsupported

DATA_BITS = {8: 1, 16: 2, 32: 4, 64: 8}
DECIMAL_BITS = (32, 64, 128, 256)


@dataclass(frozen=True, slots=True)
class Null:
    """A column of nothing but NULLs; it has no bytes."""

    def __str__(self) -> str:
        return "null"


@dataclass(frozen=True, slots=True)
class Boolean:
    """One bit a value."""

    def __str__(self) -> str:
        return "bool"


@dataclass(frozen=True, slots=True)
class Integer:
    """`width` bytes, little-endian."""

    width: int
    is_signed: bool

    @property
    def format(self) -> str:
        """The code of `struct` and `memoryview.cast`."""
        code = {1: "b", 2: "h", 4: "i", 8: "q"}[self.width]
        return code if self.is_signed else code.upper()

    def __str__(self) -> str:
        return f"{'' if self.is_signed else 'u'}int{8 * self.width}"


@dataclass(frozen=True, slots=True)
class Float:
    """IEEE 754 of 2, 4 or 8 bytes."""

    width: int

    @property
    def format(self) -> str:
        """The code of `struct`."""
        return {2: "e", 4: "f", 8: "d"}[self.width]

    def __str__(self) -> str:
        return {2: "halffloat", 4: "float", 8: "double"}[self.width]


@dataclass(frozen=True, slots=True)
class Decimal:
    """A two's complement integer of `width` bytes, to be divided by 10 to the power of `scale`."""

    precision: int
    scale: int
    width: int = 16

    def __str__(self) -> str:
        return f"decimal{8 * self.width}({self.precision}, {self.scale})"


@dataclass(frozen=True, slots=True)
class Date:
    """Units since 1970-01-01: days in 4 bytes, or whole days counted in milliseconds in 8."""

    width: int
    units_per_day: int

    @property
    def format(self) -> str:
        """The code of `memoryview.cast`."""
        return "i" if self.width == 4 else "q"

    def __str__(self) -> str:
        return f"date{8 * self.width}[{'day' if self.width == 4 else 'ms'}]"


@dataclass(frozen=True, slots=True)
class Timestamp:
    """Units since 1970-01-01T00:00 in 8 bytes: in UTC, or of an unnamed place when `zone` is empty.

    `offset_minutes` is the distance of a zone that is written as an offset, and 0 for named ones.
    """

    units_per_second: int
    zone: str
    offset_minutes: int
    width: int = 8
    format: str = "q"

    def __str__(self) -> str:
        unit = {1: "s", 1_000: "ms", 1_000_000: "us", 1_000_000_000: "ns"}[self.units_per_second]
        return f"timestamp[{unit}, tz={self.zone}]" if self.zone else f"timestamp[{unit}]"


@dataclass(frozen=True, slots=True)
class Text:
    """UTF-8 with offsets of 4 or 8 bytes."""

    offset_width: int

    def __str__(self) -> str:
        return "string" if self.offset_width == 4 else "large_string"


@dataclass(frozen=True, slots=True)
class Binary:
    """Bytes with offsets of 4 or 8 bytes."""

    offset_width: int

    def __str__(self) -> str:
        return "binary" if self.offset_width == 4 else "large_binary"


@dataclass(frozen=True, slots=True)
class FixedBinary:
    """`width` bytes a value."""

    width: int

    def __str__(self) -> str:
        return f"fixed_size_binary[{self.width}]"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A type that this reader knows only by name."""

    name: str

    def __str__(self) -> str:
        return self.name


FixedType = Integer | Float | Decimal | Date | Timestamp | FixedBinary
ValueType = FixedType | Text | Binary
ReadableType = Null | Boolean | ValueType


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Indices into the values of dictionary `id`, which travel in messages of their own.

    Dictionaries of NULL or of booleans save nothing and are `Unreadable`.
    """

    id: int
    index: Integer
    value: ValueType

    def __str__(self) -> str:
        return f"dictionary<values={self.value}, indices={self.index}>"


ArrowType = ReadableType | Unreadable | Dictionary


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the stream."""

    name: str
    type: ArrowType


def read_schema(schema: Table) -> Iterator[Field]:
    """The fields of a schema message, each read when it is asked for."""
    if schema.number(0, I16):
        raise unsupported("big-endian data is not supported, write little-endian")
    for field in schema.tables(1):
        name = field.text(0)
        if name is None:
            raise malformed("field without a name", field.position)
        yield Field(name, _field_type(field))


def _field_type(field: Table) -> ArrowType:
    value = _plain_type(field)
    dictionary = field.table(4)
    if dictionary is None:
        return value
    if not isinstance(value, ValueType):
        return Unreadable(f"dictionary of {value}")
    index = dictionary.table(1)
    index_type = Integer(4, True) if index is None else _integer(index)
    return Dictionary(dictionary.number(0, I64), index_type, value)


def _plain_type(field: Table) -> ReadableType | Unreadable:
    code = field.number(2, U8)
    parameters = field.require_table(3, "type of a field")
    if code in _UNREADABLE:
        return Unreadable(_UNREADABLE[code])
    if code not in _READERS:
        raise malformed(f"type of unknown number {code}", field.position)
    return _READERS[code](parameters)


def _integer(parameters: Table) -> Integer:
    bits = parameters.number(0, I32)
    if bits not in DATA_BITS:
        raise malformed(f"integer of {bits} bits", parameters.position)
    return Integer(DATA_BITS[bits], parameters.number(1, U8) != 0)


def _float(parameters: Table) -> Float:
    precision = parameters.number(0, I16)
    if precision not in (0, 1, 2):
        raise malformed(f"float of precision {precision}", parameters.position)
    return Float(2 << precision)


def _decimal(parameters: Table) -> Decimal:
    precision, scale = parameters.number(0, I32), parameters.number(1, I32)
    bits = parameters.number(2, I32, default=128)
    if bits not in DECIMAL_BITS:
        raise malformed(f"decimal of {bits} bits", parameters.position)
    return Decimal(precision, scale, bits // 8)


def _date(parameters: Table) -> Date:
    unit = parameters.number(0, I16, default=1)
    if unit not in (0, 1):
        raise malformed(f"date of unit {unit}", parameters.position)
    return Date(4, 1) if unit == 0 else Date(8, 86_400_000)


def _timestamp(parameters: Table) -> Timestamp:
    unit = parameters.number(0, I16)
    if unit not in (0, 1, 2, 3):
        raise malformed(f"timestamp of unit {unit}", parameters.position)
    zone = parameters.text(1) or ""
    return Timestamp(1000**unit, zone, _offset_minutes(zone))


def _offset_minutes(zone: str) -> int:
    """The distance from UTC of a zone that says it, "+02:00"; 0 for a named zone or none."""
    if not zone.startswith(("+", "-")):
        return 0
    parts = re.fullmatch(r"([+-])([01]\d|2[0-3]):([0-5]\d)", zone, re.ASCII)
    if parts is None:
        raise unsupported(f"time zone {zone!r} is neither a name nor an offset like '+02:00'")
    minutes = 60 * int(parts[2]) + int(parts[3])
    return minutes if parts[1] == "+" else -minutes


def _fixed_binary(parameters: Table) -> FixedBinary:
    width = parameters.number(0, I32)
    if width < 0:
        raise malformed(f"binary of fixed size {width}", parameters.position)
    return FixedBinary(width)


_READERS: dict[int, Callable[[Table], ReadableType | Unreadable]] = {
    1: lambda _: Null(),
    2: _integer,
    3: _float,
    4: lambda _: Binary(4),
    5: lambda _: Text(4),
    6: lambda _: Boolean(),
    7: _decimal,
    8: _date,
    10: _timestamp,
    15: _fixed_binary,
    19: lambda _: Binary(8),
    20: lambda _: Text(8),
}

_UNREADABLE = {
    9: "time", 11: "interval", 12: "list", 13: "struct", 14: "union", 16: "fixed_size_list",
    17: "map", 18: "duration", 21: "large_list", 22: "run_end_encoded", 23: "binary_view",
    24: "string_view", 25: "list_view", 26: "large_list_view",
}  # fmt: skip
