"""From a statement to a plan: names are resolved, filters bound and moved down, indexes chosen.

The plan is built in the order in which a statement's keys take effect (see `statement`):

    scans → joins → where → distinct_by → groups → having → distinct → order_by → offset, limit →
    columns

Scans read only columns that something needs. A condition on one table is checked by that table's
scan where it makes no difference to the joins: on any table if all joins are inner, on the first if
all are inner or left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.errors import InvalidQuery
from wasidb_guest.query import plan
from wasidb_guest.query.access_path import choose_index
from wasidb_guest.query.aggregates import BoundAggregate, result_type
from wasidb_guest.query.binding import bind
from wasidb_guest.query.expression import Filter, conditions, conjunction, conjuncts
from wasidb_guest.query.joins import can_join
from wasidb_guest.query.plan import Plan
from wasidb_guest.query.scope import Scope, ScopeColumn
from wasidb_guest.query.sorting import SortKey
from wasidb_guest.query.source import Source
from wasidb_guest.query.statement import Aggregate, OrderKey, Select
from wasidb_guest.values import NULL_TAG


@dataclass(frozen=True, slots=True)
class Stage:
    """A plan so far, the columns it gives, and how these are called in a result."""

    plan: Plan
    scope: Scope
    labels: tuple[str, ...]

    def then(self, node: Plan) -> "Stage":
        """One more step that leaves the columns as they are."""
        return Stage(node, self.scope, self.labels)

    def positions(self, names: Iterable[str]) -> tuple[int, ...]:
        """Where the columns of these names are."""
        return tuple(map(self.scope.position, names))

    def labelled(self, positions: Iterable[int]) -> tuple[str, ...]:
        """The labels of these columns."""
        return tuple(self.labels[position] for position in positions)


def plan_select(statement: Select, source: Source) -> Plan:
    """The plan of a statement.

    TableNotFound or UnknownColumn for names that mean nothing, InvalidQuery for what makes no sense
    for what they name."""
    tables = _definitions(statement, source)
    if _only_counts_rows(statement):
        functions = _functions(statement, Scope.of_table(tables[0]))
        counted = plan.CountRows(tables[0].name, tuple(each.name for each in functions))
        stage = _grouped_stage(counted, [], functions, Scope(()), ())
        return _finished(stage, tuple(range(len(functions))), statement)
    stage = TablePlanner(statement, source, tables).joined()
    if statement.distinct_by:
        positions = stage.positions(statement.distinct_by)
        stage = stage.then(plan.Distinct(stage.plan, positions, stage.labelled(positions)))
    if statement.aggregates is None:
        return _finished(stage, _row_output(stage, statement), statement)
    stage, output = _aggregated(stage, statement)
    return _finished(stage, output, statement)


class TablePlanner:
    """Plans the scans, the joins and the filter of a statement: everything that is about tables."""

    def __init__(
        self, statement: Select, source: Source, tables: Sequence[TableDefinition]
    ) -> None:
        self.statement = statement
        self.source = source
        self.tables = tables
        self.full = _joined_scope(map(Scope.of_table, tables))
        self.labels = dict(zip(self.full.columns, self.full.labels(), strict=True))
        self.joins = [self._join_columns(number) for number in range(len(statement.joins))]
        self.needed = self._needed_columns()

    def joined(self) -> Stage:
        """Scans, joined from left to right, and what remains of the filter."""
        pushed, remaining = self._split_filter()
        node: Plan = self._scan(self.tables[0], pushed[0])
        scope = self._scan_scope(self.tables[0])
        for number, join in enumerate(self.statement.joins):
            left, right = self.joins[number]
            table = self.tables[number + 1]
            right_scope = self._scan_scope(table)
            node = plan.HashJoin(
                node,
                self._scan(table, pushed[number + 1]),
                join.kind,
                scope.columns.index(left),
                right_scope.columns.index(right),
                f"{left.qualified} = {right.qualified}",
            )
            scope = _joined_scope((scope, right_scope))
        where = conjunction(remaining)
        if where is not None:
            node = plan.Choose(node, where, bind(where, scope))
        return Stage(node, scope, tuple(self.labels[column] for column in scope.columns))

    def _scan(self, table: TableDefinition, filters: list[Filter]) -> plan.Scan:
        where = conjunction(filters)
        scope = self._scan_scope(table)
        indexes = self.source.table(table.name).indexes
        return plan.Scan(
            table.name,
            tuple(table.column_position(column.name) for column in scope.columns),
            tuple(column.name for column in scope.columns),
            where,
            None if where is None else bind(where, scope),
            choose_index(indexes, filters, Scope.of_table(table)),
            self._row_limit(),
        )

    def _scan_scope(self, table: TableDefinition) -> Scope:
        """The columns of a table that are needed; one at least, to know how many rows there are."""
        columns = Scope.of_table(table).columns
        return Scope(tuple(each for each in columns if each in self.needed) or columns[:1])

    def _row_limit(self) -> int | None:
        """How many rows are enough, if each row found is one of the result."""
        statement = self.statement
        is_plain = not (statement.joins or statement.order_by or statement.distinct_by)
        if statement.limit is None or statement.is_distinct or not is_plain:
            return None
        return statement.offset + statement.limit if statement.aggregates is None else None

    def _split_filter(self) -> tuple[list[list[Filter]], list[Filter]]:
        """The conditions for each table's scan, and those left for behind the joins."""
        kinds = {join.kind for join in self.statement.joins}
        pushed: list[list[Filter]] = [[] for _ in self.tables]
        remaining: list[Filter] = []
        names = [table.name for table in self.tables]
        for each in conjuncts(self.statement.where):
            used = {self.full.column(condition.column).table for condition in conditions(each)}
            number = names.index(used.pop()) if len(used) == 1 else None
            may_push = kinds <= {"Inner"} or (number == 0 and kinds <= {"Inner", "Left"})
            target = pushed[number] if number is not None and may_push else remaining
            target.append(each)
        return pushed, remaining

    def _join_columns(self, number: int) -> tuple[ScopeColumn, ScopeColumn]:
        """The two columns of a join; a bare left one is the FROM table's if that has it."""
        join = self.statement.joins[number]
        earlier = [Scope.of_table(table) for table in self.tables[: number + 1]]
        is_own = any(column.name == join.left_column for column in earlier[0].columns)
        left = (earlier[0] if is_own else _joined_scope(earlier)).column(join.left_column)
        right = Scope.of_table(self.tables[number + 1]).column(join.right_column)
        if not can_join(left.type, right.type):
            message = (
                f"cannot join {left.qualified}, which is {left.type}, "
                f"with {right.qualified}, which is {right.type}"
            )
            raise InvalidQuery(message, place=f"joins[{number}]")
        return left, right

    def _needed_columns(self) -> set[ScopeColumn]:
        statement = self.statement
        names: list[str] = list(statement.distinct_by)
        if statement.where is not None:
            names += [condition.column for condition in conditions(statement.where)]
        if statement.aggregates is not None:
            names += statement.group_by
            names += [each.column for each in statement.aggregates if each.column is not None]
        elif statement.columns is None:
            return set(self.full.columns)
        else:
            names += statement.columns
            names += [key.column for key in statement.order_by]
        needed = {self.full.column(name) for name in names}
        return needed.union(*self.joins)


