"""From records to vectors and back: the columns of many records at once.

    reader = ColumnReader(definition, [0, 2])
    batch, block = reader.read_pages(pages, numbers)    all records of some pages
    batch, block = reader.read_at(pages, addresses)     some records
    batch = reader.read(block)                          records that are known

Columns in between are stepped over, columns behind the last one wanted are never looked at.
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from wasidb_guest.definitions import ColumnDefinition, TableDefinition
from wasidb_guest.encoding.cell_vectors import VECTOR_SIZE_MAX, bitmap_of, vector_too_large
from wasidb_guest.encoding.record_cells import columns_at, find_columns, take_columns
from wasidb_guest.encoding.record_slots import StoredRecords
from wasidb_guest.encoding.record_writer import NewRecords
from wasidb_guest.encoding.records import measure_bodies
from wasidb_guest.errors import Corrupted, LimitExceeded
from wasidb_guest.indexes.run import int32s
from wasidb_guest.pages.cache import PageSource, frames_of
from wasidb_guest.pages.frame import Frame
from wasidb_guest.pages.layout import (
    PAGE_SIZE,
    RECORD_HEADER_SIZE,
    RECORD_SLOT_MAX,
    U16,
    aligned,
    offset_of,
    page_of,
)
from wasidb_guest.tables.lone_record import LoneRow, record_of_row
from wasidb_guest.tables.record_block import RecordBlock, missing, pages_of, uint64s
from wasidb_guest.values import DataType
from wasidb_guest.vectors import Batch, Vector

LAYOUTS_KEPT = 1024
MOVE_SIZE = 8
"""Less than this is written beyond the cells of a column."""
LOCATED_AT_ONCE = 64
"""So many records `columns_at` locates before it takes their cells: its `ROWS_AT_ONCE`, which a
kernel keeps to itself. With fewer, there would never be room enough."""
SPARE = 1.5
"""So many times as much room as it seems to need has what nobody has looked at."""
NO_CELLS = bytearray()
"""Where a step that takes none would put them."""
NO_OFFSETS = int32s(0)


@dataclass(frozen=True, slots=True)
class WantedColumn:
    """A column to read: in which step, behind how many bytes of a record at least a variable cell
    of it begins, and which of the variable, and of the nullable ones among the wanted it is; None
    if it is not.
    """

    step: int
    type: DataType
    ahead: int
    variable: int | None
    nullable: int | None


class Layout:
    """The steps in which `take_columns` goes through the columns of a table up to the last one
    wanted: their `numbers`, and those for `passing` over all of them."""

    def __init__(self, definition: TableDefinition, positions: tuple[int, ...]) -> None:
        self.wanted: list[WantedColumn] = []
        self.variable_count = self.nullable_count = 0
        steps: list[tuple[int, bool, int, bool]] = []
        lead = ahead = 0
        for position, column in enumerate(definition.columns[: max(positions, default=-1) + 1]):
            ahead += least_size(column)
            if position in positions:
                self._add(len(steps), column, ahead)
            elif column.type.is_fixed and not column.nullable:
                lead += column.type.width
                continue
            steps.append((lead, position in positions, column.type.width, column.nullable))
            lead = 0
        self._step_count = len(steps)
        self.numbers = int32s(4 * len(steps))
        for place, number in enumerate(number for step in steps for number in step):
            self.numbers[place] = number
        self.passing = int32s(4 * len(steps))
        self.passing[:] = self.numbers
        self.passing[1::4] = int32s(len(steps))
        self.names = [definition.columns[position].name for position in positions]
        read = sorted(set(positions))
        self.order = [read.index(position) for position in positions]

    def no_rooms(self) -> list[bytearray]:
        """What `extend` may be given first."""
        return [NO_CELLS] * self._step_count

    def rooms(self, rows: int, size_behind: Callable[[int], int]) -> list[bytearray]:
        """For each step, room for the cells that it takes. `size_behind` tells how many bytes all
        records have behind so many of each. Raises LimitExceeded for more than a vector can hold.
        """
        rooms = self.no_rooms()
        for column in self.wanted:
            size = rows * column.type.width
            if column.variable is not None:
                size = size_behind(column.ahead)
            if size > VECTOR_SIZE_MAX:
                raise vector_too_large()
            rooms[column.step] = bytearray(size + MOVE_SIZE)
        return rooms

    def extend(
        self, rooms: list[bytearray], offsets: memoryview, block: RecordBlock, row: int
    ) -> None:
        """Make more room: for the cells of the records from `row` on that are located, and as much
        for the others as if these were like them. Raises as `rooms`."""
        count = block.count
        last = min(row + LOCATED_AT_ONCE, count)
        cursors, ends = block.cursors[row:last], block.ends[row:last]
        bodies = measure_bodies(cursors, ends, last - row, 0)
        for column in self.wanted:
            used, size = column.type.width * row, column.type.width * count
            if column.variable is not None:
                used = offsets[column.variable * (count + 1) + row]
                likely = measure_bodies(cursors, ends, last - row, column.ahead) / (last - row)
                likely_size = used + bodies + int(SPARE * likely * (count - last))
                size = max(min(likely_size, VECTOR_SIZE_MAX), used + bodies)
            if size > VECTOR_SIZE_MAX:
                raise vector_too_large()
            room = bytearray(size + MOVE_SIZE)
            room[:used] = rooms[column.step][:used]
            rooms[column.step] = room

    def _add(self, step: int, column: ColumnDefinition, ahead: int) -> None:
        variable = None if column.type.is_fixed else self.variable_count
        nullable = self.nullable_count if column.nullable else None
        self.wanted.append(WantedColumn(step, column.type, ahead, variable, nullable))
        self.variable_count += variable is not None
        self.nullable_count += nullable is not None


def least_size(column: ColumnDefinition) -> int:
    """How many bytes of a record are not cells of variable size, but part of this column."""
    if column.nullable:
        return 1
    return column.type.width if column.type.is_fixed else U16.size


@lru_cache(LAYOUTS_KEPT)
def layout_of(definition: TableDefinition, positions: tuple[int, ...]) -> Layout:
    """The layout to read the columns at `positions`."""
    return Layout(definition, positions)


class Room:
    """Where the columns of so many pages of records are put before anybody knows how many records
    there are; used again and again."""

    def __init__(self, pages: int, stride: int, layout: Layout) -> None:
        self.pages = pages
        self.rows = rows = pages * (PAGE_SIZE // min(stride, PAGE_SIZE) + 1)
        self.cursors, self.ends, self.addresses = int32s(rows), int32s(rows), uint64s(rows)
        self.offsets = int32s(layout.variable_count * (rows + 1))
        self.flags = bytearray(layout.nullable_count * rows)
        self.cells = layout.rooms(rows, lambda _: pages * PAGE_SIZE)


class ColumnReader:
    """Reads the columns at `positions` of one block of records after the other."""

    def __init__(self, definition: TableDefinition, positions: Sequence[int]) -> None:
        self.definition = definition
        self._layout = layout_of(definition, tuple(positions))
        self._room: Room | None = None

    def read_pages(self, source: PageSource, numbers: Sequence[int]) -> tuple[Batch, RecordBlock]:
        """The columns of all records of the pages of these numbers, and where these are. Raises
        Corrupted, and LimitExceeded for more than a vector can hold.

        The block is good until more pages are read, but for its addresses."""
        layout, stride = self._layout, self.definition.stride
        pages = frames_of(source, numbers)
        room, limits = self._room, int32s(len(pages))
        if room is None or room.pages < len(pages):
            room = self._room = Room(len(pages), stride, layout)
        count = find_columns(
            pages, memoryview(array("Q", numbers)), stride, limits, room.cursors, room.ends,
            room.addresses, layout.numbers, room.cells, room.rows, room.offsets, room.flags,
        )  # fmt: skip
        if count < 0:
            page, offset = divmod(-1 - count, PAGE_SIZE)
            raise damage_of(self.definition, numbers[page], pages[page], offset)
        addresses = memoryview(bytearray(room.addresses[:count])).cast("Q")
        block = RecordBlock(pages, limits, room.cursors[:count], room.ends[:count], addresses)
        batch = self._batch(count, room.cells, room.rows, room.offsets, room.flags, is_reused=True)
        return batch, block

    def read_at(self, source: PageSource, addresses: memoryview) -> tuple[Batch, RecordBlock]:
        """The columns of the records at these addresses, in their order, and where these are.
        Raises Corrupted, for one that is missing, too, and LimitExceeded for more than a vector can
        hold."""
        layout, count = self._layout, len(addresses)
        numbers, limits = pages_of(addresses)
        block = RecordBlock(
            frames_of(source, numbers), limits, int32s(count), int32s(count), addresses
        )
        cells = layout.no_rooms()
        offsets = int32s(layout.variable_count * (count + 1))
        flags = bytearray(layout.nullable_count * count)
        row = 0
        while row < count:
            row = columns_at(
                block.pages, limits, addresses, row, block.cursors, block.ends,
                layout.numbers, cells, offsets, flags,
            )  # fmt: skip
            if row < 0:
                raise self._fault(block, -1 - row)
            if row < count:
                layout.extend(cells, offsets, block, row)
        return self._batch(count, cells, count, offsets, flags, is_reused=False), block

    def pass_over(
        self, pages: Sequence[Frame], limits: memoryview, addresses: memoryview
    ) -> RecordBlock:
        """The records at these addresses on these pages, up to behind the last of the columns, of
        which nothing is read. Raises Corrupted, for one that is missing, too."""
        layout, count = self._layout, len(addresses)
        block = RecordBlock(pages, limits, int32s(count), int32s(count), addresses)
        reached = columns_at(
            pages, limits, addresses, 0, block.cursors, block.ends,
            layout.passing, layout.no_rooms(), NO_OFFSETS, NO_CELLS,
        )  # fmt: skip
        if reached < 0:
            raise self._fault(block, -1 - reached)
        return block

    def read(self, block: RecordBlock) -> Batch:
        """The columns of all records of a block. Raises Corrupted, and LimitExceeded for more than
        a vector can hold.
        """
        layout, count = self._layout, block.count
        cells = layout.rooms(count, block.size_behind)
        offsets = int32s(layout.variable_count * (count + 1))
        flags = bytearray(layout.nullable_count * count)
        reached = take_columns(
            block.pages, block.limits, block.cursors, block.ends, layout.numbers,
            cells, count, offsets, flags,
        )  # fmt: skip
        if reached < count:
            raise self._fault(block, reached)
        return self._batch(count, cells, count, offsets, flags, is_reused=False)

    def _fault(self, block: RecordBlock, row: int) -> Corrupted:
        """What is wrong with a record."""
        at = block.addresses[row]
        if block.ends[row] == 0:
            return missing(at, self.definition.name)
        return damage_of(self.definition, page_of(at), block.page_of_row(row), offset_of(at))

    def _batch(
        self,
        count: int,
        cells: Sequence[bytearray],
        room: int,
        offsets: memoryview,
        flags: bytearray,
        *,
        is_reused: bool,
    ) -> Batch:
        """What has been read of so many records, where offsets and flags have room for more; it is
        copied if this `is_reused`.
        """
        vectors = []
        for column in self._layout.wanted:
            data, size = cells[column.step], count * column.type.width
            column_offsets = validity = None
            if column.variable is not None:
                start = column.variable * (room + 1)
                column_offsets = offsets[start : start + count + 1]
                size = column_offsets[count]
                if is_reused:
                    column_offsets = memoryview(bytes(column_offsets)).cast("i")
            if column.nullable is not None:
                validity = bitmap_of(flags[column.nullable * room :][:count])
            if is_reused:
                data = data[:size]
            else:
                del data[size:]
            vectors.append(Vector(column.type, count, data, column_offsets, validity))
        return Batch(self._layout.names, [vectors[place] for place in self._layout.order], count)


def damage_of(definition: TableDefinition, number: int, page: bytearray, offset: int) -> Corrupted:
    """What is wrong with a record that runs past its page, or ends before its columns do."""
    cell = at = offset + RECORD_HEADER_SIZE
    end = at + U16.unpack_from(page, offset)[0]
    if end > PAGE_SIZE:
        return Corrupted(number, offset, "record runs past the end of its page")
    for column in definition.columns:
        cell = at
        is_null = column.nullable and at < end and page[at] == 0
        at += column.nullable
        if not is_null:
            if not column.type.is_fixed and at + U16.size <= end:
                at += U16.unpack_from(page, at)[0]
            at += column.type.width if column.type.is_fixed else U16.size
        if at > end:
            break
    what = f"record of table {definition.name!r} ends within column {column.name!r}"
    return Corrupted(number, cell, what)


def new_records(
    definition: TableDefinition, vectors: Sequence[Vector]
) -> NewRecords | StoredRecords:
    """The records of rows, to be written.

    `vectors` are all columns in declaration order. Raises LimitExceeded, naming the row, for a
    record too large for a page.
    """
    records: NewRecords | StoredRecords
    if isinstance(vectors, LoneRow):
        record, starts = record_of_row(definition, vectors), int32s(2)
        starts[1] = len(record)
        records, longest = StoredRecords(record, starts), len(record) - RECORD_HEADER_SIZE
    else:
        count, nullable = vectors[0].count, definition.nullable_flags
        records = NewRecords(vectors, nullable, int32s(count + 1), int32s(count))
        longest = records.longest
    if aligned(RECORD_HEADER_SIZE + longest, definition.stride) > RECORD_SLOT_MAX:
        raise _too_large(definition, longest, records.starts)
    return records


def _too_large(definition: TableDefinition, longest: int, starts: memoryview) -> LimitExceeded:
    """The error of a batch of records, the longest of which does not fit a page."""
    limit = RECORD_SLOT_MAX // definition.stride * definition.stride - RECORD_HEADER_SIZE
    sizes = [end - start for start, end in pairwise(starts)]
    row = sizes.index(RECORD_HEADER_SIZE + longest)
    message = f"a row of table {definition.name!r} takes {longest} bytes, at most {limit} fit"
    return LimitExceeded(
        f"{message} (row {row})",
        limit="record size",
        table=definition.name,
        row=row,
        size=longest,
    )
