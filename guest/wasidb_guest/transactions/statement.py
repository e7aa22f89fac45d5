"""One statement: a `with` block around what a call does to the tables of a transaction.

    with store.session(tx) as transaction:     in transaction tx, which stays open
    with store.session(None) as transaction:   in a transaction of its own, committed at the end

A statement that fails after it has changed pages leaves its transaction nothing but going back. One
that has a deadline is expected to fail, and works on a layer of its own, which is dropped: then the
transaction is what it was.

Classes and not generators, because every call of the engine passes here. A stored cell that makes
no sense is reported as the damage it is.
"""

from types import TracebackType
from typing import TYPE_CHECKING

from wasidb_guest.encoding.cells import BadCell
from wasidb_guest.transactions.options import UNLIMITED
from wasidb_guest.transactions.transaction import Transaction

if TYPE_CHECKING:
    from wasidb_guest.transactions.store import Store


class Statement:
    """A statement in an open transaction, one after the other, which a failure spoils if a page has
    been changed, unless there is a layer to drop.
    """

    __slots__ = ("_changes_before", "_layer", "_store", "transaction")

    def __init__(self, store: "Store", transaction: Transaction) -> None:
        self._store = store
        self.transaction = transaction
        self._changes_before = 0
        self._layer: int | None = None

    def __enter__(self) -> Transaction:
        transaction, limits = self.transaction, self._store.limits
        if transaction.failure is not None:
            transaction.check_sound()
        if limits.are_begun or transaction.statement_limits is not UNLIMITED:
            limits.begin(transaction.statement_limits)
            if limits.has_deadline:
                self._layer = transaction.savepoint()
        writes = transaction.writes
        self._changes_before = 0 if writes is None else writes.change_count
        return transaction

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        failure: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._store.limits.are_begun:
            self._store.limits.end()
        layer, self._layer = self._layer, None
        if failure is None and layer is None:
            return
        is_changed = self.transaction.change_count != self._changes_before
        if layer is not None:
            if failure is not None and is_changed:
                self.transaction.roll_back_to(layer)
            self.transaction.release(layer)
        elif is_changed and failure is not None:
            self.transaction.spoil(failure)
        if isinstance(failure, BadCell):
            raise self._store.damage() from failure


class OwnStatement:
    """A statement in a transaction of its own, which a failure ends.

    One that has written nothing is as good as new: the store keeps it for the next statement until
    somebody commits.
    """

    __slots__ = ("_store", "transaction")

    def __init__(self, store: "Store", transaction: Transaction) -> None:
        self._store = store
        self.transaction = transaction

    def __enter__(self) -> Transaction:
        limits = self._store.limits
        if limits.are_begun:
            limits.begin()
        return self.transaction

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        failure: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        store, transaction = self._store, self.transaction
        if store.limits.are_begun:
            store.limits.end()
        if failure is None:
            if transaction.writes is None:
                store.unused = self
            else:
                store.commit_transaction(transaction)
            return
        transaction.end()
        if isinstance(failure, BadCell):
            raise self._store.damage() from failure
