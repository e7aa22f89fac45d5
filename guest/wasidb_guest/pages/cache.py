"""The committed pages of a file, in memory.

    readers  ──> PageCache ──read──> MemoryProvider     the flat file
    a writer ──> WriteSet  ──read──> PageCache
                           ──commit─> RedoLog            see commit_point, redo_log

A frame is a page's 65,536 bytes. The frames here are what is committed and are never written to: a
writer changes copies of its own, which replace them at its commit. A frame handed out therefore
stays valid, and stays the same, for as long as its holder keeps it. A large change copies little:
frames that nobody holds, of pages that the flat file has, are its own from then on.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from sys import getrefcount
from typing import Protocol

from wasidb_guest.errors import Corrupted, MemoryFailed
from wasidb_guest.pages.column_cache import NOTHING_ERASED, ColumnCache, Gaps
from wasidb_guest.pages.frame import Frame
from wasidb_guest.pages.layout import PAGE_SIZE
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_guest.pages.versions import Snapshot, Versions
from wasidb_memory import MemoryProvider, ProviderError

CACHE_SIZE_MAX = 256 << 20
CACHE_SIZE_MIN = 1 << 20

# How many pages a scan takes at once: enough for steps that are one for all their rows to be cheap,
# and where there is room twice as many, but no more than a fortieth of the cache.
SCAN_PAGES_MIN = 48
SCAN_PAGES_MAX = 96
SCANS_IN_CACHE = 40

# Pages side by side that one write brings to the file, a mebibyte: for each of them wasmtime
# hands over to another thread, and waits.
SAVED_TOGETHER = 16

# How often a frame is referred to, and looked at, if it is in a list and nowhere else.
IN_A_LIST = [Frame()]
ALONE = getrefcount(IN_A_LIST[0])

NOTHING_OVERWRITTEN: Mapping[int, frozenset[int]] = {}


class PageSource(Protocol):
    """Where pages can be read.

    `kept` are frames by number, to be taken without asking `read`, which is a step of Python; there
    may be none. What is not there is what the source `base` beneath keeps, if there is one; see
    `frame_at`. `scan_pages` is how many a scan takes at once.
    """

    page_count: int
    kept: dict[int, Frame]

    @property
    def base(self) -> "PageSource | None": ...

    @property
    def scan_pages(self) -> int: ...

    def read(self, number: int) -> Frame:
        """The frame of a page, not to be changed. Raises Corrupted for a page past the end."""
        ...

    def columns_of(self, numbers: Sequence[int]) -> ColumnCache | None:
        """Where columns of these pages are kept; None if these are not as they are committed, or
        are to be read in any case.
        """
        ...


def frames_of(pages: PageSource, numbers: Sequence[int] | memoryview) -> list[Frame]:
    """The frames of some pages; without a step of Python for each, if all of them are kept."""
    try:
        return list(map(pages.kept.__getitem__, numbers))
    except KeyError:
        return list(map(pages.read, numbers))


class PageStore(PageSource, Protocol):
    """Where pages can be read, changed, claimed and released."""

    def writable(self, number: int, start: int = 0, end: int = PAGE_SIZE) -> Frame:
        """The frame of a page, of which the bytes from `start` to `end` are to be changed, and
        those of its first line, where pages have their headers.

        Others must not be: they would not be committed. Bytes that stay the same cost nothing.
        """
        ...

    def open_many(
        self, numbers: Sequence[int], columns: frozenset[int] | None = None
    ) -> list[Frame]:
        """The frames of pages of records that are to be changed as `touch` will tell; with
        `columns` only in cells of these, by position, which stay as long as they are.
        """
        ...

    def touch(
        self,
        numbers: Sequence[int],
        limits: memoryview,
        starts: memoryview,
        ends: memoryview,
        *,
        are_zeros: bool = False,
    ) -> None:
        """Ascending spans of pages that are open have changed, or become zeros, which are whole
        records that are erased; see `dirty_lines`. They are logged as they are, zeros without a
        look at them, but compared on pages of which something else has changed.
        """
        ...

    def claim(self) -> int:
        """The number of a page that nobody uses; it is all zeros."""
        ...

    def release(self, number: int) -> None:
        """Give a page back; it is zeroed and can be claimed again."""
        ...


class Flushable(Protocol):
    """The flat file, or the log."""

    def flush(self) -> None: ...


def carry_on() -> None:
    """Nothing stops a writer."""


class PageCache:
    """Committed pages: read from memory when first needed, and kept while there is room.

    All pages, and the `columns` that were taken out of them, share `size_max` bytes; one commit may
    exceed them for a moment. Pages that have been committed to the redo log only are `unsaved` and
    stay until a checkpoint has brought them to the flat file, which is due when they are many. Of
    the others, a page that was read once is on probation and goes first; one that was asked for
    again is protected. So a scan of a large table drives out what an earlier scan has left, and not
    the upper nodes of the indexes. All but those on probation are `kept`.

    A writer calls `check` after every few pages; what that raises stops it.
    """

    base = None

    def __init__(
        self,
        memory: MemoryProvider,
        log: RedoLog,
        *,
        size_max: int = CACHE_SIZE_MAX,
        check: Callable[[], None] = carry_on,
    ) -> None:
        self.memory = memory
        self.log = log
        self.check = check
        self.page_count = memory.pages()
        self.kept: dict[int, Frame] = {}
        self._unsaved: set[int] = set()
        self._in_checkpoint = self._awaits_flush = False
        self._protected: dict[int, None] = {}
        self._probation: dict[int, Frame] = {}
        self._unsaved_max = size_max // PAGE_SIZE * 3 // 8
        self._size_max = size_max
        fitting = size_max // PAGE_SIZE // SCANS_IN_CACHE
        self.scan_pages = max(SCAN_PAGES_MIN, min(fitting, SCAN_PAGES_MAX))
        self.columns = ColumnCache(size_max // 2, self._make_room)
        self.versions = Versions()
        self.failure: str | None = None
        with provider_failures("open the database"):
            recovered = log.recover(memory)
        if recovered is not None:
            self.replace(recovered.frames, recovered.page_count)

    def fail(self, reason: str) -> None:
        """Refuse all work from now on: memory and medium may differ."""
        self.failure = reason

    @property
    def is_usable(self) -> bool:
        """Whether no write has failed half-way."""
        return self.failure is None

    def check_usable(self) -> None:
        """Raise MemoryFailed if an earlier write failed half-way."""
        if self.failure is not None:
            raise MemoryFailed(f"reopen the database, an earlier write failed: {self.failure}")

    def flush_log(self) -> None:
        """Make durable what has been committed. Raises MemoryFailed."""
        self.flush(self.log)

    def flush(self, file: Flushable) -> None:
        """Flush the log or the flat file. Raises MemoryFailed.

        When that fails nobody knows what is on the disk, so it is the last thing done.
        """
        self.check_usable()
        try:
            file.flush()
        except ProviderError as failure:
            self.fail(str(failure))
            message = "reopen the database to find out whether the commit is durable"
            raise MemoryFailed(f"{message}: {failure}") from failure

    def read(self, number: int) -> Frame:
        frame = self.kept.get(number)
        if frame is None:
            frame = self._probation.pop(number, None)
            if frame is None:
                return self._load(number)
            self.kept[number] = frame
            self._protected[number] = None
            self._make_room()
        return frame

    def _load(self, number: int) -> Frame:
        if number >= self.page_count:
            raise Corrupted(number, 0, f"page does not exist, the file has {self.page_count}")
        with provider_failures(f"read page {number}"):
            frame = Frame(self.memory.read(number * PAGE_SIZE, PAGE_SIZE))
        self._put_on_probation(number, frame)
        return frame

    def in_memory(self, number: int) -> Frame | None:
        """The frame of a page, if none has to be read for it."""
        frame = self.kept.get(number)
        return self._probation.get(number) if frame is None else frame

    def give_up(self, number: int, held: list[Frame]) -> bool:
        """Forget the frame of a page that a large change begins to change: whoever needs what is
        committed reads it again. Whether the writer, who has it in a list and nowhere else, may
        write to it, because nobody else has it.

        One that is unsaved stays, and all do while there is more than the writer's snapshot.
        """
        kept, probation = self.kept, self._probation
        if self.versions.open_count > 1 or number in self._unsaved:
            return False
        if kept.get(number) is held[0]:
            del kept[number], self._protected[number]
        elif probation.get(number) is held[0]:
            del probation[number]
        else:
            return False
        return getrefcount(held[0]) == ALONE

    def _put_on_probation(self, number: int, frame: Frame) -> None:
        self._probation[number] = frame
        self._make_room()

    def _make_room(self) -> None:
        """Let unsaved pages take the room of protected ones, and pages on probation go."""
        pages_max = max(2, (self._size_max - self.columns.size) // PAGE_SIZE)
        protected_max = max(1, pages_max * 3 // 4)
        while self._protected and len(self.kept) > protected_max:
            oldest = next(iter(self._protected))
            del self._protected[oldest]
            self._probation[oldest] = self.kept.pop(oldest)
        while self._probation and len(self.kept) + len(self._probation) > pages_max:
            del self._probation[next(iter(self._probation))]

    def columns_of(self, numbers: Sequence[int]) -> ColumnCache:
        return self.columns

    @property
    def is_crowded(self) -> bool:
        """Whether pages that a checkpoint would let go take a large part of the budget."""
        return len(self._unsaved) > self._unsaved_max

    def snapshot(self) -> Snapshot:
        """The pages as they are now, whatever is committed later; to be closed."""
        return self.versions.open(self)

    def replace(
        self,
        frames: Mapping[int, Frame],
        page_count: int,
        saved: Container[int] = (),
        overwritten: Mapping[int, frozenset[int]] = NOTHING_OVERWRITTEN,
        erased: Mapping[int, Gaps] = NOTHING_ERASED,
    ) -> None:
        """Take over the pages of a commit; all of them are unsaved, except those in `saved`. Of
        those `overwritten` only cells of these columns have changed, of those `erased` only the
        records in these gaps.
        """
        self.versions.advance(self, frames)
        self.columns.forget(frames.keys(), overwritten, erased)
        for number, frame in frames.items():
            self._protected.pop(number, None)
            self._probation.pop(number, None)
            if number in saved:
                self.kept.pop(number, None)
                self._put_on_probation(number, frame)
            else:
                self.kept[number] = frame
                self._unsaved.add(number)
        self._make_room()
        self.page_count = page_count

    def checkpoint(self) -> None:
        """Bring everything committed to the flat file, and drop the log. Raises MemoryFailed."""
        self.begin_checkpoint()
        self.end_checkpoint()

    def begin_checkpoint(self) -> None:
        """Write everything committed to the flat file, which need not be on the disk yet: the log
        has it, too, and stays until `end_checkpoint`. Raises MemoryFailed.
        """
        self.check_usable()
        with self._failing("write a checkpoint"):
            self._save()
        self._in_checkpoint = True

    def end_checkpoint(self) -> None:
        """If a checkpoint has begun, flush the flat file and drop the log. Raises MemoryFailed.

        Nothing is committed before. What the disk has done in the meantime is not waited for.
        """
        if self._in_checkpoint:
            with self._failing("end a checkpoint"):
                if self._awaits_flush:
                    self.memory.flush()
                self.log.clear()
            self._in_checkpoint = self._awaits_flush = False

    @contextmanager
    def _failing(self, action: str) -> Iterator[None]:
        """`with` this, what a memory provider raises becomes MemoryFailed, and no work is done
        afterwards.
        """
        try:
            with provider_failures(action):
                yield
        except MemoryFailed as failure:
            self.fail(failure.message)
            raise

    def _save(self) -> None:
        self.log.flush()
        self.fit_memory()
        for numbers in _stretches(sorted(self._unsaved)):
            content = b"".join([self.kept[number] for number in numbers])
            self.memory.write(numbers[0] * PAGE_SIZE, content)
            self._awaits_flush = True
        self._protected.update(dict.fromkeys(self._unsaved))
        self._unsaved.clear()
        self._make_room()

    def drop_surplus(self) -> None:
        """Give up what a crash has left behind the committed pages, be it less than a page.

        Nobody could tell what it is once the log is gone. Raises MemoryFailed.
        """
        with provider_failures("shorten the file"):
            self.memory.truncate(self.page_count)
            self.memory.flush()

    def fit_memory(self) -> None:
        """Give the memory exactly the committed pages.

        It has more after a commit that came to nothing, less after a crash.
        """
        if self.memory.pages() > self.page_count:
            self.memory.truncate(self.page_count)
        elif self.memory.pages() < self.page_count:
            self.memory.grow(self.page_count - self.memory.pages())


def _stretches(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """Ascending numbers of pages in stretches, none longer than is saved together."""
    first = 0
    for end in range(1, len(numbers) + 1):
        is_over = end == len(numbers) or numbers[end] != numbers[end - 1] + 1
        if is_over or end - first == SAVED_TOGETHER:
            yield numbers[first:end]
            first = end


class provider_failures:
    """`with` this, what a memory provider raises becomes MemoryFailed."""

    __slots__ = ("_action",)

    def __init__(self, action: str) -> None:
        self._action = action

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, failure: BaseException | None, _traceback: object) -> None:
        if isinstance(failure, ProviderError):
            raise MemoryFailed(f"cannot {self._action}: {failure}") from failure
