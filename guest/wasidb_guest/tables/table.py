"""One table on its pages: read rows, put rows, take rows away.

    registry entry ──> snapshot        what the columns are
                   ──> page ledger     record pages and how full they are
                   ──> free segments   holes below the high-water marks
                   ──> index ledger    roots of the index trees
                   ──> autoincrement   counters

A `Table` knows its pages only; whether rows may change, and which rules they must keep, is decided
above (`tables.integrity`). Its structures are decoded once and kept in step with the pages. A
writer takes a table over with `attach`.

Where a record goes: into the smallest free segment that fits, else behind the last record of the
first page with room, which for many records is room for some of them, else on a new page. Records
for which no segment is large enough together go into all segments of a page, as they fit, of the
page with the largest one first.

An update that leaves a record's size as it is happens in place; the others of a statement are all
erased before the first is stored anew.
"""

from array import array
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.record_slots import (
    StoredRecords,
    erase_records,
    keep_records,
    overwrite_records,
    put_addresses,
    slot_end,
)
from wasidb_guest.encoding.record_writer import NewRecords
from wasidb_guest.encoding.records import find_records
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes.address_set import AddressSet
from wasidb_guest.indexes.btree import BTree
from wasidb_guest.indexes.ledger import read_index_ledger, write_index_ledger
from wasidb_guest.indexes.run import KeyLayout, Run, int32s
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.layout import (
    PAGE_SIZE,
    RECORD_SLOT_MAX,
    address,
    aligned,
    offset_of,
    page_of,
)
from wasidb_guest.tables.autoincrement import AutoincrementLedger
from wasidb_guest.tables.chunk_reader import ChunkReader
from wasidb_guest.tables.free_segments import FreeSegments
from wasidb_guest.tables.index import Index
from wasidb_guest.tables.late_columns import LateColumns
from wasidb_guest.tables.lone_record import LoneRow, read_row, record_of_row
from wasidb_guest.tables.lone_slot import erase_record, is_free, overwrite_record, put_record
from wasidb_guest.tables.page_ledger import PageLedger
from wasidb_guest.tables.record_block import missing, overlap, pages_of, stretches, uint64s
from wasidb_guest.tables.record_columns import ColumnReader, new_records
from wasidb_guest.tables.registry import RegistryEntry
from wasidb_guest.vectors import Batch, RowChoice, Vector

# Bytes free on a page that records go to which need so many and more: a load would fill up the last
# bytes of every page with a record, here and there.
ROOM_MIN = 1024

# Of fewer rows all columns are read and written at once, and of their pages nothing is told but
# where the first one begins and the last one ends: to choose costs more.
MANY_ROWS = 64

# From so many records for each leaf of an index on the leaves are swept.
SWEPT_ENTRIES_MIN = 64

Records = NewRecords | StoredRecords


