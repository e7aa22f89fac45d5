"""A picked column is its rows of the origin, whoever looks at it and whenever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasidb_guest.encoding import cell_vectors
from wasidb_guest.encoding.cell_vectors import vector_from_cells, vector_to_cells
from wasidb_guest.query import picked
from wasidb_guest.query.batches import size_of
from wasidb_guest.query.grouping import number_column, row_numbers
from wasidb_guest.query.picked import Origin, Picked
from wasidb_guest.values import DECIMAL, INT64, TEXT, DataType
from wasidb_guest.vectors import NO_ROW, Batch, Vector

ORIGINS = [
    (INT64, [7, None, 7, -3]),
    (TEXT, ["NO", "DK", "NO", ""]),
    (DECIMAL, ["1.0", None, "1.00", "2"]),
]
ROWS = st.lists(st.sampled_from((0, 1, 2, 3, NO_ROW)))


def origin_of(data_type: DataType, cells: list[object]) -> Origin:
    return Origin(vector_from_cells(data_type, cells, table="", column="", nullable=True))


def picked_at(origin: Origin, rows: list[int]) -> tuple[Picked, Vector]:
    """The picked column, and the same cells in a column of their own."""
    numbers = row_numbers(rows)
    return Picked(origin, numbers), cell_vectors.take(origin.vector, numbers)


@pytest.mark.parametrize(("data_type", "cells"), ORIGINS)
@given(rows=ROWS, more=ROWS)
def test_is_joined_cut_and_numbered_like_a_column_of_its_own(
    data_type: DataType, cells: list[object], rows: list[int], more: list[int]
) -> None:
    origin = origin_of(data_type, cells)
    one, own = zip(picked_at(origin, rows), picked_at(origin, more), strict=True)
    both, own_both = picked.concat(one), cell_vectors.concat(own)
    for each, expected in ((both, own_both), *zip(one, own, strict=True)):
        assert number_column(each) == number_column(expected)
    backwards = row_numbers([NO_ROW, *range(both.count - 1, -1, -1)])
    taken, own_taken = picked.take(both, backwards), cell_vectors.take(own_both, backwards)
    for each, expected in ((both, own_both), (taken, own_taken)):
        assert isinstance(each, Picked)
        assert vector_to_cells(each) == vector_to_cells(expected)


def test_of_different_origins_cells_are_put_together() -> None:
    parts = [Picked(origin_of(TEXT, [cell]), row_numbers([0, 0])) for cell in ("a", "b")]
    assert vector_to_cells(picked.concat(parts)) == ["a", "a", "b", "b"]


@pytest.mark.parametrize(("data_type", "cells"), ORIGINS)
def test_is_as_large_as_its_cells(data_type: DataType, cells: list[object]) -> None:
    vector, own = picked_at(origin_of(data_type, cells), [0, 2, 2])
    assert size_of(Batch(("c",), [vector], 3)) == size_of(Batch(("c",), [own], 3))


def test_of_few_cells_the_size_is_that_of_so_many_large_ones() -> None:
    vector = Picked(origin_of(TEXT, ["", "ab", None]), row_numbers([0, 1, 2, NO_ROW]))
    assert vector.size == 4 * len("ab") + 4 * 5


def test_one_large_cell_does_not_make_all_of_them_large() -> None:
    large = "x" * (picked.SMALL // 1000)
    vector, own = picked_at(origin_of(TEXT, [large, "a"]), [0, *[1] * 1000])
    assert len(large) * vector.count > picked.SMALL
    assert size_of(Batch(("c",), [vector], 1001)) == size_of(Batch(("c",), [own], 1001))
