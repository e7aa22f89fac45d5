"""Interface `rows`: statements and rows as JSON text."""

import json
from collections.abc import Sequence
from typing import Any

from wasidb_guest.api import row_changes
from wasidb_guest.api.chosen_rows import ChosenRows
from wasidb_guest.api.cursors import Cursor
from wasidb_guest.api.engine import Engine
from wasidb_guest.api.handles import Handles
from wasidb_guest.api.lookup import RowsByKey, positions_of
from wasidb_guest.api.options import parse_transaction_options
from wasidb_guest.api.parameters import read_values
from wasidb_guest.api.session import Session
from wasidb_guest.api.statements import Statement, parse_statement
from wasidb_guest.errors import DbmsError, InvalidQuery, TransactionNotFound
from wasidb_guest.query.executor import has_match, run_select, stream_select
from wasidb_guest.query.explain import explain_select
from wasidb_guest.query.filter_json import parse_filter
from wasidb_guest.query.json_input import JsonInput
from wasidb_guest.query.results import batches_to_json
from wasidb_guest.query.statement import Aggregate, Select, parse_select

COUNT = Aggregate("count", None, "count")


class Rows(Session):
    """The functions of interface `rows`."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._statements: Handles[Statement] = Handles(
            "statement", lambda _: None, lambda: engine.first_number
        )
        self._cursors: Handles[Cursor] = Handles(
            "cursor", Cursor.close, lambda: engine.first_number
        )

    def insert(self, table: str, rows: str, tx: int | None) -> str:
        columns, given = _parse_rows(rows)
        with self._engine.session(tx) as transaction:
            return row_changes.insert(transaction, table, columns, given)

    def upsert(self, table: str, rows: str, tx: int | None) -> str:
        columns, given = _parse_rows(rows)
        with self._engine.session(tx) as transaction:
            return row_changes.upsert(transaction, table, columns, given)

    def select(self, query: str, tx: int | None) -> str:
        statement = parse_select(query)
        with self._engine.session(tx) as transaction:
            return batches_to_json(stream_select(statement, transaction))

    def update(self, table: str, changes: str, filter: str | None, tx: int | None) -> int:
        given = _parse_changes(changes)
        condition = parse_filter(filter) if filter is not None else None
        with self._engine.session(tx) as transaction:
            addresses = ChosenRows(table, condition).find(transaction, (), "update")
            columns = row_changes.RowColumns(tuple(given))
            return row_changes.update(transaction, table, columns, list(given.values()), addresses)

    def explain(self, query: str, execute: bool, tx: int | None) -> str:
        statement = parse_select(query)
        with self._engine.session(tx) as transaction:
            return json.dumps(explain_select(statement, transaction, is_executed=execute))

    # By key

    def get(self, table: str, key: str, tx: int | None) -> str:
        given = JsonInput.load(key, "key").value
        return self._rows_of_keys(table, [given], tx)[1:-1]

    def get_many(self, table: str, keys: str, tx: int | None) -> str:
        return self._rows_of_keys(table, read_values(keys), tx)

    def _rows_of_keys(self, table: str, keys: list[Any], tx: int | None) -> str:
        with self._engine.session(tx) as transaction:
            source = transaction.table(table)
            rows = RowsByKey(source, positions_of(source.definition, None))
            return rows.find(transaction, source, keys)

    # Numbers of rows

    def count(self, table: str, filter: str | None, tx: int | None) -> int:
        condition = parse_filter(filter) if filter is not None else None
        statement = Select(table, where=condition, aggregates=(COUNT,))
        with self._engine.session(tx) as transaction:
            counted = run_select(statement, transaction)
        return int.from_bytes(bytes(counted.vectors[0].data), "little")

    def exists(self, table: str, filter: str | None, tx: int | None) -> bool:
        condition = parse_filter(filter) if filter is not None else None
        with self._engine.session(tx) as transaction:
            return has_match(transaction, table, condition)

    # Prepared statements

    def prepare(self, statement: str) -> int:
        return self._statements.open(parse_statement(statement, self._cursors))

    def execute(self, statement: int, parameters: str, tx: int | None) -> str:
        prepared = self._statements[statement]
        with self._engine.session(tx) as transaction:
            return prepared.run(parameters, transaction)

    def close_statement(self, statement: int) -> None:
        self._statements.close(statement)

    # Cursors

    def open_cursor(self, query: str, page_rows: int, tx: int | None) -> int:
        if page_rows < 1:
            raise InvalidQuery("a cursor gives at least one row a page", place="page-rows")
        statement = parse_select(query)
        with self._engine.session(tx) as transaction:
            found = stream_select(statement, transaction)
            return self._cursors.open(Cursor(found, page_rows, transaction, tx))

    def fetch(self, cursor: int) -> str | None:
        opened = self._cursors[cursor]
        try:
            with self._engine.session(opened.tx):
                return opened.fetch()
        except TransactionNotFound:
            self._cursors.close(cursor)
            raise

    def close_cursor(self, cursor: int) -> None:
        self._cursors.close(cursor)

    # Transactions

    def begin_transaction(self, options: str | None) -> int:
        return self._engine.store.begin(parse_transaction_options(options))

    def savepoint(self, tx: int) -> int:
        return self._engine.store.transaction(tx).savepoint()

    def rollback_to(self, tx: int, savepoint: int) -> None:
        self._engine.store.transaction(tx).roll_back_to(savepoint)

    def release(self, tx: int, savepoint: int) -> None:
        self._engine.store.transaction(tx).release(savepoint)

    def commit(self, tx: int) -> None:
        self._cursors.close_where(lambda cursor: cursor.tx == tx)
        super().commit(tx)

    def commit_many(self, txs: Sequence[int]) -> str:
        """Commit each of several transactions, with one flush; the error of each, or null."""
        self._cursors.close_where(lambda cursor: cursor.tx in txs)
        outcomes = self._engine.store.commit_many(txs)
        return json.dumps([None if each is None else _error_json(each) for each in outcomes])

    def rollback(self, tx: int) -> None:
        self._cursors.close_where(lambda cursor: cursor.tx == tx)
        super().rollback(tx)


def _error_json(error: DbmsError) -> dict[str, str]:
    """The fields of `errors.error`."""
    details = json.dumps(error.details, default=str)
    return {"code": error.code, "message": error.message, "details": details}


def _parse_rows(text: str) -> tuple[row_changes.RowColumns, object]:
    """Columns and rows."""
    document = row_changes.load(text, "rows")
    if not isinstance(document, dict) or document.keys() != {"columns", "rows"}:
        raise InvalidQuery(
            'invalid rows JSON: expected an object with the keys "columns" and "rows"'
        )
    names = row_changes.check_names(document["columns"])
    return row_changes.RowColumns(names), document["rows"]


def _parse_changes(text: str) -> dict[str, object]:
    """The new cell of each changed column."""
    document = row_changes.load(text, "changes")
    if not isinstance(document, dict):
        raise InvalidQuery("invalid changes JSON: expected an object from column to cell")
    return document
