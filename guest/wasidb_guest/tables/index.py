"""One index of one table: its tree, and probes made from cells.

A range of keys is asked of the tree as two probes. To express "everything with this prefix", "above
all NULLs" or "below the first NULL" a probe may carry a column that no stored key has: a bare tag
with no value, which orders by its tag alone.
"""

from collections.abc import Sequence

from wasidb_guest.definitions import ColumnDefinition
from wasidb_guest.encoding.tagged import encode_tagged
from wasidb_guest.indexes.btree import BTree, after
from wasidb_guest.values import NULL_TAG

Cell = object


class Index:
    """An index over `columns`; `unique` when no two rows may share a key without NULLs."""

    def __init__(self, columns: Sequence[ColumnDefinition], tree: BTree, *, unique: bool) -> None:
        self.columns = tuple(column.name for column in columns)
        self.unique = unique
        self.tree = tree
        self._types = [column.type for column in columns]

    def equal(self, cells: Sequence[Cell]) -> memoryview:
        """Addresses of the rows whose first columns hold these cells, in key order.

        None finds NULL.
        """
        key = self._key(cells)
        return self.tree.addresses_between(key, after(key))

    def find(self, cells: Sequence[Cell]) -> int:
        """The address of the row with these cells, all of a unique index, or NO_ADDRESS."""
        return self.tree.find(self._key(cells))

    def range(
        self,
        low: Sequence[Cell] | None,
        high: Sequence[Cell] | None,
        *,
        low_inclusive: bool,
        high_inclusive: bool,
    ) -> memoryview:
        """Addresses of the rows whose first columns lie between `low` and `high`, in key order.

        A bound is None for an open end. Both bounds share all cells but the last one; rows in which
        that last column is NULL are left out.
        """
        return self.tree.addresses_between(
            self._low_probe(low, high, inclusive=low_inclusive),
            self._high_probe(low, high, inclusive=high_inclusive),
        )

    def _low_probe(
        self, low: Sequence[Cell] | None, high: Sequence[Cell] | None, *, inclusive: bool
    ) -> bytes:
        if low is not None:
            key = self._key(low)
            return key if inclusive else after(key)
        prefix = list(high or ())[:-1]
        tag = self._types[len(prefix)].tag
        below = self._probe(prefix, tag - 1) if tag else self._key(prefix)
        return after(below) if tag - 1 == NULL_TAG else below

    def _high_probe(
        self, low: Sequence[Cell] | None, high: Sequence[Cell] | None, *, inclusive: bool
    ) -> bytes:
        if high is not None:
            key = self._key(high)
            return after(key) if inclusive else key
        prefix = list(low or ())[:-1]
        return self._probe(prefix, self._types[len(prefix)].tag + 1)

    def _key(self, cells: Sequence[Cell]) -> bytes:
        return _key_bytes(
            [encode_tagged(*typed) for typed in zip(self._types, cells, strict=False)]
        )

    def _probe(self, prefix: Sequence[Cell], tag: int) -> bytes:
        values = [encode_tagged(*typed) for typed in zip(self._types, prefix, strict=False)]
        return _key_bytes([*values, bytes((tag,))])


def _key_bytes(values: Sequence[bytes]) -> bytes:
    sized = [len(value).to_bytes(4, "little") + value for value in values]
    return len(values).to_bytes(4, "little") + b"".join(sized)
