"""A plan as a tree for the reader: what each step does, how many rows that was likely to give, and,
of a plan that was run, what it gave and took.

    {"node": "Project", "details": "Project name", "estimated_rows": 20,
     "rows": 18, "batches": 1, "pages": 4, "milliseconds": 0.21,
     "inputs": [{"node": "Scan", "details": "Scan people [name, age], index (age) > 60", ...}]}

Milliseconds and pages are those of the steps below as well; a page counts each time it is asked
for, in memory or not; none is where the columns are kept of an earlier scan. Related rows and the
choice of first rows are no steps of their own: what is below them has no figures."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.column_cache import ColumnCache
from wasidb_guest.pages.frame import Frame
from wasidb_guest.query import plan
from wasidb_guest.query.estimates import looked_up_rows, rows_of
from wasidb_guest.query.execution import Actual, Execution
from wasidb_guest.query.executor import execute, keeping_steps
from wasidb_guest.query.planner import plan_select
from wasidb_guest.query.reads import tell_reads
from wasidb_guest.query.source import Source
from wasidb_guest.query.statement import Select
from wasidb_guest.transactions.transaction import Transaction


def explain_select(
    statement: Select, transaction: Transaction, *, is_executed: bool
) -> dict[str, Any]:
    """The plan of a statement, which is run to the end if it is to say what it takes."""
    node = plan_select(statement, transaction)
    # Guesses say something about the rows as well, so they are for those who may read them.
    tell_reads(node, transaction)
    actuals: dict[int, Actual] = {}
    if is_executed:
        if statement.limits is not None:
            transaction.limits.narrow(statement.limits)
        actuals = _measured(node, transaction)
    return _tree(node, transaction, actuals)


def _tree(
    node: plan.Plan | plan.Relation, source: Source, actuals: dict[int, Actual]
) -> dict[str, Any]:
    tree: dict[str, Any] = {"node": type(node).__name__, "details": str(node)}
    if not isinstance(node, plan.Relation):
        tree["estimated_rows"] = round(rows_of(node, source))
    actual = actuals.get(id(node))
    if actual is not None:
        tree |= {"rows": actual.rows, "batches": actual.batches, "pages": actual.pages}
        tree["milliseconds"] = round(1000 * actual.seconds, 3)
    tree["inputs"] = [_tree(each, source, actuals) for each in plan.inputs(node)]
    if isinstance(node, plan.IndexJoin):
        looked_up = tree["inputs"][0 if node.looked_up == "left" else 1]
        looked_up["estimated_rows"] = round(looked_up_rows(node, source))
    return tree


def _measured(node: plan.Plan, transaction: Transaction) -> dict[int, Actual]:
    """What each step of a plan does, by its id."""
    with (
        _counted_pages(transaction, _tables_of(node)) as pages_read,
        Execution(transaction, keeping_steps(node), pages_read=pages_read) as run,
    ):
        deque(execute(node, run), maxlen=0)
    return run.actuals


class CountedPages:
    """Pages, and how often one was read."""

    base = None

    def __init__(self, pages: PageSource) -> None:
        self._pages = pages
        self.page_count = pages.page_count
        self.scan_pages = pages.scan_pages
        self.kept: dict[int, Frame] = {}
        self.read_count = 0

    def read(self, number: int) -> Frame:
        self.read_count += 1
        return self._pages.read(number)

    def columns_of(self, numbers: Sequence[int]) -> ColumnCache | None:
        return self._pages.columns_of(numbers)


@contextmanager
def _counted_pages(transaction: Transaction, names: set[str]) -> Iterator[Callable[[], int]]:
    """Count what is read of some tables; gives how much that has been so far."""
    tables = [transaction.table(name) for name in names]
    pages = [table.pages for table in tables]
    counted = [CountedPages(each) for each in pages]
    try:
        for table, each in zip(tables, counted, strict=True):
            table.attach(each)
        yield lambda: sum(each.read_count for each in counted)
    finally:
        for table, each in zip(tables, pages, strict=True):
            table.attach(each)


def _tables_of(node: plan.Plan | plan.Relation) -> set[str]:
    """The tables that a plan reads."""
    if isinstance(node, plan.Scan):
        return {node.table}
    if isinstance(node, plan.CountRows):
        return {node.scan.table}
    return set().union(*map(_tables_of, plan.inputs(node)))
