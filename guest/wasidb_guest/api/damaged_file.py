"""The pages of a file that may be no database any more: of any size, with or without its log."""

import os

from wasidb_guest.api.engine import LOG_SUFFIX
from wasidb_guest.errors import DbmsError, MemoryFailed
from wasidb_guest.pages.cache import PageCache, provider_failures
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_memory import PAGE_SIZE, FileLog, FileMemory, HeapLog, ProviderError
from wasidb_memory.provider import check_bounds


class DamagedFile(FileMemory):
    """A file opened for reading whose last page, where it is cut off, goes on with zeros."""

    def __init__(self, path: str) -> None:
        super().__init__(path, read_only=True)

    def _measured_size(self) -> int:
        self._stored_size = os.fstat(self._descriptor).st_size
        return -(-self._stored_size // PAGE_SIZE) * PAGE_SIZE

    def read(self, offset: int, length: int) -> bytes:
        check_bounds(offset, length, self.size())
        missing = max(0, offset + length - self._stored_size)
        return super().read(offset, length - missing) + bytes(missing)


def read_damaged(path: str) -> tuple[PageCache, str | None]:
    """The pages of the file at `path`, and why its redo log, if it has one, is left out.

    Raises MemoryFailed when there is no such file.
    """
    try:
        memory = DamagedFile(path)
    except ProviderError as failure:
        raise MemoryFailed(str(failure), path=path) from failure
    name = os.path.basename(path)
    try:
        with provider_failures("read the redo log"):
            log = FileLog(path + LOG_SUFFIX, read_only=True)
        return PageCache(memory, RedoLog(log, name)), None
    except DbmsError as refusal:
        return PageCache(memory, RedoLog(HeapLog(), name)), refusal.message
