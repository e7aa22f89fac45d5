"""Joins of which one side is looked up in an index: of that side only the rows are read that have
partners.

    rows     orders    7 UA     8 AA     9 UA         keys    UA AA
    index    airlines (carrier)   UA -> 0x70020   AA -> 0x70000
    read     airlines  0x70000  0x70020               AA "American"   UA "United"

Each key is looked up once, all of them together; what is found is read by ascending address, which
is the order of a scan. So whichever side is looked up, a join gives its rows in the order it always
has. If the keys turn out to be many, the table is read as a whole, once.

Where the right side is looked up, the left one comes by batch after batch, which is the order of
the join. Where it is the left side, the right one is kept as a whole: it was taken to be small."""

from array import array
from collections.abc import Iterable, Iterator
from itertools import compress, tee

from wasidb_guest.encoding.cell_vectors import take
from wasidb_guest.query import batches, costs, plan
from wasidb_guest.query.execution import Execution
from wasidb_guest.query.grouping import flags_of, number_rows
from wasidb_guest.query.joins import join
from wasidb_guest.query.look_ups import in_order
from wasidb_guest.query.scans import FETCH_ROWS, chosen, fetched, joined, scan
from wasidb_guest.query.source import Addresses, Source
from wasidb_guest.vectors import Batch, Vector


def index_join(node: plan.IndexJoin, rows: Iterator[Batch], run: Execution) -> Iterator[Batch]:
    """The rows of a join, given those of the side that is not looked up."""
    side = LookedUpSide(node, run.source)
    if node.looked_up == "left":
        rows = iter((batches.joined(list(rows)),))
    known, asked = tee(rows)
    found = run.measured(node.scan, map(side.of, asked))
    for one, other in zip(known, found, strict=True):
        run.check()
        left, right = (one, other) if node.looked_up == "right" else (other, one)
        yield from join(iter((left,)), iter((right,)), node.join, run)


class LookedUpSide:
    """The side that is looked up."""

    def __init__(self, node: plan.IndexJoin, source: Source) -> None:
        self._scan = node.scan
        self._keys = node.keys
        self._table = source.table(node.scan.table)
        self._index = self._table.indexes[node.index]
        self._whole: Batch | None = None

    def of(self, rows: Batch) -> Batch:
        """At least the rows that have partners among these rows of the other side."""
        keys = _distinct([rows.vectors[position] for position in self._keys])
        if self._whole is None and not self._are_few(keys):
            self._whole = scan(self._scan, self._table)
        return self._read(self._index.matching(keys)) if self._whole is None else self._whole

    def _are_few(self, keys: list[Vector]) -> bool:
        return costs.is_worth_looking_up(self._index, len(keys), keys[0].count)

    def _read(self, addresses: Addresses) -> Batch:
        """The rows at these addresses that the scan lets pass."""
        pieces = fetched(self._scan, self._table, [in_order([addresses])], FETCH_ROWS)
        found = [chosen(*rows, self._scan.predicate)[0] for rows in pieces]
        return joined(found, self._scan, self._table)


def _distinct(vectors: list[Vector]) -> list[Vector]:
    """The different keys without those that have a NULL, which have no partners."""
    rows: Iterable[int] = number_rows(vectors).first
    for flags in filter(None, map(flags_of, vectors)):
        rows = list(rows)
        rows = compress(rows, map(flags.__getitem__, rows))
    numbers = memoryview(array("I", rows))
    return [take(vector, numbers) for vector in vectors]
