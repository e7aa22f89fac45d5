"""Runs plans and filters: tables are read a batch at a time (see `scans`), everything above them
works on one batch.

Memory holds the rows of the result, or of what is grouped, joined or sorted, and never a table."""

from array import array
from itertools import chain

from wasidb_guest.encoding.cell_vectors import constant_vector
from wasidb_guest.query import plan
from wasidb_guest.query.access_path import choose_index
from wasidb_guest.query.aggregates import aggregate
from wasidb_guest.query.binding import bind
from wasidb_guest.query.expression import Filter, conditions, conjuncts
from wasidb_guest.query.grouping import distinct, take_rows
from wasidb_guest.query.joins import join
from wasidb_guest.query.planner import plan_select
from wasidb_guest.query.predicates import true_rows
from wasidb_guest.query.relations import include
from wasidb_guest.query.scans import read_rows, scan
from wasidb_guest.query.scope import Scope
from wasidb_guest.query.sorting import sort
from wasidb_guest.query.source import Addresses, Source, TableSource
from wasidb_guest.query.statement import Select
from wasidb_guest.values import UINT64
from wasidb_guest.vectors import Batch


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
            return scan(node, source.table(node.table))
        case plan.HashJoin():
            left, right = execute(node.left, source), execute(node.right, source)
            return join(left, right, node.kind, node.left_positions, node.right_positions)
        case plan.Include():
            return include(execute(node.input, source), node.relations, source)
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


def _count_rows(node: plan.CountRows, source: Source) -> Batch:
    count = source.table(node.table).row_count()
    vectors = [constant_vector(UINT64, count, 1) for _ in node.names]
    return Batch(node.names, vectors, 1)


def _slice(batch: Batch, offset: int, limit: int | None) -> Batch:
    end = batch.count if limit is None else min(offset + limit, batch.count)
    return take_rows(batch, memoryview(array("I", range(min(offset, end), end))))
