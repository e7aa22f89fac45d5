"""One record where it stands: read, overwritten, erased.

A statement about one row comes here and touches one page; what `tables.table` does for many first
sorts out which page has which of them.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.record_slots import slot_end
from wasidb_guest.encoding.single_row import Cells, cell_of, cells_at, column_of, record_of
from wasidb_guest.pages.cache import PageSource, PageStore
from wasidb_guest.pages.frame import frame_at
from wasidb_guest.pages.layout import PAGE_SIZE, RECORD_HEADER_SIZE
from wasidb_guest.values import DataType
from wasidb_guest.vectors import Vector


class LoneRow(Sequence[Vector]):
    """All columns of a row that is alone, each made of its cell when somebody asks for it."""

    __slots__ = ("_types", "cells")

    def __init__(self, types: Sequence[DataType], cells: Cells) -> None:
        self._types = types
        self.cells = cells

    def __len__(self) -> int:
        return len(self.cells)

    def __getitem__(self, position: Any) -> Any:
        return column_of(self.cells[position], self._types[position])

    def __iter__(self) -> Iterator[Vector]:
        return map(column_of, self.cells, self._types)

    def __setitem__(self, position: int, vector: Vector) -> None:
        self.cells[position] = cell_of(vector)

    def copy(self) -> "LoneRow":
        """The same, to be changed."""
        return LoneRow(self._types, self.cells.copy())


def read_row(pages: PageSource, table: TableDefinition, place: int) -> LoneRow | None:
    """The row at an address; None if its record has not all columns."""
    number, offset = divmod(place, PAGE_SIZE)
    cells = cells_at(frame_at(pages, number), offset, table.widths, table.nullable_flags)
    return None if cells is None else LoneRow(table.types, cells)


def record_of_row(table: TableDefinition, row: LoneRow) -> bytearray:
    """The record of a row; one too long for a page is for the caller to refuse."""
    return record_of(row.cells, table.widths, table.nullable_flags)


def overwrite_record(pages: PageStore, place: int, record: bytearray) -> bool:
    """Put a record in the place of one that is as long; whether that was so."""
    number, start = divmod(place, PAGE_SIZE)
    end, behind = start + RECORD_HEADER_SIZE, start + len(record)
    if behind > PAGE_SIZE or frame_at(pages, number)[start:end] != record[:RECORD_HEADER_SIZE]:
        return False
    pages.writable(number, start, behind)[start:behind] = record
    return True


def erase_record(pages: PageStore, place: int, stride: int) -> tuple[int, int, int]:
    """Zero the slot of a record: its page, where it begins and where it ends."""
    number, start = divmod(place, PAGE_SIZE)
    end = slot_end(frame_at(pages, number), PAGE_SIZE, start, stride)
    pages.writable(number, start, end)[start:end] = bytes(end - start)
    return number, start, end
