"""From a statement to a plan: names are resolved, filters bound and moved down, indexes chosen.

The plan is built in the order in which a statement's keys take effect (see `statement`):

    tables (see `table_planner`) → distinct_by → groups → having
    → distinct → order_by → offset, limit → include → columns
"""

from collections.abc import Sequence
from dataclasses import replace

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.errors import InvalidQuery, UnknownColumn
from wasidb_guest.query import plan
from wasidb_guest.query.access_path import exact_access
from wasidb_guest.query.aggregates import BoundAggregate, result_type
from wasidb_guest.query.binding import bind
from wasidb_guest.query.expression import Filter, conditions, conjuncts
from wasidb_guest.query.order_keys import bind_order, order_text
from wasidb_guest.query.plan import Plan
from wasidb_guest.query.relation_planner import check_names, plan_relations
from wasidb_guest.query.scope import Scope, ScopeColumn
from wasidb_guest.query.source import Source
from wasidb_guest.query.statement import Aggregate, Select
from wasidb_guest.query.table_planner import Stage, TablePlanner, columns_of, plan_scan


def plan_select(statement: Select, source: Source) -> Plan:
    """The plan of a statement.

    TableNotFound or UnknownColumn for names that mean nothing, InvalidQuery for what makes no sense
    for what they name."""
    if _only_counts_rows(statement):
        counted = _row_counts(statement, source)
        if counted is not None:
            output = tuple(range(len(counted.labels)))
            return _finished(_having(counted, statement), output, statement, source)
    stage = TablePlanner(statement, source).joined()
    if statement.distinct_by:
        positions = stage.positions(statement.distinct_by)
        stage = stage.then(plan.Distinct(stage.plan, positions, stage.labelled(positions)))
    if statement.aggregates is None:
        return _finished(stage, _row_output(stage, statement), statement, source)
    stage, output = _aggregated(stage, statement)
    return _finished(_having(stage, statement), output, statement, source)


def depends_on_constants(statement: Select, source: Source) -> bool:
    """Whether the plan of a statement may be another one when its filter has other constants: where
    an index could serve the filter, where rows are read in an order until there are enough, and
    where it is a question of how many partners rows have."""
    if statement.joins or statement.include:
        return True
    if statement.where is None:
        return False
    if statement.limit is not None:
        return True
    table = source.table(statement.table)
    scope = Scope.of_table(table.definition, statement.table_name)
    tested = {scope.position(condition.column) for condition in conditions(statement.where)}
    first_columns = {index.columns[0] for index in table.indexes}
    return any(scope.columns[position].name in first_columns for position in tested)


def with_filter(node: Plan, where: Filter, definition: TableDefinition) -> Plan:
    """The same plan for a filter with other constants, on which it does not depend."""
    if isinstance(node, plan.Scan):
        return plan_scan(definition, node.name, node.columns, where)
    assert not isinstance(node, plan.CountRows | plan.FirstRows | plan.HashJoin | plan.IndexJoin)
    return replace(node, input=with_filter(node.input, where, definition))


def _only_counts_rows(statement: Select) -> bool:
    """Whether the number of rows is all that is asked."""
    functions = statement.aggregates
    if not functions:
        return False
    reads_rows = statement.joins or statement.group_by or statement.distinct_by or statement.columns
    counts_rows = all(each.function == "count" and each.column is None for each in functions)
    return counts_rows and not reads_rows


def _row_counts(statement: Select, source: Source) -> Stage | None:
    """The number of rows, if it is known without reading them: that of all rows by the table, that
    of those with certain keys by an index."""
    table, where = source.table(statement.table), statement.where
    scope = Scope.of_table(table.definition, statement.table_name)
    access = exact_access(table.indexes, tuple(conjuncts(where)), scope)
    if access is None and where is not None:
        return None
    functions = _functions(statement, scope)
    scan = plan_scan(
        table.definition,
        statement.table_name,
        columns_of(where, scope),
        where,
        () if access is None else (access,),
    )
    counted = plan.CountRows(scan, tuple(each.name for each in functions))
    return _grouped_stage(counted, [], functions, Scope(()), ())


def _functions(statement: Select, scope: Scope) -> list[BoundAggregate]:
    """The aggregates of a statement, bound to the columns of its rows."""
    return [_bound_aggregate(each, scope) for each in statement.aggregates or ()]


