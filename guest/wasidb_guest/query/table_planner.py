"""The part of a plan that is about tables: scans, joins and the filter.

Scans read only columns that something needs. A condition on one table is checked by that table's
scan where it makes no difference to the joins: on any table if all joins are inner, on the first
if all are inner or left.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.errors import InvalidQuery
from wasidb_guest.query import plan
from wasidb_guest.query.access_path import choose_index
from wasidb_guest.query.binding import bind
from wasidb_guest.query.expression import Filter, conditions, conjunction, conjuncts
from wasidb_guest.query.joins import can_join
from wasidb_guest.query.plan import Plan
from wasidb_guest.query.scope import Scope
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

    def positions(self, names: Sequence[str]) -> tuple[int, ...]:
        """Where the columns of these names are."""
        return self.scope.positions(names)

    def labelled(self, positions: Iterable[int]) -> tuple[str, ...]:
        """The labels of these columns."""
        return tuple(map(self.labels.__getitem__, positions))


class TablePlanner:
    """Plans the scans, the joins and the filter of a statement: everything that is about tables.

    Columns go by their position in `full`, which has those of all tables one after the other, each
    table from its place in `starts` to the next.
    """

    def __init__(self, statement: Select, source: Source) -> None:
        self.statement = statement
        self.source = source
        self.tables = _definitions(statement, source)
        self.full = Scope.of_tables(self.tables)
        self.starts = list(accumulate((len(each.columns) for each in self.tables), initial=0))
        self.joins = [self._join_positions(number) for number in range(len(statement.joins))]
        self.needed = self._needed_positions()

    def joined(self) -> Stage:
        """Scans, joined from left to right, and what remains of the filter."""
        pushed, remaining = self._split_filter()
        positions = self._scan_positions(0)
        node: Plan = self._scan(0, positions, pushed[0])
        for number, (left, right) in enumerate(self.joins, 1):
            right_positions = self._scan_positions(number)
            node = plan.HashJoin(
                node,
                self._scan(number, right_positions, pushed[number]),
                self.statement.joins[number - 1].kind,
                positions.index(left),
                right_positions.index(right),
                f"{self.full.columns[left].qualified} = {self.full.columns[right].qualified}",
            )
            positions += right_positions
        scope = self.full.take(positions)
        where = conjunction(remaining)
        if where is not None:
            node = plan.Choose(node, where, bind(where, scope))
        return Stage(node, scope, tuple(map(self.full.labels.__getitem__, positions)))

    def _scan(self, number: int, positions: Sequence[int], filters: list[Filter]) -> plan.Scan:
        """The scan of a table for these of its columns."""
        table = self.source.table(self.tables[number].name)
        everything = Scope.of_table(table.definition)
        columns = tuple(position - self.starts[number] for position in positions)
        scope = everything.take(columns)
        where = conjunction(filters)
        return plan.Scan(
            table.definition.name,
            columns,
            scope.labels,
            where,
            None if where is None else bind(where, scope),
            choose_index(table.indexes, filters, everything),
            self._row_limit(),
        )

    def _scan_positions(self, number: int) -> tuple[int, ...]:
        """The columns of a table that are needed; one at least, to know how many rows there are."""
        start, end = self.starts[number : number + 2]
        first, last = bisect_left(self.needed, start), bisect_left(self.needed, end)
        return tuple(self.needed[first:last]) or (start,)

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
        for each in conjuncts(self.statement.where):
            used = {self._table_of(condition.column) for condition in conditions(each)}
            number = used.pop() if len(used) == 1 else None
            may_push = kinds <= {"Inner"} or (number == 0 and kinds <= {"Inner", "Left"})
            target = pushed[number] if number is not None and may_push else remaining
            target.append(each)
        return pushed, remaining

    def _table_of(self, column: str) -> int:
        """The table a column belongs to, by its number."""
        return bisect_right(self.starts, self.full.position(column)) - 1

    def _join_positions(self, number: int) -> tuple[int, int]:
        """The two columns of a join; a bare left one is the FROM table's if that has it."""
        join = self.statement.joins[number]
        first, table = Scope.of_table(self.tables[0]), self.tables[number + 1]
        is_own = any(column.name == join.left_column for column in first.columns)
        earlier = first if is_own else Scope.of_tables(self.tables[: number + 1])
        left = earlier.position(join.left_column)
        right = self.starts[number + 1] + Scope.of_table(table).position(join.right_column)
        left_column, right_column = self.full.columns[left], self.full.columns[right]
        if not can_join(left_column.type, right_column.type):
            message = (
                f"cannot join {left_column.qualified}, which is {left_column.type}, "
                f"with {right_column.qualified}, which is {right_column.type}"
            )
            raise InvalidQuery(message, place=f"joins[{number}]")
        return left, right

    def _needed_positions(self) -> list[int]:
        statement = self.statement
        names: list[str] = list(statement.distinct_by)
        if statement.where is not None:
            names += [condition.column for condition in conditions(statement.where)]
        if statement.aggregates is not None:
            names += statement.group_by
            names += [each.column for each in statement.aggregates if each.column is not None]
        elif statement.columns is None:
            return list(range(len(self.full.columns)))
        else:
            names += statement.columns
            names += [key.column for key in statement.order_by]
        return sorted({*self.full.positions(names), *chain.from_iterable(self.joins)})


def _definitions(statement: Select, source: Source) -> list[TableDefinition]:
    """The tables of a statement, in order; each at most once, as nothing could tell two apart."""
    names = [statement.table, *(join.table for join in statement.joins)]
    for number, name in enumerate(names):
        if name in names[:number]:
            message = f"table {name!r} stands twice in one statement, and has only one name"
            raise InvalidQuery(message, table=name)
    return [source.table(name).definition for name in names]
