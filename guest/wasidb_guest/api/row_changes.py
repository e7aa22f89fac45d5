"""Changes of rows given as JSON values: what `rows` and its prepared statements have in common."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cell_vectors import (
    constant_vector,
    vector_from_json,
    vector_to_cells,
)
from wasidb_guest.encoding.cells import BadCell, json_to_cell
from wasidb_guest.encoding.json_document import DECODER, parse_json
from wasidb_guest.encoding.json_rows import JsonText, put_cells, put_rows
from wasidb_guest.encoding.plain_cells import PlainColumn, plain_columns
from wasidb_guest.errors import InvalidQuery, NotNullViolated
from wasidb_guest.query.results import vector_cells
from wasidb_guest.transactions.transaction import Transaction
from wasidb_guest.vectors import Batch, Vector

FORMS_KEPT = 256


def insert(transaction: Transaction, table: str, names: tuple[str, ...], rows: object) -> str:
    """Insert rows, an array of arrays of cells; the primary keys as a JSON array."""
    definition = transaction.table(table).definition
    stored = transaction.insert(table, _batch_of(definition, names, rows))
    return keys_to_json([stored.column(name) for name in definition.key])


def upsert(transaction: Transaction, table: str, names: tuple[str, ...], rows: object) -> str:
    """Change the rows whose primary key exists and insert the others: how many were inserted and
    how many updated, and the primary keys, as a JSON object.
    """
    definition = transaction.table(table).definition
    done = transaction.upsert(table, _batch_of(definition, names, rows))
    keys = keys_to_json(done.keys)
    return f'{{"inserted":{done.inserted},"updated":{done.updated},"keys":{keys}}}'


def keys_to_json(columns: Sequence[Vector]) -> str:
    """The key of each row: a cell, or an array of those of several columns."""
    first = columns[0]
    if first.count == 1 and len(columns) == 1 and first.type.is_integer:
        return str(vector_to_cells(first))  # a list of integers reads like this in JSON as well
    text, cells = JsonText(), list(map(vector_cells, columns))
    put_all = put_rows if len(cells) > 1 else put_cells
    text.put(b"[")
    put_all(text, cells, 0, first.count)
    text.put(b"]")
    return text.decode()


def _batch_of(definition: TableDefinition, names: tuple[str, ...], rows: object) -> Batch:
    """Rows, an array of arrays of cells, as vectors."""
    given = _rows_of(rows, len(names))
    return Batch(names, _form_of(definition, names).vectors(given), len(given))


def update(
    transaction: Transaction, table: str, changes: Mapping[str, object], addresses: memoryview
) -> int:
    """Give the rows at ascending addresses new cells; the number of rows changed."""
    definition = transaction.table(table).definition
    vectors = {
        name: _constant(definition, name, value, len(addresses)) for name, value in changes.items()
    }
    return transaction.update(table, addresses, vectors)


def load(text: str, document: str) -> Any:
    """A JSON value from the caller; `document` says in messages what it is."""
    try:
        return parse_json(text, DECODER)
    except (ValueError, MemoryError) as problem:
        raise InvalidQuery(f"invalid {document} JSON: {problem}") from None


def check_names(names: Any) -> tuple[str, ...]:
    """The names of different columns."""
    if not isinstance(names, list) or not set(map(type, names)) <= {str}:
        raise InvalidQuery('invalid rows JSON: "columns" must be an array of column names')
    if len(set(names)) < len(names):
        raise InvalidQuery('invalid rows JSON: "columns" names a column twice')
    return tuple(names)


def _rows_of(rows: Any, width: int) -> list[list[Any]]:
    """Rows of so many cells."""
    if not isinstance(rows, list):
        raise InvalidQuery('invalid rows JSON: "rows" must be an array of rows')
    if not set(map(type, rows)) <= {list} or not set(map(len, rows)) <= {width}:
        bad = next(n for n, row in enumerate(rows) if type(row) is not list or len(row) != width)
        message = f"invalid rows JSON: row {bad} must be an array of {width} cells"
        raise InvalidQuery(message, row=bad)
    return rows


class RowForm:
    """How rows of some columns of a table become vectors, for however many statements.

    NULL stays possible in an autoincrement column: it asks for a number.
    """

    def __init__(self, definition: TableDefinition, names: Sequence[str]) -> None:
        self._table = definition.name
        self._columns = list(map(definition.column, names))
        self._nullable = [each.nullable or each.autoincrement for each in self._columns]
        self.plain = [
            PlainColumn(column.type, nullable=nullable)
            for column, nullable in zip(self._columns, self._nullable, strict=True)
        ]

    def vectors(self, rows: list[list[Any]]) -> list[Vector]:
        """The columns of rows."""
        return [
            self._vector(place, rows) if vector is None else vector
            for place, vector in enumerate(plain_columns(self.plain, rows))
        ]

    def _vector(self, place: int, rows: list[list[Any]]) -> Vector:
        """The column at a place, of whatever cells."""
        return vector_from_json(
            self._columns[place].type,
            [row[place] for row in rows],
            table=self._table,
            column=self._columns[place].name,
            nullable=self._nullable[place],
        )


@lru_cache(FORMS_KEPT)
def _form_of(definition: TableDefinition, names: tuple[str, ...]) -> RowForm:
    return RowForm(definition, names)


def _constant(definition: TableDefinition, name: str, value: object, count: int) -> Vector:
    """A column that holds the same rows-JSON cell `count` times."""
    column = definition.column(name)
    if value is None and not column.nullable:
        raise NotNullViolated(definition.name, name)
    if count == 1:
        (vector,) = plain_columns(_form_of(definition, (name,)).plain, [[value]])
        if vector is not None:
            return vector
    try:
        return constant_vector(column.type, json_to_cell(column.type, value), count)
    except BadCell as problem:
        raise problem.located(value, table=definition.name, column=name, row=None) from None
