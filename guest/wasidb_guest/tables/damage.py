"""Finds stored cells that are none of their type: text that is not UTF-8, json that is not JSON.

Statements copy cells without looking into them, and notice such a cell only where they have to make
sense of it, long after its page is out of sight. They leave it to this search to name the place.
"""

from collections.abc import Iterator

from wasidb_guest.encoding.cell_vectors import stored_cells, valid_flags, vector_to_cells
from wasidb_guest.encoding.cells import BadCell, decode_cell
from wasidb_guest.errors import Corrupted
from wasidb_guest.pages.layout import offset_of, page_of
from wasidb_guest.tables.table import Table
from wasidb_guest.vectors import Vector


def damaged_cells(table: Table) -> Iterator[Corrupted]:
    """An error for each stored cell of the table that cannot be read, with page and offset of its
    record.
    """
    for batch, addresses in table.scan(range(len(table.definition.columns))):
        for name, vector in zip(batch.names, batch.vectors, strict=True):
            for row, problem in _unreadable(vector):
                column = f"{table.definition.name}.{name}"
                what = f"column {column} of this record is not {problem.expected}"
                yield Corrupted(page_of(addresses[row]), offset_of(addresses[row]), what)


def _unreadable(vector: Vector) -> Iterator[tuple[int, BadCell]]:
    """The rows of a vector whose cell cannot be read.

    Only a vector with such a row is looked at cell by cell.
    """
    try:
        vector_to_cells(vector)
        return
    except BadCell:
        pass
    for row, (cell, is_valid) in enumerate(
        zip(stored_cells(vector), valid_flags(vector), strict=True)
    ):
        try:
            if is_valid:
                decode_cell(vector.type, cell)
        except BadCell as problem:
            yield row, problem
