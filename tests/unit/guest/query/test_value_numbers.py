"""Values are numbered by first appearance and found again, close together or far apart."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.query.grouping import REPEATED, number_column
from wasidb_guest.query.key_numbers import NO_NUMBER, KeyNumbers
from wasidb_guest.query.value_numbers import NarrowNumbers, SpanNumbers, numbered
from wasidb_guest.values import DECIMAL, INT64, TEXT, UINT64, DataType
from wasidb_guest.vectors import Vector

INT64_MIN, INT64_MAX, UINT64_MAX = -(1 << 63), (1 << 63) - 1, (1 << 64) - 1
CELLS = [
    (INT64, st.integers(-20, 20) | st.sampled_from((INT64_MIN, INT64_MAX))),
    (UINT64, st.integers(0, 20) | st.integers(UINT64_MAX - 20, UINT64_MAX)),
    (TEXT, st.text("ab", max_size=20)),
]
COLUMNS = st.sampled_from(CELLS).flatmap(
    lambda each: st.tuples(
        st.just(each[0]), *[st.lists(st.none() | each[1], max_size=30) for _ in range(2)]
    )
)


def vector(data_type: DataType, cells: list[Any]) -> Vector:
    return vector_from_cells(data_type, cells, table="", column="", nullable=True)


def numbers_of(cells: list[Any]) -> dict[Any, int]:
    return {cell: number for number, cell in enumerate(dict.fromkeys(cells))}


@given(COLUMNS)
def test_numbers_and_finds_what_a_dictionary_does(
    case: tuple[DataType, list[Any], list[Any]],
) -> None:
    data_type, cells, others = case
    known = numbered(vector(data_type, cells))
    assert known is not None
    expected = numbers_of(cells)
    assert known.numbering.numbers.tolist() == [expected[cell] for cell in cells]
    assert known.numbering.first.tolist() == [cells.index(cell) for cell in expected]
    null_number = 77
    found = [null_number if cell is None else expected.get(cell, NO_NUMBER) for cell in others]
    assert known.find(vector(data_type, others), null_number).tolist() == found


@pytest.mark.parametrize(
    ("cells", "way"), [([10_000, -5, 10_000], NarrowNumbers), ([0, INT64_MAX], SpanNumbers)]
)
def test_integers_that_lie_close_together_are_not_hashed(cells: list[int], way: type) -> None:
    assert type(numbered(vector(INT64, cells))) is way


@pytest.mark.parametrize("low", [INT64_MIN, INT64_MAX - 3])
def test_what_is_far_from_all_known_values_is_not_found(low: int) -> None:
    known = numbered(vector(INT64, [low, low + 3]))
    assert known is not None
    others = [low + 3, low + 1, 0, INT64_MIN + 1, INT64_MAX - 1]
    assert known.find(vector(INT64, others), NO_NUMBER).tolist() == [1, *[NO_NUMBER] * 4]


def test_decimals_are_numbered_by_nobody_here() -> None:
    assert numbered(vector(DECIMAL, ["1"])) is None


def test_pairs_are_found_where_both_columns_have_the_value() -> None:
    left = [vector(INT64, [1, 1, 2]), vector(TEXT, ["a", "b", None])]
    keys = KeyNumbers(left, [INT64, TEXT])
    right = [vector(INT64, [1, 2, 2, 9, 1]), vector(TEXT, ["b", "a", None, "a", "c"])]
    assert keys.find(right).tolist() == [1, *[NO_NUMBER] * 4]


def test_a_column_whose_values_repeat_remembers_their_numbers() -> None:
    often, seldom = ([f"{row % each}" for row in range(40)] for each in (40 // REPEATED, 40))
    columns = [vector(TEXT, cells) for cells in (often, seldom)]
    numberings = [number_column(column) for column in columns]
    assert [column.numbering for column in columns] == [numberings[0], None]
    assert number_column(columns[0]).numbers is numberings[0].numbers
