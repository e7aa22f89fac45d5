"""An open database: its committed pages and tables, the transactions that are running, and who may
write.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from wasidb_guest.encoding.cells import BadCell
from wasidb_guest.errors import (
    Conflict,
    Corrupted,
    DbmsError,
    Internal,
    MemoryFailed,
    ReadOnly,
    TransactionNotFound,
)
from wasidb_guest.pages.cache import PageCache
from wasidb_guest.pages.commit_point import WriteSet
from wasidb_guest.pages.layout import RESERVED_PAGES
from wasidb_guest.tables.catalog import Catalog, Registered
from wasidb_guest.tables.damage import damaged_cells
from wasidb_guest.tables.table import Table
from wasidb_guest.transactions.transaction import Transaction
from wasidb_memory import MemoryProvider, ProviderError


class Store:
    """One database on one memory provider.

    Opening an empty memory gives it the three reserved pages.
    """

    def __init__(self, memory: MemoryProvider, *, read_only: bool = False) -> None:
        self._read_only = read_only
        self._reserve_pages(memory)
        self.cache = PageCache(memory)
        self.catalog = Catalog(self.cache)
        self._open: dict[int, Transaction] = {}
        self._next_number = 0
        self._writer: Transaction | None = None

    def _reserve_pages(self, memory: MemoryProvider) -> None:
        missing = RESERVED_PAGES - memory.pages()
        if missing <= 0:
            return
        try:
            is_blank = not any(memory.read(0, memory.size()))
            if self._read_only or not is_blank:
                raise Corrupted(
                    memory.pages(), 0, f"not a database: it has less than {RESERVED_PAGES} pages"
                )
            memory.grow(missing)
            memory.flush()
        except ProviderError as failure:
            raise MemoryFailed(str(failure)) from failure

    # Transactions by number

    def begin(self) -> int:
        """Start a transaction; its number."""
        number = self._next_number
        self._next_number += 1
        self._open[number] = Transaction(self, number)
        return number

    def transaction(self, number: int) -> Transaction:
        """An open transaction. Raises TransactionNotFound."""
        transaction = self._open.get(number)
        if transaction is None:
            raise TransactionNotFound(number)
        return transaction

    def commit(self, number: int) -> None:
        """End a transaction, keeping its changes.

        When it fails, the transaction is rolled back and gone.
        """
        transaction = self.transaction(number)
        del self._open[number]
        transaction.commit()

    def rollback(self, number: int) -> None:
        """End a transaction, dropping its changes; one that is not open has nothing to drop."""
        transaction = self._open.pop(number, None)
        if transaction is not None:
            transaction.rollback()

    @contextmanager
    def session(self, number: int | None) -> Iterator[Transaction]:
        """A statement in transaction `number`, or, without one, in a transaction of its own."""
        self.cache.check_usable()
        try:
            if number is not None:
                with self.transaction(number).statement() as transaction:
                    yield transaction
            else:
                with self._own_transaction() as transaction:
                    yield transaction
        except BadCell as damage:
            raise self._damage() from damage

    @contextmanager
    def _own_transaction(self) -> Iterator[Transaction]:
        transaction = Transaction(self, -1)
        try:
            yield transaction
        except BaseException:
            transaction.rollback()
            raise
        transaction.commit()

    def _damage(self) -> DbmsError:
        """Where the stored cell is that a statement could not make sense of."""
        for definition in self.catalog.definitions():
            for damage in damaged_cells(self.catalog.table(definition.name)):
                return damage
        return Internal("a stored cell cannot be read, and none can be found that is damaged")

    def close(self) -> None:
        """Drop open transactions and let go of the memory."""
        self._open.clear()
        self.cache.memory.close()

    # The write slot

    def take_write_slot(self, writer: Transaction) -> WriteSet:
        """The write set for the one transaction that may write. Raises Conflict, ReadOnly."""
        if self._read_only:
            raise ReadOnly("the database is open for reading only")
        if self._writer is not None:
            raise Conflict(
                "another transaction is writing; retry when it has ended",
                transaction=self._writer.number,
            )
        self._writer = writer
        return WriteSet(self.cache)

    def free_write_slot(self) -> None:
        """The writer has ended."""
        self._writer = None

    def publish(self, tables: Iterable[Table], registered: Registered | None) -> None:
        """Let readers have the tables of a writer that has just committed."""
        if registered is not None:
            self.catalog.registered = registered
        for table in tables:
            self.catalog.put(table)
