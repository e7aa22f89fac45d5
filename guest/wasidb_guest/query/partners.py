"""The kept side of a join: its rows by the values of their join columns.

    kept       AA UA UA B6         find UA AA LH      numbers 1 0 NO_NUMBER
    pairs      (0, 1) (0, 2) (1, 0), and (2, NO_ROW) where rows without partner are kept

Where no two rows that are kept have the same values, as in a join to a primary key, a number is the
row that has it, and NO_NUMBER is NO_ROW: there are no pairs to be made.

Rows with NULL in one of these columns are nobody's partners. For each number it can be remembered
that somebody has looked for it: the rows of others are `unseen`."""

from array import array
from collections.abc import Iterator, Sequence
from typing import Protocol

from wasidb_guest.query import numbering
from wasidb_guest.query.batches import BATCH_ROWS
from wasidb_guest.query.grouping import take_rows
from wasidb_guest.query.key_numbers import KeyNumbers, rows_by_number
from wasidb_guest.query.picked import Origin, Picked, numbers_at
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

    @property
    def are_unique(self) -> bool:
        """Whether each row has another number: its own."""
        return self._keys.count == len(self._rows)

    def find(self, columns: Sequence[Vector]) -> memoryview:
        """The number of each row's partners, NO_NUMBER for a row that has none."""
        return self._keys.find(columns)

    def see(self, numbers: memoryview) -> None:
        """Remember that somebody has looked for these."""
        numbering.mark_numbers(numbers, self._seen)

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


def gives_unseen(on: Condition) -> bool:
    """Whether rows that are kept come out without partner, too."""
    return on.kind in ("Right", "Full")


class Kept:
    """The right side of a join, or a part of it, kept for a left side with columns as `left`."""

    def __init__(self, rows: Batch, left: Batch, on: Condition) -> None:
        self._gives_unseen = gives_unseen(on)
        self._names = rows.names
        self._origins = list(map(Origin, rows.vectors))
        self._left_positions = on.left_positions
        types = [left.vectors[position].type for position in on.left_positions]
        self._partners = Partners([rows.vectors[each] for each in on.right_positions], types)

    def find(self, left: Batch) -> memoryview:
        """The number of each row's partners, NO_NUMBER for a row that has none."""
        numbers = self._partners.find([left.vectors[each] for each in self._left_positions])
        if self._gives_unseen:
            self._partners.see(numbers)
        return numbers

    def pairs(self, left: Batch, numbers: memoryview, *, keep_left: bool) -> Iterator[Batch]:
        """Left rows beside their partners, with `keep_left` beside NULLs if they have none."""
        if self._partners.are_unique:
            yield self._with_partner(left, numbers, keep_left=keep_left)
            return
        for left_rows, rows in self._partners.pairs(numbers, keep_left=keep_left):
            yield self._beside(take_rows(left, left_rows), rows)

    def _with_partner(self, left: Batch, numbers: memoryview, *, keep_left: bool) -> Batch:
        """The same where a number is a row."""
        if not keep_left:
            found = rows_by_number(numbers, has_number=True)
            if len(found) < left.count:
                left, numbers = take_rows(left, found), numbers_at(numbers, found, NO_ROW)
        return self._beside(left, numbers)

    def beside_nulls(self, left: Batch, rows: memoryview) -> Batch:
        """Some left rows without partner."""
        return self._beside(take_rows(left, rows), _no_rows(len(rows)))

    def unseen(self, left: Batch) -> Batch:
        """The rows kept of which nobody is a partner, beside NULLs."""
        rows = self._partners.unseen()
        return self._beside(take_rows(left, _no_rows(len(rows))), rows)

    def _beside(self, left: Batch, rows: memoryview) -> Batch:
        """Left rows, each beside one of the rows that are kept."""
        vectors = [*left.vectors, *(Picked(origin, rows) for origin in self._origins)]
        return Batch([*left.names, *self._names], vectors, left.count)


def _no_rows(count: int) -> memoryview:
    return memoryview(array("I", [NO_ROW]) * count)
