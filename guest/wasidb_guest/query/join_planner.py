"""Joins table after table: in which order, and whether one side is looked up in an index.

    from orders                                      partners of an order
    join lines on lines.order = orders.id            several
    join customers on orders.customer = id           one at most
    customers where country = 'NO'

    orders, customers, lines                         customers first: few orders are left then

Rows come in the order of the first table, those of one of its rows in the order of the second, and
so on; no plan may change that. A join that gives a row at most one partner has no part in this
order, so it can be done at any time. The others keep their places among each other. Right and Full
joins, and all joins beside them, are done as they are written.

Each join reads both sides, unless one of them is so small that it takes less to look up its keys in
an index of the other, which can be either side: what is found is read as a scan would read it (see
`index_join`). This compares what `costs` says of each way."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import TypeAlias

from wasidb_guest.query.costs import look_up_cost, scan_cost
from wasidb_guest.query.joined_table import JoinedTable, LookUp, TableScan
from wasidb_guest.query.plan import FirstRows, HashJoin, IndexJoin, Plan, Scan, Side
from wasidb_guest.query.statement import JoinKind

ROWS_MAX = 1e18
"""As many rows are as good as any more, which the nodes of a damaged file may promise."""

Way: TypeAlias = tuple[float, HashJoin | IndexJoin]
"""How to join, and what it takes."""

RIGHT_LOOKED_UP: frozenset[JoinKind] = frozenset(("Inner", "Left", "Semi", "Anti"))
LEFT_LOOKED_UP: frozenset[JoinKind] = frozenset(("Inner", "Right", "Semi"))
FIXED: frozenset[JoinKind] = frozenset(("Right", "Full"))


def in_best_order(first: TableScan, tables: Sequence[JoinedTable]) -> Iterator[JoinedTable]:
    """The tables in the order in which they are joined: of those that can be next the one that
    leaves the fewest rows."""
    if len(tables) < 2 or any(each.kind in FIXED for each in tables):
        yield from tables
        return
    known = set(first.positions)
    rest = list(tables)
    while rest:
        several = next((each for each in rest if not each.gives_one), None)
        ready = [
            each
            for each in rest
            if known.issuperset(each.left) and (each.gives_one or each is several)
        ]
        best = min(ready, key=lambda each: each.growth)
        rest.remove(best)
        known.update(best.table.positions)
        yield best


class JoinPlanner:
    """A plan to which joins are added; `positions` says where the columns of its rows are among all
    those of the statement.

    It begins with `node`, which gives rows of the table `first`: all of a scan, or some."""

    def __init__(self, first: TableScan, node: Plan) -> None:
        self.node = node
        self.positions = list(first.positions)
        self._first = first if node is first.scan else None
        self._rows = min(first.rows, node.count) if isinstance(node, FirstRows) else first.rows

    def add(self, joined: JoinedTable) -> None:
        """Join one more table."""
        left_rows, self._rows = self._rows, min(self._rows * joined.growth, ROWS_MAX)
        join = HashJoin(
            left=self.node,
            right=joined.table.scan,
            kind=joined.kind,
            left_positions=tuple(map(self.positions.index, joined.left)),
            right_positions=joined.right,
            condition=joined.condition,
            rows=round(self._rows),
        )
        self.node = min(self._ways(join, joined, left_rows), key=itemgetter(0))[1]
        self.positions += joined.table.positions
        self._first = None

    def _ways(self, join: HashJoin, joined: JoinedTable, left_rows: float) -> Iterator[Way]:
        """What can be done, and what it takes."""
        first, table = self._first, joined.table
        read_left = 0.0 if first is None else scan_cost(first.scan, first.source)
        read_right = scan_cost(table.scan, table.source)
        yield read_left + read_right, join
        right = table.look_up(joined.right_columns, joined.left_columns)
        if joined.kind in RIGHT_LOOKED_UP and right is not None:
            cost = _cost(table, right, left_rows, read_right)
            yield read_left + cost, _by_index(join, "right", right)
        if first is None or joined.kind not in LEFT_LOOKED_UP:
            return
        left = first.look_up(joined.left_columns, joined.right_columns)
        if left is not None:
            cost = _cost(first, left, table.rows, read_left)
            yield read_right + cost, _by_index(join, "left", left)


def _cost(table: TableScan, found: LookUp, keys: float, most: float) -> float:
    return look_up_cost(table.source.indexes[found.index], len(found.columns), keys, most)


def _by_index(join: HashJoin, side: Side, found: LookUp) -> IndexJoin:
    """The join with one of its sides looked up."""
    is_right = side == "right"
    scan, values = (
        (join.right, join.left_positions) if is_right else (join.left, join.right_positions)
    )
    assert isinstance(scan, Scan), "a side that is looked up is a table as it is"
    scan = replace(scan, access=())
    join = replace(join, right=scan) if is_right else replace(join, left=scan)
    keys = tuple(map(values.__getitem__, found.pairs))
    return IndexJoin(join, side, found.index, found.columns, keys)
