"""Arrow data on its way into the engine and out of it; only `bulk` and `files` know pyarrow too.

Anything with `__arrow_c_stream__` (pandas, polars, duckdb, pyarrow) goes to the engine as IPC
stream files of about `CHUNK_ROWS` rows or `CHUNK_SIZE` bytes, whichever is less: every index is
merged with each of them, and the engine holds one in memory. The engine matches columns by name and
converts to their types itself; here only those encodings are undone that it does not read, or that
would be sent anew with every file:

    string_view, binary_view     utf8, binary
    dictionary<T>                T
    run_end_encoded<T>           T

What comes out is an IPC stream file as well. It is mapped, not read: columns stay where the engine
has written them, in memory that is returned when the last of them is forgotten.
"""

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.ipc

from wasidb.errors import InvalidValue
from wasidb_schema import TableDefinition

ArrowTable: TypeAlias = pa.Table

Transform: TypeAlias = Callable[[pa.RecordBatch], Any]
"""Makes a column, as Arrow array or list, of some rows of a table."""

CHUNK_ROWS = 262_144
CHUNK_SIZE = 16 << 20
TRANSFORM_KEY = "@key"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows to insert in one call."""

    batches: list[pa.RecordBatch]

    @property
    def count(self) -> int:
        """How many."""
        return sum(batch.num_rows for batch in self.batches)

    def write(self, path: Path) -> None:
        """Writes the rows as an Arrow IPC stream."""
        schema = self.batches[0].schema
        with pa.OSFile(str(path), "wb") as file, pyarrow.ipc.new_stream(file, schema) as stream:
            for batch in self.batches:
                stream.write_batch(batch)


def chunks(data: Any) -> tuple[Iterator[Chunk], int | None]:
    """The rows of `data` in pieces, and how many rows there are where that is known."""
    total = data.num_rows if isinstance(data, pa.Table | pa.RecordBatch) else None
    reader = record_batch_reader(data)
    plain = pa.schema([field.with_type(plain_type(field.type)) for field in reader.schema])
    return chunked(plain_batch(batch, plain) for batch in reader), total


def record_batch_reader(data: Any) -> pa.RecordBatchReader:
    """A stream of record batches from whatever offers one."""
    if isinstance(data, pa.RecordBatch):
        return pa.RecordBatchReader.from_batches(data.schema, [data])
    kind = type(data).__name__
    expected = "Arrow data, an object with __arrow_c_stream__"
    message = f"expected {expected}, got {kind}"
    if not hasattr(data, "__arrow_c_stream__"):
        raise InvalidValue(message, value=kind, expected=expected)
    try:
        return pa.RecordBatchReader.from_stream(data)
    except pa.ArrowInvalid as error:  # a column without a name is a stream too
        raise InvalidValue(f"{message}: {error}", value=kind, expected=expected) from error


def chunked(batches: Iterable[pa.RecordBatch]) -> Iterator[Chunk]:
    """Gathers small batches and cuts large ones."""
    gathered: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        most = rows_of_a_chunk(batch)
        for start in range(0, batch.num_rows, most):
            piece = batch.slice(start, most)
            gathered.append(piece)
            rows += piece.num_rows
            size += piece.nbytes
            if rows >= CHUNK_ROWS or size >= CHUNK_SIZE or piece.num_rows == most:
                yield Chunk(gathered)
                gathered, rows, size = [], 0, 0
    if gathered:
        yield Chunk(gathered)


def rows_of_a_chunk(batch: pa.RecordBatch) -> int:
    """How many rows of a batch make a chunk, if they are all of about the same size."""
    if not batch.nbytes:
        return CHUNK_ROWS
    return max(1, min(CHUNK_ROWS, CHUNK_SIZE * batch.num_rows // batch.nbytes))


def plain_batch(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with the types of `schema`, no value changed."""
    columns = []
    for array, field in zip(batch.columns, schema, strict=True):
        try:
            columns.append(plain_array(array, field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            message = f"column {field.name!r} does not fit {field.type}: {error}"
            raise InvalidValue(message, column=field.name, expected=str(field.type)) from error
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def plain_array(array: Any, plain: pa.DataType) -> Any:
    """The same values as `plain`, which is the `plain_type` of theirs."""
    if pa.types.is_run_end_encoded(array.type):
        return plain_array(pc.call_function("run_end_decode", [array]), plain)
    if pa.types.is_dictionary(array.type):  # which Arrow casts to few types
        return plain_array(array.dictionary, plain).take(array.indices)
    return array if array.type == plain else array.cast(plain)


def plain_type(encoded: pa.DataType) -> pa.DataType:
    """The type of the same values without an encoding of which the engine knows nothing."""
    kind = pa.types
    if kind.is_dictionary(encoded) or kind.is_run_end_encoded(encoded):
        return plain_type(encoded.value_type)
    if kind.is_string_view(encoded):
        return pa.utf8()
    if kind.is_binary_view(encoded):
        return pa.binary()
    return encoded


def mapped_table(path: Path, places: Sequence[int], names: Sequence[str]) -> ArrowTable:
    """The table of an IPC stream file: its columns at `places` under `names`, then all others.

    The file may be removed afterwards.
    """
    with pa.memory_map(str(path)) as file, pyarrow.ipc.open_stream(file) as stream:
        table = stream.read_all()
    others = range(len(places), table.num_columns)
    chosen = table.select([*places, *others])
    return chosen.rename_columns([*names, *chosen.column_names[len(names) :]])


def transform(source: Path, target: Path, key: str, columns: Mapping[str, Transform]) -> None:
    """Writes a stream of `TRANSFORM_KEY`, which is the column `key` of the stream `source`, and of
    what the functions make of its record batches.
    """
    with contextlib.ExitStack() as files:
        mapped = files.enter_context(pa.memory_map(str(source)))
        stream = files.enter_context(pyarrow.ipc.open_stream(mapped))
        names = [TRANSFORM_KEY, *columns]
        written = (transformed(batch, key, columns) for batch in stream)
        first = next(written, [pa.nulls(0) for _ in names])
        schema = pa.schema(zip(names, (array.type for array in first), strict=True))
        file = files.enter_context(pa.OSFile(str(target), "wb"))
        writer = files.enter_context(pyarrow.ipc.new_stream(file, schema))
        for arrays in itertools.chain([first], written):
            cast = [array.cast(field.type) for array, field in zip(arrays, schema, strict=True)]
            writer.write_batch(pa.RecordBatch.from_arrays(cast, schema=schema))


def transformed(batch: pa.RecordBatch, key: str, columns: Mapping[str, Transform]) -> list[Any]:
    """The key of some rows, and what the functions make of them."""
    arrays: list[Any] = [batch.column(key)]
    for name, function in columns.items():
        array = function(batch)
        array = array if isinstance(array, pa.Array | pa.ChunkedArray) else pa.array(array)
        if len(array) != batch.num_rows:
            message = f"the transform of {name!r} made {len(array)} values of {batch.num_rows} rows"
            raise InvalidValue(message, column=name)
        arrays.append(array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array)
    return arrays


def read_csv(file: IO[bytes] | Path, table: TableDefinition, null: str) -> pa.Table:
    """A CSV file with a header line; fields that read `null` are NULL, text stays text."""
    texts = {column.name: pa.utf8() for column in table.columns if column.type_name == "text"}
    options = pyarrow.csv.ConvertOptions(
        column_types=texts, null_values=[null], strings_can_be_null=True
    )
    try:
        return pyarrow.csv.read_csv(file, convert_options=options)
    except pa.ArrowInvalid as error:
        raise InvalidValue(
            f"not a CSV file for {table.name!r}: {error}", table=table.name
        ) from error
