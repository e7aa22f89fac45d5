"""The atomic step from one committed state to the next.

A `WriteSet` is everything one writer has changed: copies of pages, new pages past the end, pages
given back. Nobody else sees it until `commit`; to roll back is to forget it. A commit

  1. ends the checkpoint, if the one before has begun one, and extends the flat file, so that a full
     disk shows now. Many new pages are written there at once, as they are, and flushed: nothing
     refers to them yet, and a crash leaves a file that is longer than the log says, which recovery
     cuts.
  2. appends one record to the redo log: the bytes that differ in pages that existed, and in new
     ones that are few.
  3. flushes the log. This is the commit point. Whoever commits several flushes once, behind the
     last.
  4. lets the page cache, and with it every reader, have the new pages.

What fails in 1 or 2 leaves the old state, and the database usable. A failed flush leaves it
unknown whether the commit is durable: the cache is marked as failed and the database must be
reopened, which finds out.
"""

from collections.abc import Sequence

from wasidb_guest.errors import MemoryFailed
from wasidb_guest.pages.cache import PageCache, PageSource, provider_failures
from wasidb_guest.pages.column_cache import ColumnCache
from wasidb_guest.pages.dirty_lines import (
    Change,
    Lines,
    Spans,
    add_lines,
    add_range,
    add_spans,
    lines_of,
)
from wasidb_guest.pages.frame import Frame, frame_at
from wasidb_guest.pages.layout import PAGE_SIZE, UNCLAIMED_PAGE, UNCLAIMED_PAGES_MAX
from wasidb_guest.pages.redo_log import MANY_PAGES
from wasidb_guest.pages.unclaimed import pop_unclaimed, push_unclaimed, unclaimed_count
from wasidb_memory import ProviderError

ZERO_PAGE = bytes(PAGE_SIZE)
NO_COLUMNS: frozenset[int] = frozenset()

# After so many pages more it is asked whether to go on.
CHECKED_PAGES = 16

# To a writer that has changed so many pages, the cache gives up those that it changes: what they
# were would make its log smaller, and takes as much memory again.
LARGE_CHANGE = 32


