"""One index of one table: its tree, and probes made from cells.

A range of keys is asked of the tree as two probes. To express "everything with this prefix", "above
all NULLs" or "below the first NULL" a probe may carry a column that no stored key has: a bare tag
with no value, which orders by its tag alone.
"""

from array import array
from collections.abc import Iterator, Sequence

from wasidb_guest.definitions import ColumnDefinition
from wasidb_guest.encoding.tagged import key_column, sized_column
from wasidb_guest.indexes.btree import BTree
from wasidb_guest.indexes.estimate import estimate_between, estimate_distinct
from wasidb_guest.indexes.run import build_run
from wasidb_guest.indexes.search import NO_ADDRESS, after
from wasidb_guest.values import NULL_TAG
from wasidb_guest.vectors import Vector

Cell = object


class Index:
    """An index over `columns`; `unique` when no two rows may share a key without NULLs."""

    def __init__(self, columns: Sequence[ColumnDefinition], tree: BTree, *, unique: bool) -> None:
        self.columns = tuple(column.name for column in columns)
        self.unique = unique
        self.tree = tree
        self._types = [column.type for column in columns]
        self._writers = [key_column(each) for each in self._types]

    def equal(self, cells: Sequence[Cell]) -> memoryview:
        """Addresses of the rows whose first columns hold these cells, in key order.

        None finds NULL.
        """
        key = self.key(cells)
        if not self.has_one(cells):
            return self.tree.addresses_between(key, after(key))
        # Where equal keys can stand on both sides of an inner node's key, both have to be read; a
        # key that is alone is on the right.
        found = self.tree.find(key)
        return memoryview(array("Q", () if found == NO_ADDRESS else (found,)))

    def has_one(self, cells: Sequence[Cell]) -> bool:
        """Whether no more than one row can have these cells."""
        return self.unique and len(cells) == len(self.columns) and None not in cells

    def find(self, cells: Sequence[Cell]) -> int:
        """The address of the row with these cells, all of a unique index, or NO_ADDRESS."""
        return self.tree.find(self.key(cells))

    def pieces(
        self,
        low: Sequence[Cell] | None,
        high: Sequence[Cell] | None,
        *,
        low_inclusive: bool,
        high_inclusive: bool,
        is_descending: bool = False,
    ) -> Iterator[memoryview]:
        """Addresses of the rows whose first columns lie between `low` and `high`, in key order, a
        piece at a time.

        A bound is None for an open end: it shares all cells of the other bound but the last one,
        and where that column is NULL, rows are left out. A cell None is NULL, which has its place
        among the keys; no cells at all are below and above every key.
        """
        return self.tree.pieces_between(
            *self._probes(low, high, low_inclusive, high_inclusive), is_descending=is_descending
        )

    def count(
        self,
        low: Sequence[Cell] | None,
        high: Sequence[Cell] | None,
        *,
        low_inclusive: bool,
        high_inclusive: bool,
    ) -> int:
        """How many rows `pieces` finds."""
        return self.tree.count_between(*self._probes(low, high, low_inclusive, high_inclusive))

    def estimate(
        self,
        low: Sequence[Cell] | None,
        high: Sequence[Cell] | None,
        *,
        low_inclusive: bool,
        high_inclusive: bool,
    ) -> int:
        """About how many rows `pieces` finds."""
        return estimate_between(self.tree, *self._probes(low, high, low_inclusive, high_inclusive))

    def estimate_distinct(self, width: int) -> int:
        """About how many different keys there are in the first `width` columns."""
        entry_count = self.estimate((), (), low_inclusive=True, high_inclusive=True)
        if self.unique and width == len(self.columns):
            return entry_count
        return estimate_distinct(self.tree, entry_count, width)

    def matching(self, keys: Sequence[Vector]) -> memoryview:
        """Addresses of the rows that have one of these keys in their first columns, in no order; a
        row comes once for each time that its key does.

        There is a vector of the column's type for each of these columns, without NULL.
        """
        run = build_run(keys)
        if self.unique and len(keys) == len(self.columns):
            found = self.tree.find_run(run)
            return memoryview(array("Q", (each for each in found if each != NO_ADDRESS)))
        run.sort()
        probes = map(run.key, range(run.count))
        pieces = (self.tree.addresses_between(probe, after(probe)) for probe in probes)
        return memoryview(b"".join(pieces)).cast("Q")

    def _probes(
        self,
        low: Sequence[Cell] | None,
        high: Sequence[Cell] | None,
        low_inclusive: bool,
        high_inclusive: bool,
    ) -> tuple[bytes, bytes]:
        """The keys from which on, and below which, the tree is to be read."""
        return (
            self._low_probe(low, high, inclusive=low_inclusive),
            self._high_probe(low, high, inclusive=high_inclusive),
        )

    def _low_probe(
        self, low: Sequence[Cell] | None, high: Sequence[Cell] | None, *, inclusive: bool
    ) -> bytes:
        if low is not None:
            key = self.key(low)
            return key if inclusive else after(key)
        prefix = list(high or ())[:-1]
        tag = self._types[len(prefix)].tag
        below = self._probe(prefix, tag - 1) if tag else self.key(prefix)
        return after(below) if tag - 1 == NULL_TAG else below

    def _high_probe(
        self, low: Sequence[Cell] | None, high: Sequence[Cell] | None, *, inclusive: bool
    ) -> bytes:
        if high is not None:
            key = self.key(high)
            return after(key) if inclusive else key
        prefix = list(low or ())[:-1]
        return self._probe(prefix, self._types[len(prefix)].tag + 1)

    def key(self, cells: Sequence[Cell]) -> bytes:
        """The key that begins with these cells; BadCell for one that its column cannot hold."""
        if len(cells) == 1:
            return ONE_COLUMN + self._writers[0](cells[0])
        return _key_of([write(cell) for write, cell in zip(self._writers, cells, strict=False)])

    def _probe(self, prefix: Sequence[Cell], tag: int) -> bytes:
        columns = [write(cell) for write, cell in zip(self._writers, prefix, strict=False)]
        return _key_of([*columns, sized_column(bytes((tag,)))])


def _key_of(columns: Sequence[bytes]) -> bytes:
    return len(columns).to_bytes(4, "little") + b"".join(columns)


ONE_COLUMN = _key_of([b""])
