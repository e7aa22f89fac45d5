"""Cases that fail, made small: what a reader of a failure has to look at.

smallest(case, fails)     drops tables, rows, columns, indexes, keys of the statement and parts of
                          its filters for as long as `fails` says that it still does
case.script()             the case as a golden script
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.support.random_database import Table
from tests.support.random_statements import Statement


@dataclass(frozen=True)
class Case:
    """A statement over tables."""

    tables: list[Table]
    statement: Statement

    def script(self) -> str:
        """The commands of a golden script."""
        further = {key: value for key, value in self.statement.items() if key != "from"}
        select = f"select {self.statement['from']} with {json.dumps(further, ensure_ascii=False)}"
        return "\n".join([*(table.in_golden_words() for table in self.tables), select])


def smallest(case: Case, fails: Callable[[Case], bool]) -> Case:
    """The case of which nothing can be left out any more."""
    while True:
        simpler = next(filter(fails, simpler_cases(case)), None)
        if simpler is None:
            return case
        case = simpler


def simpler_cases(case: Case) -> Iterator[Case]:
    """The case with one thing less, the large ones first; not all of them are valid."""
    for tables in shorter(case.tables):
        yield replace(case, tables=tables)
    for statement in simpler_statements(case.statement):
        yield replace(case, statement=statement)
    for number, table in enumerate(case.tables):
        for simpler in simpler_tables(table):
            tables = [*case.tables[:number], simpler, *case.tables[number + 1 :]]
            yield replace(case, tables=tables)


def shorter(values: list[Any]) -> Iterator[list[Any]]:
    """The list without a half, a quarter, ... and without each single element."""
    size = len(values)
    while size > 0:
        for start in range(0, len(values), size):
            yield values[:start] + values[start + size :]
        size //= 2


def simpler_tables(table: Table) -> Iterator[Table]:
    for gone in shorter(table.gone):
        yield replace(table, gone=gone)
    for rows in shorter(table.rows):
        yield replace(table, rows=rows)
    for indexes in shorter(table.indexes):
        yield replace(table, indexes=indexes)
    for n, column in enumerate(table.columns[1:], 1):
        yield without_column(table, n, column.name)
        if column.unique:
            columns = [*table.columns[:n], replace(column, unique=False), *table.columns[n + 1 :]]
            yield replace(table, columns=columns)


def without_column(table: Table, number: int, name: str) -> Table:
    indexes = [[each for each in index if each != name] for index in table.indexes]
    return replace(
        table,
        columns=table.columns[:number] + table.columns[number + 1 :],
        indexes=[index for index in indexes if index],
        rows=[row[:number] + row[number + 1 :] for row in table.rows],
        gone=[row[:number] + row[number + 1 :] for row in table.gone],
    )


def simpler_statements(statement: Statement) -> Iterator[Statement]:
    for key, value in statement.items():
        if key == "from":
            continue
        yield {other: statement[other] for other in statement if other != key}
        if isinstance(value, list):
            for fewer in shorter(value):
                if fewer:
                    yield statement | {key: fewer}
        elif isinstance(value, Mapping):
            for simpler in simpler_filters(value):
                yield statement | {key: simpler}


def simpler_filters(where: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Parts of the filter, and the filter with one part simpler."""
    ((operator, operand),) = where.items()
    if operator == "Not":
        yield operand
        for simpler in simpler_filters(operand):
            yield {"Not": simpler}
    elif operator in ("And", "Or"):
        left, right = operand
        yield left
        yield right
        for simpler in simpler_filters(left):
            yield {operator: [simpler, right]}
        for simpler in simpler_filters(right):
            yield {operator: [left, simpler]}
    elif operator == "In":
        column, literals = operand
        for fewer in shorter(literals):
            yield {"In": [column, fewer]}
