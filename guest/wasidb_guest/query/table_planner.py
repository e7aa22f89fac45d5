"""The part of a plan that is about tables: scans, joins and the filter.

Scans read only columns that something needs. A condition on one table is checked by that table's
scan where it makes no difference to the joins:

    people Left teams      on people: by the scan           on teams: behind the join
    people Right teams     on people: behind the join       on teams: by the scan
    people Inner teams     by the scan

Which table is joined when, and how, is the business of `join_planner`. Where every row that the
first table's scan finds is a row of the result, be it alone or beside what Left joins find, it is
enough to find as many as are wanted.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.errors import InvalidQuery
from wasidb_guest.query import plan
from wasidb_guest.query.access_path import choose_access, is_selective
from wasidb_guest.query.binding import bind
from wasidb_guest.query.expression import Filter, conditions, conjunction, conjuncts
from wasidb_guest.query.foreign_keys import key_columns
from wasidb_guest.query.index_order import choose_walk
from wasidb_guest.query.join_planner import JoinPlanner, in_best_order
from wasidb_guest.query.joined_table import JoinedTable, TableScan, is_unique
from wasidb_guest.query.key_numbers import can_join
from wasidb_guest.query.order_keys import bind_order, order_text
from wasidb_guest.query.plan import Plan
from wasidb_guest.query.scope import Scope, ScopeColumn
from wasidb_guest.query.source import Source
from wasidb_guest.query.statement import Join, JoinKind, Select

FIRST_ROWS_MAX = 10_000
"""More rows than this are not read one by one."""
KEEPING_LEFT: frozenset[JoinKind] = frozenset(("Inner", "Left", "Semi", "Anti"))


@dataclass(frozen=True, slots=True)
class Stage:
    """A plan so far, the columns it gives, how these are called in a result, where they are in the
    order in which the statement has them, and whether the rows are in its order already."""

    plan: Plan
    scope: Scope
    labels: tuple[str, ...]
    order: tuple[int, ...]
    is_sorted: bool = False

    def then(self, node: Plan) -> "Stage":
        """One more step that leaves the columns as they are."""
        return replace(self, plan=node)

    def positions(self, names: Sequence[str]) -> tuple[int, ...]:
        """Where the columns of these names are."""
        return self.scope.positions(names)

    def labelled(self, positions: Iterable[int]) -> tuple[str, ...]:
        """The labels of these columns."""
        return tuple(map(self.labels.__getitem__, positions))


@dataclass(frozen=True, slots=True)
class TableUse:
    """A table in a statement: what it goes by, all its columns under that name, and whether these
    can be asked for."""

    definition: TableDefinition
    name: str
    scope: Scope
    has_columns: bool

    @classmethod
    def called(cls, name: str, definition: TableDefinition, has_columns: bool = True) -> "TableUse":
        return cls(definition, name, Scope.of_table(definition, name), has_columns)


@dataclass(frozen=True, slots=True)
class JoinKeys:
    """The columns of a join: the left ones in `TablePlanner.full`, the right ones in the table."""

    left: tuple[int, ...]
    right: tuple[int, ...]
    pairs: tuple[tuple[ScopeColumn, ScopeColumn], ...]


class TablePlanner:
    """Plans the scans, the joins and the filter of a statement: everything that is about tables.

    Columns go by their position in `full`, which has those of all tables one after the other, each
    table from its place in `starts` to the next; tables of Semi and Anti joins have none there.
    """

    def __init__(self, statement: Select, source: Source) -> None:
        self.statement = statement
        self.source = source
        self.tables = _tables(statement, source)
        self.full = _scope_of(self.tables)
        sizes = (len(each.definition.columns) * each.has_columns for each in self.tables)
        self.starts = list(accumulate(sizes, initial=0))
        self.joins = [
            self._join_keys(number, join) for number, join in enumerate(statement.joins, 1)
        ]
        self.pushed, self.remaining = self._split_filter()
        self.columns = self._needed_columns()

    def joined(self) -> Stage:
        """Scans, joined, and what remains of the filter."""
        is_short_list = self._is_short_list()
        if self.statement.joins:
            node, positions = self._joins(is_short_list)
        else:
            node = self._first_rows() if is_short_list else self._scan(0)
            positions = self.columns[0]
        scope = self.full.take(positions)
        where = conjunction(self.remaining)
        if where is not None:
            node = plan.Choose(node, where, bind(where, scope))
        labels = tuple(map(self.full.labels.__getitem__, positions))
        order = sorted(range(len(positions)), key=positions.__getitem__)
        return Stage(node, scope, labels, tuple(order), is_short_list)

    def _joins(self, is_short_list: bool) -> tuple[Plan, Sequence[int]]:
        """All tables joined, and which columns that gives."""
        scans = [self._table_scan(number) for number in range(len(self.tables))]
        tables = [
            JoinedTable(
                table=scans[number],
                partner=scans[self._table_at(keys.left[0])],
                kind=join.kind,
                pairs=keys.pairs,
                left=keys.left,
                right=tuple(map(self.columns[number].index, keys.right)),
            )
            for number, (join, keys) in enumerate(
                zip(self.statement.joins, self.joins, strict=True), 1
            )
        ]
        start = self._first_rows() if is_short_list else _cut(scans[0].scan)
        planner = JoinPlanner(scans[0], start)
        for each in in_best_order(scans[0], tables):
            planner.add(each)
        return planner.node, planner.positions

    def _table_scan(self, number: int) -> TableScan:
        table = self.tables[number]
        start, columns = self.starts[number], self.columns[number]
        positions = tuple(start + column for column in columns) if table.has_columns else ()
        source = self.source.table(table.definition.name)
        return TableScan(self._scan(number), source, positions)

    def _scan(self, number: int) -> plan.Scan:
        """The scan of a table for the columns of it that are needed."""
        row_limit = None if number else self._row_limit()
        scan = self._scan_of(number, self.columns[number], row_limit)
        # With a limit it takes few look-ups, however many rows an index leads to.
        if scan.access and scan.row_limit is None:
            indexes = self.source.table(scan.table).indexes
            if not is_selective(indexes, scan.access):
                return replace(scan, access=())
        return scan

    def _scan_of(self, number: int, columns: tuple[int, ...], row_limit: int | None) -> plan.Scan:
        table, filters = self.tables[number], self.pushed[number]
        indexes = self.source.table(table.definition.name).indexes
        access = choose_access(indexes, filters, table.scope)
        return plan_scan(
            table.definition, table.name, columns, conjunction(filters), access, row_limit
        )

    def _row_limit(self) -> int | None:
        """How many rows of the first table are enough, if each row found is one of the result."""
        statement = self.statement
        is_plain = self._takes_rows_as_they_are() and not statement.order_by
        return statement.row_limit if is_plain else None

    def _takes_rows_as_they_are(self) -> bool:
        """Whether each row of the first table that its filter lets pass is a row of the result."""
        statement = self.statement
        changes_rows = (
            statement.distinct_by
            or statement.is_distinct
            or statement.aggregates is not None
            or self.remaining
        )
        return not changes_rows and all(map(self._only_adds_columns, range(1, len(self.tables))))

    def _only_adds_columns(self, number: int) -> bool:
        """Whether a join gives each row once, with some partner or none."""
        right = [column for _, column in self.joins[number - 1].pairs]
        source = self.source.table(self.tables[number].definition.name)
        return self.statement.joins[number - 1].kind == "Left" and is_unique(source, right)

    def _is_short_list(self) -> bool:
        """Whether so few of the first table's rows are wanted, in an order of its own columns, that
        it is worth finding them first, and reading all of their columns afterwards."""
        statement = self.statement
        limit = statement.row_limit
        is_short = limit is not None and limit <= FIRST_ROWS_MAX and bool(statement.order_by)
        if not is_short or not self._takes_rows_as_they_are():
            return False
        keys = self.full.positions([key.column for key in statement.order_by])
        return max(keys) < self.starts[1]

    def _first_rows(self) -> plan.FirstRows:
        """The first rows in the order of the statement."""
        statement, table, filters = self.statement, self.tables[0], self.pushed[0]
        keys = bind_order(statement.order_by, table.scope, statement.null_order)
        names = [condition.column for each in filters for condition in conditions(each)]
        used = {key.position for key in keys}.union(table.scope.positions(names))
        columns = tuple(sorted(used))
        indexes = self.source.table(table.definition.name).indexes
        assert statement.row_limit is not None
        return plan.FirstRows(
            self._scan_of(0, columns, None),
            tuple(replace(key, position=columns.index(key.position)) for key in keys),
            order_text(statement.order_by),
            statement.row_limit,
            choose_walk(indexes, table.definition, table.scope, filters, keys),
            self.columns[0],
            table.scope.take(self.columns[0]).labels,
        )

    def _split_filter(self) -> tuple[list[list[Filter]], list[Filter]]:
        """The conditions for each table's scan, and those left for behind the joins."""
        joins = self.statement.joins
        pushed: list[list[Filter]] = [[], *(list(conjuncts(join.where)) for join in joins)]
        remaining: list[Filter] = []
        for each in conjuncts(self.statement.where):
            used = {self._table_of(condition.column) for condition in conditions(each)}
            number = used.pop() if len(used) == 1 else None
            may_push = number is not None and self._is_filtered_early(number)
            (pushed[number] if may_push and number is not None else remaining).append(each)
        return pushed, remaining

    def _is_filtered_early(self, number: int) -> bool:
        """Whether rows of a table can be left out before the joins: none of these would then find
        no partner that had one, and come back with NULLs."""
        kinds: list[JoinKind] = ["Inner", *(join.kind for join in self.statement.joins)]
        return kinds[number] in ("Inner", "Right") and KEEPING_LEFT.issuperset(kinds[number + 1 :])

    def _table_of(self, column: str) -> int:
        """The table a column belongs to, by its number."""
        return self._table_at(self.full.position(column))

    def _table_at(self, position: int) -> int:
        """The table of a column in `full`, by its number."""
        return bisect_right(self.starts, position) - 1

    def _join_keys(self, number: int, join: Join) -> JoinKeys:
        """The columns of a join; a bare left one is the FROM table's if that has it."""
        table, first = self.tables[number].scope, self.tables[0].scope
        own = {column.name for column in first.columns}
        earlier = _scope_of(self.tables[:number])
        left = tuple(
            (first if name in own else earlier).position(name) for name in join.left_columns
        )
        right = table.positions(join.right_columns)
        pairs = [(self.full.columns[a], table.columns[b]) for a, b in zip(left, right, strict=True)]
        for left_column, right_column in pairs:
            if not can_join(left_column.type, right_column.type):
                message = (
                    f"cannot join {left_column.qualified}, which is {left_column.type}, "
                    f"with {right_column.qualified}, which is {right_column.type}"
                )
                raise InvalidQuery(message, place=f"joins[{number - 1}]")
        return JoinKeys(left, right, tuple(pairs))

    def _needed_columns(self) -> list[tuple[int, ...]]:
        """The columns of each table that are needed, in its own numbers and ascending.

        One at least, to know how many rows there are."""
        positions = set(self._needed_positions())
        positions.update(*(keys.left for keys in self.joins))
        own = [
            {position - start for position in positions if start <= position < end}
            for start, end in pairwise(self.starts)
        ]
        for columns, table, join, keys in zip(
            own[1:], self.tables[1:], self.statement.joins, self.joins, strict=True
        ):
            columns.update(keys.right)
            if join.where is not None:
                names = [condition.column for condition in conditions(join.where)]
                columns.update(table.scope.positions(names))
        return [tuple(sorted(columns)) or (0,) for columns in own]

    def _needed_positions(self) -> Iterable[int]:
        """The columns that something besides the joins needs."""
        statement = self.statement
        names = list(statement.distinct_by)
        if statement.where is not None:
            names += [condition.column for condition in conditions(statement.where)]
        if statement.aggregates is not None:
            names += statement.group_by
            names += [each.column for each in statement.aggregates if each.column is not None]
        elif statement.columns is None:
            return range(len(self.full.columns))
        else:
            names += statement.columns
            names += [key.column for key in statement.order_by]
        keys = key_columns(statement.include, self.tables[0].definition, self.source)
        return (*self.full.positions(names), *keys)


