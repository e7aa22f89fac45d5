"""Random statements over random tables: the engine agrees with a naive model, with sqlite3 where
SQL has words for it, and with itself.

`differential` has what must hold. One database takes STATEMENTS statements; a failure prints the
smallest golden script that shows it. The number of databases goes with hypothesis' profile:
20,000 statements in CI and a million in `just differential` where the engine is compiled, few
elsewhere. As tables are small, the engine is told now and then that few rows are many: else it
would always go the same way where it has several.
"""

import random
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support import differential
from tests.support.differential import Check, Loaded
from tests.support.engine_under_test import Start
from tests.support.query_model import TooLarge, answer
from tests.support.random_database import draw_tables
from tests.support.random_statements import Statement, draw_statement
from tests.support.shrinking import Case, smallest
from wasidb_guest.query import costs, first_rows, look_ups

STATEMENTS = 25
FEW_ROWS = 2
DATABASES = {"native": 4.0, "interpreted": 0.8, "component": 0.8}
"""How many for each example of the profile."""
SQL_SHARE = 0.3
"""The least part of the statements that sqlite3 has to judge, or this tests less than it says."""

FURTHER_CHECKS: list[Check] = [
    differential.is_partitioned,
    differential.counts_what_holds,
    differential.needs_no_index,
    differential.needs_no_memory,
    differential.deletes_what_it_finds,
]


def judge(number: int, start: Start, folder: Path) -> int:
    """Put the statements of a random database to the test; gives how many sqlite3 has judged."""
    chance = random.Random(number)
    tables = draw_tables(chance)
    loaded = Loaded(tables, start, folder)
    for _ in range(STATEMENTS):
        statement = draw_statement(chance, tables)
        for check in (differential.agrees_with_model, chance.choice(FURTHER_CHECKS)):
            try:
                check(loaded, statement)
            except Exception as problem:
                report(number, Case(tables, statement), check, problem, start, folder)
    loaded.close()
    return loaded.judged_by_sqlite


def report(
    number: int, case: Case, check: Check, problem: Exception, start: Start, folder: Path
) -> None:
    """Fail with the smallest case that fails in the same way."""

    def outcome(case: Case) -> Exception | None:
        try:
            loaded = Loaded(case.tables, start, folder / "smaller")
            if not is_valid(case.statement, loaded):
                return None
            check(loaded, case.statement)
        except Exception as problem:
            return problem
        return None

    (folder / "smaller").mkdir()
    small = smallest(case, lambda each: type(outcome(each)) is type(problem))
    seen = outcome(small) or problem
    message = f"database {number}, {check.__name__}: {type(seen).__name__}: {seen}"
    pytest.fail(f"{message}\n\n{small.script()}", pytrace=False)


def is_valid(statement: Statement, loaded: Loaded) -> bool:
    """Whether the model knows what the statement means."""
    try:
        answer(statement, loaded.tables)
    except (KeyError, ValueError):
        return False
    except TooLarge:
        pass
    return True


def set_thresholds(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the engine, if it is in this process, take FEW_ROWS rows for many in two databases of
    three, and follow an index to the end of the table in one of these. In every other database
    look-ups cost nothing, so that joins look up whatever has an index.
    """
    few_rows = look_ups.FEW_ROWS if number % 3 == 0 else FEW_ROWS
    for module in (look_ups, first_rows):
        monkeypatch.setattr(module, "FEW_ROWS", few_rows)
    if number % 3 == 1:
        monkeypatch.setattr(first_rows, "WALK_SHARE", 1)
    if number % 2 == 1:
        for cost in ("FETCHED_ROW", "KEY_OF_UNIQUE_INDEX", "KEY"):
            monkeypatch.setattr(costs, cost, 0)


def test_statements_agree(
    quick_start: Start,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    databases = int(settings().max_examples * DATABASES[request.config.getoption("--build")])
    judged = 0
    for number in range(databases):
        with monkeypatch.context() as patch:
            set_thresholds(number, patch)
            judged += judge(number, quick_start, tmp_path)
    assert judged >= SQL_SHARE * databases * STATEMENTS
