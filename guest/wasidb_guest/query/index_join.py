"""Joins of which one side is looked up in an index: of that side only the rows are read that have
partners.

    rows     orders    7 UA     8 AA     9 UA         keys    UA AA
    index    airlines (carrier)   UA -> 0x70020   AA -> 0x70000
    read     airlines  0x70000  0x70020               AA "American"   UA "United"

Each key is looked up once, all of them together; what is found is read by ascending address, which
is the order of a scan. So whichever side is looked up, a join gives its rows in the order it always
has.

Where the right side is looked up, the left one comes by batch after batch, which is the order of
the join. Where it is the left side, the right one is kept as a whole: it was taken to be small. As
soon as there turn out to be so many keys that a scan would have been better, the rest is joined as
if nobody had thought of the index."""

from array import array
from collections.abc import Iterable, Iterator
from itertools import chain, compress

from wasidb_guest.encoding.cell_vectors import take
from wasidb_guest.query import batches, costs, plan
from wasidb_guest.query.execution import Execution
from wasidb_guest.query.grouping import number_rows
from wasidb_guest.query.joins import join
from wasidb_guest.query.look_ups import in_order
from wasidb_guest.query.scans import FETCH_ROWS, chosen, fetched, joined, scanned
from wasidb_guest.query.source import Source
from wasidb_guest.query.value_numbers import flags_of
from wasidb_guest.vectors import Batch, Vector


def index_join(node: plan.IndexJoin, rows: Iterator[Batch], run: Execution) -> Iterator[Batch]:
    """The rows of a join, given those of the side that is not looked up."""
    side = LookedUpSide(node, run.source)
    way = _with_right_looked_up if node.looked_up == "right" else _with_left_looked_up
    return way(node, rows, side, run)


def _with_right_looked_up(
    node: plan.IndexJoin, left: Iterator[Batch], side: "LookedUpSide", run: Execution
) -> Iterator[Batch]:
    asked = 0
    for batch in left:
        run.check()
        keys = side.keys_of(batch)
        asked += keys[0].count
        if not side.is_worth_looking_up(asked):
            right = run.measured(node.scan, side.scanned())
            yield from join(chain((batch,), left), right, node.join, run)
            return
        yield from join(iter((batch,)), run.measured(node.scan, side.found(keys)), node.join, run)


def _with_left_looked_up(
    node: plan.IndexJoin, right: Iterator[Batch], side: "LookedUpSide", run: Execution
) -> Iterator[Batch]:
    held: list[Batch] = []
    for batch in right:
        run.check()
        held.append(batch)
        if not side.is_worth_looking_up(sum(each.count for each in held)):
            left = run.measured(node.scan, side.scanned())
            yield from join(left, chain(held, right), node.join, run)
            return
    kept = batches.joined(held)
    left = run.measured(node.scan, side.found(side.keys_of(kept)))
    yield from join(left, iter((kept,)), node.join, run)


class LookedUpSide:
    """The side that is looked up."""

    def __init__(self, node: plan.IndexJoin, source: Source) -> None:
        self._scan = node.scan
        self._keys = node.keys
        self._table = source.table(node.scan.table)
        self._index = self._table.indexes[node.index]

    def keys_of(self, rows: Batch) -> list[Vector]:
        """The keys that rows of the other side have, each once."""
        return _distinct([rows.vectors[position] for position in self._keys])

    def is_worth_looking_up(self, keys: int) -> bool:
        """Whether so few keys are better looked up than found by a scan."""
        return costs.is_worth_looking_up(self._index, len(self._keys), keys)

    def found(self, keys: list[Vector]) -> Iterator[Batch]:
        """The rows with these keys that the scan lets pass, as one batch."""
        addresses = in_order([self._index.matching(keys)])
        pieces = fetched(self._scan, self._table, [addresses], FETCH_ROWS)
        passed = [chosen(*rows, self._scan.predicate)[0] for rows in pieces]
        yield joined(passed, self._scan, self._table)

    def scanned(self) -> Iterator[Batch]:
        """All rows that the scan lets pass."""
        return scanned(self._scan, self._table)


def _distinct(vectors: list[Vector]) -> list[Vector]:
    """The different keys without those that have a NULL, which have no partners."""
    rows: Iterable[int] = number_rows(vectors).first
    for flags in filter(None, map(flags_of, vectors)):
        rows = list(rows)
        rows = compress(rows, map(flags.__getitem__, rows))
    numbers = memoryview(array("I", rows))
    return [take(vector, numbers) for vector in vectors]
