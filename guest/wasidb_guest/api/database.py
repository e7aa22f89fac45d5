"""Interface `database`: typed rows, as hosts of wasm-dbms 0.9.0 expect them.

Values are pairs as in `api.typed_values`. A query is anything with the fields of `types.query`, a
policy anything with those of `types.migration-policy`; rows are sequences of (column, value).

Where that engine is wrong (an ignored value, a NULL instead of an error, a join that is left out)
this one is right; everywhere else it answers the same, NULLs ordered by the rank of their column's
type included.

A host may have registered tables through `catalog.create-tables` that are stored otherwise. While
that is so, rows are out of reach here, and `migrate` makes the stored tables what they are to be.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from wasidb_guest.api.migration_records import record_of
from wasidb_guest.api.session import Session
from wasidb_guest.api.typed_values import Value, cell_of, values_of
from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cell_vectors import constant_vector, vector_to_cells
from wasidb_guest.encoding.cells import BadCell
from wasidb_guest.errors import (
    ConstraintViolated,
    InvalidDefinition,
    InvalidValue,
    NotNullViolated,
)
from wasidb_guest.migrations.diff import plan_migration
from wasidb_guest.migrations.migration import migrate
from wasidb_guest.query.executor import matching_addresses
from wasidb_guest.query.filter_json import parse_filter
from wasidb_guest.query.statement import DIRECTIONS, Function, OrderKey
from wasidb_guest.query.typed_query import TypedQuery, typed_aggregate, typed_select
from wasidb_guest.transactions.transaction import Transaction
from wasidb_guest.vectors import Batch, Vector

Row = Sequence[tuple[str, Value]]


class Database(Session):
    """The functions of interface `database`."""

    def select(self, table: str, query: Any) -> list[list[tuple[str, Value]]]:
        with self._session(None) as transaction:
            batch = typed_select(table, _typed_query(query), transaction)
        columns = [values_of(vector) for vector in batch.vectors]
        return [list(zip(batch.names, row, strict=True)) for row in zip(*columns, strict=True)]

    def aggregate(
        self, table: str, query: Any, aggregates: Sequence[tuple[Function, str | None]]
    ) -> list[tuple[list[Value], list[Value]]]:
        with self._session(None) as transaction:
            batch = typed_aggregate(table, _typed_query(query), aggregates, transaction)
        keys = [values_of(vector) for vector in batch.vectors[: len(query.group_by)]]
        results = [
            [(function, result) for result in _results(function, vector)]
            for (function, _), vector in zip(aggregates, batch.vectors[len(keys) :], strict=True)
        ]
        return [
            ([column[row] for column in keys], [column[row] for column in results])
            for row in range(batch.count)
        ]

    def begin_transaction(self) -> int:
        return self._engine.store.begin()

    def insert(self, table: str, values: Row, tx: int | None) -> None:
        with self._session(tx) as transaction:
            definition = transaction.table(table).definition
            given = _known_columns(definition, values)
            names = [name for name in given if not _asks_for_number(definition, name, given[name])]
            vectors = [_vector(definition, name, given[name], 1) for name in names]
            transaction.insert(table, Batch(names, vectors, 1))

    def update(self, table: str, values: Row, filter: str | None, tx: int | None) -> int:
        condition = parse_filter(filter) if filter is not None else None
        with self._session(tx) as transaction:
            target = transaction.table(table)
            given = _known_columns(target.definition, values)
            addresses = matching_addresses(transaction, table, condition, "update")
            vectors = {
                name: _vector(target.definition, name, value, len(addresses))
                for name, value in given.items()
            }
            return transaction.update(table, addresses, vectors)

    def commit(self, tx: int) -> None:
        self._check_drift()
        super().commit(tx)

    def has_drift(self) -> bool:
        return self._engine.registration.has_drifted(self._engine.store.catalog)

    def pending_migrations(self) -> list[Value]:
        if not self.has_drift():
            return []
        stored = self._engine.store.catalog.definitions()
        plan = plan_migration(stored, self._engine.registration.tables)
        records = map(record_of, plan.operations)
        return [record for record in records if record is not None]

    def migrate(self, policy: Any) -> None:
        if not self.has_drift():
            return
        wanted = self._engine.registration.tables
        try:
            migrate(self._engine.store, wanted, allow_destructive=policy.allow_destructive)
        except (ConstraintViolated, InvalidValue) as refusal:
            raise InvalidDefinition(refusal.message, **refusal.details) from refusal
        self._engine.adopt_rules()

    def _session(self, tx: int | None) -> AbstractContextManager[Transaction]:
        self._check_drift()
        return super()._session(tx)

    def _check_drift(self) -> None:
        if self.has_drift():
            raise InvalidDefinition("the stored tables differ from the registered ones: migrate")


def _typed_query(query: Any) -> TypedQuery:
    """The record `types.query`."""
    order_by = [OrderKey(key.column, DIRECTIONS[key.direction]) for key in query.order_by]
    return TypedQuery(
        filter=query.filter,
        distinct_by=tuple(query.distinct_by),
        eager_relations=tuple(query.eager_relations),
        joins=tuple(query.joins),
        group_by=tuple(query.group_by),
        having=query.having,
        order_by=tuple(order_by),
        limit=query.limit,
        offset=query.offset,
    )


# Values


def _known_columns(definition: TableDefinition, values: Row) -> dict[str, Value]:
    """The value of each named column; of a column named twice the last."""
    for name, _ in values:
        definition.column(name)
    return dict(values)


def _asks_for_number(definition: TableDefinition, name: str, value: Value) -> bool:
    """Whether this is NULL for a column that numbers itself."""
    return value[0] == "null-val" and definition.column(name).autoincrement


def _vector(definition: TableDefinition, name: str, value: Value, count: int) -> Vector:
    column = definition.column(name)
    if value[0] == "null-val" and not column.nullable:
        raise NotNullViolated(definition.name, name)
    try:
        return constant_vector(column.type, cell_of(column.type, value), count)
    except BadCell as problem:
        raise problem.located(value[1], table=definition.name, column=name, row=None) from None


def _results(function: str, vector: Vector) -> list[Any]:
    """The results of an aggregate: plain numbers for a count, values otherwise."""
    return vector_to_cells(vector) if function == "count" else values_of(vector)
