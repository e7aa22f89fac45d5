"""The exports of the component: unpack, call the api, pack.

One engine lives as long as the instance. Everything the engine needs is imported here and so frozen
into the component's image; the collector then leaves that image alone, which keeps it shared
between instances and makes collections short.
"""

import gc

from wit_world.imports import types

from wasidb_guest.api import catalog, columns, database, maintenance, rows
from wasidb_guest.api.engine import Engine
from wasidb_guest.api.typed_values import Value
from wasidb_guest.component.faults import faults, typed_faults
from wasidb_guest.component.operations import operation_from_plain
from wasidb_guest.component.values import FUNCTIONS, from_plain, result_from_plain, to_plain
from wasidb_guest.tables.changes import DeleteBehavior

ENGINE = Engine()
DATABASE = database.Database(ENGINE)
ROWS = rows.Rows(ENGINE)
COLUMNS = columns.Columns(ENGINE)
CATALOG = catalog.Catalog(ENGINE)
MAINTENANCE = maintenance.Maintenance(ENGINE)

__all__ = ["Catalog", "Columns", "Database", "Maintenance", "Rows"]


class Database:
    """Interface `database`."""

    @typed_faults
    def select(self, table: str, query: types.Query) -> list[list[types.ColumnValue]]:
        found = DATABASE.select(table, _plain_query(query))
        return [
            [types.ColumnValue(name, from_plain(value)) for name, value in row] for row in found
        ]

    @typed_faults
    def aggregate(
        self, table: str, query: types.Query, aggregates: list[types.AggregateFunction]
    ) -> list[types.AggregatedRow]:
        functions = [(FUNCTIONS[type(each)], each.value) for each in aggregates]
        return [
            types.AggregatedRow(
                [from_plain(key) for key in keys],
                [result_from_plain(*result) for result in results],
            )
            for keys, results in DATABASE.aggregate(table, _plain_query(query), functions)
        ]

    @typed_faults
    def insert(self, table: str, values: list[types.ColumnValue], tx: int | None) -> None:
        DATABASE.insert(table, _plain_row(values), tx)

    @typed_faults
    def update(
        self, table: str, values: list[types.ColumnValue], filter: str | None, tx: int | None
    ) -> int:
        return DATABASE.update(table, _plain_row(values), filter, tx)

    @typed_faults
    def delete(
        self, table: str, behavior: types.DeleteBehavior, filter: str | None, tx: int | None
    ) -> int:
        return DATABASE.delete(table, _behavior(behavior), filter, tx)

    @typed_faults
    def begin_transaction(self) -> int:
        return DATABASE.begin_transaction()

    @typed_faults
    def commit(self, tx: int) -> None:
        DATABASE.commit(tx)

    @typed_faults
    def rollback(self, tx: int) -> None:
        DATABASE.rollback(tx)

    @typed_faults
    def has_drift(self) -> bool:
        return DATABASE.has_drift()

    @typed_faults
    def pending_migrations(self) -> list[types.MigrationOp]:
        return [operation_from_plain(each) for each in DATABASE.pending_migrations()]

    @typed_faults
    def migrate(self, policy: types.MigrationPolicy) -> None:
        DATABASE.migrate(policy)


class Rows:
    """Interface `rows`."""

    @faults
    def insert(self, table: str, rows: str, tx: int | None) -> str:
        return ROWS.insert(table, rows, tx)

    @faults
    def upsert(self, table: str, rows: str, tx: int | None) -> str:
        return ROWS.upsert(table, rows, tx)

    @faults
    def select(self, query: str, tx: int | None) -> str:
        return ROWS.select(query, tx)

    @faults
    def explain(self, query: str, execute: bool, tx: int | None) -> str:
        return ROWS.explain(query, execute, tx)

    @faults
    def update(self, table: str, changes: str, filter: str | None, tx: int | None) -> int:
        return ROWS.update(table, changes, filter, tx)

    @faults
    def delete(
        self, table: str, behavior: types.DeleteBehavior, filter: str | None, tx: int | None
    ) -> int:
        return ROWS.delete(table, _behavior(behavior), filter, tx)

    @faults
    def get(self, table: str, key: str, tx: int | None) -> str:
        return ROWS.get(table, key, tx)

    @faults
    def get_many(self, table: str, keys: str, tx: int | None) -> str:
        return ROWS.get_many(table, keys, tx)

    @faults
    def count(self, table: str, filter: str | None, tx: int | None) -> int:
        return ROWS.count(table, filter, tx)

    @faults
    def exists(self, table: str, filter: str | None, tx: int | None) -> bool:
        return ROWS.exists(table, filter, tx)

    @faults
    def prepare(self, statement: str) -> int:
        return ROWS.prepare(statement)

    @faults
    def execute(self, statement: int, parameters: str, tx: int | None) -> str:
        return ROWS.execute(statement, parameters, tx)

    @faults
    def close_statement(self, statement: int) -> None:
        ROWS.close_statement(statement)

    @faults
    def open_cursor(self, query: str, page_rows: int, tx: int | None) -> int:
        return ROWS.open_cursor(query, page_rows, tx)

    @faults
    def fetch(self, cursor: int) -> str | None:
        return ROWS.fetch(cursor)

    @faults
    def close_cursor(self, cursor: int) -> None:
        ROWS.close_cursor(cursor)

    @faults
    def begin_transaction(self, options: str | None) -> int:
        return ROWS.begin_transaction(options)

    @faults
    def savepoint(self, tx: int) -> int:
        return ROWS.savepoint(tx)

    @faults
    def rollback_to(self, tx: int, savepoint: int) -> None:
        ROWS.rollback_to(tx, savepoint)

    @faults
    def release(self, tx: int, savepoint: int) -> None:
        ROWS.release(tx, savepoint)

    @faults
    def commit(self, tx: int) -> None:
        ROWS.commit(tx)

    @faults
    def commit_many(self, txs: list[int]) -> str:
        return ROWS.commit_many(txs)

    @faults
    def rollback(self, tx: int) -> None:
        ROWS.rollback(tx)


