"""The engine as a whole: which file is open, and how.

An engine holds one database at a time. Unless told otherwise it opens `wasm-dbms.db` in the working
directory when it is first asked for anything, as the Rust engine does.
"""

from wasidb_guest.errors import DbmsError, MemoryFailed, NotOpen
from wasidb_guest.transactions.store import Store
from wasidb_memory import FileMemory, HeapMemory, MemoryProvider, ProviderError

DEFAULT_PATH = "wasm-dbms.db"
HEAP_PATH = ":memory:"


class Engine:
    """Holds the open database."""

    def __init__(self) -> None:
        self._store: Store | None = None
        self._was_closed = False

    @property
    def store(self) -> Store:
        """The open database; the default one is opened now if none ever was.

        Raises NotOpen after `close`.
        """
        if self._store is None:
            if self._was_closed:
                raise NotOpen("the database is closed")
            self.open(DEFAULT_PATH)
        assert self._store is not None
        return self._store

    def open(self, path: str, *, read_only: bool = False) -> None:
        """Open the file at `path`, creating it unless `read_only`.

        `:memory:` is a database without a file.
        """
        if self._store is not None:
            raise NotOpen("a database is open already; close it first", path=path)
        memory = _open_memory(path, read_only=read_only)
        try:
            self._store = Store(memory, read_only=read_only)
        except BaseException:
            memory.close()
            raise

    def close(self) -> None:
        """Roll back open transactions and close the file; closing twice is fine."""
        if self._store is not None:
            self._store.close()
        self._store = None
        self._was_closed = True


def _open_memory(path: str, *, read_only: bool) -> MemoryProvider:
    if path == HEAP_PATH:
        return HeapMemory()
    try:
        return FileMemory(path, read_only=read_only)
    except ProviderError as failure:
        raise MemoryFailed(str(failure), path=path) from failure


def located(error: DbmsError, **details: object) -> DbmsError:
    """The same error with more of its facts as fields."""
    error.details |= {name: value for name, value in details.items() if value is not None}
    return error
