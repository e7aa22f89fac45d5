"""Bound filters: small nodes, each of which gives a batch its mask (see `masks`).

    age > 18 and bio is null        Both(ColumnTest(0, ..., UNKNOWN), ColumnTest(3, ..., TRUE))

Nothing is decided by row here: names, types and constants are settled when the nodes are made (see
`binding`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from wasidb_guest.encoding.cell_vectors import valid_flags
from wasidb_guest.encoding.copying import pointed_to
from wasidb_guest.query import masks
from wasidb_guest.vectors import Batch, Vector

Test: TypeAlias = Callable[[Vector, bytearray], None]
"""Writes 0, 1 or 2 for each cell into a mask of zeros; what it writes for NULL does not matter."""

OPPOSITE = bytes((masks.TRUE, masks.FALSE, masks.UNKNOWN)) + bytes(253)


class Predicate(Protocol):
    """A bound filter."""

    def evaluate(self, batch: Batch) -> bytearray:
        """The mask of a batch."""

    def positions(self) -> frozenset[int]:
        """Which columns it looks at."""

    def moved(self, places: Mapping[int, int]) -> "Predicate":
        """The same for batches in which the columns have other places."""


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

    def moved(self, places: Mapping[int, int]) -> "ColumnTest":
        return replace(self, position=places[self.position])


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

    def moved(self, places: Mapping[int, int]) -> "Both":
        return Both(self.left.moved(places), self.right.moved(places))


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

    def moved(self, places: Mapping[int, int]) -> "Either":
        return Either(self.left.moved(places), self.right.moved(places))


@dataclass(frozen=True, slots=True)
class Opposite:
    """Not; unknown stays unknown."""

    operand: Predicate

    def evaluate(self, batch: Batch) -> bytearray:
        return self.operand.evaluate(batch).translate(OPPOSITE)

    def positions(self) -> frozenset[int]:
        return self.operand.positions()

    def moved(self, places: Mapping[int, int]) -> "Opposite":
        return Opposite(self.operand.moved(places))


def true_rows(predicate: Predicate, batch: Batch) -> memoryview:
    """The numbers of the rows for which a predicate is true, ascending, as uint32."""
    rows = memoryview(bytearray(4 * batch.count)).cast("I")
    return rows[: masks.true_rows(*pointed_to(predicate.evaluate(batch)), rows)]