def _definitions(statement: Select, source: Source) -> list[TableDefinition]:
    """The tables of a statement, in order; each at most once, as nothing could tell two apart."""
    names = [statement.table, *(join.table for join in statement.joins)]
    for number, name in enumerate(names):
        if name in names[:number]:
            message = f"table {name!r} stands twice in one statement, and has only one name"
            raise InvalidQuery(message, table=name)
    return [source.table(name).definition for name in names]


def _joined_scope(scopes: Iterable[Scope]) -> Scope:
    return Scope(tuple(column for scope in scopes for column in scope.columns))


def _only_counts_rows(statement: Select) -> bool:
    """Whether the number of rows, which a table knows, is all that is asked."""
    reads_rows = (
        statement.joins
        or statement.where is not None
        or statement.group_by
        or statement.distinct_by
        or statement.columns
    )
    functions = statement.aggregates or ()
    counts_rows = all(each.function == "count" and each.column is None for each in functions)
    return bool(functions) and counts_rows and not reads_rows


def _functions(statement: Select, scope: Scope) -> list[BoundAggregate]:
    """The aggregates of a statement, bound to the columns of its rows."""
    return [_bound_aggregate(each, scope) for each in statement.aggregates or ()]


def _bound_aggregate(aggregate: Aggregate, scope: Scope) -> BoundAggregate:
    position = None if aggregate.column is None else scope.position(aggregate.column)
    data_type = None if position is None else scope.columns[position].type
    if result_type(aggregate.function, data_type) is None:
        message = f"aggregate requires numeric column: '{aggregate.column}'"
        raise InvalidQuery(message, column=aggregate.column, expected="a numeric column")
    return BoundAggregate(aggregate.function, position, aggregate.name)


