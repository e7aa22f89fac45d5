"""A row that is alone, and its record."""

from collections.abc import Iterator, Sequence
from typing import Any

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.single_row import Cells, cell_of, cells_at, column_of, record_of
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.frame import frame_at
from wasidb_guest.pages.layout import PAGE_SIZE
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
