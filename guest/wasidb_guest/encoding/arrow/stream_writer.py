"""Writes batches as an Arrow IPC stream.

    schema      id: int64, name: string
    batch       at most 65,536 rows
    batch       the next ones
    ...
    end marker

Only the record batch that is being written takes memory of its own, and columns that Arrow stores
as the engine does not even that. Of no rows there is the schema, and no record batch.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat

from wasidb_guest.encoding.arrow.from_vectors import Column
from wasidb_guest.encoding.arrow.metadata_writer import END, batch_message, schema_message
from wasidb_guest.vectors import Batch, Bytes

BATCH_ROWS = 65_536


class ArrowStream:
    """The stream of one or more batches, piece by piece; `row_count` is that of the rows so far.

    What the first batch is the others are: where cells decide a type there must be only one batch.
    Raises InvalidValue for cells that Arrow has no value for.
    """

    def __init__(self, batches: Iterable[Batch]) -> None:
        self.row_count = 0
        self._batches = batches

    def __iter__(self) -> Iterator[Bytes]:
        return chain.from_iterable(self._messages())

    def _messages(self) -> Iterator[Sequence[Bytes]]:
        """Each in pieces."""
        is_first = True
        for batch in self._batches:
            places = repeat(self.row_count)
            columns = list(map(Column, batch.names, batch.vectors, places))
            if is_first:
                yield (schema_message(tuple([column.field for column in columns])),)
                is_first = False
            for first in range(0, batch.count, BATCH_ROWS):
                last = min(first + BATCH_ROWS, batch.count)
                arrays = [column.array(first, last) for column in columns]
                null_counts = [null_count for null_count, _ in arrays]
                buffers = [buffer for _, of_column in arrays for buffer in of_column]
                yield batch_message(last - first, null_counts, buffers)
            self.row_count += batch.count
        yield (END,)
