"""What `rows` and `database` have in common: transactions by number, and deleting rows."""

from contextlib import AbstractContextManager

from wasidb_guest.api.chosen_rows import ChosenRows
from wasidb_guest.api.engine import Engine
from wasidb_guest.query.filter_json import parse_filter
from wasidb_guest.tables.changes import DeleteBehavior
from wasidb_guest.transactions.transaction import Transaction


class Session:
    """The functions that are the same in both interfaces."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def delete(
        self, table: str, behavior: DeleteBehavior, filter: str | None, tx: int | None
    ) -> int:
        condition = parse_filter(filter) if filter is not None else None
        with self._session(tx) as transaction:
            addresses = ChosenRows(table, condition).find(transaction, (), "delete")
            return transaction.delete(table, addresses, behavior)

    def _session(self, tx: int | None) -> AbstractContextManager[Transaction]:
        """A statement in transaction `tx`, or, without one, in a transaction of its own."""
        return self._engine.session(tx)

    def commit(self, tx: int) -> None:
        self._engine.store.commit(tx)

    def rollback(self, tx: int) -> None:
        self._engine.rollback(tx)
