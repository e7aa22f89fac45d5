"""Strings and bytes in the shapes that real and hostile streams give them."""

import struct

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
from wasidb_guest.errors import InvalidValue
from wasidb_guest.values import BLOB, DATE, DATETIME, FLOAT32, INT32, TEXT, custom

KINDS = [pa.string(), pa.large_string()]
texts = st.lists(st.none() | st.text(max_size=6), max_size=30)


def packed(count: int, *numbers: int) -> bytes:
    """Numbers as offsets of `count` bytes."""
    return struct.pack(f"<{len(numbers)}{'i' if count == 4 else 'q'}", *numbers)


@pytest.mark.parametrize("kind", KINDS, ids=str)
@given(values=texts)
def test_texts(kind, values):
    assert read_column(pa.array(values, kind), TEXT) == values


@pytest.mark.parametrize("kind", KINDS, ids=str)
@given(values=texts, start=st.integers(0, 10), size=st.integers(0, 10))
def test_slices(kind, values, start, size):
    array = pa.array(values, kind).slice(min(start, len(values)), size)
    assert read_column(array, TEXT) == array.to_pylist()


@given(st.lists(texts, max_size=5))
def test_many_batches(chunks):
    array = pa.chunked_array([pa.array(chunk, pa.string()) for chunk in chunks], pa.string())
    assert read_column(array, TEXT) == array.to_pylist()


def with_bytes_under_null(kind: pa.DataType, width: int) -> pa.Array:
    """ "ab", a NULL over three bytes that are no UTF-8, "c"."""
    offsets = pa.py_buffer(packed(width, 0, 2, 5, 6))
    data = pa.py_buffer(b"ab\xff\xff\xffc")
    return pa.Array.from_buffers(kind, 3, [pa.py_buffer(b"\x05"), offsets, data])


@pytest.mark.parametrize("width", [4, 8])
def test_bytes_under_a_null_are_dropped(width):
    text, binary = (KINDS[width == 8], [pa.binary(), pa.large_binary()][width == 8])
    assert read_column(with_bytes_under_null(text, width), TEXT) == ["ab", None, "c"]
    assert read_column(with_bytes_under_null(binary, width), BLOB) == [b"ab", None, b"c"]


def test_bytes_under_a_null_are_dropped_from_fixed_types():
    garbage = [pa.py_buffer(b"\x02"), pa.py_buffer(b"\xff" * 4 + b"\x07\0\0\0")]
    assert read_column(pa.Array.from_buffers(pa.int32(), 2, garbage), INT32) == [None, 7]
    assert read_column(pa.Array.from_buffers(pa.binary(4), 2, garbage), BLOB) == [
        None,
        b"\x07\0\0\0",
    ]
    fixed = read_column(pa.Array.from_buffers(pa.binary(4), 2, garbage), custom("c", 4))
    assert fixed == [None, b"\x07\0\0\0"]


@pytest.mark.parametrize(
    ("kind", "target", "cell"),
    [
        (pa.timestamp("ns"), DATETIME, "1970-01-01T00:00:00.000000+00:00"),
        (pa.date64(), DATE, "1970-01-01"),
        (pa.uint64(), INT32, 0),
        (pa.float64(), FLOAT32, 0.0),
    ],
    ids=str,
)
def test_a_value_under_a_null_is_not_checked(kind, target, cell):
    garbage = [pa.py_buffer(b"\x02"), pa.py_buffer(b"\xef\x7f" * 4 + bytes(8))]
    assert read_column(pa.Array.from_buffers(kind, 2, garbage), target) == [None, cell]


STREAM = write_stream(pa.table({"c": ["abc", "defg", "hi"]}))
"""Its offsets are 0 3 7 9."""

LARGE_STREAM = write_stream(pa.table({"c": pa.array(["abc", "defg", "hi"], pa.large_string())}))


@pytest.mark.parametrize("numbers", [(0, 3, 7, 900), (0, 8, 7, 9), (-1, 3, 7, 9), (0, -3, 7, 9)])
@pytest.mark.parametrize(("stream", "width"), [(STREAM, 4), (LARGE_STREAM, 8)])
def test_offsets_that_leave_the_data_are_refused(stream, width, numbers):
    hostile = patched(stream, packed(width, 0, 3, 7, 9), packed(width, *numbers))
    with pytest.raises(
        InvalidValue, match=r"string value \d of its batch has offsets -?\d+ to -?\d+"
    ):
        read_columns(hostile, table_of(c=TEXT))


def test_offsets_may_start_anywhere():
    stream = patched(STREAM, packed(4, 0, 3, 7, 9), packed(4, 1, 3, 7, 9))
    assert read_columns(stream, table_of(c=TEXT)) == {"c": ["bc", "defg", "hi"]}


@pytest.mark.parametrize(
    ("values", "row"),
    [
        ([b"ok", b"\xff", b"ok"], 1),
        ([b"ok", None, b"\xc3", b"\xa9"], 2),
        ([b"\xe2\x82", b"\xac"], 0),
        ([b"x" * (1 << 20), b"\xe2\x82"], 1),
        ([b"\xed\xa0\x80"], 0),
        ([b"\xc0\x80"], 0),
    ],
    ids=str,
)
def test_every_text_is_utf_8_by_itself(values, row):
    # Cut from sound text or not: "é" in two cells is two cells that are no text.
    array = pa.array(values, pa.binary()).view(pa.string())
    with pytest.raises(InvalidValue, match=rf"t\.c \(row {row}\): .* is not UTF-8 text"):
        read_column(array, TEXT)


def test_text_is_checked_across_the_pieces_it_is_decoded_in():
    values = ["x" * 65_535] * 16 + ["é" * 10]
    assert read_column(pa.array(values), TEXT) == values
