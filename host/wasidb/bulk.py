"""Many rows of Python values as Arrow data: on their way into the engine without a line of JSON.

    [{"id": 1, "at": noon}, ...]  ──rows──▶  id: [1, ...]   at: [noon, ...]
                                  ──here─▶  id: uint64      at: utf8 "2026-11-22T12:00:00+00:00"

The engine then does what it does with all Arrow data. A value goes over only if it is exactly of
the type that its column is made for, and not NULL where none may be: what is converted, and how a
refusal reads, is decided in one place, where rows come as JSON. Types with a text form cross in it,
members of enums as their bytes.
"""

from array import array
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice
from types import NoneType
from typing import Any, NamedTuple, TypeAlias, TypeVar

import pyarrow as pa

from wasidb.arrow import Chunk, chunked
from wasidb.rows import UNSTORABLE, column_of
from wasidb_schema import TableDefinition
from wasidb_schema.cells import encode_column
from wasidb_schema.definition import ColumnDefinition

PIECE_ROWS = 200_000
"""Of some eighty bytes each they make a chunk: the fewer there are, the fewer merges of indexes."""
Item = TypeVar("Item")
Array: TypeAlias = "pa.Array[Any] | None"


class Passage(NamedTuple):
    """How a column goes over: the types of its values but for None, and the Arrow type.

    Integers are packed by an `array` of `code`, in a third of the time that Arrow takes.
    """

    types: frozenset[type]
    arrow: pa.DataType
    code: str = ""
    is_text_form: bool = False


INTEGERS = frozenset({int})
NUMBERS = frozenset({int, float})
BYTES = frozenset({bytes})
TEXT_FORM = Passage(frozenset({str}), pa.utf8(), is_text_form=True)

PASSAGES: dict[str, Passage] = {
    "int8": Passage(INTEGERS, pa.int8(), "b"),
    "int16": Passage(INTEGERS, pa.int16(), "h"),
    "int32": Passage(INTEGERS, pa.int32(), "i"),
    "int64": Passage(INTEGERS, pa.int64(), "q"),
    "uint8": Passage(INTEGERS, pa.uint8(), "B"),
    "uint16": Passage(INTEGERS, pa.uint16(), "H"),
    "uint32": Passage(INTEGERS, pa.uint32(), "I"),
    "uint64": Passage(INTEGERS, pa.uint64(), "Q"),
    "float32": Passage(NUMBERS, pa.float64()),  # the engine refuses what is too large, Arrow not
    "float64": Passage(NUMBERS, pa.float64()),
    "boolean": Passage(frozenset({bool}), pa.bool_()),
    "text": Passage(frozenset({str}), pa.utf8()),
    "blob": Passage(BYTES, pa.binary()),
    "custom": Passage(BYTES, pa.binary()),
    "date": Passage(frozenset({date}), pa.date32()),
    "datetime": TEXT_FORM,
    "decimal": TEXT_FORM,
    "uuid": TEXT_FORM,
    "json": TEXT_FORM,
}


def pieces(rows: Iterator[Item]) -> Iterator[list[Item]]:
    """The rows, some at a time."""
    while piece := list(islice(rows, PIECE_ROWS)):
        yield piece


def chunks_of(table: TableDefinition, columns: Mapping[str, list[Any]]) -> list[Chunk] | None:
    """Equally long columns as chunks to be stored one by one; None if a value does not go over.

    Raises UnknownColumn.
    """
    whole = chunk_of(table, columns)
    return None if whole is None else list(chunked(whole.batches))


def chunk_of(table: TableDefinition, columns: Mapping[str, list[Any]]) -> Chunk | None:
    """The same as one chunk, however large."""
    arrays = {}
    for name, values in columns.items():
        made = array_of(column_of(table, name), values)
        if made is None:
            return None
        arrays[name] = made
    return Chunk([pa.RecordBatch.from_pydict(arrays)]) if arrays else None


def array_of(column: ColumnDefinition, values: list[Any]) -> Array:
    """The values of a column, if all of them go over."""
    passage = PASSAGES[column.type_name]
    try:
        cells = values
        if passage.is_text_form:
            cells = encode_column(column.codec, values, nullable=column.nullable)
        elif binary := column.codec.binary:
            cells = [None if value is None else binary(value) for value in values]
        kinds = set(map(type, cells))
        has_nulls = NoneType in kinds and (column.nullable or column.autoincrement)
        if has_nulls:
            kinds.remove(NoneType)
        if not kinds <= passage.types:
            return None
        if passage.code and not has_nulls:
            packed = pa.py_buffer(array(passage.code, cells))
            return pa.Array.from_buffers(passage.arrow, len(cells), [None, packed])
        made = pa.array(cells, passage.arrow)
    except UNSTORABLE:
        return None
    return made if isinstance(made, pa.Array) else None  # more than 2 GiB come in several
