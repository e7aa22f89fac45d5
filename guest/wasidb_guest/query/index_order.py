"""Which index has the rows in the order that is asked for.

    where a = 1 and b > 5 order by b descending, c descending

    index (a, b, c)    the entries from [1, 5] to the end of [1], backwards
    index (b)          all entries above 5, backwards: in the order of b; what is equal in b has to
                       be ordered by c

Columns that must equal a constant order nothing and are passed over. So are columns that must equal
one of a few constants, unless they are ordered by: each constant has a way of its own, and the
first rows are among the first ones of all ways.

    where a in (1, 2) order by b

    index (a, b)       the entries of [1], and those of [2]

From one column on, the index and the order have to name the same columns, all in one direction.
NULL has its place among the keys of an index: after values of the types with a tag below NULL's,
before the others. Where the first column is to have it elsewhere, the rows with NULL and those
without are read one after the other; where a further one is, the index does not go that far."""

from collections.abc import Sequence
from operator import itemgetter
from typing import TypeAlias

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cells import Cell
from wasidb_guest.query.access_path import Bounds, bounded_range, column_bounds, is_indexable
from wasidb_guest.query.expression import Filter
from wasidb_guest.query.plan import IndexWalk, Range
from wasidb_guest.query.scope import Scope
from wasidb_guest.query.sorting import SortKey
from wasidb_guest.query.source import IndexSource
from wasidb_guest.values import NULL_TAG

WAYS_MAX = 16
"""Through more ways than these nobody walks."""

Rank: TypeAlias = tuple[int, bool, int]
"""What makes a walk better than others: constants, bounds, keys in order."""


def choose_walk(
    indexes: Sequence[IndexSource],
    table: TableDefinition,
    scope: Scope,
    filters: Sequence[Filter],
    keys: Sequence[SortKey],
) -> IndexWalk | None:
    """The best way through an index to rows in this order, or at least in that of its first keys.

    `scope` has all columns of the table, and `keys` are about these. More columns with constants
    are best, then bounds, then more keys in order."""
    ordering = Ordering(table, column_bounds(filters, scope), keys)
    walks = [_walk(number, index, ordering) for number, index in enumerate(indexes)]
    found = [each for each in walks if each is not None]
    return max(found, key=itemgetter(0))[1] if found else None


class Ordering:
    """Keys of an ordering, without those that all rows have in common."""

    def __init__(
        self, table: TableDefinition, bounds: dict[str, Bounds], keys: Sequence[SortKey]
    ) -> None:
        self.bounds = bounds
        self._columns = table.columns
        # Each key with the number of keys up to and with it.
        self.keys = [
            (key, number)
            for number, key in enumerate(keys, 1)
            if self.constant(self.name(key)) is None
        ]

    def name(self, key: SortKey) -> str:
        """The column of a key."""
        return self._columns[key.position].name

    def constant(self, name: str) -> tuple[Cell] | None:
        """The only cell that a column may hold."""
        cells = self.bounds[name].cells if name in self.bounds else None
        return (cells[0],) if cells is not None and len(cells) == 1 else None

    def passed_over(self, name: str) -> list[Cell] | None:
        """The cells that a column may hold, if they are listed and it is not ordered by."""
        cells = self.bounds[name].cells if name in self.bounds else None
        is_key = any(self.name(key) == name for key, _ in self.keys)
        return None if is_key else cells

    def is_ordered(self, key: SortKey) -> bool:
        """Whether an index has the cells of a key's column in order, but for NULL."""
        return is_indexable(self._columns[key.position].type)

    def nulls_are_high(self, key: SortKey) -> bool:
        """Whether an index has NULL after the values of a key's column."""
        return self._columns[key.position].type.tag < NULL_TAG

    def misplaces_nulls(self, key: SortKey) -> bool:
        """Whether rows of a NULL that are to be found come at the wrong end."""
        column = self._columns[key.position]
        excludes_null = column.name in self.bounds and self.bounds[column.name].is_range
        has_nulls = column.nullable and not excludes_null
        return has_nulls and key.nulls_first != (self.nulls_are_high(key) == key.is_descending)


def _walk(number: int, index: IndexSource, ordering: Ordering) -> tuple[Rank, IndexWalk] | None:
    """The walk through an index, if its entries are in order at all."""
    prefixes: list[tuple[Cell, ...]] = [()]
    width = 0
    for name in index.columns:
        cells = ordering.passed_over(name)
        if cells is None or len(prefixes) * len(cells) > WAYS_MAX:
            break
        prefixes = [(*prefix, cell) for prefix in prefixes for cell in cells]
        width += 1
    sorted_keys = _sorted_keys(index.columns[width:], ordering)
    if sorted_keys == 0:
        return None
    key, _ = ordering.keys[0]
    ways = tuple(_probes(prefix, key, ordering) for prefix in prefixes)
    walk = IndexWalk(number, index.columns, ways, key.is_descending, sorted_keys)
    bounds = ordering.bounds.get(ordering.name(key))
    return (width, bounds is not None and bounds.is_range, sorted_keys), walk


def _sorted_keys(columns: Sequence[str], ordering: Ordering) -> int:
    """By how many of the keys entries are sorted that have these columns."""
    names = [name for name in columns if ordering.constant(name) is None]
    sorted_keys = 0
    for name, (key, number) in zip(names, ordering.keys, strict=False):
        first, _ = ordering.keys[0]
        is_same = name == ordering.name(key) and key.is_descending == first.is_descending
        if not is_same or not ordering.is_ordered(key):
            break
        if key is not first and ordering.misplaces_nulls(key):
            break
        sorted_keys = number
    return sorted_keys


def _probes(prefix: tuple[Cell, ...], key: SortKey, ordering: Ordering) -> tuple[Range, ...]:
    """What to read of an index one after the other, each in the direction of the first key."""
    bounds = ordering.bounds.get(ordering.name(key))
    if bounds is not None and bounds.is_range:
        return (bounded_range(prefix, bounds),)
    if not ordering.misplaces_nulls(key):
        return (Range.equal(prefix),)
    null = (*prefix, None)
    if ordering.nulls_are_high(key):
        values = Range(prefix, null, high_inclusive=False)
    else:
        values = Range(null, prefix, low_inclusive=False)
    nulls = Range.equal(null)
    return (nulls, values) if key.nulls_first else (values, nulls)
