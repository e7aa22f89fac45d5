"""JSON lines on their way in: an object a line, its keys the columns.

A key that a row lacks is NULL there. Cells are written as in `wasidb_schema.cells`, but a json
column holds the JSON value itself, of which null is NULL where the column takes that, and decimals
may be numbers, of which no digit is lost.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import IO, Any

import pyarrow as pa

from wasidb.errors import InvalidValue
from wasidb.files.pieces import Piece, Refusal
from wasidb_schema import TableDefinition
from wasidb_schema.cells import decimal_cell

BLOCK_SIZE = 4 << 20
UNIFORM = (pa.utf8(), pa.int64(), pa.float64(), pa.bool_(), pa.null())

Row = dict[str, Any]


class Number(float):
    """A number that knows how it is written."""

    text: str

    def __new__(cls, text: str) -> "Number":
        number = super().__new__(cls, text)
        number.text = text
        return number


class JsonRows:
    """The rows of an open file for a table."""

    def __init__(self, file: IO[bytes], table: TableDefinition, refusal: Refusal) -> None:
        self._file = file
        self._refusal = refusal
        self.bytes_read = 0
        self._documents = {
            column.name: column for column in table.columns if column.type_name == "json"
        }
        self._decimals = {column.name for column in table.columns if column.type_name == "decimal"}
        self._parse_float = Number if self._decimals else None

    def __iter__(self) -> Iterator[Piece]:
        first = 1
        while lines := self._file.readlines(BLOCK_SIZE):
            self.bytes_read += sum(map(len, lines))
            numbers: Any = range(first, first + len(lines))
            first += len(lines)
            rows = rows_of(lines, self._parse_float)
            if rows is None:
                numbers, rows = self._one_by_one(lines, numbers)
            if rows:
                given = self._batch(rows)
                yield Piece(given, given, numbers)

    def _one_by_one(self, lines: list[bytes], numbers: range) -> tuple[list[int], list[Row]]:
        """The rows of those lines that have one; empty lines have none and are passed over."""
        kept, rows = [], []
        for number, line in zip(numbers, lines, strict=True):
            row = rows_of([line], self._parse_float)
            if row is not None:
                kept.append(number)
                rows += row
            elif line.strip():
                text = line.decode(errors="replace").strip()
                error = InvalidValue("not a JSON object", value=text, expected="a JSON object")
                self._refusal.refuse(error, number, {"text": text})
        return kept, rows

    def _batch(self, rows: list[Row]) -> pa.RecordBatch:
        names = list(dict.fromkeys(chain.from_iterable(rows)))
        arrays = [self._cells(name, [row.get(name) for row in rows]) for name in names]
        return pa.RecordBatch.from_arrays(arrays, names=names)

    def _cells(self, name: str, values: list[Any]) -> "pa.Array[Any]":
        if name in self._decimals:
            values = [decimal_text(each) for each in values]
        if name not in self._documents:
            return cells_of(values)
        is_nullable = self._documents[name].nullable
        texts = [None if is_nullable and each is None else json_text(each) for each in values]
        return pa.array(texts, pa.utf8())


def decimal_text(value: Any) -> Any:
    """A number in plain notation, unless it would be too long; all else as it is."""
    if not isinstance(value, Number):
        return value
    try:
        return decimal_cell(Decimal(value.text))
    except ValueError:
        return value.text


def rows_of(lines: list[bytes], parse_float: type[Number] | None = None) -> list[Row] | None:
    """The objects, one for each line; None when there is a line that has none, or no Unicode."""
    text = b"[" + b",".join(lines) + b"]"
    try:
        rows = json.loads(text, parse_float=parse_float)
        if b"\\ud" in text.lower():
            json_text(rows).encode()  # which half a surrogate pair is not
    except (ValueError, RecursionError):
        return None
    is_sound = len(rows) == len(lines) and all(type(row) is dict for row in rows)
    return rows if is_sound else None


def cells_of(values: list[Any]) -> "pa.Array[Any]":
    """The column of these values: numbers, texts, truth values; or text, where they differ."""
    try:
        array: pa.Array[Any] = pa.array(values)
        if array.type in UNIFORM:
            return array
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        pass
    is_cell = (str, type(None))
    texts = [each if isinstance(each, is_cell) else json_text(each) for each in values]
    return pa.array(texts, pa.utf8())


def json_text(value: Any) -> str:
    """The value as JSON."""
    return json.dumps(value, ensure_ascii=False)


def json_schema(file: IO[bytes]) -> pa.Schema:
    """Names and types of the columns, as the first rows have them."""
    rows = [row for line in file.readlines(BLOCK_SIZE) for row in rows_of([line]) or ()]
    names = dict.fromkeys(chain.from_iterable(rows))
    return pa.schema([(name, inferred([row.get(name) for row in rows])) for name in names])


def inferred(values: list[Any]) -> pa.DataType:
    """The type of values of one kind; text for others, and json for objects and arrays."""
    if any(isinstance(value, dict | list) for value in values):
        return pa.json_()
    kind: pa.DataType = cells_of(values).type
    return kind
