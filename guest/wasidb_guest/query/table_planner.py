"""The part of a plan that is about tables: scans, joins and the filter.

Scans read only columns that something needs. A condition on one table is checked by that table's
scan where it makes no difference to the joins: on any table if all joins are inner, on the first
if all are inner or left.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.errors import InvalidQuery
from wasidb_guest.query import plan
from wasidb_guest.query.access_path import choose_index
from wasidb_guest.query.binding import bind
from wasidb_guest.query.expression import Filter, conditions, conjunction, conjuncts
from wasidb_guest.query.joins import can_join
from wasidb_guest.query.plan import Plan
from wasidb_guest.query.scope import Scope, ScopeColumn
from wasidb_guest.query.source import Source
from wasidb_guest.query.statement import Select


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


class TablePlanner:
    """Plans the scans, the joins and the filter of a statement: everything that is about tables."""

    def __init__(self, statement: Select, source: Source) -> None:
        self.statement = statement
        self.source = source
        self.tables = _definitions(statement, source)
        self.full = _joined_scope(map(Scope.of_table, self.tables))
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
