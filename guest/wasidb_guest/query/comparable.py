"""Columns and constants in the shapes in which the kernels compare them.

    ordinals   int64 or uint64       integers, booleans, dates, date-times, floats
    spans      runs of bytes         text, blob, uuid, custom of fixed width
    keys       Python objects        decimal, json, custom of variable width

In each shape the natural order is that of the type: date-times by instant, floats with NaN as the
greatest, decimals whatever their scale. What stands at the place of a NULL has no meaning; only a
key is None there.

A number compares with a column of any numeric type by its exact value. The column's type need not
be able to hold it: a `Constant` is the greatest value of the type that is not above the number, and
says whether it is the number itself."""

import sys
from array import array
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor, nextafter
from typing import Any
from typing import Literal as OneOf

from wasidb_guest.encoding.cell_vectors import constant_vector, stored_cells
from wasidb_guest.encoding.cells import BadCell, Cell, encode_cell, json_to_cell
from wasidb_guest.encoding.ordering import SCALE_MAX, sort_keys
from wasidb_guest.errors import InvalidQuery
from wasidb_guest.query import ordinals as kernel
from wasidb_guest.query.expression import Literal
from wasidb_guest.query.literals import bare_cell
from wasidb_guest.values import DECIMAL, FLOAT64, INTEGER_RANGES, DataType
from wasidb_guest.vectors import Vector

IntegerFormat = OneOf["b", "h", "i", "B", "H", "I"]
FORMATS: dict[str, IntegerFormat] = {
    "int8": "b",
    "int16": "h",
    "int32": "i",
    "uint8": "B",
    "uint16": "H",
    "uint32": "I",
}
NUMERIC_TYPES = frozenset((*INTEGER_RANGES, "float32", "float64", "decimal"))
ORDINAL_TYPES = NUMERIC_TYPES - {"decimal"} | {"boolean", "date", "datetime"}
SPAN_TYPES = frozenset(("text", "blob", "uuid"))
TRUTH = bytes(1) + b"\x01" * 255
EXPONENT_MAX = 400
FLOAT_MAXIMA = {"float32": float.fromhex("0x1.fffffep127"), "float64": sys.float_info.max}
DECIMAL_KEY_END = 10**EXPONENT_MAX


def has_ordinals(data_type: DataType) -> bool:
    """Whether cells of this type compare as integers."""
    return data_type.name in ORDINAL_TYPES


def has_spans(data_type: DataType) -> bool:
    """Whether cells of this type compare as bytes."""
    return data_type.name in SPAN_TYPES or (data_type.name == "custom" and data_type.is_fixed)


def is_numeric(data_type: DataType) -> bool:
    """Whether this is a type of numbers, all of which compare with each other."""
    return data_type.name in NUMERIC_TYPES


def ordinals_of(vector: Vector) -> memoryview:
    """The cells of a type that has ordinals as int64 ("q"), those of uint64 as uint64 ("Q")."""
    name = vector.type.name
    data = memoryview(vector.data)
    if name in ("int64", "uint64"):
        return data.cast("q" if name == "int64" else "Q")
    ordinals = memoryview(bytearray(8 * vector.count)).cast("q")
    if name == "boolean":
        kernel.integer_ordinals(data.tobytes().translate(TRUTH), ordinals)
    elif name == "date":
        kernel.date_ordinals(data, ordinals)
    elif name == "datetime":
        kernel.instants(data, ordinals)
    elif vector.type.is_float:
        doubles = floats_of(vector)
        kernel.float_ordinals(memoryview(doubles).cast("B").cast("q"), ordinals)
    else:
        kernel.integer_ordinals(data.cast(FORMATS[name]), ordinals)
    return ordinals


def integers_of(vector: Vector) -> memoryview:
    """The same, but integers in their own width."""
    name = vector.type.name
    return memoryview(vector.data).cast(FORMATS[name]) if name in FORMATS else ordinals_of(vector)


def floats_of(vector: Vector) -> Any:
    """The cells of a float column as float64."""
    if vector.type.name == "float64":
        return memoryview(vector.data).cast("d")
    return array("d", memoryview(vector.data).cast("f"))


def spans_of(vector: Vector) -> tuple[Any, Any]:
    """Data and int32 offsets of the cells of a type that has spans."""
    if vector.offsets is not None:
        return vector.data, vector.offsets
    return vector.data, fixed_offsets(vector.count, vector.type.width)


def fixed_offsets(count: int, width: int) -> memoryview:
    """The offsets of cells that are all as wide."""
    offsets = memoryview(bytearray(4 * (count + 1))).cast("i")
    kernel.set_offsets(width, offsets)
    return offsets


def keys_of(vector: Vector) -> list[Any]:
    """A hashable, comparable Python object for each cell, whatever the type."""
    if has_ordinals(vector.type):
        return ordinals_of(vector).tolist()
    return stored_cells(vector) if has_spans(vector.type) else sort_keys(vector)


