"""Interface `rows`: statements and rows as JSON text."""

import json
from collections.abc import Sequence

from wasidb_guest.api.session import Session
from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cell_vectors import constant_vector, vector_from_json, vector_to_json
from wasidb_guest.encoding.cells import BadCell, json_to_cell
from wasidb_guest.errors import InvalidQuery, NotNullViolated
from wasidb_guest.query.executor import matching_addresses, run_select
from wasidb_guest.query.filter_json import parse_filter
from wasidb_guest.query.results import batch_to_json
from wasidb_guest.query.statement import parse_select
from wasidb_guest.tables.changes import insert_rows, update_rows
from wasidb_guest.vectors import Batch, Vector


class Rows(Session):
    """The functions of interface `rows`."""

    def insert(self, table: str, rows: str, tx: int | None) -> str:
        names, columns, count = _parse_rows(rows)
        with self._engine.store.session(tx) as transaction:
            definition = transaction.table(table).definition
            batch = Batch(names, _vectors(definition, names, columns), count)
            inserted = insert_rows(transaction, table, batch)
            return json.dumps(
                vector_to_json(inserted.column(definition.primary_key)), ensure_ascii=False
            )

    def select(self, query: str, tx: int | None) -> str:
        statement = parse_select(query)
        with self._engine.store.session(tx) as transaction:
            return batch_to_json(run_select(statement, transaction))

    def update(self, table: str, changes: str, filter: str | None, tx: int | None) -> int:
        given = _parse_changes(changes)
        condition = parse_filter(filter) if filter is not None else None
        with self._engine.store.session(tx) as transaction:
            target = transaction.table(table)
            addresses = matching_addresses(target, condition)
            vectors = {
                name: _constant(target.definition, name, value, len(addresses))
                for name, value in given.items()
            }
            return update_rows(transaction, table, addresses, vectors)


def _parse_rows(text: str) -> tuple[list[str], list[Sequence[object]], int]:
    """Column names, the cells of each column, and the number of rows."""
    document = _load(text, "rows")
    if not isinstance(document, dict) or document.keys() != {"columns", "rows"}:
        raise InvalidQuery(
            'invalid rows JSON: expected an object with the keys "columns" and "rows"'
        )
    names, rows = document["columns"], document["rows"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InvalidQuery('invalid rows JSON: "columns" must be an array of column names')
    if len(set(names)) < len(names):
        raise InvalidQuery('invalid rows JSON: "columns" names a column twice')
    if not isinstance(rows, list):
        raise InvalidQuery('invalid rows JSON: "rows" must be an array of rows')
    if not set(map(type, rows)) <= {list} or not set(map(len, rows)) <= {len(names)}:
        bad = next(
            n for n, row in enumerate(rows) if type(row) is not list or len(row) != len(names)
        )
        raise InvalidQuery(
            f"invalid rows JSON: row {bad} must be an array of {len(names)} cells", row=bad
        )
    return names, list(zip(*rows, strict=True)) if rows else [()] * len(names), len(rows)


def _parse_changes(text: str) -> dict[str, object]:
    """The new cell of each changed column."""
    document = _load(text, "changes")
    if not isinstance(document, dict):
        raise InvalidQuery("invalid changes JSON: expected an object from column to cell")
    return document


def _load(text: str, document: str) -> object:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError, MemoryError) as problem:
        raise InvalidQuery(f"invalid {document} JSON: {problem}") from None


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number; write it as a string")


def _vectors(
    definition: TableDefinition, names: Sequence[str], columns: Sequence[Sequence[object]]
) -> list[Vector]:
    """The columns' cells as vectors.

    NULL stays possible in an autoincrement column: it asks for a number.
    """
    vectors = []
    for name, cells in zip(names, columns, strict=True):
        column = definition.column(name)
        nullable = column.nullable or column.autoincrement
        vectors.append(
            vector_from_json(
                column.type, cells, table=definition.name, column=name, nullable=nullable
            )
        )
    return vectors


def _constant(definition: TableDefinition, name: str, value: object, count: int) -> Vector:
    """A column that holds the same rows-JSON cell `count` times."""
    column = definition.column(name)
    if value is None and not column.nullable:
        raise NotNullViolated(definition.name, name)
    try:
        return constant_vector(column.type, json_to_cell(column.type, value), count)
    except BadCell as problem:
        raise problem.located(value, table=definition.name, column=name, row=None) from None
