"""One transaction: it sees the committed tables, or, where it has written, its own.

    store.catalog   committed tables, shared by all readers
    own             tables this transaction has changed, on pages of its write set

Any number of transactions may be open; one of them at a time may write. The first write takes the
store's write slot, and others that want to write get Conflict until the slot is free again. A
transaction that has not written reads what is committed at that moment; one that writes sees its
own changes on top of what was committed when it took the slot, and nobody can commit in between.

A statement checks everything before it changes anything, so a refused statement leaves the
transaction as it was. Should one fail after it has changed a page (a damaged page, a table that is
full) the transaction can only be rolled back.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.errors import Conflict
from wasidb_guest.pages.commit_point import WriteSet
from wasidb_guest.tables.catalog import Registered, create_tables, new_tables
from wasidb_guest.tables.removal import drop_tables
from wasidb_guest.tables.table import Table

if TYPE_CHECKING:
    from wasidb_guest.transactions.store import Store


class Transaction:
    """The tables as one transaction sees them; `tables.integrity.Tables`."""

    def __init__(self, store: "Store", number: int) -> None:
        self.number = number
        self._store = store
        self._writes: WriteSet | None = None
        self._own: dict[str, Table] = {}
        self._defined: Registered | None = None
        self._failure: str | None = None

    # What it sees

    @property
    def registered(self) -> Registered:
        """All tables: with those this transaction has created, without those it has dropped."""
        return self._store.catalog.registered if self._defined is None else self._defined

    def definitions(self) -> Sequence[TableDefinition]:
        return [self.registered[name][0] for name in sorted(self.registered)]

    def table(self, name: str) -> Table:
        own = self._own.get(name)
        return own if own is not None else self._store.catalog.table(name)

    # What it changes

    def writable(self, name: str) -> Table:
        own = self._own.get(name)
        if own is None:
            writes = self.pages()
            own = self._own[name] = self._store.catalog.take(name)
            own.attach(writes)
        return own

    def create_tables(self, definitions: Sequence[TableDefinition]) -> None:
        """Create the tables that do not exist. They can be used after the commit."""
        new = new_tables(self.registered, definitions)
        if new:
            self._defined = create_tables(self.pages(), self.registered, new)

    def drop_tables(self, names: Sequence[str]) -> None:
        """Drop tables and their rows. They can be seen until the commit."""
        doomed = [self.table(name) for name in names]
        if doomed:
            self._defined = drop_tables(self.pages(), self.registered, doomed)

    def pages(self) -> WriteSet:
        """The pages, to be changed. Raises Conflict, ReadOnly."""
        if self._writes is None:
            self._writes = self._store.take_write_slot(self)
        return self._writes

    @contextmanager
    def statement(self) -> Iterator["Transaction"]:
        """Run one statement. If it fails after it has changed a page, the transaction is spoilt."""
        if self._failure is not None:
            raise Conflict(
                f"the transaction can only be rolled back: {self._failure}", transaction=self.number
            )
        before = self._change_count()
        try:
            yield self
        except Exception as failure:
            if self._change_count() != before:
                self._failure = str(failure)
            raise

    def _change_count(self) -> int:
        return 0 if self._writes is None else self._writes.change_count

    # How it ends

    def commit(self) -> None:
        """Make the changes durable and visible.

        Raises MemoryFailed, and Conflict after a failed statement.
        """
        if self._failure is not None:
            self.rollback()
            raise Conflict(
                f"rolled back, because a statement had failed: {self._failure}",
                transaction=self.number,
            )
        if self._writes is None:
            return
        self._store.commit_writes(self._writes)
        self._store.publish(self._own.values(), self._defined)

    def rollback(self) -> None:
        """Forget the changes, but not which numbers were drawn."""
        if self._writes is not None:
            self._store.free_write_slot()
        for name, table in self._own.items():
            if table.autoincrement is not None:
                committed = self._store.catalog.table(name).autoincrement
                assert committed is not None
                committed.catch_up(table.autoincrement)
