"""How the body of a record batch is cut into arrays, and which bodies are refused."""

import io
import struct

import pyarrow as pa
import pytest

from tests.unit.guest.arrow.streams import (
    patched,
    read_column,
    read_columns,
    table_of,
    write_stream,
)
from wasidb_guest.encoding.arrow.stream import read_stream
from wasidb_guest.errors import InvalidValue, LimitExceeded
from wasidb_guest.values import BOOLEAN, INT64, TEXT

TABLE = table_of(c=INT64)
STREAM = write_stream(pa.table({"c": pa.array([10, None, 30, None, 50])}))
NODE = struct.pack("<qq", 5, 2)
ROWS = struct.pack("<q", 5)
VALIDITY = struct.pack("<qq", 0, 1)
DATA = struct.pack("<qq", 8, 40)


def test_values_and_nulls():
    assert read_columns(STREAM, TABLE) == {"c": [10, None, 30, None, 50]}


def test_a_column_without_null_has_no_validity():
    stream = write_stream(pa.table({"c": [1, 2, 3], "s": ["a", "b", "c"]}))
    (batch,) = read_stream(io.BytesIO(stream), table_of(c=INT64, s=TEXT))
    assert [vector.validity for vector in batch.vectors] == [None, None]


def test_a_validity_bitmap_of_ones_counts_as_none():
    bitmap, data = pa.py_buffer(b"\x07"), pa.array([1, 2, 3]).buffers()[1]
    array = pa.Array.from_buffers(pa.int64(), 3, [bitmap, data], null_count=0)
    stream = write_stream(pa.table({"c": array}))
    (batch,) = read_stream(io.BytesIO(stream), TABLE)
    assert batch.vectors[0].validity is None


@pytest.mark.parametrize("count", [1, 7, 8, 9, 63, 64, 65])
def test_nulls_in_the_last_byte_of_the_bitmap(count):
    values = [None] * (count - 1) + [count]
    assert read_column(pa.array(values, pa.int64()), INT64) == values
    flags = [True] * (count - 1) + [None]
    assert read_column(pa.array(flags, pa.bool_()), BOOLEAN) == flags


def test_no_rows_are_no_batch():
    empty = pa.schema([("c", pa.int64()), ("s", pa.string())]).empty_table()
    stream = write_stream(pa.Table.from_batches(empty.to_batches() or [batch_of_none(empty)]))
    assert list(read_stream(io.BytesIO(stream), table_of(c=INT64, s=TEXT))) == []


def batch_of_none(table: pa.Table) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema=table.schema)


@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_compressed_batches_are_refused(codec):
    stream = write_stream(pa.table({"c": list(range(100))}), compression=codec)
    with pytest.raises(InvalidValue, match=f"compressed with {codec.upper()} are not supported"):
        read_columns(stream, TABLE)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (NODE, (5, 1), "column that announces 1 NULLs and has 2"),
        (NODE, (5, 3), "column that announces 3 NULLs and has 2"),
        (NODE, (4, 2), "column of 4 rows in a batch of 5"),
        (NODE, (-5, 2), "column of -5 rows in a batch of 5"),
        (VALIDITY, (0, 0), "validity bitmap of 0 bytes for 5 rows"),
        (DATA, (8, 39), "buffer of 39 bytes where its rows need 40"),
        (DATA, (4, 40), "buffer that is not aligned to 8 bytes"),
        (DATA, (16, 40), "buffer of 40 bytes at 16 in a body of 48 bytes"),
        (DATA, (8, -1), "buffer of -1 bytes at 8 in a body of 48 bytes"),
        (DATA, (-8, 40), "buffer of 40 bytes at -8 in a body of 48 bytes"),
        (DATA, (1 << 62, 1 << 62), "in a body of 48 bytes"),
    ],
    ids=str,
)
def test_nodes_and_buffers_must_agree_with_the_body(old, new, message):
    hostile = patched(STREAM, old, struct.pack("<qq", *new))
    with pytest.raises(InvalidValue, match=rf"^arrow stream: .*{message}.* at byte \d+$"):
        read_columns(hostile, TABLE)


def test_the_schema_and_the_batch_have_the_same_columns():
    one = pa.table({"c": [1]})
    two = pa.table({"c": [1], "d": [2]})
    schema, batch = (bytes(one.schema.serialize()), write_stream(two))
    hostile = schema + batch[len(bytes(two.schema.serialize())) :]
    with pytest.raises(InvalidValue, match="record batch of 2 columns where the schema has 1"):
        read_columns(hostile, TABLE)


@pytest.mark.parametrize(
    ("kind", "target", "message"),
    [("int64", TEXT, "too few buffers"), ("string", INT64, "too many buffers")],
)
def test_the_schema_and_the_batch_have_the_same_types(kind, target, message):
    stored = pa.table({"c": pa.array([1]).cast(kind)})
    claimed = pa.schema([("c", pa.string() if target is TEXT else pa.int64())])
    batch = write_stream(stored)[len(bytes(stored.schema.serialize())) :]
    with pytest.raises(InvalidValue, match=f"record batch with {message}"):
        read_columns(bytes(claimed.serialize()) + batch, table_of(c=target))


def test_a_batch_has_a_limit_of_rows():
    stream = write_stream(pa.table({"c": pa.nulls(20_000_000)}))
    with pytest.raises(LimitExceeded) as caught:
        read_columns(stream, TABLE)
    assert caught.value.details["limit"] == "rows of a record batch"


def test_a_batch_of_less_than_no_rows_is_refused():
    node_and_rows = STREAM.replace(ROWS, struct.pack("<q", -1))
    with pytest.raises(InvalidValue, match="record batch of -1 rows"):
        read_columns(node_and_rows, TABLE)
