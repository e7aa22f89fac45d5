"""The redo log: what a commit leaves in it, and what the next opening makes of that."""

from collections.abc import Iterable, Sequence

import pytest

from wasidb_guest.encoding.checksum import crc32c
from wasidb_guest.errors import MemoryFailed
from wasidb_guest.pages.cache import PageCache
from wasidb_guest.pages.commit_point import MANY_PAGES, WriteSet
from wasidb_guest.pages.layout import PAGE_SIZE, UNCLAIMED_PAGE
from wasidb_guest.pages.redo_log import CHECKSUM, CHECKSUM_AT, HEADER_SIZE, RedoLog
from wasidb_memory import HeapLog, HeapMemory, StorageFailed
from wasidb_memory.provider import Bytes

PAGES = 20


class Disk:
    """A flat file and a log that outlive whoever has them open."""

    def __init__(self) -> None:
        self.memory = HeapMemory()
        self.memory.grow(PAGES)
        for page in range(UNCLAIMED_PAGE + 1, PAGES):
            self.memory.write(page * PAGE_SIZE, bytes((page,)) * 100)
        self.log = HeapLog()

    def open(self, name: str = "a.db") -> PageCache:
        return PageCache(self.memory, RedoLog(self.log, name))

    def log_bytes(self) -> bytes:
        return self.log.read(0, self.log.size())


def put(cache: PageCache, page: int, text: bytes) -> None:
    """Commit a change of one page."""
    writes = WriteSet(cache)
    writes.writable(page)[50 : 50 + len(text)] = text
    writes.commit(flush=True)


def get(cache: PageCache, page: int, size: int) -> bytes:
    return bytes(cache.read(page)[50 : 50 + size])


def test_commit_is_in_the_log_and_not_in_the_file() -> None:
    disk = Disk()
    put(disk.open(), 7, b"new")
    assert disk.memory.read(7 * PAGE_SIZE + 50, 3) == b"\x07\x07\x07"
    assert disk.log.size() < HEADER_SIZE + 100
    assert get(disk.open(), 7, 3) == b"new"


def test_checkpoint_brings_it_to_the_file() -> None:
    disk = Disk()
    cache = disk.open()
    put(cache, 7, b"new")
    cache.checkpoint()
    assert disk.log.size() == 0
    assert disk.memory.read(7 * PAGE_SIZE + 50, 3) == b"new"
    put(cache, 7, b"newer")
    assert get(disk.open(), 7, 5) == b"newer"


class NotedMemory(HeapMemory):
    """A flat file that notes what is done to it, of which a flush can fail."""

    def __init__(self, content: bytes, notes: list[str]) -> None:
        super().__init__(content)
        self.notes = notes
        self.fails = False

    def write(self, offset: int, data: Bytes) -> None:
        self.notes.append(f"write page {offset // PAGE_SIZE}")
        super().write(offset, data)

    def flush(self) -> None:
        self.notes.append("flush the file")
        if self.fails:
            raise StorageFailed("input/output error")


class NotedLog(HeapLog):
    """The same of a log."""

    def __init__(self, notes: list[str]) -> None:
        super().__init__()
        self.notes = notes

    def append(self, pieces: Iterable[tuple[int, Bytes]]) -> None:
        self.notes.append("append")
        super().append(pieces)

    def erase(self, size: int) -> None:
        self.notes.append("erase")
        super().erase(size)

    def flush(self) -> None:
        self.notes.append("flush the log")


