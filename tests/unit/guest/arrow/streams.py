"""Arrow streams as pyarrow writes them, and what the reader makes of them as cells."""

import io
from itertools import pairwise

import pyarrow as pa

from wasidb_guest.definitions import ColumnDefinition, TableDefinition
from wasidb_guest.encoding.arrow.stream import read_stream
from wasidb_guest.encoding.cells import Cell, decode_cell
from wasidb_guest.values import DataType
from wasidb_guest.vectors import Vector


def write_stream(table: pa.Table, **options: object) -> bytes:
    """The table as a stream of as many batches as it has chunks."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as out:
        out.write_table(table)
    return sink.getvalue()


def table_of(**types: DataType) -> TableDefinition:
    """A table "t" with these columns, all nullable."""
    columns = tuple(ColumnDefinition(name, kind, nullable=True) for name, kind in types.items())
    return TableDefinition("t", columns[0].name, 32, columns, ())


def read_columns(stream: bytes, table: TableDefinition) -> dict[str, list[Cell]]:
    """Every column of a stream, as cells."""
    columns: dict[str, list[Cell]] = {}
    for batch in read_stream(io.BytesIO(stream), table):
        for name, vector in zip(batch.names, batch.vectors, strict=True):
            assert vector.count == batch.count
            columns.setdefault(name, []).extend(cells_of(vector))
    return columns


def read_column(values: pa.Array | pa.ChunkedArray, data_type: DataType) -> list[Cell]:
    """The cells that an Arrow array becomes in a column "c" of this type."""
    stream = write_stream(pa.table({"c": values}))
    return read_columns(stream, table_of(c=data_type)).get("c", [])


def cells_of(vector: Vector) -> list[Cell]:
    """The cells of a vector; checks on the way that it is formed as vectors are."""
    encoded = [bytes(vector.data[start:end]) for start, end in _bounds(vector)]
    assert sum(map(len, encoded)) == len(vector.data)
    is_valid = [
        vector.validity is None or vector.validity[row >> 3] >> (row & 7) & 1 == 1
        for row in range(vector.count)
    ]
    assert vector.validity is None or not all(is_valid)
    for row in range(vector.count):
        assert is_valid[row] or encoded[row] == bytes(vector.type.width)
    return [
        decode_cell(vector.type, cell) if valid else None
        for cell, valid in zip(encoded, is_valid, strict=True)
    ]


def _bounds(vector: Vector) -> list[tuple[int, int]]:
    if vector.type.is_fixed:
        assert vector.offsets is None
        width = vector.type.width
        return [(width * row, width * (row + 1)) for row in range(vector.count)]
    assert vector.offsets.format == "i"
    offsets = vector.offsets.tolist()
    assert len(offsets) == vector.count + 1
    return list(pairwise(offsets))


def patched(stream: bytes, old: bytes, new: bytes) -> bytes:
    """The stream with the only occurrence of `old` replaced."""
    assert stream.count(old) == 1
    assert len(old) == len(new)
    return stream.replace(old, new)
