"""From Arrow arrays to vectors of a table's column: the pairs of types, and how each converts.

    Arrow                              column
    intN, uintN                        any integer type, in range; any float type
    halffloat, float, double           any float type, rounded; out of range is refused
    bool                               boolean
    string, large_string               text; json, uuid, decimal, date, datetime as their text forms
    binary types                       blob; custom; uuid of 16 bytes
    date32, date64                     date
    timestamp                          datetime
    decimals                           decimal, if 96 bits and 28 digits after the point can hold it
    null                               every type
    dictionary                         what its values are; expanded before it comes here

A float takes the nearest float of an integer, as it does when rows are inserted one by one. A
timestamp without zone is stored with offset +00:00, one of a zone like "+02:00" as local time with
that offset, one of a named zone in UTC: a stored datetime knows offsets, not zones. Nanoseconds
must be whole microseconds. Names of Arrow extension types are ignored: what counts is how their
values are stored.

`require_conversion` is asked once per column, before any row is read; `convert` then only refuses
values. Rows of errors count from 0 over the whole stream.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from wasidb_guest.encoding import json_text, text_forms
from wasidb_guest.encoding.arrow.arrays import Array
from wasidb_guest.encoding.arrow.casts import (
    blank_nulls,
    dates,
    datetimes,
    decimals,
    first_indivisible,
    first_outside,
    narrow,
)
from wasidb_guest.encoding.arrow.contents import (
    Strings,
    fixed_cells,
    flags_of,
    integers,
    numbers,
    strings,
)
from wasidb_guest.encoding.arrow.offsets import first_longer, spread
from wasidb_guest.encoding.arrow.schema import (
    ArrowType,
    Binary,
    Boolean,
    Date,
    Decimal,
    Dictionary,
    FixedBinary,
    Float,
    Integer,
    Null,
    ReadableType,
    Text,
    Timestamp,
    Unreadable,
)
from wasidb_guest.encoding.arrow.utf8 import first_not_utf8
from wasidb_guest.encoding.cells import (
    CELL_SIZE_MAX,
    FORMATS,
    BadCell,
    bad_cell,
    cell_too_large,
)
from wasidb_guest.encoding.records import unpack_flags
from wasidb_guest.errors import InvalidInput, InvalidValue
from wasidb_guest.values import BUILT_IN, INTEGER_RANGES, DataType
from wasidb_guest.vectors import Vector

# The years 0 to 65535 that a stored date can hold, in days since 1970-01-01.
FIRST_DAY, LAST_DAY = -719_528, 23_217_003
SECONDS_PER_DAY = 86_400
INT64_MIN, INT64_MAX = INTEGER_RANGES["int64"]
SCALE_MAX = 76  # the digits of 256 bits
WORD_SIZE = 4


@dataclass(frozen=True, slots=True)
class Destination:
    """The table column that an array goes to, and the row of the stream at which it starts."""

    table: str
    column: str
    type: DataType
    first_row: int = 0

    def refusal(self, bad: BadCell, row: int, value: object) -> InvalidInput:
        """The error for `value` in row `row` of the array."""
        row += self.first_row
        return bad.located(value, table=self.table, column=self.column, row=row)


def require_conversion(stored: ArrowType, destination: Destination) -> ReadableType | Dictionary:
    """The Arrow type itself when the column can store it; otherwise InvalidValue."""
    plain = stored.value if isinstance(stored, Dictionary) else stored
    is_known = (type(plain), destination.type.name) in CONVERSIONS
    if not isinstance(stored, Unreadable) and is_known and _fits(plain, destination.type):
        return stored
    names = sorted(kind.__name__ for kind, name in CONVERSIONS if name == destination.type.name)
    raise InvalidValue(
        f"column {destination.table}.{destination.column} of type {destination.type} cannot store "
        f"Arrow {stored}",
        table=destination.table,
        column=destination.column,
        value=str(stored),
        expected=f"an Arrow type of {', '.join(names)} that fits {destination.type}",
    )


def _fits(stored: ArrowType, data_type: DataType) -> bool:
    """Whether the parameters of two convertible types agree."""
    match stored:
        case FixedBinary(width):
            return not data_type.is_fixed or width == data_type.width
        case Decimal(_, scale):
            return 0 <= scale <= SCALE_MAX
        case _:
            return True


def convert(array: Array, destination: Destination) -> Vector:
    """The array as a vector of the destination's type; the pair has passed `require_conversion`."""
    return CONVERSIONS[type(array.type), destination.type.name](array, destination)


