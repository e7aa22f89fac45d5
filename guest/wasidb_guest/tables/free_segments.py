"""Free segments: the space that deleted records have left inside a table's record pages.

    ledger page           u16 count | u32 page number of each segment table
    segment-table page    u16 count | for each segment: u32 page | u16 offset | u16 size

Segments of one page that touch are merged. A whole free page is a segment of 65,535 bytes, the most
a u16 can say. Segment tables are claimed as they are needed; a removed segment's slot is taken by
the last one of its table.

In memory the segments are kept by address, by the address where they end, and by size, so that
merging costs O(1) and finding the smallest that fits O(log n).
"""

from collections.abc import Iterator
from typing import Any

from wasidb_guest.errors import Corrupted, LimitExceeded
from wasidb_guest.pages.cache import PageSource
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
from wasidb_guest.tables.best_fit import BestFit

Slot = tuple[int, int]


class FreeSegments:
    """The free segments of one table."""

    def __init__(self, pages: PageSource, number: int) -> None:
        self.pages: Any = pages
        self.number = number
        self.tables = _read_ledger(pages, number)
        self._slots: list[list[tuple[int, int]]] = []
        self._places: dict[int, Slot] = {}
        self._sizes = BestFit()
        self._ends: dict[int, int] = {}
        for index, table in enumerate(self.tables):
            segments = _read_table(pages, table)
            self._slots.append(segments)
            for slot, (start, size) in enumerate(segments):
                # The Rust engine can leave segments of no size and list one twice; such entries are
                # never used.
                if size and start not in self._places:
                    self._remember(start, size, (index, slot))

    def __len__(self) -> int:
        return len(self._places)

    def segments(self) -> list[tuple[int, int]]:
        """Every usable segment as (address, size), by address."""
        return sorted(self._sizes.size_of.items())

    def listed(self) -> Iterator[tuple[int, int, int]]:
        """Every entry as it is stored, used or not: the page of its table, address, size."""
        for table, slots in zip(self.tables, self._slots, strict=True):
            for start, size in slots:
                yield table, start, size

    def total(self) -> int:
        """Bytes in all segments."""
        return sum(self._sizes.size_of.values())

    def find(self, size: int) -> tuple[int, int] | None:
        """The smallest segment of at least `size` bytes as (address, size).

        None if there is none.
        """
        return self._sizes.find(size)

    def largest(self) -> tuple[int, int]:
        """The largest segment as (address, size); (0, 0) if there is none."""
        return self._sizes.largest()

    def add(self, start: int, size: int) -> None:
        """Free `size` bytes at the address `start`, merging with the free neighbours."""
        before = self._ends.get(_end(start, 0))
        if before is not None:
            size += self._remove(before)
            start = before
        behind = address(page_of(start), 0) + offset_of(start) + size
        if offset_of(start) + size < PAGE_SIZE and behind in self._places:
            size += self._remove(behind)
        self._append(start, min(size, SEGMENT_SIZE_MAX))

    def use(self, start: int, used: int) -> None:
        """Take `used` bytes from the beginning of the segment at `start`; the rest stays free."""
        size = self._remove(start)
        if used < size:
            self._append(start + used, size - used)

    # One slot of one segment table

    def _append(self, start: int, size: int) -> None:
        table = self._table_with_room()
        slots = self._slots[table]
        slots.append((start, size))
        self._remember(start, size, (table, len(slots) - 1))
        self._write_slot(table, len(slots) - 1)
        self._write_count(table)

    def _remove(self, start: int) -> int:
        """Forget the segment at `start`; its size."""
        table, slot = self._places.pop(start)
        slots = self._slots[table]
        size = self._sizes.remove(start)
        del self._ends[_end(start, size)]
        last = slots.pop()
        if slot < len(slots):
            slots[slot] = last
            if last[0] in self._places:
                self._places[last[0]] = table, slot
            self._write_slot(table, slot)
        self._clear_slot(table, len(slots))
        self._write_count(table)
        return size

    def _remember(self, start: int, size: int, place: Slot) -> None:
        self._places[start] = place
        self._ends[_end(start, size)] = start
        self._sizes.add(start, size)

    def _table_with_room(self) -> int:
        for index, slots in enumerate(self._slots):
            if len(slots) < SEGMENTS_PER_TABLE:
                return index
        if len(self.tables) == SEGMENT_TABLES_MAX:
            raise LimitExceeded("a table has too many free segments", limit="segment tables")
        self.tables.append(self.pages.claim())
        self._slots.append([])
        count = len(self.tables)
        frame = self.pages.writable(self.number, 0, 4 * count + 2)
        frame[0:2] = count.to_bytes(2, "little")
        frame[4 * count - 2 : 4 * count + 2] = self.tables[-1].to_bytes(4, "little")
        return count - 1

    def _write_slot(self, table: int, slot: int) -> None:
        start, size = self._slots[table][slot]
        at = _slot_at(slot)
        frame = self.pages.writable(self.tables[table], at, at + SEGMENT.size)
        SEGMENT.pack_into(frame, at, page_of(start), offset_of(start), size)

    def _clear_slot(self, table: int, slot: int) -> None:
        at = _slot_at(slot)
        end = at + SEGMENT.size
        self.pages.writable(self.tables[table], at, end)[at:end] = bytes(SEGMENT.size)

    def _write_count(self, table: int) -> None:
        count = len(self._slots[table]).to_bytes(2, "little")
        self.pages.writable(self.tables[table], 0, 2)[0:2] = count


def _end(start: int, size: int) -> int:
    """Where a segment ends, as page and offset; the offset can be 65,536, so it is no address."""
    return page_of(start) << 17 | offset_of(start) + size


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


def _read_table(pages: PageSource, number: int) -> list[tuple[int, int]]:
    """The (address, size) of every slot of a segment table."""
    frame = pages.read(number)
    count = int.from_bytes(frame[:2], "little")
    if count > SEGMENTS_PER_TABLE:
        raise Corrupted(
            number, 0, f"{count} free segments, at most {SEGMENTS_PER_TABLE} fit a page"
        )
    segments = []
    for slot, (page, offset, size) in enumerate(SEGMENT.iter_unpack(frame[2 : _slot_at(count)])):
        if offset + size > PAGE_SIZE:
            raise Corrupted(number, _slot_at(slot), "free segment runs past the end of its page")
        segments.append((address(page, offset), size))
    return segments