class WriteSet:
    """The pages one writer has changed, on top of those of `base`; a PageStore.

    `base` is by default what is committed.

    What has changed of a page is known by its lines, or, if all of it has at once, by spans of
    bytes; `_overwritten` are the pages of which nothing but cells of some columns has. With every
    change `change_count` moves. A write set can be committed when `base` is what the cache has, and
    thrown away at any time.
    """

    def __init__(self, cache: PageCache, base: PageSource | None = None) -> None:
        self._cache = cache
        self.base = base = cache if base is None else base
        self.kept: dict[int, Frame] = {}
        self._dirty: dict[int, Lines] = {}
        self._spans: dict[int, Spans] = {}
        self._overwritten: dict[int, frozenset[int]] = {}
        self.page_count = base.page_count
        self.scan_pages = base.scan_pages
        self.change_count = 0

    def layer(self) -> "WriteSet":
        """Further changes on top of these, which can be absorbed or thrown away on their own."""
        top = WriteSet(self._cache, self)
        top.change_count = self.change_count
        return top

    def absorb(self, top: "WriteSet") -> None:
        """Take over the changes of a layer of this one."""
        for number in top.kept:
            above = top._overwritten.get(number)
            below = self._overwritten.get(number) if number in self.kept else NO_COLUMNS
            if above is None or below is None:
                self._overwritten.pop(number, None)
            else:
                self._overwritten[number] = above | below
        self.kept.update(top.kept)
        for number, lines in top._dirty.items():
            add_lines(self._lines(number), lines)
        for number, spans in top._spans.items():
            self._add_spans(number, spans)
        self.page_count, self.change_count = top.page_count, top.change_count

    def read(self, number: int) -> Frame:
        frame = self.kept.get(number)
        return frame if frame is not None else self.base.read(number)

    def columns_of(self, numbers: Sequence[int]) -> ColumnCache | None:
        is_as_in_base = self.kept.keys().isdisjoint(numbers)
        return self.base.columns_of(numbers) if is_as_in_base else None

    def writable(self, number: int, start: int = 0, end: int = PAGE_SIZE) -> Frame:
        self.change_count += 1
        frame = self.kept.get(number)
        if frame is None:
            self._check_sometimes()
            frame = self._own(number)
        elif self._overwritten or self._spans:
            self._overwritten.pop(number, None)
            self._lines(number)
        frame.entries = None
        add_range(self._dirty, number, start, end)
        return frame

    def _own(self, number: int) -> Frame:
        """A page's frame for this writer alone: a copy of what there is, or that itself."""
        held = [frame_at(self.base, number)]
        is_given_up = len(self.kept) >= LARGE_CHANGE and self._cache.give_up(number, held)
        frame = self.kept[number] = held[0] if is_given_up else Frame(held[0])
        return frame

    def open_many(
        self, numbers: Sequence[int], columns: frozenset[int] | None = None
    ) -> list[Frame]:
        self.change_count += 1
        kept, overwritten = self.kept, self._overwritten
        for number in overwritten.keys() & set(numbers):
            if columns is None:
                del overwritten[number]
            else:
                overwritten[number] |= columns
        added = [number for number in numbers if number not in kept]
        self._check_sometimes(len(added))
        for number in added:
            self._own(number)
        if columns is not None:
            overwritten.update(dict.fromkeys(added, columns))
        return list(map(kept.__getitem__, numbers))

    def touch(
        self,
        numbers: Sequence[int],
        limits: memoryview,
        starts: memoryview,
        ends: memoryview,
        *,
        are_zeros: bool = False,
    ) -> None:
        first = 0
        for number, last in zip(numbers, limits, strict=True):
            self._add_spans(number, (starts[first:last], ends[first:last], are_zeros))
            first = last

    def _add_spans(self, number: int, spans: Spans) -> None:
        if number in self._dirty or number in self._spans:
            add_spans(self._lines(number), *spans[:2])
        else:
            self._spans[number] = spans

    def _lines(self, number: int) -> Lines:
        """The dirty lines of a page, which are all that is known of its changes from now on."""
        lines, spans = lines_of(self._dirty, number), self._spans.pop(number, None)
        if spans is not None:
            add_spans(lines, *spans[:2])
        return lines

    def claim(self) -> int:
        if unclaimed_count(self.read(UNCLAIMED_PAGE)):
            return pop_unclaimed(self.writable(UNCLAIMED_PAGE), self.page_count)
        number = self.page_count
        self._check_sometimes()
        self.kept[number] = Frame(PAGE_SIZE)
        self.page_count += 1
        self.change_count += 1
        return number

    def _check_sometimes(self, count: int = 1) -> None:
        """Let a large change be stopped, before so many pages more."""
        if len(self.kept) % CHECKED_PAGES + count >= CHECKED_PAGES:
            self._cache.check()

    def release(self, number: int) -> None:
        """Give a page back. One that finds the stack full stays zeroed and unused."""
        self.kept[number] = Frame(PAGE_SIZE)
        add_range(self._dirty, number, 0, PAGE_SIZE)
        self._spans.pop(number, None)
        self._overwritten.pop(number, None)
        if unclaimed_count(self.read(UNCLAIMED_PAGE)) < UNCLAIMED_PAGES_MAX:
            push_unclaimed(self.writable(UNCLAIMED_PAGE), number)

    def commit(self, *, flush: bool) -> None:
        """Make the changes durable (without `flush`: with the next checkpoint), then visible.

        Raises MemoryFailed.
        """
        cache = self._cache
        cache.check_usable()
        cache.end_checkpoint()
        fresh = range(cache.page_count, self.page_count)
        saved: Sequence[int] = fresh if len(fresh) >= MANY_PAGES else ()
        try:
            with provider_failures("commit, and nothing was committed"):
                self._extend_file(fresh, is_direct=bool(saved))
                zeroed_until = cache.page_count if saved else self.page_count
                changed, count = self._changed(saved), self.page_count
                cache.log.append(
                    changed, self._before, self.kept, page_count=count, zeroed_until=zeroed_until
                )
        except MemoryFailed:
            self._take_back()
            raise
        if flush:
            cache.flush_log()
        erased = {number: each[:2] for number, each in self._spans.items() if each[2]}
        cache.replace(self.kept, self.page_count, saved, self._overwritten, erased)

    def _extend_file(self, fresh: range, *, is_direct: bool) -> None:
        memory = self._cache.memory
        self._cache.fit_memory()
        self._cache.log.start(memory)
        if is_direct:
            self._cache.flush_log()
            memory.append([self.kept[number] for number in fresh])
            self._cache.flush(memory)
        elif fresh:
            memory.grow(len(fresh))

    def _take_back(self) -> None:
        """Shorten the file again; if even that fails, nothing more can be said about it."""
        if not self._cache.is_usable:
            return
        try:
            self._cache.fit_memory()
        except ProviderError as failure:
            self._cache.fail(str(failure))

    def _changed(self, saved: Sequence[int]) -> dict[int, Change]:
        """Where pages have changed, except `saved`."""
        changed: dict[int, Change] = {**self._dirty, **self._spans}
        for number in saved:
            changed.pop(number, None)
        return changed

    def _before(self, number: int) -> bytes | Frame | None:
        """What is committed of a page, if that is in memory."""
        is_new = number >= self._cache.page_count
        return ZERO_PAGE if is_new else self._cache.in_memory(number)
