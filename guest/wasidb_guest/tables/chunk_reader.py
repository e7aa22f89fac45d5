"""Reads a table a chunk at a time: columns that are kept as they are, others from the records.

    pages 7 .. 54 ──> column cache    amount
                  └─> records         status, and keeps it
    a choice looks at amount and wants 312 rows:
                      column cache    amount, status of these, if all columns are kept
                  └─> records         else amount, status, note of 312 records

A column is kept when it has been read of all records of the chunk. Rows that a choice wants come
from columns only if nothing is missing there: for a record that has to be waited for anyway, all of
its cells cost less than those of one more column, of which each has to be waited for. Of a text
that is twice, for where it lies and for what it is, so few rows with several texts come from their
records in any case. Rows are those of many chunks together, so that there are few batches; for who
may stop after the first few, of one chunk and then of more and more.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import TypeAlias

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cell_vectors import concat, take
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.column_cache import ADDRESSES
from wasidb_guest.pages.layout import PAGE_SIZE
from wasidb_guest.tables.record_block import RecordBlock
from wasidb_guest.tables.record_columns import ColumnReader
from wasidb_guest.values import UINT64
from wasidb_guest.vectors import Batch, RowChoice, Vector

CHUNKS_MAX = 16
SIZE_MAX = 1 << 23
"""So many chunks, or bytes of records of several, are put together at most."""

FEW_SHARE, SEVERAL_TEXTS = 1 / 16, 2
"""Fewer of the rows, with so many columns of texts or more, come from their records."""

NOT_READ = Vector(UINT64, 0, b"")
"""Stands for a column at which a choice does not look."""

Columns: TypeAlias = Mapping[int, Vector]
"""Vectors of the same rows, by position."""


class ChunkReader:
    """Reads the columns at `positions` of one chunk of pages after the other."""

    def __init__(self, definition: TableDefinition, positions: Sequence[int]) -> None:
        self._definition = definition
        self._positions = positions
        self._names = [definition.columns[position].name for position in positions]
        self._read = frozenset((*positions, ADDRESSES))
        texts = sum([not definition.columns[position].type.is_fixed for position in positions])
        self._share_of_columns = FEW_SHARE if texts >= SEVERAL_TEXTS else 0.0
        self._readers: dict[tuple[int, ...], ColumnReader] = {}

    def read(self, pages: PageSource, numbers: Sequence[int]) -> tuple[Batch, memoryview]:
        """All rows, and their addresses. Raises Corrupted, LimitExceeded."""
        vectors, _ = self._whole(pages, numbers, self._read)
        return self._batch(vectors), _addresses(vectors)

    def choose(
        self,
        pages: PageSource,
        chunks: Iterable[Sequence[int]],
        choice: RowChoice,
        *,
        few_first: bool,
    ) -> Iterator[tuple[Batch, memoryview]]:
        """The rows that the choice wants, and their addresses. It looks at columns that are read.
        Raises Corrupted, LimitExceeded.
        """
        tested, wanted = choice
        needed = {*tested, ADDRESSES}
        held: list[Columns] = []
        size = looked_at = 0
        together = 1 if few_first else CHUNKS_MAX
        for numbers in chunks:
            part, share = self._chosen(pages, numbers, needed, wanted)
            part_size = int(share * len(numbers) * PAGE_SIZE)
            if held and (size + part_size > SIZE_MAX or len(part) != len(held[0])):
                yield self._completed(pages, held)
                held, size, looked_at = [], 0, 0
            if share or not held:
                held.append(part)
                size += part_size
            looked_at += 1
            if looked_at >= together:
                yield self._completed(pages, held)
                held, size, looked_at = [], 0, 0
                together = min(2 * together, CHUNKS_MAX)
        if held:
            yield self._completed(pages, held)

    def _chosen(
        self,
        pages: PageSource,
        numbers: Sequence[int],
        needed: Set[int],
        wanted: Callable[[Batch], memoryview],
    ) -> tuple[Columns, float]:
        """Of the rows of a chunk that are wanted all columns if they are at hand, or just the
        addresses, and their share of all rows.
        """
        kept, block = self._whole(pages, numbers, needed)
        count = kept[ADDRESSES].count
        vectors = [kept.get(position, NOT_READ) for position in self._positions]
        rows = wanted(Batch(self._names, vectors, count))
        share = len(rows) / count if count else 0.0
        if len(rows) == count:
            whole, _ = self._whole(pages, numbers, self._read)
            return {each: whole[each] for each in self._read}, share
        if kept.keys() >= self._read and share >= self._share_of_columns:
            return {each: take(kept[each], rows) for each in self._read}, share
        chosen = {ADDRESSES: take(kept[ADDRESSES], rows)}
        if block is not None:
            block.choose(rows)
            batch = self._reader(tuple(self._positions)).read(block)
            chosen |= zip(self._positions, batch.vectors, strict=True)
        return chosen, share

    def _completed(self, pages: PageSource, held: Sequence[Columns]) -> tuple[Batch, memoryview]:
        """The chosen rows of several chunks with all columns, and their addresses."""
        chosen = {each: concat([columns[each] for columns in held]) for each in held[0]}
        addresses = _addresses(chosen)
        if not chosen.keys() >= self._read:
            batch, _ = self._reader(tuple(self._positions)).read_at(pages, addresses)
            return batch, addresses
        return self._batch(chosen), addresses

    def _whole(
        self, pages: PageSource, numbers: Sequence[int], wanted: Set[int]
    ) -> tuple[Columns, RecordBlock | None]:
        """Columns of all records by position: these, and those that happen to be kept; and the
        records, if they had to be looked at."""
        cache = pages.columns_of(numbers)
        kept = {} if cache is None else cache.find(self._definition, numbers, self._read)
        if kept.keys() >= wanted:
            return kept, None
        missing = tuple(sorted(wanted - kept.keys() - {ADDRESSES}))
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

    def _batch(self, columns: Columns) -> Batch:
        """The columns to be read."""
        vectors = [columns[position] for position in self._positions]
        return Batch(self._names, vectors, columns[ADDRESSES].count)


def _addresses(vectors: Columns) -> memoryview:
    return memoryview(vectors[ADDRESSES].data).cast("Q")
