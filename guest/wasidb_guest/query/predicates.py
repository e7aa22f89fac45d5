"""Bound filters: small nodes, each of which gives a batch its mask (see `masks`).

    age > 18 and bio is null        Both(ColumnTest(0, ..., UNKNOWN), ColumnTest(3, ..., TRUE))

Where only the true rows are asked for, what stands behind `and` is asked about those alone that are
true before it, if these are few: so the comparison that lets few rows pass belongs in front.

Nothing is decided by row here: names, types and constants are settled when the nodes are made (see
`binding`)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from wasidb_guest.encoding.cell_vectors import valid_flags
from wasidb_guest.encoding.copying import pointed_to
from wasidb_guest.query import masks
from wasidb_guest.query.ordinal_comparison import OrdinalComparison
from wasidb_guest.query.picked import take
from wasidb_guest.vectors import Batch, Vector

Test: TypeAlias = Callable[[Vector, bytearray], None]
"""Writes 0, 1 or 2 for each cell into a mask of zeros; what it writes for NULL does not matter."""

FEW = 8
"""One row in so many, or fewer, are copied to be looked at by themselves."""

OPPOSITE = bytes((masks.TRUE, masks.FALSE, masks.UNKNOWN)) + bytes(253)


class Predicate(Protocol):
    """A bound filter."""

    def evaluate(self, batch: Batch) -> bytearray:
        """The mask of a batch."""

    def positions(self) -> frozenset[int]:
        """Which columns it looks at."""


@dataclass(frozen=True, slots=True)
class ColumnTest:
    """A test of the column at `position`, and what it means for that column to be NULL."""

    position: int
    test: Test
    null_outcome: int

    def evaluate(self, batch: Batch) -> bytearray:
        vector = batch.vectors[self.position]
        mask = bytearray(batch.count)
        self.test(vector, mask)
        if vector.validity is not None:
            masks.mark(valid_flags(vector), self.null_outcome, mask)
        return mask

    def positions(self) -> frozenset[int]:
        return frozenset((self.position,))


@dataclass(frozen=True, slots=True)
class Both:
    """And."""

    left: Predicate
    right: Predicate

    def evaluate(self, batch: Batch) -> bytearray:
        mask = self.left.evaluate(batch)
        masks.conjunction(mask, self.right.evaluate(batch))
        return mask

    def positions(self) -> frozenset[int]:
        return self.left.positions() | self.right.positions()


@dataclass(frozen=True, slots=True)
class Either:
    """Or."""

    left: Predicate
    right: Predicate

    def evaluate(self, batch: Batch) -> bytearray:
        mask = self.left.evaluate(batch)
        masks.disjunction(mask, self.right.evaluate(batch))
        return mask

    def positions(self) -> frozenset[int]:
        return self.left.positions() | self.right.positions()


@dataclass(frozen=True, slots=True)
class Opposite:
    """Not; unknown stays unknown."""

    operand: Predicate

    def evaluate(self, batch: Batch) -> bytearray:
        return self.operand.evaluate(batch).translate(OPPOSITE)

    def positions(self) -> frozenset[int]:
        return self.operand.positions()


def true_rows(predicate: Predicate, batch: Batch) -> memoryview:
    """The numbers of the rows for which a predicate is true, ascending, as uint32."""
    return TrueRows(predicate)(batch)


class TrueRows:
    """Finds the true rows of one batch after the other; their numbers are good until the next."""

    def __init__(self, predicate: Predicate) -> None:
        self._predicate = predicate
        self._room = memoryview(bytearray()).cast("I")

    def __call__(self, batch: Batch) -> memoryview:
        if len(self._room) < batch.count:
            room = batch.count + batch.count // 8  # most batches of a scan are about as large
            self._room = memoryview(bytearray(4 * room)).cast("I")
        return self._room[: _choose(self._predicate, batch, self._room)]


def _choose(predicate: Predicate, batch: Batch, rows: memoryview) -> int:
    """Write the numbers of the true rows into `rows`; how many there are."""
    if isinstance(predicate, ColumnTest) and isinstance(predicate.test, OrdinalComparison):
        count = predicate.test.true_rows(batch.vectors[predicate.position], rows)
        if count is not None:
            return count
    if not isinstance(predicate, Both):
        return masks.true_rows(*pointed_to(predicate.evaluate(batch)), rows)
    chosen = rows[: _choose(predicate.left, batch, rows)]
    if FEW * len(chosen) > batch.count:
        return masks.keep_marked(predicate.right.evaluate(batch), chosen)
    looked_at = predicate.right.positions()
    vectors = [
        take(vector, chosen) if position in looked_at else vector
        for position, vector in enumerate(batch.vectors)
    ]
    outcomes = predicate.right.evaluate(Batch(batch.names, vectors, len(chosen)))
    return masks.keep_true(outcomes, chosen)
