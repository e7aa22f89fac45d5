"""Which pages stay in memory."""

import pytest

from wasidb_guest.pages.cache import PageCache
from wasidb_guest.pages.layout import PAGE_SIZE
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_memory import HeapLog, HeapMemory

BUDGET = 32


class CountingMemory(HeapMemory):
    """Remembers which pages were read from it."""

    def __init__(self, pages: int) -> None:
        super().__init__(bytes(pages * PAGE_SIZE))
        self.loaded: list[int] = []

    def read(self, offset: int, length: int) -> bytes:
        self.loaded.append(offset // PAGE_SIZE)
        return super().read(offset, length)


@pytest.fixture
def memory() -> CountingMemory:
    return CountingMemory(200)


@pytest.fixture
def cache(memory: CountingMemory) -> PageCache:
    return PageCache(memory, RedoLog(HeapLog(), ""), size_max=BUDGET * PAGE_SIZE)


def scan(cache: PageCache, first: int, last: int) -> None:
    for number in range(first, last):
        cache.read(number)


def test_what_fits_is_read_once(cache: PageCache, memory: CountingMemory) -> None:
    for _ in range(5):
        scan(cache, 0, BUDGET)
    assert memory.loaded == list(range(BUDGET))


def test_pages_asked_for_again_survive_a_scan(cache: PageCache, memory: CountingMemory) -> None:
    upper_nodes = range(BUDGET // 2)
    for _ in range(2):
        scan(cache, 0, len(upper_nodes))
    scan(cache, 50, 200)
    memory.loaded.clear()
    scan(cache, 0, len(upper_nodes))
    assert memory.loaded == []


def test_no_more_than_the_budget_stays(cache: PageCache, memory: CountingMemory) -> None:
    for _ in range(3):
        scan(cache, 0, 200)
        scan(cache, 0, 20)
    memory.loaded.clear()
    kept = 0
    for number in range(200):
        before = len(memory.loaded)
        cache.read(number)
        kept += len(memory.loaded) == before
    assert 0 < kept <= BUDGET
