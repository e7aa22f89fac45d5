"""The left side of a join whose right side comes in parts: put aside, and read once for each part.

A column behind its own has the place of each row, by which what the parts give is merged. Rows that
have found partners are marked."""

from array import array
from collections.abc import Iterable, Iterator

from wasidb_guest.encoding.copying import pointed_to
from wasidb_guest.query import masks, numbering
from wasidb_guest.query.execution import Execution
from wasidb_guest.query.grouping import row_numbers, take_rows
from wasidb_guest.query.key_numbers import rows_by_number
from wasidb_guest.query.partners import Kept
from wasidb_guest.query.sorting import SortKey
from wasidb_guest.query.value_numbers import no_numbers
from wasidb_guest.values import INT64
from wasidb_guest.vectors import Batch, Vector


class LeftSide:
    """All rows of a left side."""

    def __init__(self, batches: Iterable[Batch], run: Execution) -> None:
        self._run = run
        self._spool = run.spool(run.share // 4)
        self._marks: list[bytearray] = []
        count = 0
        for batch in batches:
            self._spool.add(_with_place(batch, count))
            self._marks.append(bytearray(batch.count))
            count += batch.count
        self.first = next(iter(self._spool))
        self._width = len(self.first.vectors) - 1

    @property
    def order(self) -> SortKey:
        """The order of the rows, which those joined to them keep."""
        return SortKey(self._width, is_descending=False, nulls_first=True)

    def pairs(self, part: Kept) -> Iterator[Batch]:
        """Rows beside their partners in a part of the right side."""
        for batch, numbers in self.look_up(part):
            yield from part.pairs(batch, numbers, keep_left=False)

    def look_up(self, part: Kept) -> Iterator[tuple[Batch, memoryview]]:
        """Have all rows look for partners in a part of the right side; the numbers of these."""
        for batch, marks in zip(self._run.checked(self._spool), self._marks, strict=True):
            numbers = part.find(batch)
            numbering.mark_numbers(rows_by_number(numbers, has_number=True), marks)
            yield batch, numbers

    def alone(self, part: Kept) -> Iterator[Batch]:
        """The rows that have found no partner, beside NULLs for the columns of the right side."""
        for batch, rows in self._chosen(False):
            yield part.beside_nulls(batch, rows)

    def chosen(self, *, has_partner: bool) -> Iterator[Batch]:
        """The rows that have found a partner, or those that have not."""
        for batch, rows in self._chosen(has_partner):
            yield self.without_place(take_rows(batch, rows))

    def _chosen(self, has_partner: bool) -> Iterator[tuple[Batch, memoryview]]:
        for batch, marks in zip(self._run.checked(self._spool), self._marks, strict=True):
            rows = no_numbers(batch.count)
            if has_partner:
                count = masks.true_rows(*pointed_to(marks), rows)
            else:
                count = numbering.unmarked_rows(row_numbers(range(batch.count)), marks, rows)
            yield batch, rows[:count]

    def without_place(self, batch: Batch) -> Batch:
        """The columns of both sides."""
        at = self._width
        names = [*batch.names[:at], *batch.names[at + 1 :]]
        return Batch(names, [*batch.vectors[:at], *batch.vectors[at + 1 :]], batch.count)


def _with_place(batch: Batch, first: int) -> Batch:
    places = memoryview(array("q", range(first, first + batch.count))).cast("B")
    place = Vector(INT64, batch.count, places)
    return Batch([*batch.names, ""], [*batch.vectors, place], batch.count)
