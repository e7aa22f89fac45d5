"""Columns that scans have taken out of records, for the scans to come.

    pages 7 .. 54      a chunk: what a scan reads at once
      addresses        7,0    7,64    7,96  ...    where the records are, as one more column
      column 2         paid   new     paid         whole columns, those that somebody has asked for
      column 3         250    90      1200

They are the columns of the newest committed pages: a commit drops the chunks of all pages that it
changes, and where it has done nothing but overwrite cells, only their columns. Where it has done
nothing but erase records, the columns stay, and of each that is asked for again the rows that are
left are taken then. Whoever sees other pages, in an older snapshot or because he has changed some
himself, learns from his `PageSource.columns_of` that nothing is kept for him. Vectors are never
changed, so one that was handed out stays what it is. No two chunks have a page in common.

Columns take of the budget of the page cache, at most half. One more takes the room of those that
were not used for longest, but not before much has been refused since they were. So of a table that
is too large the columns stay that came first, and to read it once drives out nothing that is in
use.
"""

from array import array
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from itertools import accumulate
from typing import TypeAlias

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cell_vectors import take
from wasidb_guest.encoding.records import rows_outside
from wasidb_guest.vectors import Vector

ADDRESSES = -1
"""Stands among the positions of columns for the addresses of the records."""

PATIENCE = 4
"""What is not used stays until so many times the room there is has been refused to others."""

Gaps: TypeAlias = tuple[memoryview, memoryview]
"""Where there are no records of a page any more: where each gap starts and where it ends, int32."""

NOTHING_OVERWRITTEN: Mapping[int, Collection[int]] = {}
NOTHING_ERASED: Mapping[int, Gaps] = {}

REMEMBERED_WIDTH = 6
"""Bytes a row that a vector may be given later, to remember which of its cells are equal, and what
they are roughly."""


class Chunk:
    """Columns of all records of some pages, by position.

    `erased` are the gaps of pages of which the vectors still have all rows. To `settle` is to find
    out which rows are left of these; then the vectors are `outdated`, until they are taken.
    """

    __slots__ = ("definition", "erased", "numbers", "outdated", "vectors")

    def __init__(self, definition: TableDefinition, numbers: Sequence[int]) -> None:
        self.definition = definition
        self.numbers = numbers
        self.vectors: dict[int, Vector] = {}
        self.outdated: dict[int, tuple[Vector, memoryview]] = {}
        self.erased: dict[int, Gaps] = {}

    @property
    def positions(self) -> Collection[int]:
        """Those of all columns, outdated or not."""
        return (*self.vectors, *self.outdated)

    def settle(self) -> None:
        """Find out which rows are left by their addresses, which have to be there."""
        numbers = [number for number in self.numbers if number in self.erased]
        starts, ends = zip(*map(self.erased.__getitem__, numbers), strict=True)
        addresses = memoryview(self.vectors[ADDRESSES].data).cast("Q")
        rows = memoryview(bytearray(4 * len(addresses))).cast("I")
        count = rows_outside(
            addresses,
            memoryview(array("Q", numbers)),
            memoryview(array("i", accumulate(map(len, starts)))),
            _joined(starts),
            _joined(ends),
            rows,
        )
        left = rows[:count]
        self.outdated = {position: (vector, left) for position, vector in self.vectors.items()}
        self.vectors, self.erased = {}, {}

    def take(self, position: int) -> int:
        """Take the rows that are left of an outdated column; the bytes that it has become less."""
        before, left = self.outdated.pop(position)
        after = self.vectors[position] = take(before, left)
        return _size_of(before) - _size_of(after)