def _nulls(array: Array, destination: Destination) -> Vector:
    if destination.type.is_fixed:
        return _vector(array, destination, memoryview(bytes(array.count * destination.type.width)))
    no_bytes = Strings(memoryview(b""), memoryview(bytes(4 * (array.count + 1))).cast("i"))
    return _string_vector(array, destination, no_bytes)


def _booleans(array: Array, destination: Destination) -> Vector:
    cells = memoryview(bytearray(array.count))
    unpack_flags(array.data, array.count, cells)
    return _blanked_vector(array, destination, cells)


def _integers(array: Array, destination: Destination) -> Vector:
    stored = array.type
    assert isinstance(stored, Integer)
    target = destination.type
    if str(stored) == target.name:
        return _vector(array, destination, fixed_cells(array, stored.width))
    values = integers(array, stored)
    low, high = INTEGER_RANGES[target.name]
    # A uint64 from 2^63 on comes out negative, and no other integer type can hold it.
    row = first_outside(values, low if stored.is_signed else 0, min(high, INT64_MAX))
    if row >= 0:
        value = numbers(array.data, stored.format)[row]
        raise destination.refusal(bad_cell(target), row, value)
    if target.width == 8:
        return _vector(array, destination, values.cast("B"))
    cells = memoryview(bytearray(target.width * array.count))
    narrow(values, numbers(cells, FORMATS[target.name]))
    return _vector(array, destination, cells)


def _floats(array: Array, destination: Destination) -> Vector:
    stored = array.type
    assert isinstance(stored, Integer | Float)
    target = destination.type
    data = fixed_cells(array, stored.width)
    if stored.format == FORMATS[target.name]:
        return _vector(array, destination, data)
    values = struct.unpack(f"<{array.count}{stored.format}", data)
    layout = struct.Struct(f"<{array.count}{FORMATS[target.name]}")
    try:
        return _vector(array, destination, memoryview(layout.pack(*values)))
    except OverflowError:
        row = next(row for row, value in enumerate(values) if _overflows(value))
        raise destination.refusal(bad_cell(target), row, values[row]) from None


def _overflows(value: float) -> bool:
    """Whether a float32 cannot hold the value."""
    try:
        struct.pack("<f", value)
    except OverflowError:
        return True
    return False


def _dates(array: Array, destination: Destination) -> Vector:
    stored = array.type
    assert isinstance(stored, Date)
    values = integers(array, stored)
    units = stored.units_per_day
    _require_multiples(destination, values, units, f"a {stored} of whole days")
    _require_range(array, destination, values, FIRST_DAY * units, LAST_DAY * units)
    cells = memoryview(bytearray(destination.type.width * array.count))
    dates(values, units, cells)
    return _blanked_vector(array, destination, cells)


