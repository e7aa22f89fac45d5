"""Reads tables, a batch at a time.

A scan filters each batch as it comes and keeps only the rows that are wanted, so memory never holds
a table. Rows come by ascending address, whether an index has found them or not.

The first few of very many rows are likely to be at the beginning of the table: they are looked for
there before an index is asked for all that it knows of."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeAlias

from wasidb_guest.encoding.cell_vectors import concat, constant_vector
from wasidb_guest.query import masks, plan
from wasidb_guest.query.grouping import take_rows
from wasidb_guest.query.look_ups import look_up, lowest
from wasidb_guest.query.predicates import Predicate, TrueRows, true_rows
from wasidb_guest.query.source import Addresses, TableSource
from wasidb_guest.vectors import Batch, RowChoice

FETCH_ROWS = 65_536

Rows: TypeAlias = tuple[Batch, Addresses]
"""Rows with where they are."""


def scan(node: plan.Scan, table: TableSource) -> Batch:
    """All rows of a scan as one batch."""
    return joined(list(scanned(node, table)), node, table)


def scanned(node: plan.Scan, table: TableSource, *, few_first: bool = False) -> Iterator[Batch]:
    """The rows of a scan; one empty batch if there are none. Who may stop after the first ones
    wants them soon, and `few_first`."""
    rows = read_rows(node, table, few_first) if node.row_limit is None else _limited(node, table)
    is_empty = True
    for batch, _ in rows:
        if batch.count:
            is_empty = False
            yield batch
    if is_empty:
        yield table.fetch(memoryview(array("Q")), node.columns)


def joined(batches: Sequence[Batch], node: plan.Scan, table: TableSource) -> Batch:
    """The rows of batches of a scan as one batch."""
    if len(batches) == 1:
        return batches[0]
    columns = [table.definition.columns[position] for position in node.columns]
    vectors = [
        concat([batch.vectors[number] for batch in batches])
        if batches
        else constant_vector(column.type, None, 0)
        for number, column in enumerate(columns)
    ]
    return Batch([column.name for column in columns], vectors, sum(each.count for each in batches))


def read_rows(node: plan.Scan, table: TableSource, few_first: bool = False) -> Iterator[Rows]:
    """The rows of a scan."""
    addresses = look_up(table, node.access) if node.access else None
    if addresses is None:
        yield from table.scan(node.columns, _choice_of(node), few_first=few_first)
        return
    for batch, batch_addresses in fetched(node, table, [addresses], FETCH_ROWS):
        yield chosen(batch, batch_addresses, node.predicate)


def _choice_of(node: plan.Scan) -> RowChoice | None:
    """Which rows a scan is for, told by the columns of its filter alone."""
    if node.predicate is None:
        return None
    return [node.columns[place] for place in node.predicate.positions()], TrueRows(node.predicate)


def fetched(
    node: plan.Scan, table: TableSource, pieces: Iterable[Addresses], portion: int
) -> Iterator[Rows]:
    """The rows at these addresses, in their order: `portion` of them at first, then more and more
    at a time."""
    for piece in pieces:
        start = 0
        while start < len(piece):
            part = piece[start : start + portion]
            yield table.fetch(part, node.columns), part
            start += portion
            portion = min(2 * portion, FETCH_ROWS)


def chosen(batch: Batch, addresses: Addresses, predicate: Predicate | None) -> Rows:
    """The rows for which a predicate is true."""
    if predicate is None:
        return batch, addresses
    rows = true_rows(predicate, batch)
    return (batch, addresses) if len(rows) == batch.count else taken(batch, addresses, rows)


def taken(batch: Batch, addresses: Addresses, rows: memoryview) -> Rows:
    """These rows, by number."""
    kept = memoryview(array("Q", bytes(8 * len(rows))))
    masks.take_addresses(addresses, rows, kept)
    return take_rows(batch, rows), kept


def _limited(node: plan.Scan, table: TableSource) -> Iterator[Rows]:
    """The rows of a scan until there are enough."""
    missing = node.row_limit or 0
    rows = _few_rows(node, table, missing)
    while missing > 0 and (found := next(rows, None)) is not None:
        yield found
        missing -= found[0].count


def _few_rows(node: plan.Scan, table: TableSource, count: int) -> Iterator[Rows]:
    """The same rows for somebody who wants `count` of them."""
    few = look_up(table, node.access, only_few=True) if node.access else None
    if few is not None:
        for batch, addresses in fetched(node, table, [few], count):
            yield chosen(batch, addresses, node.predicate)
        return
    for rows in _guesses(node, table, count) if node.access and count <= FETCH_ROWS else ():
        if len(rows[1]) >= count:
            yield rows
            return
    yield from read_rows(node, table, few_first=True)


def _guesses(node: plan.Scan, table: TableSource, count: int) -> Iterator[Rows]:
    """Rows that are the right ones if they are enough: those at the beginning of the table, and
    those with the lowest addresses in the index."""
    yield from islice(table.scan(node.columns, _choice_of(node), few_first=True), 1)
    first = lowest(table, node.access, count)
    yield chosen(table.fetch(first, node.columns), first, node.predicate)
