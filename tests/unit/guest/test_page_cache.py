"""What the page cache keeps in memory, however it is used."""

import random
from collections.abc import Callable, Iterable
from weakref import ref

import pytest

from wasidb_guest.encoding.keys import KeyBytes
from wasidb_guest.pages.cache import SAVED_TOGETHER, PageCache, frames_of
from wasidb_guest.pages.commit_point import LARGE_CHANGE, WriteSet
from wasidb_guest.pages.frame import Frame
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_memory import PAGE_SIZE, HeapLog, HeapMemory
from wasidb_memory.provider import Bytes

BUDGET = 16
PAGES = 100


class Watched:
    """A cache with a budget of sixteen pages, or another, and every frame it has handed out."""

    def __init__(self, budget: int = BUDGET) -> None:
        memory = HeapMemory(bytes(PAGES * PAGE_SIZE))
        self.cache = PageCache(memory, RedoLog(HeapLog(), ""), size_max=budget * PAGE_SIZE)
        self._frames: dict[int, ref[Frame]] = {}

    def read(self, number: int) -> None:
        frame = self.cache.read(number)
        self._frames[id(frame)] = ref(frame)

    def change(self, number: int) -> None:
        """Commit a change of a page, and write a checkpoint when that is due."""
        writes = WriteSet(self.cache)
        writes.writable(number, 0, 1)[:1] = b"x"
        writes.commit(flush=False)
        self.read(number)
        if self.cache.is_crowded:
            self.cache.checkpoint()

    def frames(self) -> int:
        """How many of the frames are still in memory."""
        return sum(frame() is not None for frame in self._frames.values())


def test_all_pages_together_keep_to_the_budget() -> None:
    """Read, read again, changed, and saved; in any order."""
    chance = random.Random(5)
    watched = Watched()
    most = 0
    for _ in range(300):
        number = min(int(chance.expovariate(0.05)), PAGES - 1)
        chance.choice([watched.read, watched.read, watched.change])(number)
        most = max(most, watched.frames())
    assert most == BUDGET


@pytest.mark.parametrize(
    ("mebibytes", "pages"), [(1, 48), (120, 48), (160, 64), (240, 96), (4096, 96)]
)
def test_scan_takes_a_fortieth_of_the_cache_at_once(mebibytes: int, pages: int) -> None:
    memory = HeapMemory(bytes(PAGE_SIZE))
    cache = PageCache(memory, RedoLog(HeapLog(), ""), size_max=mebibytes << 20)
    sources = cache, cache.versions.open(cache), WriteSet(cache), WriteSet(cache).layer()
    assert [source.scan_pages for source in sources] == [pages] * 4


def test_pages_that_were_asked_for_again_survive_a_scan() -> None:
    cache = Watched().cache
    asked_again = [cache.read(number) for number in [1, 2, 3] * 2][3:]
    for number in range(10, PAGES):
        cache.read(number)
    found = [cache.read(number) for number in (1, 2, 3)]
    assert all(frame is before for frame, before in zip(found, asked_again, strict=True))


def test_what_is_committed_is_kept_saved_or_not() -> None:
    watched = Watched()
    watched.change(5)
    assert watched.cache.kept.keys() == {5}
    watched.cache.checkpoint()
    assert watched.cache.kept.keys() == {5}
    for number in range(PAGES - BUDGET, PAGES):
        watched.read(number)
        watched.read(number)
    assert 5 not in watched.cache.kept


def test_pages_together_are_those_one_by_one() -> None:
    """Whether all of them are kept, some, or none."""
    for kept in ([], [1, 2], [1, 2, 3]):
        cache = Watched().cache
        for number in kept * 2:
            cache.read(number)
        frames = frames_of(cache, [1, 3, 2, 1])
        assert list(map(id, frames)) == [id(cache.read(number)) for number in (1, 3, 2, 1)]


