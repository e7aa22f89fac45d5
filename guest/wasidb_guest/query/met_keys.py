"""Combinations of cells that have been met so far, by number: what grouping and DISTINCT remember.

    met         UA AA            numbers  0 1
    now come    AA B6 UA B6      numbers  1 2 0 2      new: row 1

What comes is numbered by itself, which its columns may remember. Then what is met is numbered
again, together with one row for each combination among what comes, so what comes should not be much
less than what is known by then: see `is_enough`. Where hardly any combination repeats, that would
be the same work twice: what is met is numbered together with all that comes. Once no more are to be
known, rows are only looked up."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import sub

from wasidb_guest.query.batches import size_of
from wasidb_guest.query.grouping import NUMBERED_ROW_SIZE, REPEATED, number_rows, row_numbers
from wasidb_guest.query.key_numbers import KeyNumbers
from wasidb_guest.query.picked import concat, numbers_at, take
from wasidb_guest.vectors import NO_ROW, Batch, Vector

ROWS_MIN = 8_192
"""How many rows there should be at once, however few combinations are known."""
GROWTH = 4
"""How many rows there should be at once for each combination that is known."""


@dataclass(frozen=True, slots=True)
class Met:
    """The number of each row, and the first row of each combination that was not known before."""

    numbers: memoryview
    new_rows: memoryview


class MetKeys:
    """Combinations in the order in which they were met."""

    def __init__(self) -> None:
        self._numbers: KeyNumbers | None = None
        self._are_repeated = True
        self.columns: list[Vector] = []
        self.count = 0

    @property
    def size(self) -> int:
        """Bytes of the cells, and of numbering them again."""
        cells = size_of(Batch((), self.columns, self.count))
        return cells + NUMBERED_ROW_SIZE * self.count

    @property
    def is_closed(self) -> bool:
        """Whether no more are to be known."""
        return self._numbers is not None

    def is_enough(self, rows: int) -> bool:
        """Whether so many rows are worth numbering what is met again."""
        return rows >= max(ROWS_MIN, GROWTH * self.count)

    def meet(self, columns: Sequence[Vector]) -> Met:
        """Number rows; new combinations have numbers from `count` on, and are not yet known."""
        if not self._are_repeated:
            return self._met(columns)
        among = number_rows(columns)
        self._are_repeated = REPEATED * among.count <= len(among.numbers)
        if not self.count:
            return Met(among.numbers, among.first)
        met = self._met([take(column, among.first) for column in columns])
        return Met(
            numbers_at(met.numbers, among.numbers, NO_ROW),
            numbers_at(among.first, met.new_rows, NO_ROW),
        )

    def _met(self, columns: Sequence[Vector]) -> Met:
        """The same, numbered together with what is met."""
        pairs = zip(self.columns, columns, strict=True)
        numbering = number_rows([concat(pair) for pair in pairs])
        new_rows = map(sub, numbering.first[self.count :], repeat(self.count))
        return Met(numbering.numbers[self.count :], row_numbers(new_rows))

    def find(self, columns: Sequence[Vector]) -> memoryview:
        """The number of each row, NO_NUMBER for other combinations, which are not to be known."""
        if self._numbers is None:
            types = [column.type for column in self.columns]
            self._numbers = KeyNumbers(self.columns, types, finds_nulls=True)
        return self._numbers.find(columns)

    def add(self, columns: Sequence[Vector], new_rows: memoryview) -> None:
        """Know the combinations of these rows, too."""
        new = [take(column, new_rows) for column in columns]
        if self.columns:
            new = [concat(pair) for pair in zip(self.columns, new, strict=True)]
        self.columns = new
        self.count += len(new_rows)
