"""Runs plans and filters: tables are read a batch at a time (see `scans`), everything above them
works on one batch.

Memory holds the rows of the result, or of what is grouped, joined or sorted, and never a table."""

from array import array
from itertools import chain

from wasidb_guest.encoding.cell_vectors import constant_vector
from wasidb_guest.query import plan
from wasidb_guest.query.access_path import choose_access, exact_access
from wasidb_guest.query.aggregates import aggregate
from wasidb_guest.query.expression import Filter, conjuncts
from wasidb_guest.query.first_rows import first_rows
from wasidb_guest.query.grouping import distinct, take_rows
from wasidb_guest.query.joins import join
from wasidb_guest.query.leading import sort_first
from wasidb_guest.query.look_ups import count_found, found_by
from wasidb_guest.query.planner import plan_select
from wasidb_guest.query.predicates import true_rows
from wasidb_guest.query.reads import filter_test, tell_reads
from wasidb_guest.query.relations import include
from wasidb_guest.query.scans import read_rows, scan
from wasidb_guest.query.scope import Scope
from wasidb_guest.query.sorting import sort
from wasidb_guest.query.source import Addresses, Source, TableSource
from wasidb_guest.query.statement import Select
from wasidb_guest.query.table_planner import columns_of, plan_scan
from wasidb_guest.values import UINT64
from wasidb_guest.vectors import Batch


def run_select(statement: Select, source: Source) -> Batch:
    """The rows a statement asks for, with their columns named."""
    return run_plan(plan_select(statement, source), source)


def run_plan(node: plan.Plan, source: Source) -> Batch:
    """What a plan gives, of which the source is told what it depends on."""
    tell_reads(node, source)
    return execute(node, source)


def matching_addresses(source: Source, name: str, where: Filter | None) -> Addresses:
    """The rows of a table for which a filter is true, all without one, by ascending address."""
    table = source.table(name)
    source.has_read(name, filter_test(table.definition, where))
    found = read_rows(_scan_where(table, where), table)
    addresses = chain.from_iterable(addresses.tolist() for _, addresses in found)
    return memoryview(array("Q", sorted(addresses)))


def has_match(source: Source, name: str, where: Filter | None) -> bool:
    """Whether a filter is true for any row of a table; whether there is any row, without one."""
    table = source.table(name)
    source.has_read(name, filter_test(table.definition, where))
    scope = Scope.of_table(table.definition)
    exact = exact_access(table.indexes, tuple(conjuncts(where)), scope)
    if exact is not None:
        return next(found_by(table, [exact]), None) is not None
    return scan(_scan_where(table, where, 1), table).count > 0


def _scan_where(
    table: TableSource, where: Filter | None, row_limit: int | None = None
) -> plan.Scan:
    """The scan of a table for the columns of a filter."""
    definition = table.definition
    scope = Scope.of_table(definition)
    access = choose_access(table.indexes, tuple(conjuncts(where)), scope)
    columns = columns_of(where, scope)
    return plan_scan(definition, definition.name, columns, where, access, row_limit)


def execute(node: plan.Plan, source: Source) -> Batch:
    """What a plan gives."""
    match node:
        case plan.CountRows():
            return _count_rows(node, source)
        case plan.Scan():
            return scan(node, source.table(node.table))
        case plan.FirstRows():
            return first_rows(node, source.table(node.scan.table))
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
            if node.row_limit is None:
                return sort(batch, node.keys)
            return sort_first(batch, node.keys, node.row_limit)
        case plan.Slice():
            return _slice(batch, node.offset, node.limit)
        case plan.Project():
            vectors = [batch.vectors[position] for position in node.positions]
            return Batch(node.names, vectors, batch.count)


def _count_rows(node: plan.CountRows, source: Source) -> Batch:
    table, access = source.table(node.scan.table), node.scan.access
    count = count_found(table, access) if access else table.row_count()
    vectors = [constant_vector(UINT64, count, 1) for _ in node.names]
    return Batch(node.names, vectors, 1)


def _slice(batch: Batch, offset: int, limit: int | None) -> Batch:
    end = batch.count if limit is None else min(offset + limit, batch.count)
    return take_rows(batch, memoryview(array("I", range(min(offset, end), end))))
