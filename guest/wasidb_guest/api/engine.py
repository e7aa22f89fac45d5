"""The engine as a whole: which file is open, and how.

An engine holds one database at a time. Unless told otherwise it opens `wasm-dbms.db` in the working
directory when it is first asked for anything, as the Rust engine does.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from wasidb_guest.api.options import DEFAULTS, OpenOptions
from wasidb_guest.api.registration import Registration
from wasidb_guest.errors import MemoryFailed, NotOpen
from wasidb_guest.pages.cache import provider_failures
from wasidb_guest.tables.access_control import Flag
from wasidb_guest.transactions.limits import never
from wasidb_guest.transactions.options import StatementLimits, TransactionLimits
from wasidb_guest.transactions.statement import OwnStatement, Statement
from wasidb_guest.transactions.store import Store
from wasidb_memory import (
    FileLog,
    FileMemory,
    HeapLog,
    HeapMemory,
    HeapScratch,
    LogStorage,
    MemoryProvider,
    OpenScratch,
    ProviderError,
    ScratchFiles,
)

DEFAULT_PATH = "wasm-dbms.db"
HEAP_PATH = ":memory:"
LOG_SUFFIX = "-wal"


class Engine:
    """Holds the open database, and which tables the host wants in it.

    `session` is that of the open store, or what raises and opens as `store` does: nothing stands
    between a call and its statement.
    """

    def __init__(self) -> None:
        self.registration = Registration()
        self.first_number = 0
        self.session: Callable[[int | None], Statement | OwnStatement] = self._first_session
        self._store: Store | None = None
        self._scratch: ScratchFiles | None = None
        self._was_closed = False

    @property
    def store(self) -> Store:
        """The open database; the default one is opened now if none ever was.

        Raises NotOpen after `close`, and MemoryFailed after a write that failed half-way.
        """
        store = self._store
        if store is None:
            if self._was_closed:
                raise NotOpen("the database is closed")
            self.open(DEFAULT_PATH)
            assert self._store is not None
            store = self._store
        if store.cache.failure is not None:
            store.cache.check_usable()
        return store

    def _first_session(self, transaction: int | None) -> Statement | OwnStatement:
        """`session` while no database is open."""
        return self.store.session(transaction)

    def require(self, flag: Flag) -> None:
        """Raise AccessDenied if a database is open and the identity it is open for lacks a flag."""
        if self._store is not None:
            self._store.rights.require_flag(flag)

    def adopt_rules(self) -> None:
        """Let statements keep the rules of the registered tables, if these are what is stored."""
        registered = self.store.catalog.registered
        for table in self.registration.tables:
            name = table.definition.name
            if name in registered and table.is_stored_as(registered[name][0]):
                self.store.set_rules(name, table.rules)

    def rollback(self, transaction: int) -> None:
        """Drop a transaction's changes, which can be done even when nothing else can any more."""
        if self._store is not None:
            self._store.rollback(transaction)

    def open(self, path: str, options: OpenOptions = DEFAULTS) -> None:
        """Open the file at `path`, creating it unless that is to be read only.

        The redo log is `<path>-wal`. `:memory:` is a database without a file.
        """
        if self._store is not None:
            raise NotOpen("a database is open already; close it first", path=path)
        self.registration = Registration()
        memory, log = _open_storage(path, options)
        try:
            self._store = Store(
                memory,
                log,
                name=os.path.basename(path),
                read_only=options.read_only,
                flushes_commits=options.durability == "full",
                cache_size_max=options.cache_size,
                limits=TransactionLimits(options.transaction_idle, options.transaction_age),
                statement_limits=StatementLimits(
                    options.statement_seconds, options.result_rows, options.query_memory
                ),
                is_cancelled=_is_cancelled(options.cancel_file),
                open_scratch=self._scratch_of(path, options),
                identity=options.identity,
                first_number=options.first_number,
            )
            self.first_number = options.first_number
            self.session = self._store.session
        except BaseException:
            log.close()
            memory.close()
            raise

    def close(self) -> None:
        """Roll back open transactions and close the file; closing twice is fine.

        The engine is closed even when that raises MemoryFailed: what was committed is in the redo
        log then, for the next opening to recover.
        """
        store, self._store, self._was_closed = self._store, None, True
        self.session = self._first_session
        if store is not None:
            try:
                store.close()
            finally:
                self._drop_scratch()

    def _scratch_of(self, path: str, options: OpenOptions) -> OpenScratch:
        """Where statements put aside what does not fit in memory; a database that is only read
        leaves no trace, not even for a while.
        """
        if path == HEAP_PATH or options.read_only:
            return HeapScratch
        self._scratch = ScratchFiles(path)
        with provider_failures("open the database"):
            self._scratch.remove_leftovers()
        return self._scratch.open

    def _drop_scratch(self) -> None:
        """Remove the files of cursors that are open; one that stays is left to the next opening."""
        scratch, self._scratch = self._scratch, None
        if scratch is not None:
            with suppress(ProviderError):
                scratch.close()


def _is_cancelled(cancel_file: str | None) -> Callable[[], bool]:
    """Says whether the file is there."""
    return never if cancel_file is None else partial(os.path.exists, cancel_file)


def _open_storage(path: str, options: OpenOptions) -> tuple[MemoryProvider, LogStorage]:
    """The flat file and its log."""
    if path == HEAP_PATH:
        return HeapMemory(), HeapLog()
    read_only, flushes = options.read_only, options.durability != "off"
    try:
        was_left_open = os.path.exists(path + LOG_SUFFIX)
        memory = FileMemory(path, read_only=read_only, may_be_cut=was_left_open, flushes=flushes)
        try:
            return memory, FileLog(path + LOG_SUFFIX, read_only=read_only, flushes=flushes)
        except ProviderError:
            memory.close()
            raise
    except ProviderError as failure:
        raise MemoryFailed(str(failure), path=path) from failure
