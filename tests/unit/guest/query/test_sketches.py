"""Rows found by what their integers are roughly."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.query.column_tests import OUTCOMES
from wasidb_guest.query.ordinal_comparison import COMPARED_ONCE, ordinal_comparison
from wasidb_guest.query.sketches import CODE_SIZE, extremes, rows_within
from wasidb_guest.values import INT32, INT64, INTEGER_RANGES, UINT8, UINT32, UINT64, DataType
from wasidb_guest.vectors import Vector

TYPES = (INT32, INT64, UINT32, UINT64)


def vector_of(data_type: DataType, cells: list[int | None]) -> Vector:
    return vector_from_cells(data_type, cells, table="", column="", nullable=True)


def rows_for(count: int) -> memoryview:
    return memoryview(array("I", bytes(4 * count)))


@pytest.mark.parametrize("data_type", TYPES, ids=str)
@given(st.data())
def test_rows_of_comparisons(data_type: DataType, data: st.DataObject) -> None:
    lowest, highest = INTEGER_RANGES[data_type.name]
    close = st.integers(max(lowest, -300), 300)
    cells = close | st.sampled_from((lowest, lowest + 1, highest - 1, highest))
    values = data.draw(st.lists(cells, min_size=1, max_size=40))
    vector = vector_of(data_type, list(values))
    rows = rows_for(len(values))
    assert ordinal_comparison(data_type, 0, OUTCOMES["Eq"]).true_rows(vector, rows) is None
    for key in data.draw(st.lists(cells, min_size=1, max_size=9)):
        for operator in ("Eq", "Lt", "Le", "Gt", "Ge"):
            outcomes = OUTCOMES[operator]
            count = ordinal_comparison(data_type, key, outcomes).true_rows(vector, rows)
            expected = [
                row for row, each in enumerate(values) if outcomes[(each > key) - (each < key) + 1]
            ]
            assert rows[:count].tolist() == expected


def test_many_rows_are_looked_at_in_turns() -> None:
    values = [row * 7919 % 1_000 for row in range(1_003)]
    vector, rows = vector_of(INT64, list(values)), rows_for(len(values))
    assert ordinal_comparison(INT64, 500, OUTCOMES["Lt"]).true_rows(vector, rows) is None
    for key in (500, 3, 64, 128, 997):
        count = ordinal_comparison(INT64, key, OUTCOMES["Lt"]).true_rows(vector, rows)
        assert rows[:count].tolist() == [row for row, each in enumerate(values) if each < key]


def test_codes_decide_between_those_of_the_bounds() -> None:
    values = [row * 7919 % 1_000 * 1_000_003 for row in range(1_003)]
    vector, rows = vector_of(INT64, list(values)), rows_for(len(values))
    assert ordinal_comparison(INT64, 0, OUTCOMES["Gt"]).true_rows(vector, rows) is None
    for key in (0, 500 * 1_000_003, 500 * 1_000_003 - 1, 500 * 1_000_003 + 1, 998 * 1_000_003):
        count = ordinal_comparison(INT64, key, OUTCOMES["Gt"]).true_rows(vector, rows)
        assert rows[:count].tolist() == [row for row, each in enumerate(values) if each > key]


def test_a_sketch_is_made_when_a_column_is_compared_again() -> None:
    vector, rows = vector_of(INT64, [5, 1_000_000, -7]), rows_for(3)
    test = ordinal_comparison(INT64, 5, OUTCOMES["Le"])
    assert vector.sketch is None
    assert test.true_rows(vector, rows) is None
    assert vector.sketch is COMPARED_ONCE
    assert test.true_rows(vector, rows) == 2
    assert vector.sketch is not None
    assert len(vector.sketch.codes) == 3 * CODE_SIZE


@pytest.mark.parametrize(
    ("vector", "operator"),
    [
        (vector_of(INT64, [1, None]), "Eq"),
        (vector_of(INT64, []), "Eq"),
        (vector_of(UINT8, [1, 2]), "Eq"),
        (vector_of(INT64, [1, 2]), "Ne"),
    ],
    ids=("NULL", "no rows", "narrow", "no range"),
)
def test_only_the_mask_tells(vector: Vector, operator: str) -> None:
    test = ordinal_comparison(vector.type, 1, OUTCOMES[operator])
    for _ in range(3):
        assert test.true_rows(vector, rows_for(2)) is None
    assert vector.sketch is None


def test_extremes() -> None:
    assert extremes(memoryview(array("q", [3, -9, 8]))) == (-9, 8)


def test_every_value_needs_room_for_its_row() -> None:
    with pytest.raises(IndexError):
        rows_within(memoryview(array("q", [1, 1])), bytearray(4), 0, 0, 0, 1, rows_for(1))
