from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.cell_strategies import PHONE, ROLE, TYPES, cells_of
from tests.unit.guest.test_cells import REFUSED, SPELLINGS
from wasidb_guest import values
from wasidb_guest.encoding.cell_vectors import (
    concat,
    constant_vector,
    stored_cells,
    take,
    valid_flags,
    vector_from_cells,
    vector_from_json,
    vector_to_cells,
    vector_to_json,
)
from wasidb_guest.encoding.cells import BadCell, cell_to_json, decode_cell, encode_cell
from wasidb_guest.errors import InvalidValue, LimitExceeded, NotNullViolated
from wasidb_guest.values import DataType
from wasidb_guest.vectors import Vector

NO_ROW = 0xFFFFFFFF


def vector_of(data_type: DataType, cells: list[Any]) -> Vector:
    return vector_from_cells(data_type, cells, table="t", column="c", nullable=True)


def rows_of(*rows: int) -> memoryview:
    return memoryview(array("I", rows))


def check_shape(vector: Vector) -> None:
    """What everybody may rely on."""
    if vector.offsets is None:
        assert len(vector.data) == vector.count * vector.type.width
    else:
        assert vector.offsets.format == "i"
        assert len(vector.offsets) == vector.count + 1
        assert vector.offsets[0] == 0
        assert vector.offsets[vector.count] == len(vector.data)
    if vector.validity is not None:
        assert len(vector.validity) == (vector.count + 7) // 8
        assert 0 in valid_flags(vector)
    for flag, stored in zip(valid_flags(vector), stored_cells(vector), strict=True):
        assert flag or not any(stored)


@pytest.mark.parametrize("data_type", TYPES, ids=str)
@given(data=st.data())
def test_round_trip(data_type: DataType, data: st.DataObject) -> None:
    cells = data.draw(st.lists(cells_of(data_type) | st.none(), max_size=20))
    vector = vector_of(data_type, cells)
    check_shape(vector)
    assert repr(vector_to_cells(vector)) == repr(cells)


@pytest.mark.parametrize("data_type", TYPES, ids=str)
@given(data=st.data())
def test_a_column_is_its_cells_one_by_one(data_type: DataType, data: st.DataObject) -> None:
    cells = data.draw(st.lists(cells_of(data_type)))
    encoded = [encode_cell(data_type, cell) for cell in cells]
    vector = vector_of(data_type, cells)
    assert stored_cells(vector) == encoded
    decoded = [decode_cell(data_type, each) for each in encoded]
    assert repr(vector_to_cells(vector)) == repr(decoded)


@pytest.mark.parametrize("data_type", TYPES, ids=str)
@given(data=st.data())
def test_json_round_trip(data_type: DataType, data: st.DataObject) -> None:
    cells: list[Any] = data.draw(st.lists(cells_of(data_type) | st.none()))
    rows = [cell_to_json(data_type, cell) for cell in cells]
    vector = vector_from_json(data_type, rows, table="t", column="c", nullable=True)
    assert repr(vector_to_cells(vector)) == repr(cells)
    assert repr(vector_to_json(vector)) == repr(rows)


def test_the_example_of_vectors() -> None:
    vector = vector_of(values.TEXT, ["ab", None, "c"])
    assert bytes(vector.data) == b"abc"
    assert vector.offsets.tolist() == [0, 2, 2, 3]
    assert bytes(vector.validity) == b"\x05"


def test_without_null_there_is_no_validity() -> None:
    assert vector_of(values.INT8, [1, 2]).validity is None


@pytest.mark.parametrize(("data_type", "cell", "read"), SPELLINGS)
def test_other_spellings(data_type: DataType, cell: Any, read: Any) -> None:
    assert vector_to_cells(vector_of(data_type, [cell, None])) == [read, None]


@pytest.mark.parametrize("name", REFUSED)
def test_refused_cells_name_their_row(name: str) -> None:
    good = GOOD[name]
    for cell in REFUSED[name]:
        if cell is not None:
            with pytest.raises(InvalidValue) as caught:
                vector_of(values.BUILT_IN[name], [good, None, good, cell, good, cell])
            assert caught.value.details["row"] == 3
            assert caught.value.message.startswith("t.c (row 3): ")


