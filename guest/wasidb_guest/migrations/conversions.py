"""Changing the type of a column: which pairs of types there are, and the values.

    from                                  to
    an integer                            an integer or float, if it has the value; decimal; text
    float32, float64                      the other one, rounded; text
    boolean                               an integer, 0 or 1; text
    decimal, date, datetime, uuid, json   text, as they are printed
    text                                  all of these, if it is how one of their values is written

Nothing is guessed and nothing lost, but for the digits of a float: a value without a counterpart
refuses the migration and is named. NULL stays NULL. A *widening* cannot refuse a value; those are
the pairs of the Rust engine, and its only ones.
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, compress, islice, repeat
from operator import getitem
from struct import pack_into
from typing import Any, TypeAlias

from wasidb_guest.encoding.arrow.casts import first_outside, narrow, widen
from wasidb_guest.encoding.arrow.contents import numbers
from wasidb_guest.encoding.cell_vectors import (
    take,
    valid_flags,
    vector_from_cells,
    vector_to_cells,
)
from wasidb_guest.encoding.cells import FORMATS, BadCell, bad_cell
from wasidb_guest.errors import InvalidInput
from wasidb_guest.values import INTEGER_RANGES, DataType
from wasidb_guest.vectors import NO_ROW, Vector

INT64_MAX = INTEGER_RANGES["int64"][1]
BOOLEANS = ("false", "true")
FLOAT_SIGNS = set("0123456789+-.eE")


@dataclass(frozen=True, slots=True)
class Destination:
    """The column that values go to."""

    table: str
    column: str
    type: DataType

    def refusal(self, value: object, problem: BadCell | None = None) -> InvalidInput:
        """The error for a value that the type does not have."""
        problem = bad_cell(self.type) if problem is None else problem
        return problem.located(value, table=self.table, column=self.column)


Conversion: TypeAlias = Callable[[Vector, Destination], Vector]


def is_widening(old: DataType, new: DataType) -> bool:
    """Whether every value of one type is one of the other, as the Rust engine has it."""
    if old.name == "float32":
        return new.name == "float64"
    if not (old.is_integer and new.is_integer and old.width < new.width):
        return False
    return old.name.startswith("uint") or new.name.startswith("int")


def is_convertible(old: DataType, new: DataType) -> bool:
    """Whether there is a conversion between two different types."""
    return (_family(old), _family(new)) in CONVERSIONS


def convert(vector: Vector, destination: Destination) -> Vector:
    """The vector in the destination's type; the pair is the same type or convertible.

    Raises InvalidValue or LimitExceeded for the first value that has no counterpart.
    """
    if vector.type == destination.type:
        return vector
    return CONVERSIONS[_family(vector.type), _family(destination.type)](vector, destination)


def _family(data_type: DataType) -> str:
    if data_type.is_integer:
        return "integer"
    return "float" if data_type.is_float else data_type.name


# Integers, by kernel


def _integers(vector: Vector, destination: Destination) -> Vector:
    values = _as_int64(vector)
    low, high = INTEGER_RANGES[destination.type.name]
    # A uint64 from 2^63 on comes out negative, and no other integer type can hold it.
    row = first_outside(values, max(low, INTEGER_RANGES[vector.type.name][0]), min(high, INT64_MAX))
    if row >= 0:
        raise destination.refusal(_numbers(vector)[row])
    cells = bytearray(destination.type.width * vector.count)
    if destination.type.width == 8:
        cells[:] = values.cast("B")
    else:
        narrow(values, numbers(memoryview(cells), FORMATS[destination.type.name]))
    return Vector(destination.type, vector.count, cells, None, vector.validity)


def _as_int64(vector: Vector) -> memoryview:
    if vector.type.width == 8:
        return numbers(memoryview(vector.data), "q")
    values = memoryview(bytearray(8 * vector.count)).cast("q")
    widen(_numbers(vector), values)
    return values


def _numbers(vector: Vector) -> memoryview:
    return numbers(memoryview(vector.data), FORMATS[vector.type.name])


# Everything else, a column at a time


def _floats(vector: Vector, destination: Destination) -> Vector:
    values = list(_numbers(vector))
    cells = bytearray(destination.type.width * vector.count)
    try:
        pack_into(f"<{vector.count}{FORMATS[destination.type.name]}", cells, 0, *values)
    except OverflowError:
        return _by_cells(_same)(vector, destination)  # which finds the one to blame
    converted = Vector(destination.type, vector.count, cells, None, vector.validity)
    if vector.type.is_integer and list(_numbers(converted)) != values:
        pairs = zip(values, _numbers(converted), strict=True)
        inexact = next(number for number, nearest in pairs if number != nearest)
        raise destination.refusal(inexact, BadCell(f"a number that {destination.type} has"))
    return converted


def _by_cells(change: Callable[[Any], Any]) -> Conversion:
    """A conversion that makes each cell other than NULL anew; `change` raises ValueError, or gives
    something the type does not have.
    """

    def converted(vector: Vector, destination: Destination) -> Vector:
        present = vector if vector.validity is None else take(vector, _present_rows(vector))
        cells = vector_to_cells(present)
        try:
            changed = list(map(change, cells))
        except ValueError:
            raise _first_refusal(cells, change, destination) from None
        made = _encoded(changed, cells, destination)
        return made if vector.validity is None else take(made, _places(vector))

    return converted


def _present_rows(vector: Vector) -> memoryview:
    return memoryview(array("I", compress(range(vector.count), valid_flags(vector))))


def _places(vector: Vector) -> memoryview:
    """For each row its place among those that are not NULL."""
    flags = valid_flags(vector)
    places = islice(accumulate(flags, initial=-1), 1, None)
    return memoryview(array("I", map(getitem, zip(repeat(NO_ROW), places, strict=False), flags)))


def _encoded(changed: Sequence[Any], cells: Sequence[Any], destination: Destination) -> Vector:
    table, column = destination.table, destination.column
    try:
        return vector_from_cells(
            destination.type, changed, table=table, column=column, nullable=False
        )
    except InvalidInput as refusal:
        row = refusal.details["row"]
        assert isinstance(row, int)
        raise destination.refusal(cells[row]) from None


def _first_refusal(
    cells: Sequence[Any], change: Callable[[Any], Any], destination: Destination
) -> InvalidInput:
    for cell in cells:
        try:
            change(cell)
        except ValueError:
            return destination.refusal(cell)
    raise AssertionError("a column is refused and none of its cells")


def _same(cell: Any) -> Any:
    return cell


def _integer_of(text: str) -> int:
    number = int(text)
    if str(number) != text:
        raise ValueError(text)
    return number


def _float_of(text: str) -> float:
    if not FLOAT_SIGNS.issuperset(text):
        raise ValueError(text)
    return float(text)


def _boolean_of(text: str) -> bool:
    return BOOLEANS.index(text) == 1


CONVERSIONS: dict[tuple[str, str], Conversion] = {
    ("integer", "integer"): _integers,
    ("integer", "float"): _floats,
    ("integer", "decimal"): _by_cells(str),
    ("float", "float"): _floats,
    ("boolean", "integer"): _by_cells(int),
    ("boolean", "text"): _by_cells(BOOLEANS.__getitem__),
    **{
        (name, "text"): _by_cells(str)
        for name in ("integer", "float", "decimal", "date", "datetime", "uuid", "json")
    },
    ("text", "integer"): _by_cells(_integer_of),
    ("text", "float"): _by_cells(_float_of),
    ("text", "boolean"): _by_cells(_boolean_of),
    **{
        ("text", name): _by_cells(_same) for name in ("decimal", "date", "datetime", "uuid", "json")
    },
}
"""By the families of both types: `integer` and `float` stand for all widths."""
