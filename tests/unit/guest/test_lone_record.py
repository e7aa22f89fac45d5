"""A row that is alone is its cells, and reads like the columns of any other."""

from typing import Any

import pytest

from wasidb_guest import values
from wasidb_guest.definitions import ColumnDefinition, TableDefinition
from wasidb_guest.encoding.cell_vectors import vector_from_cells, vector_to_cells
from wasidb_guest.encoding.single_row import cell_of
from wasidb_guest.pages.frame import Frame
from wasidb_guest.pages.layout import PAGE_SIZE, address
from wasidb_guest.tables.lone_record import LoneRow, read_row, record_of_row
from wasidb_guest.transactions.footprint import Footprint
from wasidb_guest.vectors import Vector

PEOPLE = TableDefinition(
    name="people",
    primary_key="id",
    alignment=32,
    columns=(
        ColumnDefinition("id", values.UINT32, primary_key=True, unique=True),
        ColumnDefinition("name", values.TEXT, nullable=True),
    ),
    indexes=(),
)


class Pages:
    """Page 7, which has a record at byte 64."""

    base = None

    def __init__(self, record: bytes) -> None:
        frame = Frame(PAGE_SIZE)
        frame[64 : 64 + len(record)] = record
        self.kept = {7: frame}


def vector_of(type_: values.DataType, cell: Any) -> Vector:
    return vector_from_cells(type_, [cell], table="people", column="c", nullable=True)


def row_of(number: int, name: str | None) -> LoneRow:
    vectors = vector_of(values.UINT32, number), vector_of(values.TEXT, name)
    return LoneRow(PEOPLE.types, list(map(cell_of, vectors)))


def cells_in(row: LoneRow) -> list[Any]:
    return [vector_to_cells(vector)[0] for vector in row]


@pytest.mark.parametrize("name", ["Ann", "", None])
def test_it_is_read_as_it_was_written(name: str | None) -> None:
    row = row_of(8, name)
    pages: Any = Pages(record_of_row(PEOPLE, row))
    read = read_row(pages, PEOPLE, address(7, 64))
    assert read is not None
    assert read.cells == row.cells
    assert cells_in(read) == [8, name]
    assert vector_to_cells(read[PEOPLE.key_position]) == [8]
    assert len(read) == 2


def test_where_no_record_is_there_is_no_row() -> None:
    pages: Any = Pages(b"")
    assert read_row(pages, PEOPLE, address(7, 64)) is None


def test_a_copy_is_changed_on_its_own() -> None:
    row = row_of(8, "Ann")
    changed = row.copy()
    changed[1] = vector_of(values.TEXT, None)
    assert cells_in(changed) == [8, None]
    assert cells_in(row) == [8, "Ann"]


def test_a_footprint_keeps_it_and_counts_its_bytes() -> None:
    footprint = Footprint(20)
    footprint.touched(PEOPLE, row_of(8, "Ann"), row_of(8, None))
    (before,), (after,) = footprint.rows["people"].before, footprint.rows["people"].after
    assert [vector_to_cells(each[1])[0] for each in (before, after)] == ["Ann", None]
    assert footprint.rows["people"].changed_keys() == {(8).to_bytes(4, "little")}
    footprint.touched(PEOPLE, None, row_of(9, "Benedict"))
    assert footprint.is_cut
