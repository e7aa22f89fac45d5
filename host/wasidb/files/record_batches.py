"""Parquet and Arrow IPC on their way in: rows that have types already."""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from wasidb.arrow import CHUNK_ROWS, plain_batch, plain_type
from wasidb.files.formats import Format, not_format
from wasidb.files.pieces import Piece

UNREADABLE = (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError)


class TypedRows:
    """The rows of an open file."""

    def __init__(self, file: Any, format: Format, path: str) -> None:
        self._path = path
        try:
            self.schema, self.total, self._batches = contents(file, format)
        except UNREADABLE as error:
            raise not_format(format, path, error) from error
        self._format = format

    def __iter__(self) -> Iterator[Piece]:
        plain = pa.schema([field.with_type(plain_type(field.type)) for field in self.schema])
        first = 1
        try:
            for batch in self._batches:
                numbers = range(first, first + batch.num_rows)
                first += batch.num_rows
                yield Piece(plain_batch(batch, plain), batch, numbers)
        except UNREADABLE as error:
            raise not_format(self._format, self._path, error) from error


def contents(file: Any, format: Format) -> tuple[pa.Schema, int | None, Iterable[pa.RecordBatch]]:
    """Columns, number of rows where that is known, and the rows."""
    if format == "parquet":
        parquet = pa.parquet.ParquetFile(file)
        return (
            parquet.schema_arrow,
            parquet.metadata.num_rows,
            parquet.iter_batches(batch_size=CHUNK_ROWS),
        )
    if format == "arrow":
        reader = pa.ipc.open_file(file)
        batches = (reader.get_batch(at) for at in range(reader.num_record_batches))
        return reader.schema, None, batches
    stream = pa.ipc.open_stream(file)
    return stream.schema, None, stream
