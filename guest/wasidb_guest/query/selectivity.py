"""Which share of a table's rows a filter is likely to let pass, and so how many a scan gives.

    status = 'open' and amount > 900     index (status)     9,000 of 100,000 rows    0.09
                                         amount: no index, a third                   0.03

A condition on the first column of an index is looked up in it; others have the shares that
optimizers have taken for want of anything better since Selinger and others, "Access Path Selection
in a Relational Database Management System" (SIGMOD 1979). Conditions are taken to know nothing of
each other."""

from collections.abc import Callable

from wasidb_guest.query.access_path import choose_access
from wasidb_guest.query.expression import (
    And,
    Comparison,
    Condition,
    Filter,
    Membership,
    Not,
    NullTest,
    Or,
)
from wasidb_guest.query.plan import Scan
from wasidb_guest.query.scope import Scope
from wasidb_guest.query.source import TableSource
from wasidb_guest.query.statistics import row_count, rows_found

EQUAL_SHARE = 0.05
RANGE_SHARE = 1 / 3
OTHER_SHARE = 0.1
"""Patterns, and what is asked of json."""


def scan_rows(scan: Scan, table: TableSource) -> float:
    """About how many rows a scan gives."""
    count = row_count(table)
    scope = Scope.of_table(table.definition, scan.name)

    def looked_up(condition: Condition) -> float:
        access = choose_access(table.indexes, (condition,), scope)
        return rows_found(table.indexes, access) / max(1, count) if access else guess(condition)

    rows = count * share(scan.where, looked_up)
    if scan.access:
        rows = min(rows, rows_found(table.indexes, scan.access))
    return rows if scan.row_limit is None else min(rows, scan.row_limit)


def share(where: Filter | None, of_condition: Callable[[Condition], float]) -> float:
    """The share of rows for which a filter is true, given that of each of its conditions."""
    match where:
        case None:
            return 1.0
        case And(left, right):
            return share(left, of_condition) * share(right, of_condition)
        case Or(left, right):
            return 1 - (1 - share(left, of_condition)) * (1 - share(right, of_condition))
        case Not(operand):
            return 1 - share(operand, of_condition)
        case condition:
            return min(1.0, of_condition(condition))


def guess(condition: Condition) -> float:
    """The share of rows for which a condition is true of which nothing but its form is known."""
    match condition:
        case Comparison("Eq") | NullTest(_, True):
            return EQUAL_SHARE
        case Comparison("Ne") | NullTest(_, False):
            return 1 - EQUAL_SHARE
        case Comparison():
            return RANGE_SHARE
        case Membership(_, literals):
            return EQUAL_SHARE * len(literals)
    return OTHER_SHARE
