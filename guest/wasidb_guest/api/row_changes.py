"""Changes of rows given as JSON values: what `rows` and its prepared statements have in common."""

from collections.abc import Sequence
from typing import Any

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cell_vectors import (
    constant_vector,
    vector_from_json,
)
from wasidb_guest.encoding.cells import BadCell, json_to_cell
from wasidb_guest.encoding.json_document import DECODER, parse_json
from wasidb_guest.encoding.json_rows import JsonText, put_cells, put_rows
from wasidb_guest.encoding.plain_cells import PlainColumn, plain_columns, plain_row
from wasidb_guest.encoding.single_row import column_of
from wasidb_guest.errors import InvalidQuery, NotNullViolated
from wasidb_guest.query.results import vector_cells
from wasidb_guest.tables.lone_record import LoneRow
from wasidb_guest.transactions.transaction import Transaction
from wasidb_guest.values import INTEGER_RANGES
from wasidb_guest.vectors import Batch, Vector


def insert(transaction: Transaction, table: str, columns: "RowColumns", rows: object) -> str:
    """Insert rows, an array of arrays of cells; the primary keys as a JSON array."""
    definition = transaction.table(table).definition
    stored = transaction.insert(table, columns.batch(definition, rows))
    if isinstance(stored.vectors, LoneRow):
        return _key_to_json(definition, stored.vectors)
    return keys_to_json([stored.column(name) for name in definition.key])


def upsert(transaction: Transaction, table: str, columns: "RowColumns", rows: object) -> str:
    """Change the rows whose primary key exists and insert the others: how many were inserted and
    how many updated, and the primary keys, as a JSON object.
    """
    definition = transaction.table(table).definition
    done = transaction.upsert(table, columns.batch(definition, rows))
    keys = keys_to_json(done.keys)
    return f'{{"inserted":{done.inserted},"updated":{done.updated},"keys":{keys}}}'


def keys_to_json(columns: Sequence[Vector]) -> str:
    """The key of each row: a cell, or an array of those of several columns."""
    text, cells = JsonText(), list(map(vector_cells, columns))
    put_all = put_rows if len(cells) > 1 else put_cells
    text.put(b"[")
    put_all(text, cells, 0, columns[0].count)
    text.put(b"]")
    return text.decode()


def _key_to_json(definition: TableDefinition, row: LoneRow) -> str:
    """The same for all columns of a row that is alone."""
    places = list(map(definition.positions.__getitem__, definition.key))
    if len(places) == 1:
        limits = INTEGER_RANGES.get(definition.types[places[0]].name)
        cell = row.cells[places[0]]
        if limits is not None and cell is not None:
            return f"[{int.from_bytes(cell, 'little', signed=limits[0] < 0)}]"
    return keys_to_json(list(map(row.__getitem__, places)))


def update(
    transaction: Transaction,
    table: str,
    columns: "RowColumns",
    cells: list[Any],
    addresses: memoryview,
) -> int:
    """Give the rows at ascending addresses a new cell in each of some columns; the number of rows
    changed.
    """
    definition, count = transaction.table(table).definition, len(addresses)
    vectors = columns.changes(definition, cells) if count == 1 else None
    if vectors is None:
        vectors = {
            name: _constant(definition, name, cell, count)
            for name, cell in zip(columns.names, cells, strict=True)
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
        self.types = [each.type for each in self._columns]
        self._nullable = [each.nullable or each.autoincrement for each in self._columns]
        self.plain = [
            PlainColumn(column.type, nullable=nullable)
            for column, nullable in zip(self._columns, self._nullable, strict=True)
        ]

    def alone(self, row: list[Any]) -> Sequence[Vector]:
        """The columns of a row."""
        cells = plain_row(self.plain, row)
        return self.vectors([row]) if cells is None else LoneRow(self.types, cells)

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


class RowColumns:
    """Columns of which rows have cells, by name, of whatever table has them at the moment."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._definition: TableDefinition | None = None
        self._form: RowForm | None = None

    def batch(self, definition: TableDefinition, rows: object) -> Batch:
        """Rows of a table, an array of arrays of cells, as vectors."""
        given = _rows_of(rows, len(self.names))
        form = self._form_for(definition)
        vectors = form.alone(given[0]) if len(given) == 1 else form.vectors(given)
        return Batch(self.names, vectors, len(given))

    def changes(self, definition: TableDefinition, cells: list[Any]) -> dict[str, Vector] | None:
        """The columns of what changes in a row; None if a cell is not plain, or NULL, or there is
        no such column.
        """
        if definition is not self._definition and not definition.positions.keys() >= {*self.names}:
            return None
        form = self._form_for(definition)
        given = plain_row(form.plain, cells)
        if given is None or None in given:
            return None
        return dict(zip(self.names, map(column_of, given, form.types), strict=True))

    def _form_for(self, definition: TableDefinition) -> RowForm:
        form = self._form
        if form is None or definition is not self._definition:
            form = self._form = RowForm(definition, self.names)
            self._definition = definition
        return form


def _constant(definition: TableDefinition, name: str, value: object, count: int) -> Vector:
    """A column that holds the same rows-JSON cell `count` times."""
    column = definition.column(name)
    if value is None and not column.nullable:
        raise NotNullViolated(definition.name, name)
    try:
        return constant_vector(column.type, json_to_cell(column.type, value), count)
    except BadCell as problem:
        raise problem.located(value, table=definition.name, column=name, row=None) from None
