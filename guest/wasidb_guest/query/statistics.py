"""What is known of a table before it is read: guesses from the nodes of its indexes.

    rows of the table        entries of an index, of which every row has one
    rows between two keys    entries between these
    rows with the same key   rows of the table, divided by the number of different keys

No statistics are kept, neither in the file, whose layout has no place for them, nor in memory: they
cost writers nothing and are never out of date. See `indexes.estimate` for how they are guessed."""

from collections.abc import Iterable, Sequence

from wasidb_guest.query.plan import IndexAccess, Range
from wasidb_guest.query.source import IndexSource, TableSource

PROBES_SAMPLED = 8
"""Of more probes than these the first ones stand for all."""


def row_count(table: TableSource) -> int:
    """About how many rows there are."""
    return entry_count(table.indexes[0])


def entry_count(index: IndexSource) -> int:
    """About how many rows an index leads to, which are all of the table."""
    return index.estimate((), (), low_inclusive=True, high_inclusive=True)


def rows_found(indexes: Sequence[IndexSource], access: Iterable[IndexAccess]) -> float:
    """About how many rows look-ups find."""
    return sum(_rows_of_probes(indexes[each.index], each.probes) for each in access)


def key_count(index: IndexSource, width: int) -> float:
    """About how many different keys there are in the first `width` columns of an index."""
    return max(1, index.estimate_distinct(width))


def rows_a_key(index: IndexSource, width: int) -> float:
    """About how many rows have the same key in the first `width` columns of an index."""
    is_key = index.unique and width == len(index.columns)
    return 1 if is_key else entry_count(index) / key_count(index, width)


def _rows_of_probes(index: IndexSource, probes: Sequence[Range]) -> float:
    if all(is_key_of(index, probe) for probe in probes):
        return len(probes)
    sample = probes[:PROBES_SAMPLED]
    found = sum(_rows_between(index, probe) for probe in sample)
    return found * len(probes) / max(1, len(sample))


def is_key_of(index: IndexSource, probe: Range) -> bool:
    """Whether a probe looks for one key, which one row has at most."""
    low = probe.low
    is_one = low is not None and low == probe.high and len(low) == len(index.columns)
    return index.unique and is_one and low is not None and None not in low


def _rows_between(index: IndexSource, probe: Range) -> int:
    return index.estimate(
        probe.low,
        probe.high,
        low_inclusive=probe.low_inclusive,
        high_inclusive=probe.high_inclusive,
    )
