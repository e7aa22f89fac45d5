"""Writes a batch as an Arrow IPC stream.

    schema      id: int64, name: string
    batch       rows 0 to 65,535
    batch       rows 65,536 to 131,071
    ...
    end marker

Only the record batch that is being written takes memory of its own, and columns that Arrow stores
as the engine does not even that. Of no rows there is the schema, and no record batch.
"""

from collections.abc import Iterator

from wasidb_guest.encoding.arrow.from_vectors import Column
from wasidb_guest.encoding.arrow.metadata_writer import END, batch_message, schema_message
from wasidb_guest.vectors import Batch, Bytes

BATCH_ROWS = 65_536


def stream_pieces(batch: Batch) -> Iterator[Bytes]:
    """The stream, piece by piece.

    Raises InvalidValue and LimitExceeded for cells that Arrow has no value for.
    """
    columns = list(map(Column, batch.names, batch.vectors))
    yield schema_message(batch.names, [column.type for column in columns])
    for first in range(0, batch.count, BATCH_ROWS):
        last = min(first + BATCH_ROWS, batch.count)
        arrays = [column.array(first, last) for column in columns]
        null_counts = [null_count for null_count, _ in arrays]
        buffers = [buffer for _, of_column in arrays for buffer in of_column]
        yield from batch_message(last - first, null_counts, buffers)
    yield END
