"""The first few rows of a table in an order: what `order_by` with `limit` asks for.

Only the columns that the order and the filter need are read to find them; the others are read of
the rows that are given. There are three ways, tried in this order:

    few rows    the filter's look-ups find not many rows: these are put in order; left out where a
                walk would pass just these
    walk        an index leads from row to row in the order, on one way or several; each is left
                when there are enough
    all rows    the table is read as a scan would, keeping the first rows of what has been seen

A walk may know the order by the first keys only. So it goes on until these change, and what it has
passed is put in order by all keys. If the filter lets too few rows pass, it is given up: reading
rows one by one in the order of an index takes longer than reading a table as it lies.

Rows that are equal in all keys come by ascending address, whichever way they were found."""

from array import array
from collections.abc import Iterable, Sequence
from itertools import chain

from wasidb_guest.encoding.cell_vectors import take
from wasidb_guest.query import plan
from wasidb_guest.query.column_tests import OUTCOMES
from wasidb_guest.query.comparable import has_ordinals, ordinals_of
from wasidb_guest.query.grouping import number_rows
from wasidb_guest.query.leading import leading_rows
from wasidb_guest.query.look_ups import FEW_ROWS, look_up, pieces_of
from wasidb_guest.query.masks import FALSE, TRUE
from wasidb_guest.query.ordinal_comparison import ordinal_comparison
from wasidb_guest.query.predicates import ColumnTest, Predicate
from wasidb_guest.query.scans import (
    FETCH_ROWS,
    Rows,
    chosen,
    fetched,
    joined,
    read_rows,
    taken,
)
from wasidb_guest.query.sorting import SortKey, ordered
from wasidb_guest.query.source import Addresses, TableSource
from wasidb_guest.vectors import Batch

WALK_SHARE = 1 / 32
"""The part of a table after which a walk is given up."""
MERGED_ROWS = 4_096
"""So many rows more than wanted are kept before the first among them are looked for again."""


def first_rows(node: plan.FirstRows, table: TableSource) -> Batch:
    """The rows of the node, in order."""
    if node.count == 0:
        return table.fetch(memoryview(array("Q")), node.columns)
    return table.fetch(_addresses(node, table), node.columns)


def _addresses(node: plan.FirstRows, table: TableSource) -> Addresses:
    """Where the rows are, in order."""
    batch, addresses = _candidates(node, table)
    by_address = sorted(range(batch.count), key=addresses.__getitem__)
    order = ordered(by_address, batch, node.keys)[: node.count]
    return memoryview(array("Q", map(addresses.__getitem__, order)))


def _candidates(node: plan.FirstRows, table: TableSource) -> Rows:
    """Rows among which are those of the node."""
    scan = node.scan
    is_bounded = bool(scan.access) and not _is_along(node.walk, scan.access)
    few = look_up(table, scan.access, only_few=True) if is_bounded else None
    if few is not None:
        found = fetched(scan, table, [few], FETCH_ROWS)
        return _joined([chosen(*rows, scan.predicate) for rows in found], node, table)
    walked = None if node.walk is None else _walked(node, node.walk, table)
    if walked is not None:
        return _joined(walked, node, table)
    return _leading(read_rows(scan, table), node, table)


def _is_along(walk: plan.IndexWalk | None, access: Sequence[plan.IndexAccess]) -> bool:
    """Whether a walk goes through the very rows that look-ups find."""
    look_ups = [(each.index, each.probes) for each in access]
    return walk is not None and look_ups == [(walk.index, tuple(chain.from_iterable(walk.ways)))]


def _walked(node: plan.FirstRows, walk: plan.IndexWalk, table: TableSource) -> list[Rows] | None:
    """The rows that a walk passes on each of its ways before there are enough; None if it has to be
    given up."""
    passed: list[Rows] = []
    for way in walk.ways:
        rows = _passed_on(way, node, walk, table)
        if rows is None:
            return None
        passed.append(rows)
    return passed


def _passed_on(
    way: Iterable[plan.Range], node: plan.FirstRows, walk: plan.IndexWalk, table: TableSource
) -> Rows | None:
    index, scan = table.indexes[walk.index], node.scan
    pieces = chain.from_iterable(
        pieces_of(index, probe, is_descending=walk.is_descending) for probe in way
    )
    passed = _joined([], node, table)
    read_count = 0
    # One row more than asked for shows whether the last one is the last of its kind.
    for batch, addresses in fetched(scan, table, pieces, node.count + 1):
        read_count += batch.count
        passed = _joined([passed, chosen(batch, addresses, scan.predicate)], node, table)
        if _is_complete(passed, node, walk.sorted_keys):
            break
        if read_count > FEW_ROWS and read_count > WALK_SHARE * table.row_count():
            return None
    return passed


def _is_complete(passed: Rows, node: plan.FirstRows, sorted_keys: int) -> bool:
    """Whether a walk has gone past the last row there is room for and all that are equal to it."""
    batch, _ = passed
    if batch.count <= node.count:
        return False
    ends = memoryview(array("I", (node.count - 1, batch.count - 1)))
    return _are_different(batch, node.keys[:sorted_keys], ends)


def _are_different(batch: Batch, keys: Sequence[SortKey], rows: memoryview) -> bool:
    """Whether not all of these rows are equal in the keys."""
    return number_rows([take(batch.vectors[key.position], rows) for key in keys]).count > 1


def _leading(found: Iterable[Rows], node: plan.FirstRows, table: TableSource) -> Rows:
    """The first rows of all that come, which they do by ascending address.

    Once there are enough, most rows are told by their first key to come behind them."""
    kept: list[Rows] = []
    bound: Predicate | None = None
    for rows in found:
        kept.append(chosen(*rows, bound))
        count = sum(batch.count for batch, _ in kept)
        if count > node.count + (0 if bound is None else MERGED_ROWS + node.count):
            kept = [_cut(_joined(kept, node, table), node)]
            bound = _bound(kept[0][0], node.keys[0])
    return _cut(_joined(kept, node, table), node)


def _bound(batch: Batch, key: SortKey) -> Predicate | None:
    """What a row passes that does not come behind all of these by its first key; None if that
    cannot be told by a number."""
    vector = batch.vectors[key.position]
    is_bounded = has_ordinals(vector.type) and vector.validity is None
    if not is_bounded:
        return None
    ordinals = ordinals_of(vector).tolist()
    last, operator = (min(ordinals), "Ge") if key.is_descending else (max(ordinals), "Le")
    test = ordinal_comparison(vector.type, last, OUTCOMES[operator])
    return ColumnTest(key.position, test, TRUE if key.nulls_first else FALSE)


def _cut(rows: Rows, node: plan.FirstRows) -> Rows:
    """The first of these rows."""
    batch, addresses = rows
    if batch.count <= node.count:
        return rows
    return taken(
        batch, addresses, memoryview(array("I", leading_rows(batch, node.keys, node.count)))
    )


def _joined(rows: Sequence[Rows], node: plan.FirstRows, table: TableSource) -> Rows:
    batch = joined([batch for batch, _ in rows], node.scan, table)
    return batch, memoryview(b"".join(addresses for _, addresses in rows)).cast("Q")