class Columns:
    """Interface `columns`."""

    @faults
    def insert_file(self, table: str, path: str, tx: int | None) -> int:
        return COLUMNS.insert_file(table, path, tx)

    @faults
    def insert_file_keys(self, table: str, path: str, tx: int | None) -> str:
        return COLUMNS.insert_file_keys(table, path, tx)

    @faults
    def insert_bytes(self, table: str, arrow: bytes, tx: int | None) -> int:
        return COLUMNS.insert_bytes(table, arrow, tx)

    @faults
    def upsert_file(self, table: str, path: str, tx: int | None) -> str:
        return COLUMNS.upsert_file(table, path, tx)

    @faults
    def upsert_bytes(self, table: str, arrow: bytes, tx: int | None) -> str:
        return COLUMNS.upsert_bytes(table, arrow, tx)

    @faults
    def select_file(self, query: str, path: str, tx: int | None) -> int:
        return COLUMNS.select_file(query, path, tx)

    @faults
    def select_bytes(self, query: str, tx: int | None) -> bytes:
        return COLUMNS.select_bytes(query, tx)


class Catalog:
    """Interface `catalog`."""

    @faults
    def create_tables(self, definitions: str) -> None:
        CATALOG.create_tables(definitions)

    @faults
    def drop_tables(self, names: str) -> None:
        CATALOG.drop_tables(names)

    @faults
    def tables(self) -> str:
        return CATALOG.tables()

    @faults
    def pending_migrations(self, definitions: str) -> str:
        return CATALOG.pending_migrations(definitions)

    @faults
    def migrate(self, definitions: str, options: str) -> str:
        return CATALOG.migrate(definitions, options)


class Maintenance:
    """Interface `maintenance`."""

    @faults
    def open(self, path: str, options: str) -> None:
        MAINTENANCE.open(path, options)

    @faults
    def close(self) -> None:
        MAINTENANCE.close()

    @faults
    def check(self) -> str:
        return MAINTENANCE.check()

    @faults
    def page_map(self) -> str:
        return MAINTENANCE.page_map()

    @faults
    def statistics(self) -> str:
        return MAINTENANCE.statistics()

    @faults
    def checkpoint(self) -> None:
        MAINTENANCE.checkpoint()

    @faults
    def snapshot(self, path: str) -> None:
        MAINTENANCE.snapshot(path)

    @faults
    def compact(self, path: str) -> None:
        MAINTENANCE.compact(path)

    @faults
    def salvage(self, path: str, output: str) -> str:
        return MAINTENANCE.salvage(path, output)

    @faults
    def access_list(self) -> str:
        return MAINTENANCE.access_list()

    @faults
    def grant(self, grants: str) -> None:
        MAINTENANCE.grant(grants)

    @faults
    def revoke(self, grants: str) -> None:
        MAINTENANCE.revoke(grants)


def _plain_row(values: list[types.ColumnValue]) -> list[tuple[str, Value]]:
    return [(cell.name, to_plain(cell.value)) for cell in values]


def _plain_query(query: types.Query) -> types.Query:
    for key in query.order_by:
        key.direction = key.direction.name.lower()  # type: ignore[assignment]
    return query


def _behavior(behavior: types.DeleteBehavior) -> DeleteBehavior:
    return "cascade" if behavior is types.DeleteBehavior.CASCADE else "restrict"


gc.collect()
gc.freeze()
