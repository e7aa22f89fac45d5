"""Random sequences of schema changes on random rows: what survives is as it was, all else is
refused.

`migration_model` says what each migration must make of the rows, or that it is impossible. The
number of sequences goes with hypothesis' profile, natively 2,000 in CI. A failure prints the
definitions and rows before the migration that failed, and what was wanted.
"""

import json
import random
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.engine_under_test import EngineUnderTest, Start
from tests.support.migration_model import Impossible, Rows, is_lossy, migrated
from tests.support.random_schemas import Definition, Schema
from wasidb.errors import ConstraintViolated, InvalidDefinition, InvalidValue

SEQUENCES = {"native": 10.0, "interpreted": 0.4, "component": 0.4}
"""How many for each example of the profile."""

MIGRATIONS_MAX = 3
CHANGES_MAX = 3
DESTRUCTIVE = 0.9


class Sequence:
    """A database whose tables become others, and others again."""

    def __init__(self, seed: int, engine: EngineUnderTest) -> None:
        self._chance = random.Random(seed)
        self._engine = engine
        self._schema = Schema(self._chance)
        for _ in range(2):
            self._schema.add_table()
        self._rows: dict[str, Rows] = {}
        engine.create(*self._schema.tables)
        for table in self._schema.tables:
            self._insert(table, self._schema.draw_rows(table))

    def run(self) -> list[bool]:
        """Which of its migrations were possible; AssertionError if one makes something else."""
        done = []
        for _ in range(self._chance.randint(1, MIGRATIONS_MAX)):
            done.append(self._migrate())
            table = self._chance.choice(self._schema.tables)
            with suppress(ConstraintViolated):
                self._insert(table, self._schema.draw_rows(table, 1))
        problems = self._engine.check()
        assert problems == [], problems
        return done

    def _insert(self, table: Definition, rows: Rows) -> None:
        names = [column["name"] for column in table["columns"]]
        self._engine.insert(table["name"], names, *rows)
        self._rows[table["name"]] = self._found(table)

    def _migrate(self) -> bool:
        """Change some things at once; whether that was possible."""
        wanted = self._schema.wanted()
        for _ in range(self._chance.randint(1, CHANGES_MAX)):
            wanted.change()
        may_lose = self._chance.random() < DESTRUCTIVE
        before = self._schema.tables
        case = f"from {before}\nwith {self._rows}\nto {wanted.tables}"
        expected = made_of(before, self._rows, wanted.tables, may_lose=may_lose)
        is_done = self._is_done(wanted, may_lose=may_lose)
        assert is_done == (expected is not None), f"expected {expected}\n{case}"
        if expected is not None:
            self._schema, self._rows = wanted, expected
        found = {table["name"]: self._found(table) for table in self._schema.tables}
        assert found == self._rows, f"there is {found}\n{case}"
        return is_done

    def _is_done(self, wanted: Schema, *, may_lose: bool) -> bool:
        """Have these tables; whether that was not refused."""
        definitions = json.dumps(wanted.tables)
        options = json.dumps({"allow_destructive": may_lose})
        try:
            self._engine.call("catalog", "migrate", definitions, options)
        except (ConstraintViolated, InvalidDefinition, InvalidValue):
            return False
        return True

    def _found(self, table: Definition) -> Rows:
        return self._engine.select({"from": table["name"]})


def made_of(
    stored: list[Definition],
    rows: dict[str, Rows],
    wanted: list[Definition],
    *,
    may_lose: bool,
) -> dict[str, Rows] | None:
    """What a migration must make of rows, or None if it is impossible."""
    if is_lossy(stored, wanted) and not may_lose:
        return None
    try:
        return migrated(stored, rows, wanted)
    except Impossible:
        return None


def test_rows_survive_what_they_can(
    quick_start: Start, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    build = request.config.getoption("--build")
    count = int(SEQUENCES[build] * settings().max_examples)
    first = 0 if settings().derandomize else random.randrange(1 << 40)
    done: list[bool] = []
    for seed in range(first, first + count):
        engine = EngineUnderTest(tmp_path / f"{seed}.wasidb", quick_start)
        try:
            done += Sequence(seed, engine).run()
        except Exception as problem:
            raise AssertionError(f"seed {seed}: {problem}") from problem
        engine.close()
    assert set(done) == {True, False}
