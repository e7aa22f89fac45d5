"""The order of values within a type, as Python objects that sort by themselves.

    integers          int                        text, blob, uuid, custom    bytes
    boolean           bool                       date, datetime              tuple of their fields
    decimal           int, scaled by 10^28       json                        nested tuples by rank
    floats            (is NaN, number)

It is the order of index keys. What it means where it is not obvious: date-times compare field by
field with the zone last, not as instants; 1.0 and 1.00 are the same decimal; NaN is equal to itself
and greater than every number, -0.0 is equal to 0.0; a variable custom value compares by the bytes
that stand in a record, its little-endian length first.

JSON values rank null < booleans < numbers < strings < arrays < objects. Arrays compare by element,
objects by their pairs in key order, and a proper prefix comes first. Integers compare exactly among
themselves; as soon as one side is a float both are compared as floats, where -0.0 < 0.0.

NULL has no key here; where it goes is for whoever sorts to say.
"""

from collections.abc import Iterable
from functools import partial, total_ordering
from itertools import chain, repeat
from json import JSONDecoder
from math import copysign, isnan
from operator import add, getitem, mul
from struct import Struct, iter_unpack, unpack
from typing import Any

from wasidb_guest.encoding.cell_vectors import stored_cells, with_nulls
from wasidb_guest.encoding.cells import FORMATS, BadCell, decode_cell, encode_cell
from wasidb_guest.values import DECIMAL, DataType
from wasidb_guest.vectors import Vector

U16 = Struct("<H")
SCALE_MAX = 28
SCALES = [byte & 31 for byte in range(256)]
POWERS = [10 ** max(SCALE_MAX - scale, 0) for scale in SCALES]
SIGNS = [1] * 128 + [-1] * 128

JSON_NULL = b"null"
U64_END = 1 << 64
I64_START = -(1 << 63)
I64_DIGITS_MAX = 20


def sort_keys(vector: Vector) -> list[Any]:
    """A key for every row, None for NULL; BadCell for stored json that is none."""
    if vector.type.is_fixed:
        return with_nulls(vector, _fixed_keys(vector.type, bytes(vector.data)))
    cells = with_nulls(vector, stored_cells(vector), instead=JSON_NULL)
    return with_nulls(vector, _variable_keys(vector.type, cells))


def ordering_key(data_type: DataType, encoded: bytes) -> Any:
    """The key of one cell from its stored bytes, without length prefix."""
    if data_type.is_fixed:
        return _fixed_keys(data_type, encoded)[0]
    return _variable_keys(data_type, [encoded])[0]


def _fixed_keys(data_type: DataType, data: bytes) -> list[Any]:
    match data_type.name:
        case "boolean":
            return list(map(bool, data))
        case "date":
            return list(iter_unpack("<HBB", data))
        case "datetime":
            return list(iter_unpack("<HBBBBBIh", data))
        case "decimal":
            return _decimal_keys(data)
        case "uuid" | "custom":
            return list(chain.from_iterable(iter_unpack(f"{data_type.width}s", data)))
    count = len(data) // data_type.width
    numbers = unpack(f"<{count}{FORMATS[data_type.name]}", data)
    return _float_keys(numbers) if data_type.is_float else list(numbers)


def _variable_keys(data_type: DataType, cells: list[bytes]) -> list[Any]:
    if data_type.name == "json":
        return [_json_key(cell) for cell in cells]
    if data_type.name == "custom":
        return list(map(add, map(U16.pack, map(len, cells)), cells))
    return cells


def _float_keys(numbers: Iterable[float]) -> list[tuple[bool, float]]:
    """NaN is equal to nothing, so it gives way to a mark and 0.0."""
    numbers = tuple(numbers)
    marks = list(map(isnan, numbers))
    comparable = map(getitem, zip(numbers, repeat(0.0)), marks)
    return list(zip(marks, comparable, strict=True))


def _decimal_keys(data: bytes) -> list[int]:
    fields = tuple(zip(*iter_unpack("<2xBB12s", data), strict=True))
    if not fields:
        return []
    scales, signs, mantissas = fields
    if max(map(SCALES.__getitem__, scales)) > SCALE_MAX:
        return _decimal_keys(_rounded(data))
    magnitudes = map(partial(int.from_bytes, byteorder="little"), mantissas)
    scaled = map(mul, magnitudes, map(POWERS.__getitem__, scales))
    return list(map(mul, scaled, map(SIGNS.__getitem__, signs)))


def _rounded(data: bytes) -> bytes:
    """Decimals as they read: no sound writer stores a scale above 28, so here is no hurry."""
    cells = (data[at : at + DECIMAL.width] for at in range(0, len(data), DECIMAL.width))
    return b"".join(encode_cell(DECIMAL, decode_cell(DECIMAL, cell)) for cell in cells)


@total_ordering
class JsonNumber:
    """A number of a JSON text; mixed with floats it orders as a float, so 1 and 1.0 tie."""

    __slots__ = ("value",)

    def __init__(self, value: int | float) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JsonNumber) and not (self < other or other < self)

    def __lt__(self, other: "JsonNumber") -> bool:
        if isinstance(self.value, int) and isinstance(other.value, int):
            return self.value < other.value
        return self._as_float() < other._as_float()

    def __hash__(self) -> int:
        return hash(float(self.value))

    def _as_float(self) -> tuple[float, float]:
        number = float(self.value)
        return number, copysign(1.0, number)


def _json_key(encoded: bytes) -> Any:
    try:
        return _json_rank(JSON_DECODER.decode(encoded.decode()))
    except (ValueError, RecursionError):
        raise BadCell("JSON text") from None


def _json_rank(value: Any) -> tuple[Any, ...]:
    if value is None:
        return (0,)
    if isinstance(value, bool):
        return (1, value)
    if isinstance(value, int | float):
        return (2, JsonNumber(value))
    if isinstance(value, str):
        return (3, value)
    if isinstance(value, list):
        return (4, tuple(map(_json_rank, value)))
    return (5, tuple((key, _json_rank(value[key])) for key in sorted(value)))


def _json_integer(text: str) -> int | float:
    """What does not fit 64 bits is a float, and so is -0."""
    if len(text) <= I64_DIGITS_MAX and text != "-0" and I64_START <= int(text) < U64_END:
        return int(text)
    return float(text)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


JSON_DECODER = JSONDecoder(parse_int=_json_integer, parse_constant=_refuse_constant)
