"""Cells of text files made values of the columns' types.

    "12" for an int16 column     12
    "x"  for an int16 column     people.csv, row 3: people.age: 'x' is not a whole number from ...

The engine reads the text of dates, date-times, decimals and uuids itself; here are the types whose
text it does not take. A column is converted as a whole. Only when that fails are its cells tried
one by one.
"""

from binascii import a2b_base64
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import pyarrow as pa

from wasidb.errors import InvalidValue
from wasidb.files.pieces import Piece, Refusal
from wasidb_schema import TableDefinition
from wasidb_schema.definition import ColumnDefinition

Array: TypeAlias = "pa.Array[Any]"
Convert: TypeAlias = Callable[[Array], Array]

BITS = (8, 16, 32, 64)
NUMBERS: dict[str, pa.DataType] = {
    "int8": pa.int8(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "uint8": pa.uint8(),
    "uint16": pa.uint16(),
    "uint32": pa.uint32(),
    "uint64": pa.uint64(),
    "float32": pa.float64(),  # the engine refuses what is too large, Arrow not
    "float64": pa.float64(),
}
EXPECTED = {
    **{f"int{n}": f"a whole number from {-(1 << n - 1)} to {(1 << n - 1) - 1}" for n in BITS},
    **{f"uint{n}": f"a whole number from 0 to {(1 << n) - 1}" for n in BITS},
    "float32": "a number",
    "float64": "a number",
    "boolean": "true or false",
    "text": "text",
    "blob": "base64",
    "custom": "base64",
}
MISFITS = (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError)


def typed(piece: Piece, table: TableDefinition, refusal: Refusal) -> Piece:
    """The rows with cells that the engine takes; those with cells that are none are refused."""
    columns = {column.name: column for column in table.columns}
    try:
        return converted(piece, columns)
    except MISFITS:
        bad = misfits(piece, columns, table.name)
        for row in sorted(bad):
            refusal.refuse(bad[row], piece.numbers[row], piece.data(row))
        return converted(piece.without(bad), columns)


def converted(piece: Piece, columns: Mapping[str, ColumnDefinition]) -> Piece:
    """The rows converted; columns that the table has not are left for the engine to name."""
    names = piece.given.schema.names
    arrays = [
        conversion(columns[name])(array) if name in columns else array
        for name, array in zip(names, piece.given.columns, strict=True)
    ]
    return Piece(pa.RecordBatch.from_arrays(arrays, names=names), piece.given, piece.numbers)


def misfits(
    piece: Piece, columns: Mapping[str, ColumnDefinition], table: str
) -> dict[int, InvalidValue]:
    """The first cell that cannot be converted, of each row that has one."""
    found: dict[int, InvalidValue] = {}
    for name, array in zip(piece.given.schema.names, piece.given.columns, strict=True):
        if name not in columns:
            continue
        convert = conversion(columns[name])
        expected = EXPECTED.get(columns[name].type_name, columns[name].type_name)
        for row in range(len(array)):
            try:
                convert(array.slice(row, 1))
            except MISFITS:
                value = array[row].as_py()
                message = f"{table}.{name}: {value!r} is not {expected}"
                facts = {"table": table, "column": name, "value": value, "expected": expected}
                found.setdefault(row, InvalidValue(message, **facts))
    return found


def conversion(column: ColumnDefinition) -> Convert:
    """How a column is converted."""
    kind = column.type_name
    if kind in NUMBERS:
        return lambda array: numbers(array, NUMBERS[kind])
    if kind in ("blob", "custom"):
        return bytes_of_base64
    if kind == "boolean":
        return truth_values
    if kind == "text":
        return text_only
    return lambda array: array.cast(pa.utf8())


def numbers(array: Array, kind: pa.DataType) -> Array:
    """The numbers; a truth value is none."""
    if pa.types.is_boolean(array.type):
        raise ValueError("not a number")
    return array.cast(kind)


def truth_values(array: Array) -> Array:
    """The truth values; a number is none."""
    if array.type in (pa.int64(), pa.float64()):
        raise ValueError("not a truth value")
    return array.cast(pa.bool_())


def text_only(array: Array) -> Array:
    """The texts; a number is none."""
    if array.type not in (pa.utf8(), pa.null()):
        raise ValueError("not a text")
    return array


def bytes_of_base64(array: Array) -> Array:
    """The bytes that are written as base64."""
    cells = [
        None if cell is None else a2b_base64(cell, strict_mode=True) for cell in array.to_pylist()
    ]
    return pa.array(cells, pa.binary())
