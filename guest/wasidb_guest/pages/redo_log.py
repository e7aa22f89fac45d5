"""The redo log: what has been committed but is not yet in the flat file.

    header   512 bytes: magic, version, salt, page count and name of the file, witnesses, CRC-32C
    record   u64 body size | u32 CRC-32C | body                                  one a commit
    body     u64 page count after the commit | u64 zeroed until | patches
    patch    u32 page | u16 offset | u16 size - 1 | the bytes that changed
    zeros    u32 page + 2³¹ | u16 offset | u16 size - 1              of a file of 2³¹ pages at most

New pages below `zeroed until` begin as zeros, whatever the file has there; those from it on were
written to the file before the record.

A commit is durable once its record is. Opening a database applies the whole records of a leftover
log, in order, and stops at the first that is torn: a record is whole if the checksum over salt,
sequence number and body is right. Every byte that a commit changed in an existing page is in its
record, so it does not matter whether, or how far, the page itself had been written.

A *checkpoint* writes the changed pages to the flat file, flushes it, and drops the log; the salt of
the next log keeps the remains of an older one from being taken for its records.

Which file a log belongs to cannot be read in the file, whose layout has no room for a name. So the
header keeps *witnesses*: the checksums of a few pages as they were when the log began. A page
without a patch must still be like that. A log whose witnesses contradict the file is refused and
left alone.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from struct import Struct

from wasidb_guest.encoding.checksum import crc32c
from wasidb_guest.errors import Corrupted, MemoryFailed
from wasidb_guest.pages.dirty_lines import Change
from wasidb_guest.pages.frame import Frame
from wasidb_guest.pages.layout import PAGE_SIZE
from wasidb_guest.pages.log_record import BODY, PATCH, RECORD, SEQUENCE, ZEROS, LogRecord
from wasidb_memory import LogStorage, MemoryProvider

MAGIC = b"wasidb-\x03"
HEADER = Struct("<8s16sQ")
HEADER_SIZE = 512
WITNESS = Struct("<II")
WITNESS_COUNT = 8
NAME_SIZE_MAX = 255

# New pages from this number on are written to the flat file before their record; the zeroed ones
# of a record are fewer.
MANY_PAGES = 16
CHECKSUM = Struct("<I")
CHECKSUM_AT = HEADER_SIZE - CHECKSUM.size

Before = Callable[[int], bytes | Frame | None]
"""Tells what was committed of a page if that is in memory, for a new page zeros."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a leftover log says: the pages it changes, as they are to be, and the page count."""

    frames: Mapping[int, Frame]
    page_count: int


class RedoLog:
    """The log of the database file called `name`."""

    def __init__(self, storage: LogStorage, name: str) -> None:
        self._storage = storage
        self._name = name.encode()[-NAME_SIZE_MAX:]
        self._salt = b""
        self._sequence = 0

    @property
    def size(self) -> int:
        """Bytes in the log."""
        return self._storage.size()

    # Writing

    def start(self, memory: MemoryProvider) -> None:
        """Begin a log for what is in `memory` now, unless one has begun."""
        if not self._storage.size():
            self._salt = os.urandom(16)
            self._sequence = 0
            self._storage.append([(0, self._header(memory))])

    def _header(self, memory: MemoryProvider) -> bytes:
        header = HEADER.pack(MAGIC, self._salt, memory.pages())
        for page in _witness_pages(memory.pages()):
            header += WITNESS.pack(page, _page_checksum(memory, page))
        header += bytes((len(self._name),)) + self._name
        header = header.ljust(CHECKSUM_AT, b"\0")
        return header + CHECKSUM.pack(crc32c(header))

    def append(
        self,
        changed: Mapping[int, Change],
        before: Before,
        after: Mapping[int, Frame],
        *,
        page_count: int,
        zeroed_until: int,
    ) -> None:
        """Add the record of a commit, which says what has changed; it is durable after `flush`."""
        record = LogRecord(page_count, zeroed_until, self._salt, self._sequence)
        self._storage.append(_pieces(record, changed, before, after))
        self._sequence += 1

    def flush(self) -> None:
        """Make what was appended durable."""
        if self._storage.size():
            self._storage.flush()

    def clear(self) -> None:
        """Drop all records: the flat file has everything.

        The header goes, and that is flushed: without it nothing that is left of the log counts.
        """
        if self._storage.size():
            self._storage.erase(min(HEADER_SIZE, self._storage.size()))
            self._storage.flush()
            self._storage.restart()

    def remove(self) -> None:
        """Drop the log and whatever it was kept in."""
        self._storage.remove()

    def close(self) -> None:
        """Let go of the log; it stays for the next to open it."""
        self._storage.close()

    # Recovering

    def recover(self, memory: MemoryProvider) -> Recovered | None:
        """What a leftover log makes of `memory`, which is not changed; None when there is no log.

        Raises MemoryFailed when the log belongs to another file.
        """
        header = self._read_header()
        if header is None:
            return None
        _, self._salt, base_count = HEADER.unpack_from(header)
        if base_count > memory.pages():
            raise self._foreign(
                f"it was begun for {base_count} pages, the file has {memory.pages()}"
            )
        self._sequence = 0
        frames: dict[int, Frame] = {}
        page_count = base_count
        for body in self._bodies():
            page_count = _apply(body, memory, frames, page_count)
        self._check_owner(header, memory, base_count, frames.keys())
        return Recovered(frames, page_count)

    def _read_header(self) -> bytes | None:
        """The header.

        None when it is not there or torn, and then no commit can have followed it. Raises
        MemoryFailed for a whole one of another version.
        """
        if self._storage.size() < HEADER_SIZE:
            return None
        header = self._storage.read(0, HEADER_SIZE)
        (checksum,) = CHECKSUM.unpack_from(header, CHECKSUM_AT)
        if checksum != crc32c(header[:CHECKSUM_AT]):
            return None
        if not header.startswith(MAGIC):
            mine = self._name.decode(errors="replace")
            found = f"it begins with {header[: len(MAGIC)]!r}, expected {MAGIC!r}"
            message = f"the redo log of {mine!r} is of another version: {found}"
            raise MemoryFailed(message, path=mine)
        return header

    def _bodies(self) -> Iterator[bytes]:
        """The bodies of the whole records, in order."""
        at = HEADER_SIZE
        end = self._storage.size()
        while at + RECORD.size <= end:
            size, checksum = RECORD.unpack(self._storage.read(at, RECORD.size))
            at += RECORD.size
            if size < BODY.size or size > end - at:
                return
            body = self._storage.read(at, size)
            if crc32c(self._salt + SEQUENCE.pack(self._sequence) + body) != checksum:
                return
            yield body
            self._sequence += 1
            at += size

    def _check_owner(
        self, header: bytes, memory: MemoryProvider, base_count: int, changed: Iterable[int]
    ) -> None:
        """Refuse a log that was not begun for this file."""
        changed = set(changed)
        witnesses = _witnesses(header, base_count)
        name_at = HEADER.size + len(witnesses) * WITNESS.size
        name = header[name_at + 1 : name_at + 1 + header[name_at]]
        unchanged = [(page, checksum) for page, checksum in witnesses if page not in changed]
        if any(_page_checksum(memory, page) != checksum for page, checksum in unchanged):
            raise self._foreign("pages that it does not change differ")
        if not unchanged and name != self._name:
            raise self._foreign(f"it was begun for {name.decode(errors='replace')!r}")

    def _foreign(self, problem: str) -> MemoryFailed:
        mine = self._name.decode(errors="replace")
        message = f"the redo log of {mine!r} belongs to another file: {problem}"
        return MemoryFailed(message, path=mine)


