"""Free segments: the space that deleted records have left inside a table's record pages.

    ledger page           u16 count | u32 page number of each segment table
    segment-table page    u16 count | for each segment: u32 page | u16 offset | u16 size

Segments of one page that touch are merged. A whole free page is a segment of 65,535 bytes, the most
a u16 can say. Segment tables are claimed as they are needed; a segment that grows or shrinks keeps
its slot, and that of a removed one is taken by the last one of its table.

Who only reads rows does not care: the segment tables are read when somebody asks for a segment or
frees one, and then all of them, into `holes`. A place is a slot of a table: place 8,191 is the
first slot of the second table.
"""

from array import array
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from wasidb_guest.errors import Corrupted, LimitExceeded
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.frame import Frame
from wasidb_guest.pages.layout import (
    PAGE_SIZE,
    SEGMENT,
    SEGMENT_SIZE_MAX,
    SEGMENT_TABLES_MAX,
    SEGMENTS_PER_TABLE,
    address,
    offset_of,
    page_of,
)
from wasidb_guest.tables.holes import Holes
from wasidb_guest.tables.segment_words import read_segments


class FreeSegments:
    """The free segments of one table.

    Whatever has to read the segment tables raises Corrupted if one of them is malformed.
    """

    def __init__(self, pages: PageSource, number: int) -> None:
        self.pages: Any = pages
        self.number = number
        self.tables = _read_ledger(pages, number)
        self._first_with_room = 0

    @cached_property
    def _counts(self) -> list[int]:
        """How many segments each table lists."""
        return [_count(number, self.pages.read(number)) for number in self.tables]

    @cached_property
    def _holes(self) -> Holes:
        """What the segment tables list.

        The Rust engine can leave segments of no size and list one twice; such entries are never
        used.
        """
        words: dict[int, array[int]] = {}
        for index, (number, count) in enumerate(zip(self.tables, self._counts, strict=True)):
            first_place = index * SEGMENTS_PER_TABLE
            damage = read_segments(self.pages.read(number), count, first_place, words)
            if damage:
                raise Corrupted(number, -1 - damage, "free segment runs past the end of its page")
        return Holes(words)

    def __len__(self) -> int:
        return len(self._holes)

    def segments(self) -> list[tuple[int, int]]:
        """Every usable segment as (address, size), by address."""
        return list(self._holes)

    def listed(self) -> Iterator[tuple[int, int, int]]:
        """Every entry as it is stored, used or not: the page of its table, address, size."""
        for number in self.tables:
            frame = self.pages.read(number)
            entries = frame[2 : _slot_at(_count(number, frame))]
            for page, offset, size in SEGMENT.iter_unpack(entries):
                yield number, address(page, offset), size

    def total(self) -> int:
        """Bytes in all segments."""
        return self._holes.total()

    def find(self, size: int) -> tuple[int, int] | None:
        """The smallest segment of at least `size` bytes as (address, size).

        None if there is none.
        """
        return self._holes.find(size)

    def largest(self) -> tuple[int, int]:
        """The largest segment as (address, size); (0, 0) if there is none."""
        return self._holes.largest() or (0, 0)

    def add(self, start: int, size: int) -> None:
        """Free `size` bytes at the address `start`, merging with the free neighbours."""
        places = []
        before = self._holes.ending_at(start)
        if before is not None:
            more, place = self._holes.remove(before)
            start, size = before, size + more
            places.append(place)
        page, end = page_of(start), offset_of(start) + size
        if end < PAGE_SIZE and self._holes.place(address(page, end)) is not None:
            more, place = self._holes.remove(address(page, end))
            size += more
            places.append(place)
        if not places:
            self._append(page, [(offset_of(start), size)])
            return
        self._list(places[0], start, min(size, SEGMENT_SIZE_MAX))
        for place in places[1:]:
            self._vacate(place)

    def add_gaps(self, page: int, gaps: Sequence[tuple[int, int]]) -> None:
        """Free several parts of a page, each from one offset to another; they ascend and do not
        touch one another.
        """
        edges = self._holes.edges(page)
        alone = []
        for start, end in gaps:
            if start in edges or end in edges:
                self.add(address(page, start), end - start)
            else:
                alone.append((start, end - start))
        self._append(page, alone)

    def use(self, start: int, used: int) -> None:
        """Take `used` bytes from the beginning of the segment at `start`; the rest stays free."""
        size, place = self._holes.remove(start)
        if used < size:
            self._list(place, start + used, size - used)
        else:
            self._vacate(place)

    # The slots of the segment tables

    def _append(self, page: int, segments: Sequence[tuple[int, int]]) -> None:
        """List segments of a page, by offset and size, which touch no others."""
        while segments:
            table = self._table_with_room()
            slot = self._counts[table]
            listed = [
                (offset, min(size, SEGMENT_SIZE_MAX))
                for offset, size in segments[: SEGMENTS_PER_TABLE - slot]
            ]
            segments = segments[len(listed) :]
            self._holes.add(page, listed, table * SEGMENTS_PER_TABLE + slot)
            entries = b"".join(SEGMENT.pack(page, *segment) for segment in listed)
            at, end = _slot_at(slot), _slot_at(slot + len(listed))
            self.pages.writable(self.tables[table], at, end)[at:end] = entries
            self._counts[table] = slot + len(listed)
            self._write_count(table)

    def _list(self, place: int, start: int, size: int) -> None:
        """List a segment in a slot whose segment is gone."""
        self._holes.add(page_of(start), [(offset_of(start), size)], place)
        table, slot = divmod(place, SEGMENTS_PER_TABLE)
        at = _slot_at(slot)
        frame = self.pages.writable(self.tables[table], at, at + SEGMENT.size)
        SEGMENT.pack_into(frame, at, page_of(start), offset_of(start), size)

    def _vacate(self, place: int) -> None:
        """Give up a slot whose segment is gone; the last one of its table takes it."""
        table, slot = divmod(place, SEGMENTS_PER_TABLE)
        self._counts[table] -= 1
        self._first_with_room = min(self._first_with_room, table)
        if slot < self._counts[table]:
            self._take_last(table, slot)
        last = _slot_at(self._counts[table])
        end = last + SEGMENT.size
        self.pages.writable(self.tables[table], last, end)[last:end] = bytes(SEGMENT.size)
        self._write_count(table)

    def _take_last(self, table: int, slot: int) -> None:
        """List the last segment of a table in a slot instead."""
        at, last = _slot_at(slot), _slot_at(self._counts[table])
        frame = self.pages.writable(self.tables[table], at, at + SEGMENT.size)
        frame[at : at + SEGMENT.size] = frame[last : last + SEGMENT.size]
        page, offset, _ = SEGMENT.unpack_from(frame, at)
        first = table * SEGMENTS_PER_TABLE
        if self._holes.place(address(page, offset)) == first + self._counts[table]:
            self._holes.move(address(page, offset), first + slot)

    def _table_with_room(self) -> int:
        counts = self._counts
        while self._first_with_room < len(counts):
            if counts[self._first_with_room] < SEGMENTS_PER_TABLE:
                return self._first_with_room
            self._first_with_room += 1
        if len(self.tables) == SEGMENT_TABLES_MAX:
            message = f"a table has the most segment tables possible, {SEGMENT_TABLES_MAX}"
            raise LimitExceeded(message, limit="segment tables")
        self.tables.append(self.pages.claim())
        counts.append(0)
        count = len(self.tables)
        frame = self.pages.writable(self.number, 0, 4 * count + 2)
        frame[0:2] = count.to_bytes(2, "little")
        frame[4 * count - 2 : 4 * count + 2] = self.tables[-1].to_bytes(4, "little")
        return count - 1

    def _write_count(self, table: int) -> None:
        count = self._counts[table].to_bytes(2, "little")
        self.pages.writable(self.tables[table], 0, 2)[0:2] = count


def _slot_at(slot: int) -> int:
    return 2 + slot * SEGMENT.size


def _read_ledger(pages: PageSource, number: int) -> list[int]:
    frame = pages.read(number)
    count = int.from_bytes(frame[:2], "little")
    if count > SEGMENT_TABLES_MAX:
        raise Corrupted(
            number, 0, f"{count} segment tables, at most {SEGMENT_TABLES_MAX} are possible"
        )
    tables: list[int] = memoryview(frame[2 : 2 + 4 * count]).cast("I").tolist()
    if len(set(tables)) < count:
        raise Corrupted(number, 2, "segment table is listed twice")
    return tables


def _count(number: int, frame: Frame) -> int:
    """How many segments a segment table lists."""
    count = int.from_bytes(frame[:2], "little")
    if count > SEGMENTS_PER_TABLE:
        raise Corrupted(
            number, 0, f"{count} free segments, at most {SEGMENTS_PER_TABLE} fit a page"
        )
    return count
