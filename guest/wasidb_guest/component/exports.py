"""The exports of the component: unpack, call the api, pack.

One engine lives as long as the instance. Everything the engine needs is imported here, and another
engine used once, and so frozen into the component's image; the collector then leaves that image
alone, which keeps it shared between instances and makes collections short.

An interface is a class because the bindings make an instance of it. What its functions take and
give is in `dbms.wit`; those of the api that take and give just that are exported as they are.
"""

import gc

from wit_world.imports import types

from wasidb_guest.api import catalog, columns, database, maintenance, rows
from wasidb_guest.api.engine import Engine
from wasidb_guest.api.typed_values import Value
from wasidb_guest.component.faults import faults, typed_faults
from wasidb_guest.component.operations import operation_from_plain
from wasidb_guest.component.values import FUNCTIONS, from_plain, result_from_plain, to_plain
from wasidb_guest.component.warm_up import warm_up
from wasidb_guest.tables.changes import DeleteBehavior

ENGINE = Engine()
DATABASE = database.Database(ENGINE)
ROWS = rows.Rows(ENGINE)
COLUMNS = columns.Columns(ENGINE)
CATALOG = catalog.Catalog(ENGINE)
MAINTENANCE = maintenance.Maintenance(ENGINE)

__all__ = ["Catalog", "Columns", "Database", "Maintenance", "Rows"]


def _behavior(behavior: types.DeleteBehavior) -> DeleteBehavior:
    return "cascade" if behavior is types.DeleteBehavior.CASCADE else "restrict"


def _delete_rows(
    table: str, behavior: types.DeleteBehavior, filter: str | None, tx: int | None
) -> int:
    return ROWS.delete(table, _behavior(behavior), filter, tx)


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

    insert = faults(ROWS.insert)
    upsert = faults(ROWS.upsert)
    select = faults(ROWS.select)
    explain = faults(ROWS.explain)
    update = faults(ROWS.update)
    delete = faults(_delete_rows)
    get = faults(ROWS.get)
    get_many = faults(ROWS.get_many)
    count = faults(ROWS.count)
    exists = faults(ROWS.exists)
    prepare = faults(ROWS.prepare)
    execute = faults(ROWS.execute)
    close_statement = faults(ROWS.close_statement)
    open_cursor = faults(ROWS.open_cursor)
    fetch = faults(ROWS.fetch)
    close_cursor = faults(ROWS.close_cursor)
    begin_transaction = faults(ROWS.begin_transaction)
    savepoint = faults(ROWS.savepoint)
    rollback_to = faults(ROWS.rollback_to)
    release = faults(ROWS.release)
    commit = faults(ROWS.commit)
    commit_many = faults(ROWS.commit_many)
    rollback = faults(ROWS.rollback)


class Columns:
    """Interface `columns`."""

    insert_file = faults(COLUMNS.insert_file)
    insert_file_keys = faults(COLUMNS.insert_file_keys)
    insert_bytes = faults(COLUMNS.insert_bytes)
    upsert_file = faults(COLUMNS.upsert_file)
    upsert_bytes = faults(COLUMNS.upsert_bytes)
    select_file = faults(COLUMNS.select_file)
    select_bytes = faults(COLUMNS.select_bytes)


class Catalog:
    """Interface `catalog`."""

    create_tables = faults(CATALOG.create_tables)
    drop_tables = faults(CATALOG.drop_tables)
    tables = faults(CATALOG.tables)
    pending_migrations = faults(CATALOG.pending_migrations)
    migrate = faults(CATALOG.migrate)


class Maintenance:
    """Interface `maintenance`."""

    open = faults(MAINTENANCE.open)
    close = faults(MAINTENANCE.close)
    check = faults(MAINTENANCE.check)
    page_map = faults(MAINTENANCE.page_map)
    statistics = faults(MAINTENANCE.statistics)
    checkpoint = faults(MAINTENANCE.checkpoint)
    snapshot = faults(MAINTENANCE.snapshot)
    compact = faults(MAINTENANCE.compact)
    salvage = faults(MAINTENANCE.salvage)
    access_list = faults(MAINTENANCE.access_list)
    grant = faults(MAINTENANCE.grant)
    revoke = faults(MAINTENANCE.revoke)


def _plain_row(values: list[types.ColumnValue]) -> list[tuple[str, Value]]:
    return [(cell.name, to_plain(cell.value)) for cell in values]


def _plain_query(query: types.Query) -> types.Query:
    for key in query.order_by:
        key.direction = key.direction.name.lower()  # type: ignore[assignment]
    return query


warm_up()
gc.collect()
gc.freeze()
