"""Dictionary-encoded columns: categories, repeated strings, and indices that lead nowhere."""

import io

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.arrow.streams import (
    patched,
    read_column,
    read_columns,
    table_of,
    write_stream,
)
from wasidb_guest.encoding.arrow.dictionaries import Dictionaries
from wasidb_guest.encoding.arrow.schema import Binary, Dictionary, Integer, Text
from wasidb_guest.errors import InvalidValue
from wasidb_guest.values import BLOB, DATE, INT8, INT64, TEXT, UUID, custom

INDEX_TYPES = [pa.int8(), pa.uint8(), pa.int16(), pa.int32(), pa.uint32(), pa.int64(), pa.uint64()]


def encoded(values: list, kind: pa.DataType, index: pa.DataType) -> pa.DictionaryArray:
    plain = pa.array(values, kind).dictionary_encode()
    return pa.DictionaryArray.from_arrays(plain.indices.cast(index), plain.dictionary)


@pytest.mark.parametrize("index", INDEX_TYPES, ids=str)
@given(st.lists(st.none() | st.text(max_size=4), max_size=20))
def test_texts(index, values):
    for kind in (pa.string(), pa.large_string()):
        assert read_column(encoded(values, kind, index), TEXT) == values


@given(st.lists(st.none() | st.integers(-100, 100), max_size=20))
def test_integers(values):
    assert read_column(encoded(values, pa.int64(), pa.int32()), INT64) == values
    assert read_column(encoded(values, pa.int16(), pa.int8()), INT64) == values


@given(st.lists(st.none() | st.binary(min_size=3, max_size=3), max_size=20))
def test_bytes(values):
    for kind in (pa.binary(), pa.large_binary(), pa.binary(3)):
        for target in (BLOB, custom("c"), custom("c", 3)):
            assert read_column(encoded(values, kind, pa.int32()), target) == values


@given(st.lists(st.none() | st.dates(), max_size=20))
def test_dates(values):
    texts = [None if day is None else day.isoformat() for day in values]
    assert read_column(encoded(values, pa.date32(), pa.int32()), DATE) == texts


@pytest.mark.parametrize("kind", [pa.string(), pa.int64()], ids=str)
def test_a_dictionary_may_hold_null(kind):
    dictionary = pa.array([None, 7, None]).cast(kind)
    array = pa.DictionaryArray.from_arrays(pa.array([0, 1, None, 2, 1]), dictionary)
    target = TEXT if kind == pa.string() else INT64
    cell = dictionary[1].as_py()
    assert read_column(array, target) == [None, cell, None, None, cell]


@pytest.mark.parametrize("kind", [pa.string(), pa.int64(), pa.binary(16)], ids=str)
def test_a_dictionary_may_be_empty(kind):
    array = pa.DictionaryArray.from_arrays(pa.nulls(3, pa.int8()), pa.array([], kind))
    target = {pa.string(): TEXT, pa.int64(): INT64}.get(kind, UUID)
    assert read_column(array, target) == [None] * 3


def test_unused_values_need_not_fit():
    dictionary = pa.array([5, 1000])
    array = pa.DictionaryArray.from_arrays(pa.array([0, None, 0]), dictionary)
    assert read_column(array, INT8) == [5, None, 5]
    array = pa.DictionaryArray.from_arrays(pa.array([0, None, 1]), dictionary)
    with pytest.raises(InvalidValue, match=r"t\.c \(row 2\): 1000 is not"):
        read_column(array, INT8)


def test_a_later_dictionary_replaces_an_earlier_one():
    chunks = [encoded(["a", "b"], pa.string(), pa.int8()), encoded(["c"], pa.string(), pa.int8())]
    assert read_column(pa.chunked_array(chunks), TEXT) == ["a", "b", "c"]


def test_a_dictionary_cannot_be_extended():
    chunks = [
        pa.DictionaryArray.from_arrays(pa.array([0], pa.int8()), pa.array(values))
        for values in (["a"], ["a", "b"])
    ]
    table = pa.table({"c": pa.chunked_array(chunks)})
    stream = write_stream(table, emit_dictionary_deltas=True)
    with pytest.raises(InvalidValue, match="dictionary 0 is extended by a delta"):
        read_columns(stream, table_of(c=TEXT))


def test_two_columns_with_dictionaries():
    columns = {"a": ["x", "y", "x"], "b": ["y", None, "z"]}
    table = pa.table({name: pa.array(cells).dictionary_encode() for name, cells in columns.items()})
    assert read_columns(write_stream(table), table_of(a=TEXT, b=TEXT)) == columns


@pytest.mark.parametrize("index", [3, 100, -1, -128])
def test_an_index_out_of_the_dictionary_is_refused(index):
    indices = bytes([0, 1, 2, 1, 0])
    plain = pa.DictionaryArray.from_arrays(pa.array(list(indices), pa.int8()), ["a", "b", "c"])
    stream = write_stream(pa.table({"c": plain}))
    hostile = patched(stream, indices + bytes(3), bytes([0, 1, index & 255, 1, 0, 0, 0, 0]))
    with pytest.raises(InvalidValue, match=f"index {index} into 3 values of dictionary 0"):
        read_columns(hostile, table_of(c=TEXT))


def test_an_index_into_an_empty_dictionary_is_refused():
    array = pa.DictionaryArray.from_arrays(
        pa.array([0], pa.int8()), pa.array([], pa.string()), safe=False
    )
    with pytest.raises(InvalidValue, match="index 0 into 0 values of dictionary 0"):
        read_column(array, TEXT)


def test_a_dictionary_must_come_before_its_batches():
    stream = write_stream(pa.table({"c": pa.array(["a"]).dictionary_encode()}))
    messages = list(pa.ipc.MessageReader.open_stream(io.BytesIO(stream)))
    without = b"".join(bytes(message.serialize()) for message in (messages[0], messages[2]))
    with pytest.raises(InvalidValue, match="batch that needs dictionary 0 before it was sent"):
        read_columns(without, table_of(c=TEXT))


def test_a_dictionary_has_one_type_of_values():
    index = Integer(4, is_signed=True)
    with pytest.raises(InvalidValue, match="dictionary 7 with two types of values"):
        Dictionaries([Dictionary(7, index, Text(4)), Dictionary(7, index, Binary(4))])
