"""Tables in the engine, in sqlite3 and in the naive model, and what must hold between them.

    agrees_with_model     the model, and sqlite3 where SQL has words for it, give the same rows
    is_partitioned        the rows where p, where not p and where p is unknown are all rows, once
    counts_what_holds     as many rows are counted where p as the model finds p true of
    needs_no_index        the same rows come from tables without indexes
    needs_no_memory       the same rows come when hardly any may be held in memory
    deletes_what_it_finds the rows where p are gone after a delete where p, and no others

Each is a function of the loaded tables and a statement, and raises Disagreement.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from math import isclose
from pathlib import Path
from typing import Any

from tests.support.cell_keys import AVERAGE
from tests.support.engine_under_test import EngineUnderTest, Start
from tests.support.query_model import Answer, TooLarge, answer
from tests.support.query_sql import Inexpressible, Sqlite, sql_result
from tests.support.random_database import Table, halves
from tests.support.random_statements import Filter, Statement, unknown_where
from wasidb.errors import LimitExceeded

AVERAGES_DIFFER = Decimal("1e-25")
MEMORY = 300
"""Bytes for what a statement holds: a few rows for each of its steps."""


class Disagreement(Exception):
    """The engine gives something else than it has to."""


class Loaded:
    """The same tables in an engine, in one without indexes, in sqlite3, and as the model takes
    them: with the rows in the order in which they are stored.
    """

    def __init__(self, tables: list[Table], start: Start, folder: Path) -> None:
        self.engine = engine_with(tables, start, folder / "indexes.wasidb")
        plain = [table.without_indexes() for table in tables]
        self.plain = engine_with(plain, start, folder / "plain.wasidb")
        self.tables = {table.name: stored_in(self.engine, table) for table in tables}
        self.sqlite = Sqlite(self.tables.values())
        self.judged_by_sqlite = 0

    def close(self) -> None:
        """Close everything and remove the files; Disagreement when one is not sound."""
        self.sqlite.close()
        for engine in (self.engine, self.plain):
            problems = engine.check()
            engine.close()
            engine.path.unlink(missing_ok=True)
            if problems:
                raise Disagreement(f"the file is not sound: {problems}")


Check = Callable[[Loaded, Statement], None]


def engine_with(tables: list[Table], start: Start, path: Path) -> EngineUnderTest:
    """An engine that holds the tables."""
    engine = EngineUnderTest(path, start)
    engine.create(*[table.definition() for table in tables])
    for table in tables:
        early, late = halves(table)
        engine.insert(table.name, table.names, *early)
        if table.gone:
            engine.delete(table.name, {"In": [table.key, [row[0] for row in table.gone]]})
            engine.insert(table.name, table.names, *late)
    return engine


def stored_in(engine: EngineUnderTest, table: Table) -> Table:
    """The table with its rows in the order in which they lie."""
    stored = engine.select({"from": table.name})
    if multiset(stored) != multiset(table.rows):
        raise Disagreement(f"{table.name} holds {stored}, not {table.rows}")
    return replace(table, rows=stored)


def multiset(rows: list[list[Any]]) -> Counter[str]:
    return Counter(map(json.dumps, rows))


def agrees_with_model(loaded: Loaded, statement: Statement) -> None:
    try:
        expected = answer(statement, loaded.tables)
    except TooLarge:
        refuses(loaded, statement)
        return
    found = loaded.engine.answer(statement)
    if found["columns"] != expected.columns:
        raise Disagreement(f"columns {found['columns']}, expected {expected.columns}")
    if not are_same(found["rows"], expected):
        raise Disagreement(f"rows {found['rows']}, the model has {expected.rows}")
    agrees_with_sqlite(loaded, statement, found["rows"], expected.types)


def refuses(loaded: Loaded, statement: Statement) -> None:
    try:
        found = loaded.engine.select(statement)
    except LimitExceeded:
        return
    raise Disagreement(f"rows {found}, but a sum does not fit a decimal")


def are_same(rows: list[list[Any]], expected: Answer) -> bool:
    """Whether all cells are the same, averages but for their last digits."""
    if AVERAGE not in expected.types:
        return json.dumps(rows) == json.dumps(expected.rows)
    return len(rows) == len(expected.rows) and all(
        is_average(cell, other) if type == AVERAGE else json.dumps(cell) == json.dumps(other)
        for row, other_row in zip(rows, expected.rows, strict=True)
        for type, cell, other in zip(expected.types, row, other_row, strict=True)
    )


def is_average(cell: str | None, expected: str | None) -> bool:
    if cell is None or expected is None:
        return cell is expected
    distance = abs(Decimal(cell) - Decimal(expected))
    return distance <= abs(Decimal(expected)) * AVERAGES_DIFFER


def agrees_with_sqlite(
    loaded: Loaded, statement: Statement, rows: list[list[Any]], types: list[str]
) -> None:
    try:
        found = [tuple(map(sql_result, types, row)) for row in rows]
        expected = loaded.sqlite.rows(statement)
    except Inexpressible:
        return
    loaded.judged_by_sqlite += 1
    is_same = len(found) == len(expected) and all(
        is_close(cell, other)
        for row, other_row in zip(found, expected, strict=True)
        for cell, other in zip(row, other_row, strict=True)
    )
    if not is_same:
        raise Disagreement(f"rows {rows}, sqlite has {expected}")


def is_close(cell: Any, expected: Any) -> bool:
    """Equal, for sqlite rounds averages to float64."""
    if isinstance(cell, Decimal | float) and expected is not None:
        return isclose(float(cell), expected, rel_tol=1e-12)
    return bool(cell == expected)


def is_partitioned(loaded: Loaded, statement: Statement) -> None:
    where, everything = only_rows(statement)
    parts = [where, {"Not": where}, unknown_where(where)]
    rows = [row for part in parts for row in loaded.engine.select(everything | {"where": part})]
    whole = loaded.engine.select(everything)
    if multiset(rows) != multiset(whole):
        raise Disagreement(f"{rows} where true, false or unknown, but {whole} in all")


def counts_what_holds(loaded: Loaded, statement: Statement) -> None:
    where, everything = only_rows(statement)
    counted = everything | {"where": where, "aggregates": [{"function": "count", "as": "count"}]}
    ((found,),) = loaded.engine.select(counted)
    expected = len(answer(everything | {"where": where}, loaded.tables).rows)
    if found != expected:
        raise Disagreement(f"{found} rows counted, {expected} found")


def only_rows(statement: Statement) -> tuple[Filter, Statement]:
    """The filter of a statement, and the statement for all rows it chooses from."""
    everything = {key: statement[key] for key in ("from", "joins") if key in statement}
    return statement.get("where", {"NotNull": f"{statement['from']}.id"}), everything


def needs_no_index(loaded: Loaded, statement: Statement) -> None:
    try:
        found = loaded.engine.select(statement)
    except LimitExceeded:
        return
    plain = loaded.plain.select(statement)
    if found != plain:
        raise Disagreement(f"{found} by way of indexes, {plain} without")


def needs_no_memory(loaded: Loaded, statement: Statement) -> None:
    try:
        found = loaded.engine.select(statement)
    except LimitExceeded:
        return
    aside = loaded.engine.select(statement | {"limits": {"memory": MEMORY}})
    if json.dumps(found) != json.dumps(aside):
        raise Disagreement(f"{found} in memory, {aside} with rows put aside")


def deletes_what_it_finds(loaded: Loaded, statement: Statement) -> None:
    """Only for filters on one table; the delete is rolled back."""
    where, everything = only_rows(statement)
    if "joins" in everything:
        return
    gone = answer(everything | {"where": where}, loaded.tables).rows
    tx = loaded.engine.begin()
    count = loaded.engine.delete(statement["from"], where, tx)
    rest = loaded.engine.select(everything, tx)
    loaded.engine.rollback(tx)
    whole = loaded.tables[statement["from"]].rows
    if count != len(gone) or multiset(rest + gone) != multiset(whole):
        raise Disagreement(f"{count} rows deleted and {rest} left, expected {gone} to go")
