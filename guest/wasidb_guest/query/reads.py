"""What answers depend on, told to the source of the tables before they are read; it refuses those
that may not be.

    select name from people where age > 30 ──>  people: age > 30
    get people 7                           ──>  people: id = 7

Each read is a test that rows can be put to later on (see `transactions.reads`): would the answer be
another one if this row came, went, or changed? It errs on the side of yes: conditions between
tables, what HAVING drops and what LIMIT cuts off count as read. Filters are bound when the first
row is put to the test, which most never see.
"""

from collections.abc import Iterator
from functools import cached_property

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.query import plan
from wasidb_guest.query.binding import bind
from wasidb_guest.query.expression import Filter
from wasidb_guest.query.predicates import Predicate, true_rows
from wasidb_guest.query.scope import Scope
from wasidb_guest.query.source import RowTest, Source
from wasidb_guest.vectors import Batch


class FilterTest:
    """Whether a filter is true for one of some complete rows of a table."""

    def __init__(self, table: TableDefinition, where: Filter, name: str = "") -> None:
        self._table = table
        self._where = where
        self._name = name

    def __call__(self, rows: Batch) -> bool:
        return len(true_rows(self._predicate, rows)) > 0

    @cached_property
    def _predicate(self) -> Predicate:
        return bind(self._where, Scope.of_table(self._table, self._name))


def filter_test(table: TableDefinition, where: Filter | None, name: str = "") -> RowTest | None:
    """The test of a filter; None, which stands for every row, without one."""
    return None if where is None else FilterTest(table, where, name)


def tell_reads(node: plan.Plan, source: Source) -> None:
    """Tell the source what the answer of a plan depends on."""
    for table, test in _reads_of(node):
        source.has_read(table, test)


def _reads_of(node: plan.Plan | plan.Relation) -> Iterator[tuple[str, RowTest | None]]:
    match node:
        case plan.Scan():
            yield node.table, _scan_test(node)
        case plan.CountRows(scan):
            yield scan.table, _scan_test(scan)
        case _:
            for each in plan.inputs(node):
                yield from _reads_of(each)


def _scan_test(scan: plan.Scan) -> RowTest | None:
    predicate, columns = scan.predicate, scan.columns
    if predicate is None:
        return None

    def test(rows: Batch) -> bool:
        vectors = [rows.vectors[position] for position in columns]
        return len(true_rows(predicate, Batch(scan.names, vectors, rows.count))) > 0

    return test
