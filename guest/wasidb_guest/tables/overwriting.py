"""Cells of fixed width are given other values where they are, in many records at once.

    addresses    8,0  8,64 ... | 24,0 ... | 40,128 ...       stretches
    each         copy the pages, find the cells, write, tell what has changed

A stretch is in the processor's cache from the first of these steps to the last: a page that is
copied is read from end to end, which takes less than to wait for each of its records. Indexes are
not looked at here, and neither are columns whose cells may change their size, or be NULL.
"""

from collections.abc import Mapping, Sequence

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.copying import pointed_to
from wasidb_guest.encoding.record_slots import overwrite_cells
from wasidb_guest.indexes.run import int32s
from wasidb_guest.pages.cache import PageStore
from wasidb_guest.pages.frame import Frame
from wasidb_guest.tables.record_block import overlap, pages_of, stretches
from wasidb_guest.tables.record_columns import ColumnReader
from wasidb_guest.vectors import Vector


def overwrite_columns(
    pages: PageStore,
    definition: TableDefinition,
    addresses: memoryview,
    cells: Mapping[int, Vector],
) -> bool:
    """Give the records at ascending `addresses` other cells in some columns, by position, if every
    record stays as long as it is for sure; whether it did. Raises Corrupted.
    """
    columns = definition.columns
    if any(columns[each].nullable or not columns[each].type.is_fixed for each in cells):
        return False
    given = [_Column(definition, each, vector) for each, vector in cells.items()]
    row = 0
    for stretch in stretches(addresses):
        numbers, limits = pages_of(stretch)
        frames = pages.open_many(numbers, frozenset(cells))
        for column in given:
            starts, ends = column.overwrite(frames, limits, stretch, row)
            pages.touch(numbers, limits, starts, ends)
        row += len(stretch)
    return True


class _Column:
    """The new cells of a column."""

    def __init__(self, definition: TableDefinition, position: int, cells: Vector) -> None:
        self._table = definition.name
        self._reader = ColumnReader(definition, (position,))
        self._width = cells.type.width
        self._cells = pointed_to(cells.data)[0]

    def overwrite(
        self, pages: Sequence[Frame], limits: memoryview, addresses: memoryview, row: int
    ) -> tuple[memoryview, memoryview]:
        """Give the records of a stretch, which is on these pages, the cells from `row` on; where
        these are.
        """
        count, width = len(addresses), self._width
        block = self._reader.pass_over(pages, limits, addresses)
        given = self._cells[row * width : (row + count) * width]
        starts, ends = int32s(count), block.cursors
        fault = overwrite_cells(pages, limits, addresses, block.ends, given, width, ends, starts)
        if fault:
            raise overlap(addresses[-2 - fault], self._table)
        return starts, ends