class NotedMemory(HeapMemory):
    """Keeps of each write on which page it began, and how many there were."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.notes: list[tuple[int, int]] = []

    def write(self, offset: int, data: Bytes) -> None:
        self.notes.append((offset // PAGE_SIZE, len(data) // PAGE_SIZE))
        super().write(offset, data)


def test_a_checkpoint_writes_pages_side_by_side_at_once() -> None:
    memory = NotedMemory(bytes(PAGES * PAGE_SIZE))
    cache = PageCache(memory, RedoLog(HeapLog(), ""), size_max=200 * PAGE_SIZE)
    changed = [2, *range(10, 10 + SAVED_TOGETHER), 30, 31, 33, *range(50, 51 + SAVED_TOGETHER)]
    writes = WriteSet(cache)
    for number in changed:
        writes.writable(number)[:] = bytes([number]) * PAGE_SIZE
    writes.commit(flush=False)
    cache.checkpoint()
    alone = 50 + SAVED_TOGETHER, 1
    whole = [(10, SAVED_TOGETHER), (50, SAVED_TOGETHER)]
    assert memory.notes == [(2, 1), whole[0], (30, 2), (33, 1), whole[1], alone]
    for number in range(PAGES):
        content = bytes([number if number in changed else 0])
        assert memory.read(number * PAGE_SIZE, PAGE_SIZE) == content * PAGE_SIZE


def write(writes: WriteSet, numbers: Iterable[int], content: bytes) -> None:
    """Change a byte in the middle of each of these pages."""
    for number in numbers:
        writes.writable(number, 70, 71)[70:71] = content


def test_a_large_change_is_given_frames_that_nobody_else_has() -> None:
    """Until the commit it is the file that has what is committed."""
    watched = Watched(budget=2 * PAGES)
    cache = watched.cache
    watched.change(40)
    frames = {}
    for number in range(PAGES):
        watched.read(number)
        frames[number] = id(cache.read(number))
    writes = WriteSet(cache)
    write(writes, range(PAGES), b"y")
    taken = {number for number in frames if id(writes.kept[number]) == frames[number]}
    assert taken == {*range(LARGE_CHANGE, PAGES)} - {40}
    assert watched.frames() == PAGES
    assert 40 in cache.kept  # it is unsaved: the file has another one
    assert all(cache.read(number)[70] == 0 for number in range(PAGES))
    writes.commit(flush=False)
    assert all(cache.read(number)[70:71] == b"y" for number in range(PAGES))
    assert cache.read(40)[:1] == b"x"


@pytest.mark.parametrize("hold", [lambda frame: frame, memoryview, KeyBytes, lambda frame: [frame]])
def test_who_holds_a_frame_has_it_as_it_was(hold: Callable[[Frame], object]) -> None:
    cache = Watched(budget=2 * PAGES).cache
    held = {number: hold(cache.read(number)) for number in range(0, PAGES, 2)}
    frames = {number: id(cache.read(number)) for number in range(PAGES)}
    writes = WriteSet(cache)
    write(writes, range(PAGES), b"y")
    taken = {number for number in frames if id(writes.kept[number]) == frames[number]}
    assert taken == {*range(LARGE_CHANGE, PAGES)} - held.keys()


def test_a_large_change_that_is_thrown_away_has_changed_nothing() -> None:
    cache = Watched(budget=2 * PAGES).cache
    writes = WriteSet(cache)
    write(writes, range(50), b"y")
    layer = writes.layer()
    write(layer, range(PAGES), b"z")
    assert all(writes.read(number)[70:71] == b"y" for number in range(50))
    assert all(writes.read(number)[70] == 0 for number in range(50, PAGES))
    layer = writes.layer()
    write(layer, range(40, PAGES), b"z")
    writes.absorb(layer)
    assert [writes.read(number)[70:71] for number in (39, 40, 60)] == [b"y", b"z", b"z"]
    assert all(cache.read(number)[70] == 0 for number in range(PAGES))


def test_a_large_change_of_what_was_once_committed_leaves_the_newest() -> None:
    watched = Watched(budget=2 * PAGES)
    cache = watched.cache
    mine = cache.snapshot()
    theirs = WriteSet(cache)
    write(theirs, range(40, 60), b"x")
    theirs.commit(flush=False)
    cache.checkpoint()
    writes = WriteSet(cache, mine)
    write(writes, range(PAGES), b"y")
    assert all(mine.read(number)[70] == 0 for number in range(PAGES))
    newest = [cache.read(number)[70:71] for number in range(PAGES)]
    assert newest == [b"x" if 40 <= number < 60 else b"\0" for number in range(PAGES)]


def test_nothing_is_given_up_that_another_reader_may_want() -> None:
    watched = Watched(budget=2 * PAGES)
    cache = watched.cache
    mine, other = cache.snapshot(), cache.snapshot()
    for number in range(50):
        watched.read(number)
    writes = WriteSet(cache, mine)
    write(writes, range(50), b"y")
    assert all(cache.in_memory(number) is not None for number in range(50))
    other.close()
    for number in range(50, 70):
        watched.read(number)
    write(writes, range(50, 70), b"y")
    assert all(cache.in_memory(number) is None for number in range(50, 70))