class ColumnCache:
    """The chunks of one file. `size` is what they take, `size_max` at most; `make_room` is called
    when it has become more.
    """

    def __init__(self, size_max: int, make_room: Callable[[], None]) -> None:
        self.size = 0
        self._size_max = size_max
        self._make_room = make_room
        self._chunks: dict[int, Chunk] = {}
        self._refused = 0
        self._used: dict[tuple[Chunk, int], int] = {}
        """All columns, that used last behind the others, and what had been refused by then."""

    def find(
        self, definition: TableDefinition, numbers: Sequence[int], positions: Collection[int]
    ) -> Mapping[int, Vector]:
        """The columns of a table on just these pages that are kept; some of them are to be used."""
        chunk = self._chunk(definition, numbers)
        if chunk is None:
            return {}
        for position in chunk.outdated.keys() & positions:
            self.size -= chunk.take(position)
        for position in chunk.vectors.keys() & positions:
            del self._used[chunk, position]
            self._used[chunk, position] = self._refused
        return chunk.vectors

    def keep(
        self,
        definition: TableDefinition,
        numbers: Sequence[int],
        vectors: Mapping[int, Vector],
    ) -> None:
        """Keep columns that `find` did not find, as far as there is room."""
        chunk = self._chunk(definition, numbers)
        if chunk is None:
            self.forget(set(numbers))
            chunk = Chunk(definition, numbers)
        for position, vector in vectors.items():
            size = _size_of(vector)
            if self._has_room(size):
                self._chunks.update(dict.fromkeys(numbers, chunk))
                chunk.vectors[position] = vector
                self._used[chunk, position] = self._refused
                self.size += size
        self._make_room()

    def _chunk(self, definition: TableDefinition, numbers: Sequence[int]) -> Chunk | None:
        """The chunk of a table on just these pages, if there is one; it is settled."""
        chunk = self._chunks.get(numbers[0])
        if chunk is None or chunk.definition is not definition or chunk.numbers != numbers:
            return None
        if chunk.erased and ADDRESSES in chunk.vectors:
            chunk.settle()
        elif chunk.erased:
            self._drop(chunk, chunk.positions)
            return None
        return chunk

    def _has_room(self, size: int) -> bool:
        """Whether so much fits, be it in place of what nobody has used for long."""
        while self.size + size > self._size_max:
            oldest = next(iter(self._used), None)
            patience = PATIENCE * self._size_max
            if oldest is None or self._refused - self._used[oldest] < patience:
                self._refused += size
                return False
            chunk, position = oldest
            self._drop(chunk, (position,))
        return True

    def forget(
        self,
        changed: Set[int],
        overwritten: Mapping[int, Collection[int]] = NOTHING_OVERWRITTEN,
        erased: Mapping[int, Gaps] = NOTHING_ERASED,
    ) -> None:
        """Drop all chunks that have one of these pages, but of those that have pages that are
        `overwritten` only the columns of which cells are, and of those that have pages of which
        records are `erased` only what has not been used since the last time.
        """
        for number in self._chunks.keys() & changed:
            chunk = self._chunks.get(number)
            if chunk is None:
                continue
            if number in erased and number not in chunk.erased:
                chunk.erased[number] = erased[number]
                self._drop(chunk, tuple(chunk.outdated))
            else:
                self._drop(chunk, overwritten.get(number, chunk.positions))

    def _drop(self, chunk: Chunk, positions: Collection[int]) -> None:
        for position in positions:
            if position in chunk.vectors:
                vector = chunk.vectors.pop(position)
            elif position in chunk.outdated:
                vector, _ = chunk.outdated.pop(position)
            else:
                continue
            self.size -= _size_of(vector)
            del self._used[chunk, position]
        if not chunk.vectors and not chunk.outdated:
            for number in set(chunk.numbers):
                del self._chunks[number]


def _joined(parts: Sequence[memoryview]) -> memoryview:
    """The int32 of one part after the other."""
    return memoryview(b"".join(parts)).cast("i")


def _size_of(vector: Vector) -> int:
    offsets = 0 if vector.offsets is None else vector.offsets.nbytes
    validity = 0 if vector.validity is None else len(vector.validity)
    return len(vector.data) + offsets + validity + REMEMBERED_WIDTH * vector.count
