"""Versions: what pages were like when a reader began.

    version      6         7              8
    page 12      A ──────────────> B ───────────>          history of 12: (8, A)
    page 13      C ──────> D ───────────────────>          history of 13: (7, C)
                  snapshot of 6 reads A and C,
                  snapshot of 7 reads A and D

Every commit makes a new version. A page it changes keeps the frame it had, its before-image, for as
long as a snapshot from before the commit is open. Frames are never changed once they are committed,
so keeping one costs nothing but its memory, and a snapshot of a database in which nothing is
written costs nothing at all.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Protocol

from wasidb_guest.errors import Corrupted
from wasidb_guest.pages.column_cache import ColumnCache
from wasidb_guest.pages.frame import Frame, frame_at


class Committed(Protocol):
    """The newest version of every page."""

    page_count: int
    kept: dict[int, Frame]

    @property
    def scan_pages(self) -> int: ...

    def read(self, number: int) -> Frame: ...

    def columns_of(self, numbers: Sequence[int]) -> ColumnCache | None: ...


class Versions:
    """The versions that open snapshots need, how many these are, and the number of the newest."""

    def __init__(self) -> None:
        self.newest = 0
        self.open_count = 0
        self._open: dict[int, set[Snapshot]] = {}
        self._history: dict[int, list[tuple[int, Frame]]] = {}
        self._changed: deque[tuple[int, list[int]]] = deque()

    @property
    def oldest(self) -> int:
        """The oldest version that an open snapshot needs; the newest one if none is open."""
        return min(self._open, default=self.newest)

    def open(self, pages: Committed) -> "Snapshot":
        """The pages as they are now, until the snapshot is closed."""
        snapshot = Snapshot(self, pages)
        self.open_count += 1
        self._open.setdefault(self.newest, set()).add(snapshot)
        return snapshot

    def close(self, snapshot: "Snapshot") -> None:
        """A snapshot is not needed any more; to say so twice is fine."""
        others = self._open.get(snapshot.version)
        if others is not None and snapshot in others:
            others.remove(snapshot)
            self.open_count -= 1
            if not others:
                del self._open[snapshot.version]
                self._forget()

    def advance(self, pages: Committed, changed: Iterable[int]) -> None:
        """Begin a new version, in which pages are about to be changed."""
        for snapshot in self._open.get(self.newest, ()):
            snapshot.kept = {}
        self.newest += 1
        if self._open:
            kept = [number for number in changed if number < pages.page_count]
            for number in kept:
                before = frame_at(pages, number)
                self._history.setdefault(number, []).append((self.newest, before))
            self._changed.append((self.newest, kept))

    def before(self, number: int, version: int) -> Frame | None:
        """A page as it was in a version; None when it has not changed since."""
        history = self._history.get(number)
        if history is None:
            return None
        place = bisect_right(history, version, key=itemgetter(0))
        return history[place][1] if place < len(history) else None

    def _forget(self) -> None:
        """Drop the before-images that only snapshots older than every open one could read."""
        while self._changed and self._changed[0][0] <= self.oldest:
            for number in self._changed.popleft()[1]:
                history = self._history[number]
                del history[0]
                if not history:
                    del self._history[number]


class Snapshot:
    """The pages of one version; a `PageSource`. While it is the newest, it keeps what these do."""

    __slots__ = ("_pages", "kept", "page_count", "version", "versions")

    base = None

    def __init__(self, versions: Versions, pages: Committed) -> None:
        self.version = versions.newest
        self.page_count = pages.page_count
        self.kept = pages.kept
        self.versions = versions
        self._pages = pages

    @property
    def scan_pages(self) -> int:
        return self._pages.scan_pages

    @property
    def is_newest(self) -> bool:
        """Whether nothing has been committed since."""
        return self.version == self.versions.newest

    def read(self, number: int) -> Frame:
        if number >= self.page_count:
            raise Corrupted(number, 0, f"page does not exist, the file has {self.page_count}")
        versions = self.versions
        if self.version != versions.newest:
            before = versions.before(number, self.version)
            if before is not None:
                return before
        return self._pages.read(number)

    def columns_of(self, numbers: Sequence[int]) -> ColumnCache | None:
        is_as_committed = self.is_newest or all(
            self.versions.before(number, self.version) is None for number in numbers
        )
        return self._pages.columns_of(numbers) if is_as_committed else None

    def close(self) -> None:
        """Let go of what only this snapshot needs; closing twice is fine."""
        self.versions.close(self)
