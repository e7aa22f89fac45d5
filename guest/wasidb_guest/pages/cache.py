"""The committed pages of a file, in memory.

    readers ──> PageCache ──read──> MemoryProvider
    a writer ──> WriteSet ──read──> PageCache          (see commit_point)

A frame is a page's 65,536 bytes. The frames here are what is committed and are never written to: a
writer changes copies of its own, which replace them at its commit. A frame handed out therefore
stays valid, and stays the same, for as long as its holder keeps it.
"""

from typing import Protocol

from wasidb_guest.errors import Corrupted, MemoryFailed
from wasidb_guest.pages.layout import PAGE_SIZE
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
    """Committed pages, read once and kept."""

    def __init__(self, memory: MemoryProvider) -> None:
        self.memory = memory
        self.page_count = memory.pages()
        self._frames: dict[int, bytearray] = {}
        self._failure: str | None = None

    def fail(self, reason: str) -> None:
        """Refuse all work from now on: memory and medium may differ."""
        self._failure = reason

    def check_usable(self) -> None:
        """Raise MemoryFailed if an earlier commit failed half-way."""
        if self._failure is not None:
            raise MemoryFailed(f"reopen the database, an earlier commit failed: {self._failure}")

    def read(self, number: int) -> bytearray:
        frame = self._frames.get(number)
        return frame if frame is not None else self._load(number)

    def _load(self, number: int) -> bytearray:
        if number >= self.page_count:
            raise Corrupted(number, 0, f"page does not exist, the file has {self.page_count}")
        try:
            frame = bytearray(self.memory.read(number * PAGE_SIZE, PAGE_SIZE))
        except ProviderError as failure:
            raise MemoryFailed(str(failure)) from failure
        self._frames[number] = frame
        return frame

    def replace(self, frames: dict[int, bytearray], page_count: int) -> None:
        """Take over the frames that a commit has just written."""
        self._frames.update(frames)
        self.page_count = page_count
