"""Cells of fixed width are given other values where they are, in many records at once.

    addresses    8,0  8,64 ... | 24,0 ... | 40,128 ...       stretches
    each         copy the pages, find the cells, write, tell what has changed

A stretch is in the processor's cache from the first of these steps to the last: a page that is
copied is read from end to end, which takes less than to wait for each of its records. Indexes are not
looked at here, and neither are columns whose cells may change their size, or be NULL.
"""

from collections.abc import Mapping, Sequence

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.copying import pointed_to
from wasidb_guest.encoding.record_slots import overwrite_cells
from wasidb_guest.indexes.run import int32s
from wasidb_guest.pages.cache import PageStore
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
    given = [(each, pointed_to(vector.data)[0]) for each, vector in cells.items()]
    row = 0
    for stretch in stretches(addresses):
        _overwrite(pages, definition, stretch, given, row)
        row += len(stretch)
    return True


def _overwrite(
    pages: PageStore,
    definition: TableDefinition,
    addresses: memoryview,
    cells: Sequence[tuple[int, bytes | bytearray]],
    row: int,
) -> None:
    """The same for a stretch, whose first record is given the cells of `row`."""
    numbers, limits = pages_of(addresses)
    frames = pages.open_many(numbers, frozenset(position for position, _ in cells))
    for position, data in cells:
        _, block = ColumnReader(definition, (position,)).read_at(pages, addresses)
        width = definition.columns[position].type.width
        given = data[row * width : (row + len(addresses)) * width]
        starts, ends = int32s(len(addresses)), block.cursors
        fault = overwrite_cells(frames, limits, addresses, block.ends, given, width, ends, starts)
        if fault:
            raise overlap(addresses[-2 - fault], definition.name)
        pages.touch(numbers, limits, starts, ends)
