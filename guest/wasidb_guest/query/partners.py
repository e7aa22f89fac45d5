"""The kept side of a join: its rows by the values of their join columns.

    kept       AA UA UA B6         find UA AA LH      numbers 1 0 NO_NUMBER
    pairs      (0, 1) (0, 2) (1, 0), and (2, NO_ROW) where rows without partner are kept

Rows with NULL in one of these columns are nobody's partners. For each number it is remembered
whether anybody has looked for it: the rows of others are `unseen`."""

from array import array
from collections.abc import Iterator, Sequence
from typing import Protocol

from wasidb_guest.encoding.cell_vectors import take
from wasidb_guest.query import numbering
from wasidb_guest.query.batches import BATCH_ROWS
from wasidb_guest.query.key_numbers import KeyNumbers
from wasidb_guest.query.statement import JoinKind
from wasidb_guest.query.value_numbers import no_numbers
from wasidb_guest.values import DataType
from wasidb_guest.vectors import NO_ROW, Batch, Vector


class Partners:
    """Rows to be found by columns of `types`."""

    def __init__(self, columns: Sequence[Vector], types: Sequence[DataType]) -> None:
        self._keys = keys = KeyNumbers(columns, types)
        self._starts = no_numbers(keys.count + 2)
        self._rows = no_numbers(columns[0].count)
        numbering.list_rows(keys.numbers, keys.flags, self._starts, self._rows)
        self._seen = bytearray(keys.count)

    def find(self, columns: Sequence[Vector]) -> memoryview:
        """The number of each row's partners, NO_NUMBER for a row that has none."""
        numbers = self._keys.find(columns)
        numbering.mark_numbers(numbers, self._seen)
        return numbers

    def pairs(
        self, numbers: memoryview, *, keep_left: bool
    ) -> Iterator[tuple[memoryview, memoryview]]:
        """Each row beside its partners, with `keep_left` also beside NO_ROW, a batch at a time."""
        parts = [(0, len(numbers))]
        while parts:
            first, last = parts.pop()
            count = numbering.count_pairs(numbers, first, last, self._starts, keep_left)
            if count > BATCH_ROWS and last - first > 1:
                middle = (first + last) // 2
                parts += [(middle, last), (first, middle)]
                continue
            left, right = no_numbers(count), no_numbers(count)
            numbering.write_pairs(
                numbers, first, last, self._starts, self._rows, keep_left, left, right
            )
            yield left, right

    def unseen(self) -> memoryview:
        """The rows that nobody has looked for, ascending."""
        rows = no_numbers(len(self._keys.numbers))
        return rows[: numbering.unmarked_rows(self._keys.numbers, self._seen, rows)]


class Condition(Protocol):
    """Which columns of two sides must be equal, and what becomes of rows without partner."""

    @property
    def kind(self) -> JoinKind: ...

    @property
    def left_positions(self) -> Sequence[int]: ...

    @property
    def right_positions(self) -> Sequence[int]: ...


class Kept:
    """The right side of a join, or a part of it, kept for a left side with columns as `left`."""

    def __init__(self, rows: Batch, left: Batch, on: Condition) -> None:
        self._rows = rows
        self._left_positions = on.left_positions
        types = [left.vectors[position].type for position in on.left_positions]
        self._partners = Partners([rows.vectors[each] for each in on.right_positions], types)

    def find(self, left: Batch) -> memoryview:
        """The number of each row's partners, NO_NUMBER for a row that has none."""
        return self._partners.find([left.vectors[each] for each in self._left_positions])

    def pairs(self, left: Batch, numbers: memoryview, *, keep_left: bool) -> Iterator[Batch]:
        """Left rows beside their partners, with `keep_left` beside NULLs if they have none."""
        for pairs in self._partners.pairs(numbers, keep_left=keep_left):
            yield self._beside(left, *pairs)

    def beside_nulls(self, left: Batch, rows: memoryview) -> Batch:
        """Some left rows without partner."""
        return self._beside(left, rows, _no_rows(len(rows)))

    def unseen(self, left: Batch) -> Batch:
        """The rows kept of which nobody is a partner, beside NULLs."""
        rows = self._partners.unseen()
        return self._beside(left, _no_rows(len(rows)), rows)

    def _beside(self, left: Batch, left_rows: memoryview, rows: memoryview) -> Batch:
        vectors = [take(vector, left_rows) for vector in left.vectors]
        vectors += [take(vector, rows) for vector in self._rows.vectors]
        return Batch([*left.names, *self._rows.names], vectors, len(rows))


def _no_rows(count: int) -> memoryview:
    return memoryview(array("I", [NO_ROW]) * count)