class Noted:
    """A cache over these two, in which a checkpoint has begun behind a commit to page 7."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.memory = NotedMemory(bytes(PAGES * PAGE_SIZE), self.notes)
        self.log = NotedLog(self.notes)
        self.cache = PageCache(self.memory, RedoLog(self.log, "a.db"))
        put(self.cache, 7, b"one")
        self.notes.clear()
        self.cache.begin_checkpoint()


def test_the_log_stays_until_the_next_commit_has_flushed_what_a_checkpoint_wrote() -> None:
    disk = Noted()
    assert disk.notes == ["flush the log", "write page 7"]
    disk.memory.write(7 * PAGE_SIZE, bytes(PAGE_SIZE))  # the disk never got it
    crashed = HeapLog(disk.log.read(0, disk.log.size()))
    assert get(PageCache(disk.memory, RedoLog(crashed, "a.db")), 7, 3) == b"one"
    disk.notes.clear()
    put(disk.cache, 8, b"two")
    ended = ["flush the file", "erase", "flush the log"]
    assert disk.notes == [*ended, "append", "append", "flush the log"]
    disk.notes.clear()
    put(disk.cache, 8, b"six")
    assert disk.notes == ["append", "flush the log"]


def test_nothing_is_committed_on_top_of_a_checkpoint_that_cannot_end() -> None:
    disk = Noted()
    disk.memory.fails = True
    with pytest.raises(MemoryFailed, match="cannot end a checkpoint: input/output error"):
        put(disk.cache, 8, b"two")
    with pytest.raises(MemoryFailed, match="reopen the database"):
        disk.cache.checkpoint()
    again = PageCache(disk.memory, RedoLog(disk.log, "a.db"))
    assert (get(again, 7, 3), get(again, 8, 3)) == (b"one", bytes(3))


def test_commits_apply_in_order() -> None:
    disk = Disk()
    cache = disk.open()
    for text in (b"one", b"two", b"three"):
        put(cache, 3, text)
    put(cache, 4, b"four")
    again = disk.open()
    assert (get(again, 3, 5), get(again, 4, 4)) == (b"three", b"four")


@pytest.mark.parametrize("lost", [1, 5, 20])
def test_torn_record_ends_the_log(lost: int) -> None:
    disk = Disk()
    cache = disk.open()
    put(cache, 3, b"one")
    put(cache, 3, b"two")
    disk.log = HeapLog(disk.log_bytes()[:-lost])
    assert get(disk.open(), 3, 3) == b"one"


def test_every_flipped_bit_of_a_record_is_noticed() -> None:
    disk = Disk()
    put(disk.open(), 3, b"one")
    whole = disk.log_bytes()
    for at in range(HEADER_SIZE, len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 1
        cache = PageCache(disk.memory, RedoLog(HeapLog(bytes(damaged)), "a.db"))
        assert get(cache, 3, 3) == b"\x03\x03\x03"


def test_records_of_an_older_log_do_not_count() -> None:
    disk = Disk()
    cache = disk.open()
    put(cache, 3, b"one")
    put(cache, 4, b"two")
    older = disk.log_bytes()
    cache.checkpoint()
    put(cache, 3, b"six")
    newer = disk.log_bytes()
    # The new log has overwritten the beginning of the old one, whose second record is still there.
    disk.log = HeapLog(newer + older[len(newer) :])
    put(disk.open(), 5, b"end")
    assert get(disk.open(), 3, 3) == b"six"


def test_few_new_pages_travel_in_the_log() -> None:
    disk = Disk()
    writes = WriteSet(disk.open())
    writes.writable(writes.claim())[:5] = b"first"
    assert writes.claim() == PAGES + 1
    writes.commit(flush=True)
    disk.memory.truncate(PAGES)  # the file's new length was never flushed
    cache = disk.open()
    assert cache.page_count == PAGES + 2
    assert cache.read(PAGES)[:5] == b"first"
    assert not any(cache.read(PAGES + 1))


def test_many_new_pages_go_to_the_file_first() -> None:
    disk = Disk()
    writes = WriteSet(disk.open())
    for number in range(MANY_PAGES):
        writes.writable(writes.claim())[:] = bytes((number + 1,)) * PAGE_SIZE
    writes.commit(flush=True)
    assert disk.log.size() < 2 * HEADER_SIZE
    cache = disk.open()
    assert cache.page_count == PAGES + MANY_PAGES
    assert cache.read(PAGES + 2)[:1] == b"\x03"


def test_new_pages_without_a_record_are_cut_off() -> None:
    disk = Disk()
    writes = WriteSet(disk.open())
    for _ in range(MANY_PAGES):
        writes.claim()
    writes.commit(flush=True)
    disk.log = HeapLog(disk.log_bytes()[:HEADER_SIZE])  # the record never reached the disk
    cache = disk.open()
    assert cache.page_count == PAGES
    cache.checkpoint()
    assert disk.memory.pages() == PAGES


def test_log_of_another_file_is_refused() -> None:
    disk = Disk()
    put(disk.open(), 3, b"one")
    other = Disk()
    other.memory.write(9 * PAGE_SIZE, b"something else on many pages" * 1000)
    for page in range(PAGES):
        other.memory.write(page * PAGE_SIZE + 200, b"different")
    before = other.memory.read(0, other.memory.size())
    with pytest.raises(MemoryFailed, match=r"redo log of 'b\.db' belongs to another file"):
        PageCache(other.memory, RedoLog(disk.log, "b.db"))
    assert other.memory.read(0, other.memory.size()) == before
    assert disk.log.size() > HEADER_SIZE


def test_log_of_another_version_is_refused() -> None:
    disk = Disk()
    put(disk.open(), 3, b"one")
    header = b"wasidb-\x07" + disk.log_bytes()[8:CHECKSUM_AT]
    records = disk.log_bytes()[HEADER_SIZE:]
    disk.log = HeapLog()
    disk.log.append([(0, header + CHECKSUM.pack(crc32c(header)) + records)])
    before = disk.log_bytes()
    with pytest.raises(MemoryFailed, match=r"'a\.db' is of another version: .*wasidb-\\x07"):
        disk.open()
    assert disk.log_bytes() == before


def test_pages_that_were_given_back_are_a_few_bytes_in_the_log() -> None:
    disk = Disk()
    put(disk.open(), 3, b"one" * 20_000)
    writes = WriteSet(disk.open())
    writes.release(3)
    size = disk.log.size()
    writes.commit(flush=True)
    assert disk.log.size() - size < 200
    assert disk.open().read(3) == bytes(PAGE_SIZE)


def test_renaming_file_and_log_together_is_fine() -> None:
    disk = Disk()
    put(disk.open("a.db"), 3, b"one")
    assert get(disk.open("b.db"), 3, 3) == b"one"


def test_log_for_a_longer_file_is_refused() -> None:
    disk = Disk()
    put(disk.open(), 3, b"one")
    disk.memory.truncate(5)
    with pytest.raises(MemoryFailed, match="begun for 20 pages, the file has 5"):
        disk.open()


class FullLog(HeapLog):
    """A log on a full disk."""

    def append(self, pieces: Sequence[Bytes]) -> None:
        raise StorageFailed("no space")


class UnflushableLog(HeapLog):
    """A log whose medium fails."""

    def flush(self) -> None:
        raise StorageFailed("I/O error")


def test_full_disk_fails_the_commit_alone() -> None:
    disk = Disk()
    full = PageCache(disk.memory, RedoLog(FullLog(), "a.db"))
    with pytest.raises(MemoryFailed, match="nothing was committed"):
        put(full, 3, b"one")
    assert get(full, 3, 3) == b"\x03\x03\x03"
    full.check_usable()


def test_failed_flush_ends_all_work() -> None:
    disk = Disk()
    cache = PageCache(disk.memory, RedoLog(UnflushableLog(), "a.db"))
    with pytest.raises(MemoryFailed, match="reopen the database to find out"):
        put(cache, 3, b"one")
    with pytest.raises(MemoryFailed, match="reopen the database"):
        put(cache, 3, b"two")
    with pytest.raises(MemoryFailed, match="reopen the database"):
        cache.checkpoint()