def _datetimes(array: Array, destination: Destination) -> Vector:
    stored = array.type
    assert isinstance(stored, Timestamp)
    values = integers(array, stored)
    units = stored.units_per_second
    _require_multiples(
        destination, values, max(units // 1_000_000, 1), f"a {stored} of whole microseconds"
    )
    offset = 60 * stored.offset_minutes
    low = (FIRST_DAY * SECONDS_PER_DAY - offset) * units
    high = ((LAST_DAY + 1) * SECONDS_PER_DAY - offset) * units - 1
    _require_range(array, destination, values, low, high)
    cells = memoryview(bytearray(destination.type.width * array.count))
    datetimes(values, units, stored.offset_minutes, cells)
    return _blanked_vector(array, destination, cells)


def _require_range(
    array: Array, destination: Destination, values: memoryview, low: int, high: int
) -> None:
    row = first_outside(values, max(low, INT64_MIN), min(high, INT64_MAX))
    if row >= 0:
        expected = BadCell(f"a {array.type} in the years 0 to 65535")
        raise destination.refusal(expected, row, values[row])


def _require_multiples(
    destination: Destination, values: memoryview, divisor: int, expected: str
) -> None:
    row = first_indivisible(values, divisor) if divisor > 1 else -1
    if row >= 0:
        raise destination.refusal(BadCell(expected), row, values[row])


def _decimals(array: Array, destination: Destination) -> Vector:
    stored = array.type
    assert isinstance(stored, Decimal)
    data = fixed_cells(array, stored.width)
    cells = memoryview(bytearray(destination.type.width * array.count))
    size = stored.width // WORD_SIZE
    magnitude = memoryview(bytearray(max(stored.width, destination.type.width))).cast("I")
    row = decimals(data.cast("I"), size, stored.scale, magnitude, cells.cast("I"))
    if row >= 0:
        start = row * stored.width
        unscaled = int.from_bytes(data[start : start + stored.width], "little", signed=True)
        shown = f"{unscaled}e-{stored.scale}"
        raise destination.refusal(bad_cell(destination.type), row, shown)
    return _blanked_vector(array, destination, cells)


def _text(array: Array, destination: Destination) -> Vector:
    return _string_vector(array, destination, _utf8(array, destination))


def _json(array: Array, destination: Destination) -> Vector:
    cells = _utf8(array, destination)
    row = json_text.check_column(cells.data, cells.offsets, flags_of(array))
    if row >= 0:
        raise _string_refusal(destination, bad_cell(destination.type), cells, row)
    return _string_vector(array, destination, cells)


def _parsed(array: Array, destination: Destination) -> Vector:
    target = destination.type
    texts = _utf8(array, destination)
    cells = memoryview(bytearray(target.width * array.count))
    row = text_forms.parse_column(target.tag, texts.data, texts.offsets, flags_of(array), cells)
    if row >= 0:
        raise _string_refusal(destination, bad_cell(target), texts, row)
    return _vector(array, destination, cells)


def _utf8(array: Array, destination: Destination) -> Strings:
    """The cells, which are proven to be UTF-8 one by one."""
    cells = strings(array)
    row = first_not_utf8(cells.data, cells.offsets)
    if row >= 0:
        raise _string_refusal(destination, BadCell("UTF-8 text"), cells, row)
    return cells


def _bytes(array: Array, destination: Destination) -> Vector:
    return _string_vector(array, destination, strings(array))


def _custom(array: Array, destination: Destination) -> Vector:
    is_fixed = destination.type.is_fixed
    return (_sized_bytes if is_fixed else _bytes)(array, destination)


def _sized_bytes(array: Array, destination: Destination) -> Vector:
    """Bytes for a column of fixed width."""
    target = destination.type
    if isinstance(array.type, FixedBinary):
        return _vector(array, destination, fixed_cells(array, target.width))
    source = strings(array)
    cells = memoryview(bytearray(target.width * array.count))
    row = spread(source.data, source.offsets, flags_of(array), target.width, cells)
    if row >= 0:
        size = BadCell(f"{target.width} bytes")
        bad = bad_cell(target) if target.name == "custom" else size
        raise _string_refusal(destination, bad, source, row)
    return _vector(array, destination, cells)


def _string_refusal(
    destination: Destination, bad: BadCell, cells: Strings, row: int
) -> InvalidInput:
    value = bytes(cells.cell(row))
    if destination.type.name in ("blob", "custom"):
        return destination.refusal(bad, row, value)
    try:
        return destination.refusal(bad, row, value.decode())
    except UnicodeDecodeError:
        return destination.refusal(bad, row, value)


def _string_vector(array: Array, destination: Destination, cells: Strings) -> Vector:
    row = first_longer(cells.offsets, CELL_SIZE_MAX)
    if row >= 0:
        raise _string_refusal(destination, cell_too_large(), cells, row)
    return Vector(destination.type, array.count, cells.data, cells.offsets, array.validity)


def _blanked_vector(array: Array, destination: Destination, cells: memoryview) -> Vector:
    """For conversions that make something else than zeros of a NULL's zero."""
    if array.validity is not None:
        blank_nulls(cells, destination.type.width, array.validity)
    return _vector(array, destination, cells)


def _vector(array: Array, destination: Destination, cells: memoryview) -> Vector:
    return Vector(destination.type, array.count, cells, None, array.validity)


CONVERSIONS: dict[tuple[type, str], Callable[[Array, Destination], Vector]] = {
    **{(Null, name): _nulls for name in (*BUILT_IN, "custom")},
    **{(Integer, name): _integers for name in INTEGER_RANGES},
    **{(kind, name): _floats for kind in (Integer, Float) for name in ("float32", "float64")},
    **{(Text, name): _parsed for name in ("uuid", "decimal", "date", "datetime")},
    **{(kind, "blob"): _bytes for kind in (Binary, FixedBinary)},
    **{(kind, "uuid"): _sized_bytes for kind in (Binary, FixedBinary)},
    **{(kind, "custom"): _custom for kind in (Binary, FixedBinary)},
    (Boolean, "boolean"): _booleans,
    (Text, "text"): _text,
    (Text, "json"): _json,
    (Date, "date"): _dates,
    (Timestamp, "datetime"): _datetimes,
    (Decimal, "decimal"): _decimals,
}
