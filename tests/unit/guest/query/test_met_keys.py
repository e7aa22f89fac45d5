"""Combinations keep the numbers with which they were met, whether they repeat or not."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.query.met_keys import MetKeys
from wasidb_guest.values import INT64, TEXT, DataType
from wasidb_guest.vectors import Vector

Rows = list[tuple[str | None, int | None]]
NAMES = st.none() | st.text("ab", max_size=2)
SEVERAL = st.lists(st.tuples(NAMES, st.none() | st.integers(0, 3)), max_size=12)
OFTEN = st.lists(st.tuples(st.just("a"), st.just(1)), min_size=8, max_size=12)


def vector(data_type: DataType, cells: Sequence[object]) -> Vector:
    return vector_from_cells(data_type, cells, table="", column="", nullable=True)


def columns_of(rows: Rows) -> list[Vector]:
    return [vector(TEXT, [row[0] for row in rows]), vector(INT64, [row[1] for row in rows])]


@given(st.lists(SEVERAL | OFTEN, min_size=1, max_size=5))
def test_numbers_are_those_of_a_dictionary(batches: list[Rows]) -> None:
    keys, expected = MetKeys(), dict[tuple[str | None, int | None], int]()
    for rows in batches:
        columns = columns_of(rows)
        before = len(expected)
        numbers = [expected.setdefault(row, len(expected)) for row in rows]
        met = keys.meet(columns)
        keys.add(columns, met.new_rows)
        assert met.numbers.tolist() == numbers
        assert [expected[rows[row]] for row in met.new_rows] == list(range(before, len(expected)))
        assert keys.count == len(expected)
    assert keys.find(columns).tolist() == numbers
