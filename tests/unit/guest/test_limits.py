"""Limits of the layout that only large files reach, on pages that are not part of any file."""

import pytest

from tests.support.gaps import free
from wasidb_guest.errors import Corrupted, LimitExceeded
from wasidb_guest.pages.cache import PageCache
from wasidb_guest.pages.commit_point import WriteSet
from wasidb_guest.pages.layout import (
    RECORD_PAGES_MAX,
    SCHEMA_REGISTRY_PAGE,
    SEGMENT_TABLES_MAX,
    U16,
    U32,
    UNCLAIMED_PAGE,
    UNCLAIMED_PAGES_MAX,
)
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_guest.pages.unclaimed import unclaimed_count
from wasidb_guest.tables import free_segments
from wasidb_guest.tables.free_segments import FreeSegments
from wasidb_guest.tables.page_ledger import PageLedger
from wasidb_guest.tables.registry import RegistryEntry, read_registry, write_registry
from wasidb_memory import PAGE_SIZE, HeapLog, HeapMemory

PAGES = 8
LEDGER_PAGE = 5


@pytest.fixture
def pages() -> WriteSet:
    """Eight pages of zeros, being changed."""
    return WriteSet(PageCache(HeapMemory(bytes(PAGES * PAGE_SIZE)), RedoLog(HeapLog(), "test")))


def test_record_pages(pages: WriteSet) -> None:
    ledger = PageLedger(pages, LEDGER_PAGE, "notes")
    for page in range(10, 10 + RECORD_PAGES_MAX):
        ledger.add(page)
    with pytest.raises(LimitExceeded, match="5461") as raised:
        ledger.add(9)
    assert raised.value.details == {"limit": "record pages", "table": "notes"}
    found = PageLedger(pages, LEDGER_PAGE, "notes").record_pages
    assert found == list(range(10, 10 + RECORD_PAGES_MAX))


def test_record_page_listed_twice(pages: WriteSet) -> None:
    U32.pack_into(pages.writable(LEDGER_PAGE), 0, 2)
    with pytest.raises(Corrupted, match="listed twice"):
        PageLedger(pages, LEDGER_PAGE, "notes")


def test_segment_tables(pages: WriteSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shown with few and small ones: the 16,383 of the layout hold 134 million holes."""
    monkeypatch.setattr(free_segments, "SEGMENT_TABLES_MAX", 2)
    monkeypatch.setattr(free_segments, "SEGMENTS_PER_TABLE", 3)
    segments = FreeSegments(pages, LEDGER_PAGE)
    for number in range(6):
        free(segments, 10, [(64 * number, 64 * number + 32)])
    with pytest.raises(LimitExceeded, match="the most segment tables possible, 2") as raised:
        free(segments, 11, [(0, 32)])
    assert raised.value.details == {"limit": "segment tables"}
    free(segments, 10, [(32, 64)])
    found = FreeSegments(pages, LEDGER_PAGE)
    assert len(found.tables) == 2
    assert list(found.holes) == list(segments.holes)


def test_segment_tables_beyond_the_limit(pages: WriteSet) -> None:
    U16.pack_into(pages.writable(LEDGER_PAGE), 0, SEGMENT_TABLES_MAX + 1)
    with pytest.raises(Corrupted, match="16384 segment tables, at most 16383 are possible"):
        FreeSegments(pages, LEDGER_PAGE)


@pytest.mark.parametrize(("counter", "most"), [(None, 2_620), (7, 2_259)])
def test_tables(pages: WriteSet, counter: int | None, most: int) -> None:
    entries = [RegistryEntry(number, 3, 4, 5, 6, counter) for number in range(most + 1)]
    with pytest.raises(LimitExceeded, match=f"{most + 1} tables do not fit") as raised:
        write_registry(pages, 1, entries)
    assert raised.value.details == {"limit": "tables"}
    assert not any(pages.read(SCHEMA_REGISTRY_PAGE))
    write_registry(pages, 1, entries[:most])
    assert read_registry(pages) == (1, entries[:most])


def test_unclaimed_pages(pages: WriteSet) -> None:
    """A page that finds the stack full is zeroed, and unused until the file is rewritten."""
    U32.pack_into(pages.writable(UNCLAIMED_PAGE), 0, UNCLAIMED_PAGES_MAX)
    pages.writable(LEDGER_PAGE)[:3] = b"abc"
    pages.release(LEDGER_PAGE)
    assert unclaimed_count(pages.read(UNCLAIMED_PAGE)) == UNCLAIMED_PAGES_MAX
    assert not any(pages.read(LEDGER_PAGE))
