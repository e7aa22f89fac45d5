"""The page ledger: a table's record pages and how full each is. One page a table.

    u32 count | for each record page: u32 page | u64 free

`free` is what lies above a page's high-water mark; it never grows again. Space below the mark that
deleted records leave is in the free segments. The next record that finds no segment goes to the
first page with room, at 65,536 - free.

The entries ascend by page number: the Rust engine's scan passes over a page that follows a higher
one.
"""

from bisect import bisect_left
from typing import Any

from wasidb_guest.errors import Corrupted, LimitExceeded
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.layout import (
    LEDGER_ALIGNMENT,
    PAGE_LEDGER_ENTRY,
    PAGE_SIZE,
    RECORD_PAGES_MAX,
    U32,
    aligned,
)
from wasidb_guest.tables.first_fit import FirstFit


class PageLedger:
    """The record pages of one table, in ledger order, and their free bytes."""

    def __init__(self, pages: PageSource, number: int, table: str) -> None:
        self.pages: Any = pages
        self.number = number
        self._table = table
        frame = pages.read(number)
        (count,) = U32.unpack_from(frame)
        if count > RECORD_PAGES_MAX:
            raise Corrupted(
                number, 0, f"{count} record pages, at most {RECORD_PAGES_MAX} are possible"
            )
        entries = list(
            PAGE_LEDGER_ENTRY.iter_unpack(frame[_offset_of_entry(0) : _offset_of_entry(count)])
        )
        self.record_pages = [page for page, _ in entries]
        if len(set(self.record_pages)) < count:
            raise Corrupted(number, 0, "a record page is listed twice")
        for index, (_, free) in enumerate(entries):
            if free > PAGE_SIZE:
                offset = _offset_of_entry(index)
                raise Corrupted(number, offset, f"{free} free bytes in a page of {PAGE_SIZE}")
        self._free = FirstFit([free for _, free in entries])

    def high_water(self, index: int) -> int:
        """Where the free space of the page at `index` begins."""
        return PAGE_SIZE - self._free[index]

    def free_bytes(self) -> int:
        """Bytes above the high-water marks of all pages."""
        return sum(self._free.sizes())

    @property
    def is_full(self) -> bool:
        """Whether no page can be added."""
        return len(self.record_pages) == RECORD_PAGES_MAX

    def find_room(self, size: int) -> int | None:
        """The index of the first page with at least `size` bytes free."""
        return self._free.first(size)

    def set_high_water(self, index: int, offset: int) -> None:
        """Record that the page at `index` is used up to `offset`."""
        free = self._free[index] = max(0, PAGE_SIZE - offset)
        self._write_entry(index, free)

    def add(self, page: int) -> int:
        """Enter an empty record page; give its index. Raises LimitExceeded."""
        count = len(self.record_pages)
        if self.is_full:
            message = (
                f"table {self._table!r} has the most record pages possible, {RECORD_PAGES_MAX}"
            )
            raise LimitExceeded(message, limit="record pages", table=self._table)
        index = bisect_left(self.record_pages, page)
        self.record_pages.insert(index, page)
        self._free.insert(index, PAGE_SIZE)
        start, end = _offset_of_entry(index), _offset_of_entry(count + 1)
        padded = aligned(end, LEDGER_ALIGNMENT)
        frame = self.pages.writable(self.number, start, padded)
        U32.pack_into(frame, 0, count + 1)
        behind = frame[start : end - PAGE_LEDGER_ENTRY.size]
        frame[start + PAGE_LEDGER_ENTRY.size : end] = behind
        frame[end:padded] = bytes(padded - end)
        self._write_entry(index, PAGE_SIZE)
        return index

    def _write_entry(self, index: int, free: int) -> None:
        at = _offset_of_entry(index)
        frame = self.pages.writable(self.number, at, at + PAGE_LEDGER_ENTRY.size)
        PAGE_LEDGER_ENTRY.pack_into(frame, at, self.record_pages[index], free)


def _offset_of_entry(index: int) -> int:
    return U32.size + index * PAGE_LEDGER_ENTRY.size