def _aggregated(stage: Stage, statement: Select) -> tuple[Stage, tuple[int, ...]]:
    """The groups that `having` keeps, and which of their columns are the result."""
    group_by = tuple(dict.fromkeys(stage.positions(statement.group_by)))
    functions = _functions(statement, stage.scope)
    calls = tuple(f"{each} as {each.name}" for each in statement.aggregates or ())
    names = stage.labelled(group_by)
    node = plan.AggregateGroups(stage.plan, group_by, tuple(functions), names, calls)
    grouped = _grouped_stage(node, list(group_by), functions, stage.scope, names)
    asked = statement.group_by if statement.columns is None else statement.columns
    output = [_key_position(name, grouped, len(group_by)) for name in asked]
    output += range(len(group_by), len(grouped.labels))
    if statement.having is not None:
        predicate = bind(statement.having, grouped.scope)
        grouped = grouped.then(plan.Choose(node, statement.having, predicate))
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
    return Stage(node, Scope(tuple(columns)), tuple(labels))


def _key_position(name: str, grouped: Stage, key_count: int) -> int:
    position = grouped.scope.position(name)
    if position >= key_count:
        message = f"{name!r} in columns is not a column of group_by; aggregates are always given"
        raise InvalidQuery(message, column=name)
    return position


def _row_output(stage: Stage, statement: Select) -> tuple[int, ...]:
    """The columns of a result without groups."""
    if statement.columns is None:
        return tuple(range(len(stage.labels)))
    if not statement.columns:
        raise InvalidQuery("columns must name at least one column", place="columns")
    return stage.positions(statement.columns)


def _finished(stage: Stage, output: tuple[int, ...], statement: Select) -> Plan:
    """The last steps: equal rows, order, the part that is asked, and its columns."""
    node = stage.plan
    if statement.is_distinct:
        node = plan.Distinct(node, tuple(dict.fromkeys(output)), stage.labelled(output))
    if statement.order_by:
        keys = tuple(_sort_key(key, stage.scope, statement) for key in statement.order_by)
        node = plan.Sort(node, keys, tuple(key.column for key in statement.order_by))
    if statement.offset or statement.limit is not None:
        node = plan.Slice(node, statement.offset, statement.limit)
    return plan.Project(node, output, stage.labelled(output))


def _sort_key(key: OrderKey, scope: Scope, statement: Select) -> SortKey:
    position = scope.position(key.column)
    is_low = statement.null_order == "lowest" or scope.columns[position].type.tag > NULL_TAG
    return SortKey(position, key.is_descending, nulls_first=is_low != key.is_descending)
