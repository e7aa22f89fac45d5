"""About how many rows each node of a plan gives, for the reader of the plan: what was guessed when
the plan was made, and the same for the nodes above."""

from wasidb_guest.query import plan
from wasidb_guest.query.selectivity import guess, scan_rows, share
from wasidb_guest.query.source import Source
from wasidb_guest.query.statistics import key_count, rows_a_key

GROUP_SHARE = 0.1
"""Groups for each row, where no index tells."""


def rows_of(node: plan.Plan, source: Source) -> float:
    """About how many rows a node gives."""
    match node:
        case plan.CountRows():
            return 1
        case plan.Scan():
            return scan_rows(node, source.table(node.table))
        case plan.FirstRows(scan):
            return min(node.count, rows_of(scan, source))
        case plan.HashJoin(rows=joined) | plan.IndexJoin(plan.HashJoin(rows=joined)):
            return joined
    rows = rows_of(node.input, source)
    match node:
        case plan.Choose():
            return rows * share(node.where, guess)
        case plan.Distinct() | plan.AggregateGroups():
            return min(rows, _group_count(node, rows, source))
        case plan.Sort():
            return rows if node.row_limit is None else min(rows, node.row_limit)
        case plan.Slice():
            left = max(0.0, rows - node.offset)
            return left if node.limit is None else min(left, node.limit)
        case _:
            return rows


def looked_up_rows(node: plan.IndexJoin, source: Source) -> float:
    """About how many rows are found of the side that is looked up."""
    index = source.table(node.scan.table).indexes[node.index]
    found = rows_of(node.other, source) * rows_a_key(index, len(node.columns))
    return min(rows_of(node.scan, source), found)


def _group_count(node: plan.Distinct | plan.AggregateGroups, rows: float, source: Source) -> float:
    """How many different combinations of values there are."""
    if not node.names:
        return 1
    if isinstance(node.input, plan.Scan):
        for index in source.table(node.input.table).indexes:
            if set(node.names) == set(index.columns[: len(node.names)]):
                return key_count(index, len(node.names))
    return rows * GROUP_SHARE