def _pieces(
    record: LogRecord,
    changed: Mapping[int, Change],
    before: Before,
    after: Mapping[int, Frame],
) -> Iterator[tuple[int, bytearray]]:
    """Make a record, and give its pieces as they become ready, the first one last."""
    numbers, taken = sorted(changed), 0
    while taken < len(numbers):
        taken = record.add_pages(numbers, taken, changed, before, after)
        yield from record.take_pieces()
    yield from record.finish()


def _witness_pages(page_count: int) -> list[int]:
    """Up to eight pages spread over the file."""
    last = page_count - 1
    return sorted({last * number // (WITNESS_COUNT - 1) for number in range(WITNESS_COUNT)})


def _witnesses(header: bytes, base_count: int) -> list[tuple[int, int]]:
    """The pages and checksums in a header."""
    end = HEADER.size + len(_witness_pages(base_count)) * WITNESS.size
    return list(WITNESS.iter_unpack(header[HEADER.size : end]))


def _page_checksum(memory: MemoryProvider, page: int) -> int:
    return crc32c(memory.read(page * PAGE_SIZE, PAGE_SIZE))


def _apply(body: bytes, memory: MemoryProvider, frames: dict[int, Frame], count_before: int) -> int:
    """Make or patch the pages of a record, in `frames`; the page count after it."""
    page_count, zeroed_until = BODY.unpack_from(body)
    present = max(memory.pages(), zeroed_until)
    is_possible = zeroed_until <= page_count and count_before <= page_count <= present
    if not is_possible or zeroed_until - count_before >= MANY_PAGES:
        what = f"a record of the redo log makes {page_count} pages of {count_before}"
        raise Corrupted(count_before, 0, f"{what}, zeroed until {zeroed_until}")
    for page in range(count_before, zeroed_until):
        frames[page] = Frame(PAGE_SIZE)
    at = BODY.size
    while at < len(body):
        if at + PATCH.size > len(body):
            raise Corrupted(count_before, 0, "a record of the redo log ends before its last patch")
        marked, offset, size_less_one = PATCH.unpack_from(body, at)
        at += PATCH.size
        page, size = marked & ~ZEROS, size_less_one + 1
        if marked & ZEROS:
            content = bytes(size)
        else:
            content = body[at : at + size]
            at += size
        if page >= page_count or offset + size > PAGE_SIZE or len(content) < size:
            raise Corrupted(page, offset, "a whole record of the redo log patches beyond its page")
        frame = frames.get(page)
        if frame is None:
            frame = frames[page] = Frame(memory.read(page * PAGE_SIZE, PAGE_SIZE))
        frame[offset : offset + size] = content
    return int(page_count)
