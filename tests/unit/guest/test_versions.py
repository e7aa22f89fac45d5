"""Snapshots keep seeing the pages they began with, and nothing is kept longer than one is open."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from wasidb_guest.errors import Corrupted
from wasidb_guest.pages.cache import PageCache
from wasidb_guest.pages.commit_point import WriteSet
from wasidb_guest.pages.frame import frame_at
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_guest.pages.versions import Snapshot
from wasidb_memory import HeapLog, HeapMemory

PAGES = 4


@pytest.fixture
def cache() -> PageCache:
    return new_cache()


def new_cache() -> PageCache:
    memory = HeapMemory()
    memory.grow(PAGES)
    return PageCache(memory, RedoLog(HeapLog(), ""))


def write(cache: PageCache, number: int, byte: int) -> None:
    writes = WriteSet(cache)
    writes.writable(number)[0] = byte
    writes.commit(flush=True)


def first_bytes(pages: PageCache | Snapshot) -> list[int]:
    return [pages.read(number)[0] for number in range(PAGES)]


def test_a_snapshot_stays_as_it_was(cache: PageCache) -> None:
    write(cache, 1, 7)
    before = cache.snapshot()
    write(cache, 1, 8)
    between = cache.snapshot()
    write(cache, 1, 9)
    assert [each.read(1)[0] for each in (before, between, cache)] == [7, 8, 9]
    assert before.is_newest is between.is_newest is False
    assert cache.snapshot().is_newest


def test_pages_claimed_later_do_not_exist_in_it(cache: PageCache) -> None:
    before = cache.snapshot()
    writes = WriteSet(cache)
    number = writes.claim()
    writes.commit(flush=True)
    assert cache.read(number)[0] == 0
    with pytest.raises(Corrupted, match="page does not exist, the file has 4"):
        before.read(number)


def test_what_is_kept_is_found_through_all_layers(cache: PageCache) -> None:
    write(cache, 1, 7)
    snapshot = cache.snapshot()
    lower = WriteSet(cache, snapshot)
    lower.writable(2)[0] = 5
    upper = lower.layer()
    upper.writable(3)[0] = 6
    assert [frame_at(upper, number)[0] for number in range(PAGES)] == [0, 7, 5, 6]
    assert frame_at(upper, 1) is cache.kept[1]
    assert [frame_at(cache, number)[0] for number in range(PAGES)] == [0, 7, 0, 0]


def test_what_others_commit_is_not_found_beneath(cache: PageCache) -> None:
    write(cache, 1, 7)
    writes = WriteSet(cache, cache.snapshot())
    assert frame_at(writes, 1)[0] == 7
    write(cache, 1, 8)
    assert (frame_at(writes, 1)[0], frame_at(cache, 1)[0]) == (7, 8)
    write(cache, 1, 9)
    assert (frame_at(writes, 1)[0], frame_at(cache, 1)[0]) == (7, 9)


def test_survives_a_checkpoint(cache: PageCache) -> None:
    before = cache.snapshot()
    write(cache, 2, 5)
    cache.checkpoint()
    assert before.read(2)[0] == 0


@given(st.lists(st.tuples(st.integers(0, PAGES - 1), st.integers(0, 5)), max_size=40))
def test_any_number_of_snapshots(script: list[tuple[int, int]]) -> None:
    """Each step writes a page, opens a snapshot, and closes one of those that are open."""
    cache = new_cache()
    truth = [0] * PAGES
    opened: list[tuple[Snapshot, list[int]]] = []
    for step, (page, closed) in enumerate(script, start=1):
        opened.append((cache.snapshot(), list(truth)))
        truth[page] = step % 256
        write(cache, page, truth[page])
        if closed < len(opened):
            opened.pop(closed)[0].close()
        assert all(first_bytes(snapshot) == expected for snapshot, expected in opened)
        assert first_bytes(cache) == truth
    for snapshot, _ in opened:
        snapshot.close()
        snapshot.close()
    assert cache.versions.oldest == cache.versions.newest
    assert not cache.versions._history
    assert not cache.versions._changed