GOOD: dict[str, Any] = {
    "int8": 1, "uint64": 1, "float32": 1.0, "float64": 1.0, "boolean": True,
    "text": "a", "blob": b"a", "decimal": "1", "date": "2024-01-01",
    "datetime": "2024-01-01T00:00", "uuid": "0" * 32, "json": "1",
}  # fmt: skip


@pytest.mark.parametrize(("data_type", "cell"), [(ROLE, b""), (ROLE, b"ab"), (PHONE, "a")], ids=str)
def test_refused_custom_cells(data_type: DataType, cell: object) -> None:
    with pytest.raises(InvalidValue, match=r"t\.c \(row 1\)"):
        vector_of(data_type, [None, cell])


def test_refused_json_values() -> None:
    for value in ("AQ", "A?==", "é", 5, [1]):
        with pytest.raises(InvalidValue, match=r"t\.c \(row 2\).* is not 1 byte as base64 text"):
            vector_from_json(ROLE, ["AQ==", None, value], table="t", column="c", nullable=True)


def test_null_where_none_may_be() -> None:
    with pytest.raises(NotNullViolated) as caught:
        vector_from_cells(values.INT8, [1, None], table="t", column="c", nullable=False)
    constraint = "t_c_not_null"
    where = {"table": "t", "constraint": constraint, "column": "c", "row": 1}
    assert caught.value.details == where


def test_a_cell_of_65536_bytes() -> None:
    with pytest.raises(LimitExceeded) as caught:
        vector_of(values.TEXT, ["x", "x" * 65_536])
    assert caught.value.details["limit"] == "cell size"
    assert caught.value.details["row"] == 1


def test_stored_text_that_is_none() -> None:
    vector = vector_of(values.TEXT, ["a"])
    vector.data = b"\xff"
    with pytest.raises(BadCell, match="UTF-8"):
        vector_to_cells(vector)


@pytest.mark.parametrize("data_type", TYPES, ids=str)
@given(data=st.data())
def test_constant_vector(data_type: DataType, data: st.DataObject) -> None:
    cell, count = data.draw(cells_of(data_type) | st.none()), data.draw(st.integers(0, 20))
    vector = constant_vector(data_type, cell, count)
    assert vector.count == count
    assert repr(vector_to_cells(vector)) == repr([cell] * count)
    if count:
        check_shape(vector)


@pytest.mark.parametrize("data_type", TYPES, ids=str)
@given(data=st.data())
def test_take(data_type: DataType, data: st.DataObject) -> None:
    cells = data.draw(st.lists(cells_of(data_type) | st.none(), min_size=1))
    numbers = data.draw(st.lists(st.integers(0, len(cells) - 1) | st.just(NO_ROW)))
    taken = take(vector_of(data_type, cells), rows_of(*numbers))
    check_shape(taken)
    expected = [None if row == NO_ROW else cells[row] for row in numbers]
    assert repr(vector_to_cells(taken)) == repr(expected)


def test_take_no_row_of_nothing() -> None:
    nothing = vector_of(values.TEXT, [])
    assert vector_to_cells(take(nothing, rows_of(NO_ROW, NO_ROW))) == [None, None]


@pytest.mark.parametrize("data_type", [values.INT32, values.TEXT], ids=str)
def test_take_beyond_the_end(data_type: DataType) -> None:
    vector = constant_vector(data_type, 1 if data_type.is_integer else "a", 3)
    with pytest.raises(IndexError):
        take(vector, rows_of(0, 3))


@pytest.mark.parametrize("data_type", TYPES, ids=str)
@given(data=st.data())
def test_concat(data_type: DataType, data: st.DataObject) -> None:
    cells = st.lists(cells_of(data_type) | st.none(), max_size=10)
    parts = data.draw(st.lists(cells, min_size=1, max_size=4))
    joined = concat([vector_of(data_type, part) for part in parts])
    check_shape(joined)
    assert repr(vector_to_cells(joined)) == repr([cell for part in parts for cell in part])


def test_vectors_over_borrowed_memory() -> None:
    """Data may be any buffer, such as a part of an Arrow message."""
    data = memoryview(b"xxabc")[2:]
    offsets = memoryview(array("i", [0, 2, 3]))
    vector = Vector(values.TEXT, 2, data, offsets)
    assert vector_to_cells(concat([vector, take(vector, rows_of(1))])) == ["ab", "c", "c"]
