"""Runs plans and filters: tables are read a batch at a time, everything above them works on one
batch.

A scan filters each batch as it comes and keeps only the rows that are wanted, so memory holds the
rows of the result, or of what is grouped, joined or sorted, and never a table. An index is used for
as long as it is selective: reading most of a table by addresses costs more than reading it as a
whole, so beyond INDEX_SHARE of the rows the table is scanned."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain

from wasidb_guest.encoding.cell_vectors import concat, constant_vector
from wasidb_guest.query import masks, plan
from wasidb_guest.query.access_path import choose_index
from wasidb_guest.query.aggregates import aggregate
from wasidb_guest.query.binding import bind
from wasidb_guest.query.expression import Filter, conditions, conjuncts
from wasidb_guest.query.grouping import distinct, take_rows
from wasidb_guest.query.joins import join
from wasidb_guest.query.planner import plan_select
from wasidb_guest.query.predicates import Predicate, true_rows
from wasidb_guest.query.scope import Scope
from wasidb_guest.query.sorting import sort
from wasidb_guest.query.source import Addresses, Source, TableSource
from wasidb_guest.query.statement import Select
from wasidb_guest.values import UINT64
from wasidb_guest.vectors import Batch

INDEX_SHARE = 0.25
FETCH_ROWS = 65_536


def run_select(statement: Select, source: Source) -> Batch:
    """The rows a statement asks for, with their columns named."""
    return execute(plan_select(statement, source), source)


def matching_addresses(table: TableSource, where: Filter | None) -> Addresses:
    """The rows of a table for which a filter is true, all without one, by ascending address."""
    scope = Scope.of_table(table.definition)
    if where is None:
        columns, predicate, access = [0], None, None
    else:
        columns = sorted({scope.position(each.column) for each in conditions(where)})
        predicate = bind(where, scope.take(columns))
        access = choose_index(table.indexes, conjuncts(where), scope)
    found = read_rows(table, columns, access, predicate)
    addresses = chain.from_iterable(addresses.tolist() for _, addresses in found)
    return memoryview(array("Q", sorted(addresses)))


def execute(node: plan.Plan, source: Source) -> Batch:
    """What a plan gives."""
    match node:
        case plan.CountRows():
            return _count_rows(node, source)
        case plan.Scan():
            return _scan(node, source.table(node.table))
        case plan.HashJoin():
            left, right = execute(node.left, source), execute(node.right, source)
            return join(left, right, node.kind, node.left_position, node.right_position)
        case _:
            return _apply(node, execute(node.input, source))


def _apply(
    node: plan.Choose
    | plan.Distinct
    | plan.AggregateGroups
    | plan.Sort
    | plan.Slice
    | plan.Project,
    batch: Batch,
) -> Batch:
    """What a node makes of its only input."""
    match node:
        case plan.Choose():
            return take_rows(batch, true_rows(node.predicate, batch))
        case plan.Distinct():
            return distinct(batch, node.positions)
        case plan.AggregateGroups():
            return aggregate(batch, node.group_by, node.functions)
        case plan.Sort():
            return sort(batch, node.keys)
        case plan.Slice():
            return _slice(batch, node.offset, node.limit)
        case plan.Project():
            vectors = [batch.vectors[position] for position in node.positions]
            return Batch(node.names, vectors, batch.count)


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


def _scan(node: plan.Scan, table: TableSource) -> Batch:
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


def _count_rows(node: plan.CountRows, source: Source) -> Batch:
    count = source.table(node.table).row_count()
    vectors = [constant_vector(UINT64, count, 1) for _ in node.names]
    return Batch(node.names, vectors, 1)


def _slice(batch: Batch, offset: int, limit: int | None) -> Batch:
    end = batch.count if limit is None else min(offset + limit, batch.count)
    return take_rows(batch, memoryview(array("I", range(min(offset, end), end))))
