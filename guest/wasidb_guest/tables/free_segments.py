"""Free segments: the space that deleted records have left inside a table's record pages.

    ledger page           u16 count | u32 page number of each segment table
    segment-table page    u16 count | for each segment: u32 page | u16 offset | u16 size

Segments of one page that touch are merged. A whole free page is a segment of 65,535 bytes, the most
a u16 can say. Segment tables are claimed as they are needed; a segment that grows or shrinks keeps
its slot, and that of a removed one is taken by a new one, or else by the last one of its table.

Who only reads rows does not care: the segment tables are read when somebody asks for a segment or
frees one, and then all of them, into `holes`. There they change, page by page; `save` brings what
has changed to the tables, at the end of a statement. A place is a slot of a table: place 8,191 is
the first slot of the second table.
"""

from array import array
from collections.abc import Iterator
from functools import cached_property
from itertools import groupby
from typing import Any, TypeVar

from wasidb_guest.errors import Corrupted, LimitExceeded
from wasidb_guest.indexes.run import int32s
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.frame import Frame
from wasidb_guest.pages.layout import (
    SEGMENT,
    SEGMENT_TABLES_MAX,
    SEGMENTS_PER_TABLE,
    U16,
    address,
    offset_of,
    page_of,
)
from wasidb_guest.tables.holes import Holes
from wasidb_guest.tables.segment_words import (
    consecutive,
    count_changed,
    list_changed,
    put_changed,
    put_entries,
    read_segments,
    slots_by_table,
    take_out,
)

Places = TypeVar("Places", list[int], "array[int]")

FEW_SEGMENTS = 4
"""So many are written one by one sooner than they are sorted out by table."""


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
    def holes(self) -> Holes:
        """What the segment tables list, to be searched and changed.

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

    def listed(self) -> Iterator[tuple[int, int, int]]:
        """Every entry as it is stored, used or not: the page of its table, address, size."""
        for number in self.tables:
            frame = self.pages.read(number)
            entries = frame[2 : _slot_at(_count(number, frame))]
            for page, offset, size in SEGMENT.iter_unpack(entries):
                yield number, address(page, offset), size

    def fill(
        self,
        found: tuple[int, int],
        needed: int,
        stride: int,
        records: bytearray,
        starts: memoryview,
        row: int,
        addresses: memoryview,
    ) -> int:
        """Put records from `row` on into a segment that was found, if that has the `needed` bytes,
        or else into all segments of its page, as they fit; the first row left, or -1 - offset of a
        segment that is in use.
        """
        page, offset, size = page_of(found[0]), offset_of(found[0]), found[1]
        is_enough = size >= needed
        only = offset if is_enough else None
        frame = self.pages.writable(page, *((offset, offset + size) if is_enough else ()))
        return self.holes.fill(page, only, frame, stride, records, starts, row, addresses)

    # The slots of the segment tables

    def save(self) -> None:
        """Bring the segment tables up to date. Raises LimitExceeded.

        New segments take the slots of those that are gone, then new ones.
        """
        holes = self.holes
        if not holes.changed:
            return
        words, pages, vacated = holes.words, sorted(holes.changed), sorted(holes.vacated)
        count, unlisted = count_changed(words, pages)
        supply = vacated[:unlisted]
        if count > FEW_SEGMENTS:
            entries, places = array("Q", bytes(8 * count)), array("I", bytes(4 * count))
            supplied = self._filled_up(array("I", supply), unlisted)
            list_changed(words, pages, supplied, entries, places)
            self._write(entries, places)
        elif count:
            size, counts = SEGMENTS_PER_TABLE, self._counts
            if unlisted:
                supply = self._filled_up(supply, unlisted)
            put_changed(words, pages, supply, self.tables, size, counts, self.pages)
        if len(vacated) > unlisted:
            self._vacate(vacated[unlisted:])
        holes.changed.clear()
        holes.vacated.clear()

    def _write(self, entries: "array[int]", places: "array[int]") -> None:
        """Write entries into their slots, and how many these are by now."""
        first, last = int32s(len(self.tables)), int32s(len(self.tables))
        slots_by_table(places, SEGMENTS_PER_TABLE, first, last)
        frames = [
            self._slots(table, first[table], end) if end else self.pages.read(number)
            for table, (number, end) in enumerate(zip(self.tables, last, strict=True))
        ]
        put_entries(frames, SEGMENTS_PER_TABLE, entries, places)
        for frame, count, end in zip(frames, self._counts, last, strict=True):
            if end:
                U16.pack_into(frame, 0, count)

    def _vacate(self, places: list[int]) -> None:
        """Give up slots whose segments are gone; the last ones of their tables take them."""
        for table, group in groupby(reversed(places), lambda place: place // SEGMENTS_PER_TABLE):
            vacated = memoryview(array("I", group))
            count, first_place = self._counts[table], table * SEGMENTS_PER_TABLE
            left = count - len(vacated)
            self._slots(table, left, count)
            frame = self._slots(table, vacated[-1] - first_place, vacated[0] - first_place + 1)
            take_out(frame, count, first_place, vacated, self.holes.words)
            self._counts[table] = left
            self._first_with_room = min(self._first_with_room, table)
            U16.pack_into(frame, 0, left)

    def _filled_up(self, supply: Places, wanted: int) -> Places:
        """As many places as wanted: those that are given, and slots that were never used."""
        while len(supply) < wanted:
            table = self._table_with_room()
            slot = self._counts[table]
            end = min(SEGMENTS_PER_TABLE, slot + wanted - len(supply))
            first_place = table * SEGMENTS_PER_TABLE
            supply.extend(consecutive(first_place + slot, first_place + end))
            self._counts[table] = end
        return supply

    def _slots(self, table: int, first: int, last: int) -> Frame:
        """The frame of a segment table of which some slots are to be changed."""
        frame: Frame = self.pages.writable(self.tables[table], _slot_at(first), _slot_at(last))
        return frame

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
