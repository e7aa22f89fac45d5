"""Calls that take effect together.

    with db.transaction() as tx:
        tx.update(Account, Account.id == 1, balance=40)
        with tx.savepoint():
            tx.insert(Entry(account=1, amount=-10))

A block that ends by an exception has done nothing: the whole of a transaction, or what was done
since a savepoint.
"""

import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from wasidb.catalog import Catalog
from wasidb.commit_queue import CommitQueue
from wasidb.errors import ComponentFailed, ForkedProcess, NotOpen, TransactionNotFound
from wasidb.runtime.deferral import interrupts_deferred
from wasidb.runtime.engine import Engine
from wasidb.session import Session
from wasidb.statements import Statements

GONE = (ComponentFailed, ForkedProcess, NotOpen, TransactionNotFound)


class Transaction(Session):
    """Calls that take effect together; made by `Database.transaction`.

    Leaving the `with` block commits, leaving it by an exception rolls back. Other transactions do
    not see its rows before.
    """

    def __init__(
        self,
        engine: Engine,
        statements: Statements,
        catalog: Catalog,
        commits: CommitQueue,
        options: str,
    ) -> None:
        super().__init__(engine, statements, catalog)
        self._commits = commits
        self._options = options
        self._has_begun = False

    def _check_open(self) -> None:
        if self._transaction is None:
            state = "has ended" if self._has_begun else "has not begun"
            raise NotOpen(f"the transaction {state}; use it inside its with block")

    @contextlib.contextmanager
    def _atomic(self) -> Iterator[Session]:
        with self.savepoint():  # the transaction may go on when a later piece is refused
            yield self

    def __enter__(self) -> Self:
        if self._has_begun:
            raise NotOpen("a transaction is used once; ask the database for another")
        self._has_begun = True
        try:
            with interrupts_deferred():
                self._transaction = self._engine.call("rows", "begin-transaction", self._options)
        except KeyboardInterrupt:
            if self._transaction is not None:
                self.rollback()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._transaction is None:
            return
        number = self._transaction
        try:
            if error is None:
                self._commits.commit(self._end())
                return
            # When the engine is gone so is the transaction, and the exception on its way out is the
            # one to see.
            with contextlib.suppress(*GONE):
                self.rollback()
        except KeyboardInterrupt:
            self._engine.call("rows", "rollback", number)  # which does nothing if it has ended
            raise

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        """`with tx.savepoint():` undoes what its block has done when that ends by an exception.

        The exception goes on; the transaction, with what it had done before, stays.
        """
        number = self._call("rows", "savepoint", self._transaction)
        try:
            yield
        except BaseException:
            with contextlib.suppress(*GONE):
                self._call("rows", "rollback-to", self._transaction, number)
                self._call("rows", "release", self._transaction, number)
            raise
        self._call("rows", "release", self._transaction, number)

    def rollback(self) -> None:
        """Undoes everything and ends the transaction before its block does."""
        self._call("rows", "rollback", self._transaction)
        self._end()

    def _end(self) -> int:
        """Gives the transaction up."""
        self._check_open()
        transaction, self._transaction = self._transaction, None
        assert transaction is not None
        return transaction