def _bound_aggregate(aggregate: Aggregate, scope: Scope) -> BoundAggregate:
    position = None if aggregate.column is None else scope.position(aggregate.column)
    data_type = None if position is None else scope.columns[position].type
    if result_type(aggregate.function, data_type) is None:
        message = f"aggregate requires numeric column: '{aggregate.column}'"
        raise InvalidQuery(message, column=aggregate.column, expected="a numeric column")
    return BoundAggregate(aggregate.function, position, aggregate.name, aggregate.fraction)


def _aggregated(stage: Stage, statement: Select) -> tuple[Stage, tuple[int, ...]]:
    """The groups, and which of their columns are the result."""
    group_by = tuple(dict.fromkeys(stage.positions(statement.group_by)))
    functions = _functions(statement, stage.scope)
    calls = tuple(f"{each} as {each.name}" for each in statement.aggregates or ())
    names = stage.labelled(group_by)
    node = plan.AggregateGroups(stage.plan, group_by, tuple(functions), names, calls)
    grouped = _grouped_stage(node, list(group_by), functions, stage.scope, names)
    asked = statement.group_by if statement.columns is None else statement.columns
    output = [_key_position(name, grouped, len(group_by)) for name in asked]
    output += range(len(group_by), len(grouped.labels))
    return grouped, tuple(output)


def _grouped_stage(
    node: Plan,
    group_by: Sequence[int],
    functions: Sequence[BoundAggregate],
    rows: Scope,
    names: tuple[str, ...],
) -> Stage:
    """What a node that groups gives: keys with the names they had, results with their own."""
    columns = list(rows.take(group_by).columns)
    labels = list(names)
    for each in functions:
        if each.name in labels:
            message = f"two columns of the result are called {each.name!r}"
            raise InvalidQuery(message, column=each.name)
        labels.append(each.name)
        data_type = None if each.position is None else rows.columns[each.position].type
        result = result_type(each.function, data_type)
        assert result is not None
        columns.append(ScopeColumn("", each.name, result))
    return Stage(node, Scope(tuple(columns)), tuple(labels), tuple(range(len(labels))))


def _having(stage: Stage, statement: Select) -> Stage:
    """The groups that are kept."""
    if statement.having is None:
        return stage
    predicate = bind(statement.having, stage.scope)
    return stage.then(plan.Choose(stage.plan, statement.having, predicate))


def _key_position(name: str, grouped: Stage, key_count: int) -> int:
    """The place among the groups' keys of a column asked for."""
    try:
        return grouped.scope.take(range(key_count)).position(name)
    except UnknownColumn:
        message = f"{name!r} in columns is not a column of group_by; aggregates are always given"
        raise InvalidQuery(message, column=name) from None


def _row_output(stage: Stage, statement: Select) -> tuple[int, ...]:
    """The columns of a result without groups."""
    if statement.columns is None:
        return stage.order
    if not statement.columns:
        raise InvalidQuery("columns must name at least one column", place="columns")
    return stage.positions(statement.columns)


def _finished(stage: Stage, output: tuple[int, ...], statement: Select, source: Source) -> Plan:
    """The last steps: equal rows, order, the part that is asked, related rows, and columns."""
    node = stage.plan
    if statement.is_distinct:
        node = plan.Distinct(node, tuple(dict.fromkeys(output)), stage.labelled(output))
    if statement.order_by and not stage.is_sorted:
        keys = bind_order(statement.order_by, stage.scope, statement.null_order)
        node = plan.Sort(node, keys, order_text(statement.order_by), statement.row_limit)
    if statement.offset or statement.limit is not None:
        node = plan.Slice(node, statement.offset, statement.limit)
    labels = stage.labelled(output)
    if statement.include:
        check_names(labels, statement.include)
        node, added = _with_relations(node, stage, statement, source)
        output, labels = output + added, labels + tuple(each.name for each in statement.include)
    return plan.Project(node, output, labels)


def _with_relations(
    node: Plan, stage: Stage, statement: Select, source: Source
) -> tuple[Plan, tuple[int, ...]]:
    """The rows with those they include, and where these are."""
    table = source.table(statement.table).definition
    places = stage.scope.places_in(Scope.of_table(table, statement.table_name))
    relations = plan_relations(statement.include, table, places, source)
    width = len(stage.scope.columns)
    return plan.Include(node, relations), tuple(range(width, width + len(relations)))
