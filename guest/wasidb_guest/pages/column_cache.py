"""Columns that scans have taken out of records, for the scans to come.

    pages 7 .. 54      a chunk: what a scan reads at once
      addresses        7,0    7,64    7,96  ...    where the records are, as one more column
      column 2         paid   new     paid         whole columns, those that somebody has asked for
      column 3         250    90      1200

They are the columns of the newest committed pages: a commit drops the chunks of all pages that it
changes, and where it has done nothing but overwrite cells, only their columns. Whoever sees other
pages, in an older snapshot or because he has changed some himself, learns from his
`PageSource.columns_of` that nothing is kept for him. Vectors are never changed, so one that was
handed out stays what it is. No two chunks have a page in common.

Columns take of the budget of the page cache, at most half. One more takes the room of those that
were not used for longest, but not before much has been refused since they were. So of a table that
is too large the columns stay that came first, and to read it once drives out nothing that is in
use.
"""

from collections.abc import Callable, Collection, Mapping, Sequence, Set

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.vectors import Vector

ADDRESSES = -1
"""Stands among the positions of columns for the addresses of the records."""

PATIENCE = 4
"""What is not used stays until so many times the room there is has been refused to others."""

NOTHING: Mapping[int, Collection[int]] = {}

REMEMBERED_WIDTH = 6
"""Bytes a row that a vector may be given later, to remember which of its cells are equal, and what
they are roughly."""


class Chunk:
    """Columns of all records of some pages, by position."""

    __slots__ = ("definition", "numbers", "vectors")

    def __init__(self, definition: TableDefinition, numbers: Sequence[int]) -> None:
        self.definition = definition
        self.numbers = numbers
        self.vectors: dict[int, Vector] = {}


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
        chunk = self._chunks.get(numbers[0])
        if chunk is None or chunk.definition is not definition or chunk.numbers != numbers:
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
            self._drop(*oldest)
        return True

    def forget(
        self, changed: Set[int], overwritten: Mapping[int, Collection[int]] = NOTHING
    ) -> None:
        """Drop all chunks that have one of these pages, but of those that have pages that are
        `overwritten` only the columns of which cells are.
        """
        for number in self._chunks.keys() & changed:
            chunk = self._chunks.get(number)
            if chunk is not None:
                for position in overwritten.get(number, tuple(chunk.vectors)):
                    if position in chunk.vectors:
                        self._drop(chunk, position)

    def _drop(self, chunk: Chunk, position: int) -> None:
        self.size -= _size_of(chunk.vectors.pop(position))
        del self._used[chunk, position]
        if not chunk.vectors:
            for number in set(chunk.numbers):
                del self._chunks[number]


def _size_of(vector: Vector) -> int:
    offsets = 0 if vector.offsets is None else vector.offsets.nbytes
    validity = 0 if vector.validity is None else len(vector.validity)
    return len(vector.data) + offsets + validity + REMEMBERED_WIDTH * vector.count
