"""Runs plans: each step gives batches, and asks the steps below for theirs when it needs them.

    Slice 10                 stops asking when it has ten rows
      Filter
        HashJoin             keeps the rows of its right side, asks for batches of the left one
          Scan               reads some pages for each batch
          Scan

What a step gives is at least one batch, of no rows if need be. Steps that have to keep rows hold
what `Execution` allows and put the rest aside, so memory holds neither a table nor what is made of
it: only the result, where it is wanted as a whole."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from wasidb_guest.encoding.cell_vectors import constant_vector
from wasidb_guest.query import plan
from wasidb_guest.query.access_path import choose_access, exact_access
from wasidb_guest.query.aggregates import aggregate
from wasidb_guest.query.batches import BATCH_ROWS, at_least_one, gathered, joined
from wasidb_guest.query.distinct import distinct
from wasidb_guest.query.execution import Execution
from wasidb_guest.query.expression import Filter, conjuncts
from wasidb_guest.query.external_sort import sort
from wasidb_guest.query.first_rows import first_rows
from wasidb_guest.query.grouping import row_numbers, take_rows
from wasidb_guest.query.index_join import index_join
from wasidb_guest.query.joins import join
from wasidb_guest.query.leading import sort_first
from wasidb_guest.query.look_ups import count_found, found_by, in_order
from wasidb_guest.query.planner import plan_select
from wasidb_guest.query.predicates import true_rows
from wasidb_guest.query.reads import filter_test, tell_reads
from wasidb_guest.query.relations import include
from wasidb_guest.query.scans import read_rows, scan, scanned
from wasidb_guest.query.scope import Scope
from wasidb_guest.query.source import Addresses, Source, TableSource
from wasidb_guest.query.statement import Select
from wasidb_guest.query.table_planner import columns_of, plan_scan
from wasidb_guest.tables.access_control import Permission
from wasidb_guest.values import UINT64
from wasidb_guest.vectors import Batch

FIRST_MAX = 1 << 18
"""So many first rows are found without putting all rows in order."""
KEEPING = (plan.HashJoin, plan.Distinct, plan.AggregateGroups, plan.Sort)


def run_select(statement: Select, source: Source) -> Batch:
    """The rows a statement asks for, with their columns named."""
    return joined(list(stream_select(statement, source)))


def stream_select(statement: Select, source: Source) -> Iterator[Batch]:
    """The same, a batch at a time."""
    if statement.limits is not None:
        source.limits.narrow(statement.limits)
    return stream_plan(plan_select(statement, source), source)


def run_plan(node: plan.Plan, source: Source) -> Batch:
    """What a plan gives, of which the source is told what it depends on."""
    return joined(list(stream_plan(node, source)))


def stream_plan(node: plan.Plan, source: Source) -> Iterator[Batch]:
    """The same, a batch at a time."""
    tell_reads(node, source)
    with Execution(source, keeping_steps(node)) as run:
        count = 0
        for batch in execute(node, run):
            run.check()
            count += batch.count
            source.limits.check_rows(count)
            yield batch


def keeping_steps(node: plan.Plan) -> int:
    """How many steps of a plan keep rows, and share the memory for it."""
    match node:
        case plan.Scan() | plan.CountRows() | plan.FirstRows():
            return 0
        case plan.HashJoin(left, right):
            return 1 + keeping_steps(left) + keeping_steps(right)
        case plan.IndexJoin(both):
            return keeping_steps(both)
        case _:
            return isinstance(node, KEEPING) + keeping_steps(node.input)


def matching_addresses(
    source: Source, name: str, where: Filter | None, permission: Permission = "read"
) -> Addresses:
    """The rows of a table for which a filter is true, all without one, each once and by ascending
    address.
    """
    table = source.table(name)
    source.has_read(name, filter_test(table.definition, where), permission)
    exact = _exact_access(table, where)
    pieces = (
        (addresses for _, addresses in read_rows(_scan_where(table, where), table))
        if exact is None
        else found_by(table, [exact])
    )
    return in_order(_watched(pieces, source))


def _watched(pieces: Iterable[Addresses], source: Source) -> Iterator[Addresses]:
    """The same, as long as the statement may go on."""
    for addresses in pieces:
        source.limits.check()
        yield addresses


def has_match(source: Source, name: str, where: Filter | None) -> bool:
    """Whether a filter is true for any row of a table; whether there is any row, without one."""
    table = source.table(name)
    source.has_read(name, filter_test(table.definition, where))
    exact = _exact_access(table, where)
    if exact is not None:
        return next(found_by(table, [exact]), None) is not None
    return scan(_scan_where(table, where, 1), table).count > 0


def _exact_access(table: TableSource, where: Filter | None) -> plan.IndexAccess | None:
    """The look-ups in an index that find just the rows for which a filter is true."""
    scope = Scope.of_table(table.definition)
    return exact_access(table.indexes, tuple(conjuncts(where)), scope)


def _scan_where(
    table: TableSource, where: Filter | None, row_limit: int | None = None
) -> plan.Scan:
    """The scan of a table for the columns of a filter."""
    definition = table.definition
    scope = Scope.of_table(definition)
    access = choose_access(table.indexes, tuple(conjuncts(where)), scope)
    columns = columns_of(where, scope)
    return plan_scan(definition, definition.name, columns, where, access, row_limit)


def execute(node: plan.Plan, run: Execution) -> Iterator[Batch]:
    """What a plan gives, batch by batch, one at least."""
    return run.measured(node, _batches(node, run))


def _batches(node: plan.Plan, run: Execution) -> Iterator[Batch]:
    match node:
        case plan.CountRows():
            return _only(partial(_count_rows, node, run.source))
        case plan.Scan():
            return scanned(node, run.source.table(node.table), few_first=run.may_stop)
        case plan.FirstRows():
            return _only(partial(first_rows, node, run.source.table(node.scan.table)))
        case plan.HashJoin():
            left, right = execute(node.left, run), execute(node.right, run)
            return at_least_one(join(left, right, node, run))
        case plan.IndexJoin():
            return at_least_one(index_join(node, execute(node.other, run), run))
        case plan.Include():
            rows = gathered(execute(node.input, run), BATCH_ROWS.__le__, run.share)
            return (include(batch, node.relations, run.source) for batch in rows)
        case _:
            if isinstance(node, plan.Slice) and node.limit is not None:
                run.may_stop = True
            return _made_of(node, execute(node.input, run), run)


def _made_of(
    node: plan.Choose
    | plan.Distinct
    | plan.AggregateGroups
    | plan.Sort
    | plan.Slice
    | plan.Project,
    batches: Iterator[Batch],
    run: Execution,
) -> Iterator[Batch]:
    """What a node makes of its only input."""
    match node:
        case plan.Choose():
            chosen = (take_rows(batch, true_rows(node.predicate, batch)) for batch in batches)
            return at_least_one(chosen)
        case plan.Distinct():
            return at_least_one(distinct(batches, node.positions, run))
        case plan.AggregateGroups():
            return aggregate(batches, node.group_by, node.functions, run)
        case plan.Sort():
            if node.row_limit is not None and node.row_limit <= FIRST_MAX:
                return sort_first(batches, node.keys, node.row_limit, run)
            return sort(batches, node.keys, run)
        case plan.Slice():
            return at_least_one(_sliced(batches, node.offset, node.limit))
        case plan.Project():
            return (_projected(batch, node) for batch in batches)


def _projected(batch: Batch, node: plan.Project) -> Batch:
    vectors = [batch.vectors[position] for position in node.positions]
    return Batch(node.names, vectors, batch.count)


def _count_rows(node: plan.CountRows, source: Source) -> Batch:
    table, access = source.table(node.scan.table), node.scan.access
    count = count_found(table, access) if access else table.row_count()
    vectors = [constant_vector(UINT64, count, 1) for _ in node.names]
    return Batch(node.names, vectors, 1)


def _sliced(batches: Iterator[Batch], offset: int, limit: int | None) -> Iterator[Batch]:
    """The rows from `offset` on, at most `limit` of them; nothing is asked for behind these."""
    first = 0
    for batch in batches:
        start = max(offset - first, 0)
        end = batch.count if limit is None else min(offset + limit - first, batch.count)
        is_whole = start == 0 and end == batch.count
        yield batch if is_whole else take_rows(batch, row_numbers(range(start, end)))
        first += batch.count
        if limit is not None and first >= offset + limit:
            return


def _only(make: Callable[[], Batch]) -> Iterator[Batch]:
    """One batch, made when it is asked for."""
    yield make()
