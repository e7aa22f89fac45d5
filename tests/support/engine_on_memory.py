"""An engine of this process on storage of the test's."""

from wasidb_guest.api.engine import Engine
from wasidb_guest.transactions.store import LOG_SIZE_MAX, Store
from wasidb_memory import HeapLog, LogStorage, MemoryProvider


class EngineOnMemory(Engine):
    """An engine that has opened `memory` and `log`."""

    def __init__(
        self,
        memory: MemoryProvider,
        log: LogStorage | None = None,
        *,
        log_size_max: int = LOG_SIZE_MAX,
        flushes_commits: bool = True,
    ) -> None:
        super().__init__()
        self._memory = memory
        self._log = log if log is not None else HeapLog()
        self._log_size_max = log_size_max
        self._flushes_commits = flushes_commits
        self.recover()

    def recover(self) -> None:
        """Open the storage as it is, as the next process does after the one before was killed."""
        self._store = Store(
            self._memory,
            self._log,
            log_size_max=self._log_size_max,
            flushes_commits=self._flushes_commits,
        )

    def reopen(self) -> None:
        """Close the database and open it again."""
        self.close()
        self.recover()
