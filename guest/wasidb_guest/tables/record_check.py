"""The record pages of a table against its ledgers, one page after the other.

    0                                        high-water mark            65,536
    │ record │ record │·· free segment ··│ record │ 0 0 0 0 0 0 0 0 0 0 0 │

  * a record is exactly its columns, every cell is one of its type, and it ends below the mark
  * a free segment has a size, begins where a record could, ends below the mark, is zero, and meets
    neither a record nor another segment
  * above the mark everything is zero

While a page is at hand the index entries of its rows are summed up; see `tables.check`.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from itertools import chain, repeat
from operator import sub

from wasidb_guest.encoding.cell_vectors import vector_to_cells
from wasidb_guest.encoding.records import set_addresses
from wasidb_guest.errors import LimitExceeded
from wasidb_guest.indexes.run import build_run
from wasidb_guest.pages.layout import (
    PAGE_SIZE,
    RECORD_HEADER_SIZE,
    SEGMENT_SIZE_MAX,
    offset_of,
    page_of,
)
from wasidb_guest.tables.inventory import Inventory
from wasidb_guest.tables.page_records import PageRecords, Records, read_records
from wasidb_guest.tables.record_block import uint64s
from wasidb_guest.tables.survey import TableParts

SUM_MASK = (1 << 64) - 1

Segment = tuple[int, int]
"""Offset and size."""

Span = tuple[int, int]
"""Where a record begins and ends."""


class RecordCheck:
    """Checks record pages by their index in the page ledger, which must be readable.

    `key_sums` has the sum of the entries that each index should hold, once `is_complete` says that
    all rows so far could be read.
    """

    def __init__(self, inventory: Inventory, parts: TableParts) -> None:
        assert parts.ledger is not None
        self._inventory = inventory
        self._parts = parts
        self._ledger = parts.ledger
        self._segments = self._segments_by_page()
        # A definition that names an index twice has each row in it twice.
        defined = [index.columns for index in parts.definition.indexes]
        self._times = {columns: defined.count(columns) for columns in parts.trees}
        self.key_sums = dict.fromkeys(parts.trees, 0)
        self.is_complete = True

    def _segments_by_page(self) -> dict[int, list[Segment]]:
        """The free segments of each page, by offset."""
        segments: dict[int, list[Segment]] = defaultdict(list)
        sizeless: Counter[int] = Counter()
        ledger = self._parts.free_segments
        for table, start, size in ledger.listed() if ledger is not None else ():
            if size:
                segments[page_of(start)].append((offset_of(start), size))
            else:
                sizeless[table] += 1
        for table, count in sizeless.items():
            self._inventory.problem(table, 0, f"{count} free segments have no size")
        for each in segments.values():
            each.sort()
        return segments

    def check_page(self, index: int) -> int:
        """Note what is wrong with the page at `index` of the ledger; give the rows it has.

        Raises Corrupted for a page that does not exist.
        """
        number = self._ledger.record_pages[index]
        mark = self._ledger.high_water(index)
        segments = self._segments.pop(number, [])
        self.is_complete, was_complete = False, self.is_complete
        page = self._parts.pages.read(number)
        if page.count(0, mark) != PAGE_SIZE - mark:
            self._inventory.problem(number, mark, "bytes above the high-water mark are not zero")
        if mark < PAGE_SIZE and mark % self._parts.definition.stride:
            self._inventory.problem(number, mark, "high-water mark is where no record could start")
        read = read_records(self._parts.definition, number, page, vector_to_cells)
        for damage in read.damage:
            self._inventory.damage(damage)
        spans = _spans_of(read)
        if spans and spans[-1][1] > mark:
            what = "record reaches past the high-water mark"
            self._inventory.problem(number, spans[-1][0], what)
        self._check_segments(number, page, mark, segments, spans)
        self.is_complete = was_complete and not read.damage
        if self.is_complete:
            self._sum_keys(number, read.found[0])
        return len(spans)

    def check_segments_elsewhere(self) -> None:
        """Note the free segments of pages that have not been checked."""
        for number, segments in self._segments.items():
            for offset, size in segments:
                what = f"free segment of {size} bytes is in no record page"
                self._inventory.problem(number, offset, what)

    def _check_segments(
        self,
        number: int,
        page: bytearray,
        mark: int,
        segments: list[Segment],
        spans: list[Span],
    ) -> None:
        end_before = 0
        for offset, size in segments:
            end = offset + size
            # A free page is listed with 65,535 bytes, because its size does not fit a u16.
            is_whole_page = offset == 0 and size == SEGMENT_SIZE_MAX
            problem = None
            if end > mark and not is_whole_page:
                problem = "is not below the high-water mark"
            elif offset % self._parts.definition.stride:
                problem = "does not start where a record could"
            elif page.count(0, offset, end) != size:
                problem = "is not zero"
            elif _meets(spans, offset, end):
                problem = "overlaps a record"
            elif offset < end_before:
                problem = "overlaps the one before it"
            if problem is not None:
                what = f"free segment of {size} bytes {problem}"
                self._inventory.problem(number, offset, what)
            end_before = max(end_before, end)

    def _sum_keys(self, number: int, records: Records) -> None:
        addresses = uint64s(len(records.starts))
        set_addresses(addresses, 0, len(addresses), number, records.starts)
        for columns, times in self._times.items():
            try:
                run = build_run([records.batch.column(name) for name in columns], addresses)
            except LimitExceeded as refusal:
                self._inventory.problem(number, 0, f"no index can hold this row: {refusal.message}")
                self.is_complete = False
                return
            total = self.key_sums[columns] + times * run.digest()
            self.key_sums[columns] = total & SUM_MASK


def _spans_of(read: PageRecords) -> list[Span]:
    """Where each record that can be read begins and ends."""
    starts = chain.from_iterable(records.starts.tolist() for records in read.found)
    ends = chain.from_iterable(records.ends.tolist() for records in read.found)
    return list(zip(map(sub, starts, repeat(RECORD_HEADER_SIZE)), ends, strict=True))


def _meets(spans: list[Span], start: int, end: int) -> bool:
    """Whether a record has bytes between `start` and `end`."""
    behind = bisect_left(spans, (end, 0))
    return behind > 0 and spans[behind - 1][1] > start
