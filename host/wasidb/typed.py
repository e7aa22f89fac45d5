"""The typed interface, `wasm-dbms:dbms/database`, from Python.

Its functions take and give typed values, for hosts written for the Rust engine; each call costs far
more here than the same through `Database`, so Python programs use this to check compatibility, not
to get work done. Cells are `("u32-val", 7)`; see `runtime.typed_contract` for the records.
"""

from collections.abc import Callable, Mapping, Sequence

from wasidb.runtime.engine import Engine
from wasidb.runtime.typed_contract import (
    AggregatedRow,
    ColumnValue,
    MigrationPolicy,
    Query,
    Value,
)


class TypedDatabase:
    """The eleven functions of interface `database`. Errors are those of `wasidb.errors`."""

    def __init__(self, engine: Engine, migrated: Callable[[], None] = lambda: None) -> None:
        """`migrated` is told when tables have changed."""
        self._engine = engine
        self._migrated = migrated

    def select(self, table: str, query: Query | None = None) -> list[dict[str, Value]]:
        """The rows that `query` asks for; all of them when there is none."""
        rows = self._engine.call("database", "select", table, query or Query())
        return [dict(row) for row in rows]

    def aggregate(
        self, table: str, query: Query, aggregates: Sequence[tuple[str, str | None]]
    ) -> list[AggregatedRow]:
        """One row a group; an aggregate is `("count", None)` or `("sum", "price")`."""
        rows: list[AggregatedRow] = self._engine.call(
            "database", "aggregate", table, query, aggregates
        )
        return rows

    def insert(self, table: str, row: Mapping[str, Value], transaction: int | None = None) -> None:
        self._engine.call("database", "insert", table, cells(row), transaction)

    def update(
        self,
        table: str,
        changes: Mapping[str, Value],
        filter: str | None = None,
        transaction: int | None = None,
    ) -> int:
        """Gives the number of rows changed; `filter` is filter JSON, None for every row."""
        changed: int = self._engine.call(
            "database", "update", table, cells(changes), filter, transaction
        )
        return changed

    def delete(
        self,
        table: str,
        behavior: str = "restrict",
        filter: str | None = None,
        transaction: int | None = None,
    ) -> int:
        """Gives the number of rows deleted; `behavior` is `restrict` or `cascade`."""
        deleted: int = self._engine.call("database", "delete", table, behavior, filter, transaction)
        return deleted

    def begin_transaction(self) -> int:
        transaction: int = self._engine.call("database", "begin-transaction")
        return transaction

    def commit(self, transaction: int) -> None:
        self._engine.call("database", "commit", transaction)

    def rollback(self, transaction: int) -> None:
        self._engine.call("database", "rollback", transaction)

    def has_drift(self) -> bool:
        """Whether the tables differ from those that were registered."""
        drift: bool = self._engine.call("database", "has-drift")
        return drift

    def pending_migrations(self) -> list[Value]:
        """The steps `migrate` would take, as `(step, what)`."""
        steps: list[Value] = self._engine.call("database", "pending-migrations")
        return steps

    def migrate(self, *, allow_destructive: bool = False) -> None:
        self._engine.call("database", "migrate", MigrationPolicy(allow_destructive))
        self._migrated()


def cells(row: Mapping[str, Value]) -> list[ColumnValue]:
    """A row as the contract spells it."""
    return [ColumnValue(name, value) for name, value in row.items()]
