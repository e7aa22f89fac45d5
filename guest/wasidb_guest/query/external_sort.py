"""Sorting more rows than there is memory for: runs that fit are sorted and put aside, then merged.

    run 0    1 4 | 7 9        a block of each run is in memory; the least of the last rows of those
    run 1    2 3 | 5 6        that have more blocks (3, of run 1) is the bound: whatever comes no
             ────────         later than it is there, and can be sorted and given: 1 2 3

Merging so looks at single rows only to find the bound, by bisection; what is given is sorted as a
batch. Rows that are equal in all keys come in the order of their runs, which is that in which they
came: the whole is as stable as `sorting`.

More than FAN_IN runs are merged to one before there are others, so a block of each fits in
memory."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cmp_to_key, partial
from itertools import chain
from typing import Any

from wasidb_guest.encoding.cell_vectors import with_nulls
from wasidb_guest.query.batches import at_least_one, cut, in_parts, joined, portions, size_of
from wasidb_guest.query.comparable import keys_of
from wasidb_guest.query.execution import Execution
from wasidb_guest.query.grouping import row_numbers, take_rows
from wasidb_guest.query.sorting import SortKey, ordered
from wasidb_guest.query.spool import StoredBatches
from wasidb_guest.vectors import Batch
from wasidb_memory import Scratch

SORTED_ROW_SIZE = 100
"""What Python takes to sort a row by one key."""
FAN_IN = 64


def sort(batches: Iterable[Batch], keys: Sequence[SortKey], run: Execution) -> Iterator[Batch]:
    """The rows in order of the first key, those equal in it in order of the second, and so on."""
    # Twice the rows of a part: as they come, and in order.
    parts = in_parts(run.checked(batches), run.share // 2, SORTED_ROW_SIZE)
    part, next_part = next(parts), next(parts, None)
    if next_part is None:
        yield from _in_order(part, keys)
        return
    runs = SortedRuns(keys, run)
    for each in chain((part, next_part), parts):
        runs.add(_in_order(each, keys))
    yield from runs.merged()


def _in_order(batch: Batch, keys: Sequence[SortKey]) -> Iterator[Batch]:
    return portions(batch, ordered(range(batch.count), batch, keys))


class SortedRuns:
    """Rows in runs, each in order; equal rows stand in earlier runs first."""

    def __init__(self, keys: Sequence[SortKey], run: Execution) -> None:
        self._keys = keys
        self._run = run
        self._scratch: Scratch | None = None
        self._runs: list[StoredBatches] = []
        self._block_size = run.share // (2 * FAN_IN)

    def add(self, batches: Iterable[Batch]) -> None:
        """Put a run aside."""
        if len(self._runs) == FAN_IN:
            self._runs = [self._stored(self.merged())]
        self._runs.append(self._stored(batches))

    def _stored(self, batches: Iterable[Batch]) -> StoredBatches:
        self._scratch = self._scratch or self._run.open_scratch()
        stored = StoredBatches(self._scratch)
        for batch in at_least_one(batches):
            row_size = size_of(batch) // max(batch.count, 1) + SORTED_ROW_SIZE
            for block in cut(batch, max(self._block_size // row_size, 1)):
                stored.add(block)
        return stored

    def merged(self) -> Iterator[Batch]:
        """All rows in order."""
        heads = [Head(stored, self._keys) for stored in self._runs]
        while heads:
            self._run.check()
            rows = joined(_first_of(heads))
            yield from _in_order(rows, self._keys)
            heads = [head for head in heads if head.advance()]


class Head:
    """The block of a run that is being merged, from the row at `_start` on."""

    def __init__(self, stored: StoredBatches, keys: Sequence[SortKey]) -> None:
        self._stored = stored
        self._sort_keys = keys
        self._as_key = cmp_to_key(partial(_compared, keys))
        self._next = 0
        self._read()

    def _read(self) -> None:
        self._block = block = self._stored.read(self._next)
        vectors = [block.vectors[key.position] for key in self._sort_keys]
        columns = [with_nulls(vector, keys_of(vector)) for vector in vectors]
        self._rows = list(zip(*columns, strict=True))
        self._start = 0
        self._next += 1

    @property
    def has_more(self) -> bool:
        """Whether this is not the last block."""
        return self._next < len(self._stored)

    def last(self) -> Any:
        """The last row of the block, to be compared."""
        return self._as_key(self._rows[-1])

    def take(self, bound: Any, *, is_inclusive: bool) -> Batch:
        """The next rows that come before the bound, or no later; all without one."""
        end = self._block.count
        if bound is not None:
            bisect = bisect_right if is_inclusive else bisect_left
            end = bisect(self._rows, bound, lo=self._start, key=self._as_key)
        rows = row_numbers(range(self._start, end))
        self._start = end
        return take_rows(self._block, rows)

    def advance(self) -> bool:
        """Go on to the next block if there is nothing left of this; whether there are rows."""
        if self._start < self._block.count:
            return True
        if not self.has_more:
            return False
        self._read()
        return True


def _first_of(heads: Sequence[Head]) -> list[Batch]:
    """The rows of each run before which nothing else can come."""
    bounds = [(head.last(), number) for number, head in enumerate(heads) if head.has_more]
    bound, at = min(bounds) if bounds else (None, 0)
    return [head.take(bound, is_inclusive=number <= at) for number, head in enumerate(heads)]


def _compared(keys: Sequence[SortKey], left: Sequence[Any], right: Sequence[Any]) -> int:
    """Below 0 if the cells on the left come first, above 0 if those on the right do."""
    for key, cell, other in zip(keys, left, right, strict=True):
        if cell == other:
            continue
        if cell is None or other is None:
            is_first = (cell is None) == key.nulls_first
        else:
            is_first = (cell < other) != key.is_descending
        return -1 if is_first else 1
    return 0
