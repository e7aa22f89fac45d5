"""An open database: its committed pages and tables, the transactions that are running, and who may
write.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
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
from wasidb_guest.pages.cache import CACHE_SIZE_MAX, PageCache, provider_failures
from wasidb_guest.pages.commit_point import WriteSet
from wasidb_guest.pages.layout import RESERVED_PAGES
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_guest.tables.catalog import Catalog, Registered
from wasidb_guest.tables.damage import damaged_cells
from wasidb_guest.tables.table import Table
from wasidb_guest.transactions.transaction import Transaction
from wasidb_memory import HeapLog, LogStorage, MemoryProvider

# A log larger than this is brought to the flat file after the commit that made it so.
LOG_SIZE_MAX = 16 << 20


class Store:
    """One database: a flat file in a memory provider, and its redo log.

    A leftover log is applied first. Opening an empty memory gives it the three reserved pages.
    Without `flushes_commits` a commit is durable with the next checkpoint.
    """

    def __init__(
        self,
        memory: MemoryProvider,
        log: LogStorage | None = None,
        *,
        name: str = "",
        read_only: bool = False,
        flushes_commits: bool = True,
        log_size_max: int = LOG_SIZE_MAX,
        cache_size_max: int = CACHE_SIZE_MAX,
    ) -> None:
        self._read_only = read_only
        self._flushes_commits = flushes_commits
        self._log_size_max = log_size_max
        self._reserve_pages(memory)
        log = HeapLog() if log is None else log
        self.cache = PageCache(memory, RedoLog(log, name), size_max=cache_size_max)
        if not read_only:
            self.cache.checkpoint()
        self.catalog = Catalog(self.cache)
        self._open: dict[int, Transaction] = {}
        self._next_number = 0
        self._writer: Transaction | None = None

    def _reserve_pages(self, memory: MemoryProvider) -> None:
        missing = RESERVED_PAGES - memory.pages()
        if missing <= 0:
            return
        with provider_failures("open the database"):
            is_blank = not any(memory.read(0, memory.size()))
            if self._read_only or not is_blank:
                what = f"not a database: it has less than {RESERVED_PAGES} pages"
                raise Corrupted(memory.pages(), 0, what)
            memory.grow(missing)
            memory.flush()

    def checkpoint(self) -> None:
        """Bring everything committed to the flat file, and drop the log.

        Raises ReadOnly, MemoryFailed.
        """
        self._check_writable()
        self.cache.checkpoint()

    def close(self) -> None:
        """Drop open transactions, write a checkpoint, and leave a single file behind.

        After a failure the log is left for the next opening to recover from.
        """
        self._open.clear()
        try:
            if not self._read_only and self.cache.is_usable:
                self.cache.checkpoint()
                with provider_failures("remove the redo log"):
                    self.cache.log.remove()
        finally:
            try:
                self.cache.log.close()
            finally:
                self.cache.memory.close()

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

    def check_idle(self) -> None:
        """Raise Conflict while transactions are open."""
        if self._open:
            count = len(self._open)
            raise Conflict(f"{count} transactions are open; end them first", transactions=count)

    # The write slot

    def take_write_slot(self, writer: Transaction) -> WriteSet:
        """The write set for the one transaction that may write. Raises Conflict, ReadOnly."""
        self._check_writable()
        if self._writer is not None:
            raise Conflict(
                "another transaction is writing; retry when it has ended",
                transaction=self._writer.number,
            )
        self._writer = writer
        return WriteSet(self.cache)

    def _check_writable(self) -> None:
        if self._read_only:
            raise ReadOnly("the database is open for reading only")

    def commit_writes(self, writes: WriteSet) -> None:
        """Commit the write set of the writer, who thereby ends."""
        try:
            writes.commit(flush=self._flushes_commits)
        finally:
            self.free_write_slot()

    def free_write_slot(self) -> None:
        """The writer has ended."""
        self._writer = None

    def publish(self, tables: Iterable[Table], registered: Registered | None) -> None:
        """Let readers have the tables of a writer that has just committed."""
        if registered is not None:
            self.catalog.registered = registered
        for table in tables:
            self.catalog.put(table)
        if self.cache.log.size > self._log_size_max:
            self._checkpoint_large_log()

    def _checkpoint_large_log(self) -> None:
        """Keep the log from growing.

        The commit that made it too large stands, so a failure is for the next call to report.
        """
        with suppress(MemoryFailed):
            self.cache.checkpoint()