def _cut(scan: plan.Scan) -> Plan:
    """A scan that gives no more rows than it looks for."""
    return scan if scan.row_limit is None else plan.Slice(scan, 0, scan.row_limit)


def columns_of(where: Filter | None, scope: Scope) -> tuple[int, ...]:
    """The columns of a filter, ascending; one at least, to know how many rows there are."""
    names = [] if where is None else [each.column for each in conditions(where)]
    return tuple(sorted(set(scope.positions(names)))) or (0,)


def plan_scan(
    table: TableDefinition,
    name: str,
    columns: tuple[int, ...],
    where: Filter | None,
    access: tuple[plan.IndexAccess, ...] = (),
    row_limit: int | None = None,
) -> plan.Scan:
    """The scan of a table, called `name`, for these of its columns."""
    scope = Scope.of_table(table, name).take(columns)
    predicate = None if where is None else bind(where, scope)
    return plan.Scan(table.name, name, columns, scope.labels, where, predicate, access, row_limit)


def _tables(statement: Select, source: Source) -> list[TableUse]:
    """The tables of a statement, in order; no two go by the same name."""
    first = source.table(statement.table).definition
    tables = [TableUse.called(statement.table_name, first)]
    for join in statement.joins:
        name = join.table_name
        if name in (each.name for each in tables):
            message = f"two tables of the statement are called {name!r}: rename one with as"
            raise InvalidQuery(message, table=name)
        definition = source.table(join.table).definition
        tables.append(TableUse.called(name, definition, join.adds_columns))
    return tables


def _scope_of(tables: Iterable[TableUse]) -> Scope:
    """The columns of these tables that can be asked for."""
    return Scope.of_tables((each.name, each.definition) for each in tables if each.has_columns)