@dataclass(frozen=True, slots=True)
class Constant:
    """What a literal is beside a column.

    `key` is comparable with the column's cells, or None if every one of them is above the literal.
    `cell` is the literal as a cell of the column's type, None if the type cannot hold it."""

    key: Any
    is_exact: bool
    cell: Cell


def constant_for(data_type: DataType, literal: Literal, column: str) -> Constant:
    """The constant for a literal other than NULL; InvalidQuery if the type has none for it."""
    try:
        if is_numeric(data_type):
            return _numeric_constant(data_type, literal)
        if literal.type is None:
            return _exact_constant(data_type, bare_cell(data_type, literal.value))
        if literal.type.name == "blob" and data_type.name == "custom":
            return _exact_constant(data_type, literal.value)
        if (literal.type.name, literal.type.custom_tag) != (data_type.name, data_type.custom_tag):
            raise BadCell(f"{data_type}")
        return _exact_constant(data_type, _own_bytes(data_type, literal.value))
    except BadCell as problem:
        given = "literal" if literal.type is None else f"{literal.type} literal"
        message = f"column {column!r} is {data_type}: {given} {literal} is not {problem.expected}"
        raise InvalidQuery(message, column=column, expected=problem.expected) from None


def _own_bytes(data_type: DataType, cell: Cell) -> Cell:
    """The cell of a typed literal; a custom one of variable width brings its u16 length along."""
    if data_type.name != "custom" or data_type.is_fixed or not isinstance(cell, bytes):
        return cell
    if len(cell) < 2 or int.from_bytes(cell[:2], "little") != len(cell) - 2:
        raise BadCell("bytes with their u16 length in front")
    return cell[2:]


def _exact_constant(data_type: DataType, cell: Cell) -> Constant:
    if has_spans(data_type):
        return Constant(encode_cell(data_type, cell), True, cell)
    return Constant(keys_of(constant_vector(data_type, cell, 1))[0], True, cell)


def _numeric_constant(data_type: DataType, literal: Literal) -> Constant:
    """A number beside a column of numbers; bare numbers and floats are rounded to float columns."""
    if data_type.is_integer and type(literal.value) is int:
        return _integer_constant(data_type, literal.value)
    if data_type.is_float and (literal.type is None or literal.type.is_float):
        rounded = _rounded(data_type, literal.value)
        if rounded is not None:
            return _exact_constant(data_type, rounded)
    number = _number(data_type, literal)
    if number.is_infinite() and number < 0:
        return Constant(None, False, None)
    if data_type.is_integer:
        return _integer_constant(data_type, number)
    return _float_constant(number) if data_type.is_float else _decimal_constant(number)


def _rounded(data_type: DataType, value: Any) -> Cell:
    """The cell of a float type nearest to a literal; None for a number beyond its range."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        largest = FLOAT_MAXIMA[data_type.name]
        return json_to_cell(data_type, float(value)) if -largest <= value <= largest else None
    return json_to_cell(data_type, value)


def _number(data_type: DataType, literal: Literal) -> Decimal:
    """The exact value of a literal, drawn in where its exponent is far beyond every type."""
    value = literal.value
    if literal.type is None and (isinstance(value, bool) or not isinstance(value, int | Decimal)):
        value = json_to_cell(data_type, value)
    elif literal.type is not None and not is_numeric(literal.type):
        raise BadCell(f"{data_type}")
    assert isinstance(value, int | float | str | Decimal)
    number = Decimal(value)
    if number and number.is_finite() and abs(number.adjusted()) > EXPONENT_MAX:
        exponent = EXPONENT_MAX if number.adjusted() > 0 else -EXPONENT_MAX
        number = Decimal((number.is_signed(), (1,), exponent))
    return number


def _integer_constant(data_type: DataType, number: Decimal | int) -> Constant:
    low, high = INTEGER_RANGES[data_type.name]
    if number != number or number > high:  # NaN, which differs from itself, is the greatest
        return Constant(high, False, None)
    if number < low:
        return Constant(None, False, None)
    whole = floor(number)
    is_exact = whole == number
    return Constant(whole, is_exact, whole if is_exact else None)


def _float_constant(number: Decimal) -> Constant:
    nearest = float(number)
    if not number.is_nan() and Decimal(nearest) > number:
        nearest = nextafter(nearest, float("-inf"))
    is_exact = Decimal(nearest) == number
    key = ordinals_of(constant_vector(FLOAT64, nearest, 1))[0]
    return Constant(key, is_exact, nearest if is_exact else None)


def _decimal_constant(number: Decimal) -> Constant:
    if not number.is_finite():
        return Constant(DECIMAL_KEY_END, False, None)
    scaled = Fraction(number) * 10**SCALE_MAX
    if scaled.denominator != 1:
        return Constant(floor(scaled), False, None)
    return Constant(int(scaled), True, _decimal_cell(number))


def _decimal_cell(number: Decimal) -> str | None:
    try:
        text = f"{number:f}"
        encode_cell(DECIMAL, text)
    except BadCell:
        return None
    return text
