"""Reads tables, a batch at a time.

A scan filters each batch as it comes and keeps only the rows that are wanted, so memory never holds
a table. An index is used for as long as it is selective: reading most of a table by addresses costs
more than reading it as a whole, so beyond INDEX_SHARE of the rows the table is scanned."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain

from wasidb_guest.encoding.cell_vectors import concat, constant_vector
from wasidb_guest.query import masks, plan
from wasidb_guest.query.grouping import take_rows
from wasidb_guest.query.predicates import Predicate, true_rows
from wasidb_guest.query.source import Addresses, TableSource
from wasidb_guest.vectors import Batch

INDEX_SHARE = 0.25
FETCH_ROWS = 65_536


def scan(node: plan.Scan, table: TableSource) -> Batch:
    """All rows of a scan as one batch."""
    batches: list[Batch] = []
    missing = node.row_limit
    if missing != 0:
        for batch, _ in read_rows(table, node.columns, node.access, node.predicate):
            batches.append(batch)
            if missing is not None:
                missing -= batch.count
                if missing <= 0:
                    break
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


def read_rows(
    table: TableSource,
    columns: Sequence[int],
    access: plan.IndexAccess | None,
    predicate: Predicate | None,
) -> Iterator[tuple[Batch, Addresses]]:
    """The rows of a table for which a predicate on `columns` is true, with these columns."""
    addresses = None if access is None else _look_up(table, access)
    if addresses is None or len(addresses) > INDEX_SHARE * table.row_count():
        batches = table.scan(columns)
    else:
        batches = _fetched(table, columns, addresses)
    for batch, batch_addresses in batches:
        yield _chosen(batch, batch_addresses, predicate)


def _look_up(table: TableSource, access: plan.IndexAccess) -> Addresses:
    """What the look-ups in an index find, by ascending address and each row once."""
    index = table.indexes[access.index]
    found = []
    for probe in access.probes:
        match probe:
            case plan.Equal(cells):
                found.append(index.equal(cells))
            case plan.Range(low, high, low_inclusive, high_inclusive):
                found.append(
                    index.range(
                        low, high, low_inclusive=low_inclusive, high_inclusive=high_inclusive
                    )
                )
    if len(found) == 1 and len(found[0]) <= 1:
        return found[0]
    unique = set(chain.from_iterable(addresses.tolist() for addresses in found))
    return memoryview(array("Q", sorted(unique)))


def _fetched(
    table: TableSource, columns: Sequence[int], addresses: Addresses
) -> Iterator[tuple[Batch, Addresses]]:
    for start in range(0, len(addresses), FETCH_ROWS):
        part = addresses[start : start + FETCH_ROWS]
        yield table.fetch(part, columns), part


def _chosen(
    batch: Batch, addresses: Addresses, predicate: Predicate | None
) -> tuple[Batch, Addresses]:
    """The rows for which a predicate is true."""
    if predicate is None:
        return batch, addresses
    rows = true_rows(predicate, batch)
    if len(rows) == batch.count:
        return batch, addresses
    taken = memoryview(array("Q", bytes(8 * len(rows))))
    masks.take_addresses(addresses, rows, taken)
    return take_rows(batch, rows), taken
