"""How much a transaction remembers of what it has done."""

from array import array

from wasidb_guest import values
from wasidb_guest.definitions import ColumnDefinition, TableDefinition
from wasidb_guest.transactions.footprint import Footprint
from wasidb_guest.vectors import Vector

SIZE_MAX = 100
NUMBERS = TableDefinition(
    name="numbers",
    primary_key="id",
    alignment=8,
    columns=(ColumnDefinition("id", values.UINT64, primary_key=True, unique=True),),
    indexes=(),
)


def ids(count: int) -> list[Vector]:
    """All columns of so many rows: 8 bytes each."""
    return [Vector(values.UINT64, count, memoryview(array("Q", range(count))).cast("B"))]


def test_rows_beyond_the_limit_are_forgotten_and_their_table_is_not() -> None:
    footprint = Footprint(SIZE_MAX)
    footprint.touched(NUMBERS, None, ids(13))
    assert footprint.is_cut
    assert footprint.rows["numbers"].keys() == set()


def test_what_was_undone_takes_no_room() -> None:
    footprint = Footprint(SIZE_MAX)
    footprint.touched(NUMBERS, None, ids(2))
    mark = footprint.mark()
    for _ in range(3):
        footprint.touched(NUMBERS, None, ids(10))
        footprint.go_back(mark)
    assert not footprint.is_cut
    assert len(footprint.rows["numbers"].keys()) == 2