class Table:
    """The rows and indexes of one table."""

    def __init__(
        self, pages: PageSource, definition: TableDefinition, entry: RegistryEntry
    ) -> None:
        self.pages: Any = pages
        self.definition = definition
        self.entry = entry
        self.ledger = PageLedger(pages, entry.page_ledger, definition.name)
        self.free_segments = FreeSegments(pages, entry.free_segments)
        self._saved_roots = read_index_ledger(pages, entry.index_ledger)
        self.trees = self._open_trees()
        self.indexes = self._indexes()
        self._keys = {columns: self._keys_over(columns) for columns in self.trees}
        self.autoincrement = (
            AutoincrementLedger(pages, entry.autoincrement, definition)
            if entry.autoincrement is not None
            else None
        )
        self._row_count: int | None = None

    def _open_trees(self) -> dict[tuple[str, ...], BTree]:
        roots = self._saved_roots
        for index in self.definition.indexes:
            if index.columns not in roots:
                what = f"table {self.definition.name!r} has no index on {', '.join(index.columns)}"
                raise Corrupted(self.entry.index_ledger, 0, what)
        known = {column.name for column in self.definition.columns}
        for columns in roots:
            if not known.issuperset(columns):
                what = f"table {self.definition.name!r} has not all of {', '.join(columns)}"
                raise Corrupted(self.entry.index_ledger, 0, f"index on unknown columns: {what}")
        return {columns: BTree(self.pages, root) for columns, root in roots.items()}

    def _indexes(self) -> list[Index]:
        """One index for each list of columns, though the definition may name some twice."""
        unique: dict[tuple[str, ...], bool] = {}
        for index in self.definition.indexes:
            unique[index.columns] = unique.get(index.columns, False) or index.unique
        return [
            Index(
                [self.definition.column(name) for name in columns],
                self.trees[columns],
                unique=is_unique,
            )
            for columns, is_unique in unique.items()
        ]

    def _keys_over(self, columns: Sequence[str]) -> tuple[list[int], KeyLayout]:
        """Where the cells of keys are, and how the keys are written."""
        places = list(map(self.definition.column_position, columns))
        return places, KeyLayout([self.definition.columns[place].type for place in places])

    def attach(self, pages: PageSource) -> None:
        """Read and write through other pages from now on; their content is the same."""
        parts: list[Any] = [self, self.ledger, self.free_segments, *self.trees.values()]
        for part in [*parts, *([self.autoincrement] if self.autoincrement else [])]:
            part.pages = pages

    def index_on(self, columns: tuple[str, ...]) -> Index | None:
        """The index over exactly these columns."""
        for index in self.indexes:
            if index.columns == columns:
                return index
        return None

    def run(
        self, columns: tuple[str, ...], vectors: Sequence[Vector], addresses: Any = None
    ) -> Run:
        """The keys of rows, of which `vectors` are all columns, in the index over `columns`.

        Raises LimitExceeded for a key larger than a node can hold.
        """
        places, layout = self._keys[columns]
        if not isinstance(vectors, LoneRow):
            return layout.run([vectors[place] for place in places], addresses)
        run: Run = layout.alone([vectors.cells[place] for place in places])
        if addresses is not None:
            run.set_addresses(addresses)
        return run

    def key_columns(self, columns: tuple[str, ...], vectors: Sequence[Vector]) -> list[Vector]:
        """The columns of an index, of all columns of some rows."""
        return [vectors[place] for place in self._keys[columns][0]]

    # Reading

    def row_count(self) -> int:
        """How many rows there are; counted once, then kept up to date."""
        if self._row_count is None:
            most = PAGE_SIZE // min(self.definition.stride, PAGE_SIZE) + 1
            cursors, ends = int32s(most), int32s(most)
            self._row_count = sum(
                self._find(number, self.pages.read(number), cursors, ends)
                for number in self.ledger.record_pages
            )
        return self._row_count

    def scan(
        self,
        positions: Sequence[int],
        choice: RowChoice | None = None,
        *,
        few_first: bool = False,
    ) -> Iterator[tuple[Batch, memoryview]]:
        """The rows in physical order: batches of the columns at `positions`, with the rows'
        addresses; neither is to be changed.

        With `choice` only the rows it wants; of the others just the columns it looks at are read.
        Who may stop after the first ones wants them soon, and `few_first`.
        """
        reader = ChunkReader(self.definition, positions)
        numbers = sorted(self.ledger.record_pages)
        step = self.pages.scan_pages
        chunks = (numbers[first : first + step] for first in range(0, len(numbers), step))
        if choice is not None:
            return reader.choose(self.pages, chunks, choice, few_first=few_first)
        return (reader.read(self.pages, chunk) for chunk in chunks)

    def fetch(self, addresses: memoryview, positions: Sequence[int]) -> Batch:
        """The columns at `positions` of the rows at `addresses`, in that order.

        Raises Corrupted for a missing row.
        """
        if len(addresses) == 1:
            row = read_row(self.pages, self.definition, addresses[0])
            if row is not None:
                names = [self.definition.column_names[place] for place in positions]
                return Batch(names, [row[place] for place in positions], 1)
        batch, _ = ColumnReader(self.definition, positions).read_at(self.pages, addresses)
        return batch

    def rows_at(self, addresses: memoryview) -> list[Vector] | LoneRow | LateColumns:
        """All columns of the rows at `addresses`, in that order; of many rows they are read late.
        Raises Corrupted.
        """
        width = len(self.definition.columns)
        if len(addresses) >= MANY_ROWS:
            return LateColumns(width, lambda places: self.fetch(addresses, places).vectors)
        if len(addresses) == 1:
            row = read_row(self.pages, self.definition, addresses[0])
            if row is not None:
                return row
        return list(self.fetch(addresses, range(width)).vectors)

    def _find(self, number: int, page: bytearray, cursors: Any, ends: Any) -> int:
        count = find_records(page, self.definition.stride, cursors, ends)
        if count < 0:
            raise Corrupted(number, -1 - count, "record runs past the end of its page")
        return count

    def swept_indexes(self, count: int) -> list[tuple[str, ...]]:
        """The columns of those indexes of which every leaf is better looked through for the entries
        of `count` records than these are looked for by their keys.
        """
        if count < SWEPT_ENTRIES_MIN:
            return []
        named = dict.fromkeys(index.columns for index in self.definition.indexes)
        return [
            columns
            for columns in named
            if count >= SWEPT_ENTRIES_MIN * self.trees[columns].leaf_count()
        ]

    def sweep(self, swept: Collection[tuple[str, ...]], addresses: memoryview) -> None:
        """Take the entries of the records at ascending `addresses` out of the indexes over these
        columns. Raises Corrupted if one is not there.
        """
        if swept:
            gone = AddressSet(addresses, self.definition.stride)
            for columns in swept:
                self.trees[columns].sweep(gone)

    # Writing records

    def put_records(self, vectors: Sequence[Vector]) -> memoryview:
        """Store a record for every row of `vectors`, which are all columns; give the addresses.

        Indexes are left alone.
        """
        if isinstance(vectors, LoneRow):
            record = record_of_row(self.definition, vectors)
            slot = aligned(len(record), self.definition.stride)
            if slot <= RECORD_SLOT_MAX:
                return self._put_one(record, slot)
        return self._put(new_records(self.definition, vectors))

    def put_stored(self, records: bytearray, starts: memoryview) -> memoryview:
        """Store records as they are, headers included, back to back in `records`; give the
        addresses.

        `starts` is where each begins and the last one ends. Indexes are left alone.
        """
        return self._put(StoredRecords(records, starts))

    def _put(self, records: Records) -> memoryview:
        stride, starts, count = self.definition.stride, records.starts, records.count
        addresses = uint64s(count)
        row = 0
        while row < count:
            slot = aligned(starts[row + 1] - starts[row], stride)
            placed = self._place_in_segment(records, row, addresses, slot)
            row = placed if placed > row else self._place_on_page(records, row, addresses, slot)
        self.free_segments.save()
        if self._row_count is not None:
            self._row_count += count
        return addresses

    def _put_one(self, record: bytearray, slot: int) -> memoryview:
        """Store a record that needs a slot of so many bytes; its address, as an array."""
        found = self.free_segments.holes.find(slot)
        if found is None or offset_of(found[0]) + len(record) == PAGE_SIZE:
            place = self._put_on_page(record, slot)
        else:
            place = found[0]
            if not is_free(self.pages, place, slot):
                raise self._in_use(place)
            put_record(self.pages, place, record)
            self.free_segments.holes.take_front(place, slot)
            self.free_segments.save()
        if self._row_count is not None:
            self._row_count += 1
        return memoryview(array("Q", (place,)))

    def _put_on_page(self, record: bytearray, slot: int) -> int:
        """Store a record above the high-water mark of a page; its address."""
        ledger = self.ledger
        index, offset = self._room(slot + 1 if slot == len(record) else slot)
        place = address(ledger.record_pages[index], offset)
        put_record(self.pages, place, record)
        ledger.set_high_water(index, offset + slot)
        return place

    def _room(self, size: int) -> tuple[int, int]:
        """The place in the ledger of the first page with room, and where that begins."""
        ledger = self.ledger
        index = ledger.find_room(size)
        if index is None:
            index = ledger.add(self.pages.claim())
        offset = ledger.high_water(index)
        if offset % self.definition.stride:
            message = "high-water mark is where no record could start"
            raise Corrupted(ledger.record_pages[index], offset, message)
        return index, offset

    def _in_use(self, segment: int) -> Corrupted:
        message = f"free segment of table {self.definition.name!r} is in use"
        return Corrupted(page_of(segment), offset_of(segment), message)

    def _place_in_segment(
        self, records: Records, row: int, addresses: memoryview, slot: int
    ) -> int:
        """Put the record at `row`, which needs a slot of so many bytes, and those behind it as they
        fit, into free segments of one page; the first row left.
        """
        # The smallest segment for all that is left, or else the page with the largest there is.
        stride, starts = self.definition.stride, records.starts
        all_left = max(slot, starts[records.count] - starts[row])
        found = self.free_segments.holes.find(all_left)
        if found is None and all_left > slot:
            found = self.free_segments.holes.largest()
        if found is None or found[1] < slot:
            return row
        placed = self.free_segments.fill(
            found, all_left, stride, records.stored(), starts, row, addresses
        )
        if placed < 0:
            raise self._in_use(address(page_of(found[0]), -1 - placed))
        return placed

    def _place_on_page(self, records: Records, row: int, addresses: memoryview, slot: int) -> int:
        """The same above the high-water mark of a page."""
        stride, starts = self.definition.stride, records.starts
        if slot > PAGE_SIZE:
            return self._place_alone(records.stored(), starts, row, addresses)
        left = starts[records.count] - starts[row]
        least = slot + 1 if slot == starts[row + 1] - starts[row] else slot
        needed = least if self.ledger.is_full else max(least, min(left, ROOM_MIN))
        index, offset = self._room(needed)
        number = self.ledger.record_pages[index]
        page = self.pages.writable(number, offset, offset + left + (records.count - row) * stride)
        placed = records.place(page, offset, stride, row, number, addresses)
        last = starts[placed] - starts[placed - 1]
        self.ledger.set_high_water(index, offset_of(addresses[placed - 1]) + aligned(last, stride))
        return placed

    def _place_alone(
        self, records: bytearray, starts: memoryview, row: int, addresses: memoryview
    ) -> int:
        """Put a record, whose padding would not fit a page, at the beginning of a new one.

        Only the Rust engine makes such records, in tables whose alignment divides no page.
        """
        number = self.pages.claim()
        record = records[starts[row] : starts[row + 1]]
        self.pages.writable(number, 0, len(record))[: len(record)] = record
        self.ledger.set_high_water(self.ledger.add(number), PAGE_SIZE)
        addresses[row] = address(number, 0)
        return row + 1

    def erase_records(self, addresses: memoryview) -> None:
        """Zero the records at ascending `addresses` and free their space. Raises Corrupted for one
        that is missing.

        Indexes are left alone.
        """
        self._erase(addresses)
        self.free_segments.save()

    def _erase(self, addresses: memoryview) -> None:
        """The same, without a note of it in the segment tables."""
        if len(addresses) == 1:
            end = erase_record(self.pages, addresses[0], self.definition.stride)
            self.free_segments.holes.free_alone(addresses[0], end)
        else:
            for stretch in stretches(addresses):
                self._erase_several(stretch)
        if self._row_count is not None:
            self._row_count -= len(addresses)

    def _erase_several(self, addresses: memoryview) -> None:
        numbers, page_limits = pages_of(addresses)
        are_many, limits = len(addresses) >= MANY_ROWS, int32s(len(numbers))
        if are_many:
            pages = self.pages.open_many(numbers)
        else:
            pages = self._writable_slots(addresses, numbers, page_limits)
        starts, ends = int32s(len(addresses)), int32s(len(addresses))
        stride = self.definition.stride
        gaps = erase_records(pages, page_limits, addresses, stride, starts, ends, limits)
        if gaps < 0:
            fault, name = -1 - gaps, self.definition.name
            if fault >= len(addresses):
                raise missing(addresses[fault - len(addresses)], name)
            raise overlap(addresses[fault - 1], name)
        if are_many:
            self.pages.touch(numbers, limits, starts, ends, are_zeros=True)
        self.free_segments.holes.free(numbers, limits, starts, ends)

    def replace_records(self, addresses: memoryview, vectors: Sequence[Vector]) -> memoryview:
        """Give the records at ascending `addresses` new content; their addresses now. Indexes are
        left alone.

        A record that keeps its size stays where it is.
        """
        if isinstance(vectors, LoneRow):
            record = record_of_row(self.definition, vectors)
            if overwrite_record(self.pages, addresses[0], record):
                return addresses
        new = new_records(self.definition, vectors)
        stride = self.definition.stride
        after = uint64s(len(addresses))
        after[:] = addresses
        moved = bytearray(len(addresses))
        numbers, limits = pages_of(addresses)
        pages = self._writable_slots(addresses, numbers, limits)
        fault = overwrite_records(pages, limits, addresses, new.stored(), new.starts, stride, moved)
        if fault:
            raise overlap(addresses[-2 - fault], self.definition.name)
        if 1 in moved:
            self._move_records(after, new.stored(), new.starts, moved)
        return after

    def _writable_slots(
        self, addresses: memoryview, numbers: Sequence[int], limits: memoryview
    ) -> list[bytearray]:
        """The frames of pages of which the slots of records are to be changed."""
        pages, first = [], 0
        for number, last in zip(numbers, limits, strict=True):
            page, at = self.pages.read(number), offset_of(addresses[last - 1])
            end = slot_end(page, PAGE_SIZE, at, self.definition.stride)
            pages.append(self.pages.writable(number, offset_of(addresses[first]), end))
            first = last
        return pages

    def _move_records(
        self, addresses: memoryview, records: bytearray, starts: memoryview, moved: bytearray
    ) -> None:
        """Store the flagged records anew and erase what was at their addresses, which change."""
        left = uint64s(len(addresses))
        left[:] = addresses
        count = keep_records(records, starts, left, moved)
        self._erase(left[:count])
        placed = self.put_stored(records, starts[: count + 1])
        put_addresses(placed, moved, addresses)

    def save_counters(self) -> None:
        """Rewrite the autoincrement ledger if numbers have been drawn."""
        if self.autoincrement is not None:
            self.autoincrement.save()

    def save_roots(self) -> None:
        """Rewrite the index ledger if a root has moved."""
        saved = self._saved_roots
        if any([tree.root != saved[columns] for columns, tree in self.trees.items()]):
            roots = {columns: tree.root for columns, tree in self.trees.items()}
            write_index_ledger(self.pages, self.entry.index_ledger, roots)
            self._saved_roots = roots
