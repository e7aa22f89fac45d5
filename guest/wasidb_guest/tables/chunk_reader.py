"""Reads a table a chunk at a time: columns that are kept as they are, others from the records.

    pages 7 .. 54 ──> column cache    amount
                  └─> records         status, and keeps it
    a choice looks at amount and wants 312 rows:
                      column cache    amount, status of these
                  └─> records         note, of 312 records

A column is kept when it has been read of all records of the chunk.
"""

from collections.abc import Mapping, Sequence

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cell_vectors import take
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.column_cache import ADDRESSES
from wasidb_guest.tables.record_block import RecordBlock, records_at
from wasidb_guest.tables.record_columns import ColumnReader
from wasidb_guest.values import UINT64
from wasidb_guest.vectors import Batch, RowChoice, Vector


class ChunkReader:
    """Reads the columns at `positions` of one chunk of pages after the other."""

    def __init__(self, definition: TableDefinition, positions: Sequence[int]) -> None:
        self._definition = definition
        self._positions = positions
        self._readers: dict[tuple[int, ...], ColumnReader] = {}

    def read(self, pages: PageSource, numbers: Sequence[int]) -> tuple[Batch, memoryview]:
        """All rows, and their addresses. Raises Corrupted, LimitExceeded."""
        vectors, _ = self._whole(pages, numbers, self._positions)
        return self._batch(self._positions, vectors), _addresses(vectors)

    def choose(
        self, pages: PageSource, numbers: Sequence[int], choice: RowChoice
    ) -> tuple[Batch, memoryview]:
        """The rows that the choice wants, and their addresses. Raises Corrupted, LimitExceeded."""
        tested, wanted = choice
        kept, block = self._whole(pages, numbers, tested)
        rows = wanted(self._batch(tested, kept))
        if len(rows) == kept[ADDRESSES].count:
            return self.read(pages, numbers)
        read = {*self._positions, ADDRESSES}
        chosen = {each: take(kept[each], rows) for each in kept.keys() & read}
        missing = tuple(sorted(read - kept.keys()))
        if missing:
            if block is None:
                addresses = _addresses(chosen)
                block = records_at(pages, addresses, self._definition.name)
            else:
                block.choose(rows)
            batch = self._reader(missing).read(block)
            chosen |= zip(missing, batch.vectors, strict=True)
        return self._batch(self._positions, chosen), _addresses(chosen)

    def _whole(
        self, pages: PageSource, numbers: Sequence[int], positions: Sequence[int]
    ) -> tuple[Mapping[int, Vector], RecordBlock | None]:
        """Columns of all records by position: these, the addresses, and those that happen to be
        kept; and the records, if they had to be looked at."""
        wanted = {*positions, ADDRESSES}
        cache = pages.columns_of(numbers)
        used = wanted.union(self._positions)
        kept = {} if cache is None else cache.find(self._definition, numbers, used)
        missing = tuple(sorted(wanted - kept.keys() - {ADDRESSES}))
        if not missing and ADDRESSES in kept:
            return kept, None
        batch, block = self._reader(missing).read_pages(pages, numbers)
        read = dict(zip(missing, batch.vectors, strict=True))
        if ADDRESSES not in kept:
            read[ADDRESSES] = Vector(UINT64, block.count, bytes(block.addresses))
        if cache is not None:
            cache.keep(self._definition, numbers, read)
        return {**kept, **read}, block

    def _reader(self, positions: tuple[int, ...]) -> ColumnReader:
        if positions not in self._readers:
            self._readers[positions] = ColumnReader(self._definition, positions)
        return self._readers[positions]

    def _batch(self, positions: Sequence[int], vectors: Mapping[int, Vector]) -> Batch:
        names = [self._definition.columns[position].name for position in positions]
        count = vectors[ADDRESSES].count
        return Batch(names, [vectors[position] for position in positions], count)


def _addresses(vectors: Mapping[int, Vector]) -> memoryview:
    return memoryview(vectors[ADDRESSES].data).cast("Q")
