"""One statement: a `with` block around what a call does to the tables of a transaction.

    with store.session(tx) as transaction:     in transaction tx, which stays open
    with store.session(None) as transaction:   in a transaction of its own, committed at the end

A class and not a generator, because every call of the engine passes here.
"""

from types import TracebackType
from typing import TYPE_CHECKING

from wasidb_guest.encoding.cells import BadCell
from wasidb_guest.transactions.transaction import NO_NUMBER, Transaction

if TYPE_CHECKING:
    from wasidb_guest.transactions.store import Store


class Statement:
    """What stands between `with` and its block.

    A failure spoils an open transaction if a page has been changed by then, and ends one of its
    own. A stored cell that makes no sense is reported as the damage it is.
    """

    __slots__ = ("_changes_before", "_store", "_transaction")

    def __init__(self, store: "Store", transaction: Transaction) -> None:
        self._store = store
        self._transaction = transaction
        self._changes_before = 0

    def __enter__(self) -> Transaction:
        transaction = self._transaction
        transaction.check_sound()
        self._store.limits.begin()
        self._changes_before = transaction.change_count
        return transaction

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        failure: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        transaction = self._transaction
        self._store.limits.end()
        if transaction.number == NO_NUMBER:
            if failure is None:
                self._store.finish(transaction)
            else:
                transaction.end()
        elif failure is not None and transaction.change_count != self._changes_before:
            transaction.spoil(failure)
        if isinstance(failure, BadCell):
            raise self._store.damage() from failure
