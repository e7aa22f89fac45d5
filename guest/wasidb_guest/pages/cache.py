"""The committed pages of a file, in memory.

    readers  ──> PageCache ──read──> MemoryProvider     the flat file
    a writer ──> WriteSet  ──read──> PageCache
                           ──commit─> RedoLog            see commit_point, redo_log

A frame is a page's 65,536 bytes. The frames here are what is committed and are never written to: a
writer changes copies of its own, which replace them at its commit. A frame handed out therefore
stays valid, and stays the same, for as long as its holder keeps it.
"""

from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from wasidb_guest.errors import Corrupted, MemoryFailed
from wasidb_guest.pages.layout import PAGE_SIZE
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_memory import MemoryProvider, ProviderError


class PageSource(Protocol):
    """Where pages can be read."""

    page_count: int

    def read(self, number: int) -> bytearray:
        """The frame of a page, not to be changed. Raises Corrupted for a page past the end."""
        ...


class PageStore(PageSource, Protocol):
    """Where pages can be read, changed, claimed and released."""

    def writable(self, number: int) -> bytearray:
        """The frame of a page, to be changed."""
        ...

    def claim(self) -> int:
        """The number of a page that nobody uses; it is all zeros."""
        ...

    def release(self, number: int) -> None:
        """Give a page back; it is zeroed and can be claimed again."""
        ...


class PageCache:
    """Committed pages: read from memory when first needed, and kept.

    Some have been committed to the redo log only. They are `unsaved` until a checkpoint has brought
    them to the flat file.
    """

    def __init__(self, memory: MemoryProvider, log: RedoLog) -> None:
        self.memory = memory
        self.log = log
        self.page_count = memory.pages()
        self._frames: dict[int, bytearray] = {}
        self._unsaved: set[int] = set()
        self._failure: str | None = None
        with provider_failures("open the database"):
            recovered = log.recover(memory)
        if recovered is not None:
            self.replace(recovered.frames, recovered.page_count)

    def fail(self, reason: str) -> None:
        """Refuse all work from now on: memory and medium may differ."""
        self._failure = reason

    @property
    def is_usable(self) -> bool:
        """Whether no write has failed half-way."""
        return self._failure is None

    def check_usable(self) -> None:
        """Raise MemoryFailed if an earlier write failed half-way."""
        if self._failure is not None:
            raise MemoryFailed(f"reopen the database, an earlier write failed: {self._failure}")

    def read(self, number: int) -> bytearray:
        frame = self._frames.get(number)
        return frame if frame is not None else self._load(number)

    def _load(self, number: int) -> bytearray:
        if number >= self.page_count:
            raise Corrupted(number, 0, f"page does not exist, the file has {self.page_count}")
        with provider_failures(f"read page {number}"):
            frame = bytearray(self.memory.read(number * PAGE_SIZE, PAGE_SIZE))
        self._frames[number] = frame
        return frame

    def replace(
        self, frames: Mapping[int, bytearray], page_count: int, saved: Container[int] = ()
    ) -> None:
        """Take over the pages of a commit; all of them are unsaved, except those in `saved`."""
        self._frames.update(frames)
        self._unsaved.update(number for number in frames if number not in saved)
        self.page_count = page_count

    def checkpoint(self) -> None:
        """Bring everything committed to the flat file, and drop the log. Raises MemoryFailed."""
        self.check_usable()
        try:
            with provider_failures("write a checkpoint"):
                self.log.flush()
                self._save()
                self.log.clear()
        except MemoryFailed as failure:
            self.fail(failure.message)
            raise

    def _save(self) -> None:
        self.fit_memory()
        for number in sorted(self._unsaved):
            self.memory.write(number * PAGE_SIZE, self._frames[number])
        if self._unsaved:
            self.memory.flush()
        self._unsaved.clear()

    def fit_memory(self) -> None:
        """Give the memory exactly the committed pages.

        It has more after a commit that came to nothing, less after a crash.
        """
        if self.memory.pages() > self.page_count:
            self.memory.truncate(self.page_count)
        elif self.memory.pages() < self.page_count:
            self.memory.grow(self.page_count - self.memory.pages())


@contextmanager
def provider_failures(action: str) -> Iterator[None]:
    """Turn what a memory provider raises into MemoryFailed."""
    try:
        yield
    except ProviderError as failure:
        raise MemoryFailed(f"cannot {action}: {failure}") from failure
