"""The atomic step from one committed state to the next.

A `WriteSet` is everything one writer has changed: copies of pages, new pages past the end, pages
given back. Nobody else sees it until `commit`, which extends the file, writes the changed pages in
ascending order, flushes, and only then lets the page cache, and with it every reader, have them. To
roll back is to forget it.

When the memory provider fails before the first page is written (a full disk shows while the file
grows), the commit has not happened and the old state stands. When it fails later, what is on the
medium is unknown: the cache is marked as failed and the database must be reopened.
"""

from wasidb_guest.errors import MemoryFailed
from wasidb_guest.pages.cache import PageCache
from wasidb_guest.pages.layout import PAGE_SIZE, UNCLAIMED_PAGE, UNCLAIMED_PAGES_MAX
from wasidb_guest.pages.unclaimed import pop_unclaimed, push_unclaimed, unclaimed_count
from wasidb_memory import ProviderError


class WriteSet:
    """The pages one writer has changed; a PageStore. `change_count` moves with every change."""

    def __init__(self, cache: PageCache) -> None:
        self._cache = cache
        self._frames: dict[int, bytearray] = {}
        self.page_count = cache.page_count
        self.change_count = 0

    def read(self, number: int) -> bytearray:
        frame = self._frames.get(number)
        return frame if frame is not None else self._cache.read(number)

    def writable(self, number: int) -> bytearray:
        self.change_count += 1
        frame = self._frames.get(number)
        if frame is None:
            frame = bytearray(self._cache.read(number))
            self._frames[number] = frame
        return frame

    def claim(self) -> int:
        if unclaimed_count(self.read(UNCLAIMED_PAGE)):
            return pop_unclaimed(self.writable(UNCLAIMED_PAGE), self.page_count)
        number = self.page_count
        self._frames[number] = bytearray(PAGE_SIZE)
        self.page_count += 1
        self.change_count += 1
        return number

    def release(self, number: int) -> None:
        """Give a page back. One that finds the stack full stays zeroed and unused."""
        self._frames[number] = bytearray(PAGE_SIZE)
        if unclaimed_count(self.read(UNCLAIMED_PAGE)) < UNCLAIMED_PAGES_MAX:
            push_unclaimed(self.writable(UNCLAIMED_PAGE), number)

    def commit(self) -> None:
        """Make the changes durable, then visible. Raises MemoryFailed."""
        try:
            self._extend_file()
        except ProviderError as failure:
            raise MemoryFailed(f"nothing was committed: {failure}") from failure
        try:
            self._write_pages()
        except ProviderError as failure:
            self._cache.fail(str(failure))
            raise MemoryFailed(f"the commit failed half-way: {failure}") from failure
        self._cache.replace(self._frames, self.page_count)

    def _extend_file(self) -> None:
        missing = self.page_count - self._cache.memory.pages()
        if missing > 0:
            self._cache.memory.grow(missing)

    def _write_pages(self) -> None:
        for number in sorted(self._frames):
            self._cache.memory.write(number * PAGE_SIZE, self._frames[number])
        self._cache.memory.flush()
