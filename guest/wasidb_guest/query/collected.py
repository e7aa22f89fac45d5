"""Cells by group, kept as they come: for functions that have to see all of them at once, or twice.

    group   0 1 0        what NULLs there are is left out
    cell    7 3 5

Kept in memory as long as there is room, then put aside."""

from collections.abc import Iterator

from wasidb_guest.encoding.cell_vectors import take
from wasidb_guest.encoding.copying import pointed_to
from wasidb_guest.query import masks
from wasidb_guest.query.distinct import distinct
from wasidb_guest.query.execution import Execution
from wasidb_guest.query.groups import Counts, Groups
from wasidb_guest.query.value_numbers import flags_of, no_numbers
from wasidb_guest.values import UINT32
from wasidb_guest.vectors import Batch, Vector

NAMES = ("group", "cell")
GROUP, CELL = 0, 1
MEMORY_PART = 8


class Collected:
    """The cells of all groups, and how many each has."""

    def __init__(self, run: Execution) -> None:
        self.run = run
        self.counts = Counts()
        self._spool = run.spool(run.share // MEMORY_PART)

    def fold(self, groups: Groups, vector: Vector) -> None:
        """Keep the cells of some more rows."""
        self.counts.fold(groups, vector)
        numbers = Vector(UINT32, vector.count, groups.numbers.cast("B"))
        flags = flags_of(vector)
        if flags:
            rows = no_numbers(vector.count)
            rows = rows[: masks.true_rows(*pointed_to(flags), rows)]
            numbers, vector = take(numbers, rows), take(vector, rows)
        self._spool.add(Batch(NAMES, (numbers, vector), vector.count))

    def batches(self) -> Iterator[Batch]:
        """All there is, in the order in which it came; as often as it is asked for."""
        return iter(self._spool)

    def cells(self) -> Iterator[tuple[Groups, Vector]]:
        """The same, as `fold` has been given it."""
        for batch in self.run.checked(self._spool):
            yield groups_of(batch, len(self.counts.values)), batch.vectors[CELL]

    @property
    def size(self) -> int:
        return self.counts.size


class DistinctCounts(Collected):
    """How many different cells each group has."""

    def result(self) -> Vector:
        counts = Counts()
        for batch in distinct(self.batches(), (GROUP, CELL), self.run):
            counts.fold(groups_of(batch, len(self.counts.values)), batch.vectors[CELL])
        return counts.result()


def groups_of(batch: Batch, count: int) -> Groups:
    """The groups of cells that were kept."""
    return Groups(memoryview(batch.vectors[GROUP].data).cast("B").cast("I"), count)
