"""An open database: its committed pages and tables, the transactions that are open, and how they
commit.

    begin ──> fork of the committed pages ──> statements ──> commit
                                                               │
      nobody has committed since: the fork becomes the committed pages
      somebody has:  conflicts? ──> what was done is repeated on a new fork ──> as above
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

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
from wasidb_guest.pages.layout import RESERVED_PAGES
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_guest.rules.known_references import KnownReferences
from wasidb_guest.rules.table_rules import TableRules
from wasidb_guest.tables.catalog import Catalog, Registered
from wasidb_guest.tables.check import check_integrity
from wasidb_guest.tables.damage import damaged_cells
from wasidb_guest.transactions.footprint import Footprint
from wasidb_guest.transactions.limits import Limits, never
from wasidb_guest.transactions.options import (
    DEFAULTS,
    NO_LIMITS,
    UNLIMITED,
    StatementLimits,
    TransactionLimits,
    TransactionOptions,
)
from wasidb_guest.transactions.replay import repeat
from wasidb_guest.transactions.rights import Rights
from wasidb_guest.transactions.statement import OwnStatement, Statement
from wasidb_guest.transactions.transaction import Transaction
from wasidb_guest.transactions.validation import check_changes, check_reads
from wasidb_guest.transactions.watch import Watch
from wasidb_memory import HeapLog, HeapScratch, LogStorage, MemoryProvider, OpenScratch

# A log larger than this is brought to the flat file after the commit that made it so.
LOG_SIZE_MAX = 16 << 20
LOST = ": it went with the engine that it was begun in"


class Store:
    """One database: a flat file in a memory provider, and its redo log.

    A leftover log is applied first. Opening an empty memory gives it the three reserved pages.
    Without `flushes_commits` a commit is durable with the next checkpoint. `is_cancelled` says
    whether somebody wants the running statement to stop. What does not fit in the memory of a
    statement goes to scratch. With an `identity` all that is asked of transactions needs its
    rights. Transactions are numbered from `first_number`.
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
        limits: TransactionLimits = NO_LIMITS,
        statement_limits: StatementLimits = UNLIMITED,
        is_cancelled: Callable[[], bool] = never,
        open_scratch: OpenScratch = HeapScratch,
        identity: bytes | None = None,
        first_number: int = 0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._read_only = read_only
        self._flushes_commits = flushes_commits
        self._log_size_max = log_size_max
        log = HeapLog() if log is None else log
        self._reserve_pages(memory, log)
        self.open_scratch = open_scratch
        self.limits = Limits(statement_limits, is_cancelled, clock)
        self.cache = PageCache(
            memory, RedoLog(log, name), size_max=cache_size_max, check=self.limits.check
        )
        if not read_only:
            self.cache.drop_surplus()
            self.cache.checkpoint()
        self.rights = Rights(self.cache, identity)
        self.catalog = Catalog(self.cache)
        self.rules: Mapping[str, TableRules] = {}
        self._references = KnownReferences((), {})
        self._references_basis: tuple[Any, ...] = (None, None, None)
        self._open: dict[int, Statement] = {}
        self.unused: OwnStatement | None = None
        self._watch = Watch(limits, clock)
        self._first_number = self._next_number = first_number
        self._committed: deque[tuple[int, Footprint]] = deque()

    def _reserve_pages(self, memory: MemoryProvider, log: LogStorage) -> None:
        missing = RESERVED_PAGES - memory.pages()
        if missing <= 0:
            return
        if log.size():
            raise MemoryFailed(f"there is a redo log, but of its file only {memory.pages()} pages")
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
        self.check_writable()
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
                with provider_failures("close the redo log"):
                    self.cache.log.close()
            finally:
                with provider_failures("close the database"):
                    self.cache.memory.close()

    # Transactions by number

    def begin(self, options: TransactionOptions = DEFAULTS) -> int:
        """Start a transaction; its number."""
        number = self._next_number
        self._next_number += 1
        self._drop_abandoned()
        self._open[number] = Statement(self, Transaction(self, number, options))
        self._watch.begun(number)
        return number

    def transaction(self, number: int) -> Transaction:
        """An open transaction, which is about to be used. Raises TransactionNotFound."""
        return self._statement(number).transaction

    def _statement(self, number: int) -> Statement:
        """The next statement of an open transaction. Raises TransactionNotFound."""
        if self._watch.is_needed:
            self._drop_abandoned()
            self._watch.used(number)
        statement = self._open.get(number)
        if statement is None:
            is_foreign = number < self._first_number
            reason = LOST if is_foreign else self._watch.why_dropped(number)
            raise TransactionNotFound(number, reason)
        return statement

    def _drop_abandoned(self) -> None:
        """Roll back transactions that have exceeded a limit."""
        for number in self._watch.abandoned():
            self.rollback(number)

    @property
    def has_open(self) -> bool:
        """Whether a transaction with a number is open."""
        return bool(self._open)

    def commit(self, number: int) -> None:
        """End a transaction, keeping its changes.

        When it fails, the transaction is rolled back and gone. Raises Conflict when another one is
        in the way, what a rule raises that somebody else's rows make this one break, MemoryFailed.
        """
        self.commit_transaction(self._take(number))

    def commit_many(self, numbers: Sequence[int]) -> list[DbmsError | None]:
        """Commit transactions in order, then flush once for all of them; the error of each.

        Raises MemoryFailed when that flush fails: then it is unknown which of them are durable.
        """
        outcomes = [self._outcome_of_commit(number) for number in numbers]
        if self._flushes_commits and None in outcomes:
            self.cache.flush_log()
        return outcomes

    def _outcome_of_commit(self, number: int) -> DbmsError | None:
        try:
            self.commit_transaction(self._take(number), flush=False)
        except DbmsError as error:
            return error
        return None

    def _take(self, number: int) -> Transaction:
        """An open transaction, which is not open any more."""
        transaction = self.transaction(number)
        del self._open[number]
        self._watch.ended(number)
        return transaction

    def rollback(self, number: int) -> None:
        """End a transaction, dropping its changes; one that is not open has nothing to drop."""
        statement = self._open.pop(number, None)
        if statement is not None:
            self._watch.ended(number)
            statement.transaction.end()
            self._forget_commits()

    def session(self, number: int | None) -> Statement | OwnStatement:
        """A statement in transaction `number`, or, without one, in a transaction of its own.

        Raises MemoryFailed after a write that failed half-way, and TransactionNotFound.
        """
        if self.cache.failure is not None:
            self.cache.check_usable()
        if number is not None:
            return self._statement(number)
        if self._watch.is_needed:
            self._drop_abandoned()
        unused, self.unused = self.unused, None
        return unused or OwnStatement(self, Transaction(self))

    def damage(self) -> DbmsError:
        """Where the stored cell is that a statement could not make sense of.

        If all cells of all records are in order, something has led it to where no record is.
        """
        for definition in self.catalog.definitions():
            for damage in damaged_cells(self.catalog.table(definition.name)):
                return damage
        for problem in check_integrity(self.cache, self.catalog):
            return Corrupted(problem.page, problem.offset, problem.what)
        return Internal("a stored cell cannot be read, and none can be found that is damaged")

    def set_rules(self, table: str, rules: TableRules | None) -> None:
        """Let the statements that come keep other rules of a table, or none."""
        others = {name: each for name, each in self.rules.items() if name != table}
        self.rules = others if rules is None else {**others, table: rules}

    def references_among(self, registered: Registered) -> KnownReferences:
        """The foreign keys of the tables that somebody sees; those asked for last are kept.

        Rules are those of the committed tables: of one that is another by now they say nothing.
        """
        committed, known = self.catalog.registered, self._references_basis
        is_known = registered is known[0] and committed is known[1] and self.rules is known[2]
        if not is_known:
            rules = {
                name: each
                for name, each in self.rules.items()
                if registered.get(name) is committed.get(name)
            }
            definitions = [registered[name][0] for name in sorted(registered)]
            self._references = KnownReferences(definitions, rules)
            self._references_basis = registered, committed, self.rules
        return self._references

    def check_idle(self) -> None:
        """Raise Conflict while transactions are open."""
        if self._open:
            count = len(self._open)
            who = "a transaction is" if count == 1 else f"{count} transactions are"
            raise Conflict(f"{who} open; end that first", transactions=count)

    # Committing

    def commit_transaction(self, transaction: Transaction, *, flush: bool = True) -> None:
        """Keep a transaction's changes; whatever happens, it is over then. See `commit`.

        Without `flush` they are durable when the next flush of the log is over.
        """
        try:
            transaction.check_sound()
            transaction.prepare_commit()
            if transaction.change_count:
                self._commit_writes(self._on_top(transaction), flush=flush)
        except BadCell as damage:
            raise self.damage() from damage
        finally:
            transaction.end()
            self._forget_commits()

    def _on_top(self, transaction: Transaction) -> Transaction:
        """The transaction itself when nobody has committed since it began, else its repetition."""
        if transaction.snapshot.is_newest:
            return transaction
        version = transaction.snapshot.version
        check_changes(transaction.footprint, self.committed_since(version))
        check_reads(transaction.reads, self.committed_since(version))
        repeated = Transaction(self, transaction.number)
        repeated.keep_no_rules()
        try:
            for step in transaction.footprint.steps:
                repeat(step, repeated)
        except BaseException:
            repeated.end()
            raise
        return repeated

    def _commit_writes(self, transaction: Transaction, *, flush: bool) -> None:
        transaction.end()  # nobody needs what the pages were like for this one's sake
        if self.unused is not None:
            self.unused.transaction.end()
            self.unused = None
        writes = transaction.writes
        if writes is None:  # all it did was refused or came to nothing
            return
        writes.commit(flush=flush and self._flushes_commits)
        version = self.cache.versions.newest
        if transaction.defines:
            self.catalog.redefine(transaction.registered, version)
        for table in transaction.own.values():
            self.catalog.put(table, version)
        if self._open:
            self._committed.append((version, transaction.footprint))
        if self.cache.log.size > self._log_size_max or self.cache.is_crowded:
            self._checkpoint_early()

    def committed_since(self, version: int) -> Iterator[Footprint]:
        """What the transactions have done that committed after a version, as far as anybody may
        still ask.
        """
        return (footprint for committed, footprint in self._committed if committed > version)

    def _forget_commits(self) -> None:
        while self._committed and self._committed[0][0] <= self.cache.versions.oldest:
            self._committed.popleft()

    def check_writable(self) -> None:
        """Raise ReadOnly for a database opened for reading only."""
        if self._read_only:
            raise ReadOnly("the database is open for reading only")

    def _checkpoint_early(self) -> None:
        """Keep the log, and what is in memory because of it, from growing.

        The commit that made it too large stands, so a failure is for the next call to report. The
        next commit ends the checkpoint, when the disk has had time.
        """
        with suppress(MemoryFailed):
            self.cache.begin_checkpoint()
