"""Random work against a dict: whatever is done, the database and the dict agree.

The truth is a dict from primary key to row: one for the committed state, and a copy for a session
from its first change on, so that it sees its own writes and nobody else does. Sessions take turns
in writing: while one has tried to write, others may be refused with Conflict, and then nothing of
what they asked may have happened. Session None stands for statements without a transaction. After
every run the file must be sound; now and then it is closed and opened again, and what was not
committed is gone.
"""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from tests.support.engine_under_test import EngineUnderTest, Start
from wasidb.errors import Conflict, PrimaryKeyConflict, UniqueViolated

Row = list[Any]
Truth = dict[int, Row]

COMMON: dict[str, list[Any]] = {
    "int8": [-128, -1, 0, 1, 127],
    "int64": [-(2**63), -1, 0, 1, 2**63 - 1],
    "uint32": [0, 1, 2, 256, 2**32 - 1],
    "boolean": [False, True],
    "float64": [-1.5, 0.0, 0.1, 1e300],
    "text": ["", "a", "ab", "b", "é", "a" * 100],
    "date": ["1969-12-31", "2024-02-29", "2024-03-01"],
}
UNCOMMON: dict[str, st.SearchStrategy[Any]] = {
    "int8": st.integers(-128, 127),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "uint32": st.integers(0, 2**32 - 1),
    "boolean": st.booleans(),
    "float64": st.floats(allow_nan=False, allow_infinity=False),
    "text": st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    "date": st.dates().map(str),
}
# Common values come twice as often: only then do filters match, and unique values collide.
VALUES = {
    type: st.sampled_from(values) | st.sampled_from(values) | UNCOMMON[type]
    for type, values in COMMON.items()
}
KEYS = st.integers(0, 15)
SESSIONS = st.sampled_from([None, 1, 2, 3])
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "Eq": lambda cell, bound: bool(cell == bound),
    "Ne": lambda cell, bound: bool(cell != bound),
    "Lt": lambda cell, bound: bool(cell < bound),
    "Le": lambda cell, bound: bool(cell <= bound),
    "Gt": lambda cell, bound: bool(cell > bound),
    "Ge": lambda cell, bound: bool(cell >= bound),
}


class Database(RuleBasedStateMachine):
    """One table of a random schema: an integer key and two or three nullable columns."""

    open_engine: Callable[[], EngineUnderTest]

    def __init__(self) -> None:
        super().__init__()
        self.engine = type(self).open_engine()
        self.committed: Truth = {}
        self.changed: dict[int | None, Truth] = {}
        self.numbers: dict[int, int] = {}
        self.writers: set[int | None] = set()

    @initialize(
        types=st.lists(st.sampled_from(sorted(VALUES)), min_size=2, max_size=3),
        unique=st.booleans(),
        indexes=st.sampled_from([[], [["c0"]], [["c1", "c0"]], [["c0"], ["c0", "c1"]]]),
        rows=st.integers(0, 8),
        data=st.data(),
    )
    def create(
        self,
        types: list[str],
        unique: bool,
        indexes: list[list[str]],
        rows: int,
        data: st.DataObject,
    ) -> None:
        self.types = types
        self.names = ["id", *(f"c{i}" for i in range(len(types)))]
        self.unique_at = len(types) if unique else None
        columns: list[dict[str, Any]] = [
            {"name": name, "type": type, "nullable": True}
            for name, type in zip(self.names[1:], types, strict=True)
        ]
        columns[-1]["unique"] = unique
        key = {"name": "id", "type": "uint8"}
        self.engine.create(
            {"name": "t", "primary_key": "id", "columns": [key, *columns], "indexes": indexes}
        )
        if rows:
            self.insert(session=None, keys=list(range(rows)), data=data)

    def number(self, session: int | None) -> int | None:
        """The transaction of the session, begun when it has none."""
        if session is None:
            return None
        if session not in self.numbers:
            self.numbers[session] = self.engine.begin()
        return self.numbers[session]

    def view(self, session: int | None) -> Truth:
        """The rows that the session must see."""
        return self.changed.get(session, self.committed)

    def write(
        self, session: int | None, statement: Callable[[], object], after: Truth, result: object
    ) -> None:
        """Run a statement that must give `result` and leave `after`, or meet another writer."""
        try:
            found = statement()
        except Conflict:
            assert self.writers - {session}
            return
        assert found == result
        if session is None:
            self.committed = after
        else:
            self.writers.add(session)
            self.changed[session] = after

    def refuse(self, session: int | None, statement: Callable[[], object]) -> None:
        """Run a statement that would break a constraint."""
        others = self.writers - {session}
        if session is not None:
            self.writers.add(session)
        with pytest.raises((PrimaryKeyConflict, UniqueViolated, *([Conflict] if others else []))):
            statement()

    def collides(self, rows: list[Row]) -> bool:
        """Whether these rows cannot be in the table together."""
        constrained = [[row[0] for row in rows]]
        if self.unique_at is not None:
            values = [row[self.unique_at] for row in rows]
            constrained.append([value for value in values if value is not None])
        return any(len(set(values)) < len(values) for values in constrained)

    def draw_row(self, data: st.DataObject, key: int) -> Row:
        return [key, *(data.draw(st.none() | VALUES[type]) for type in self.types)]

    def draw_filter(self, data: st.DataObject) -> tuple[Any, Callable[[Row], bool]]:
        """A filter on one column, and what it means for a row: a NULL cell never matches."""
        at = data.draw(st.integers(0, len(self.types)))
        name = self.names[at]
        if at and data.draw(st.booleans()):
            return {"IsNull": name}, lambda row: row[at] is None
        operator = data.draw(st.sampled_from(sorted(OPERATORS)))
        bound = data.draw(KEYS if at == 0 else VALUES[self.types[at - 1]])
        matches = OPERATORS[operator]
        return {
            operator: [name, bound]
        }, lambda row: row[at] is not None and matches(row[at], bound)

    @rule(session=SESSIONS, keys=st.lists(KEYS, min_size=1, max_size=4), data=st.data())
    def insert(self, session: int | None, keys: list[int], data: st.DataObject) -> None:
        rows = [self.draw_row(data, key) for key in keys]
        view, tx = self.view(session), self.number(session)

        def statement() -> object:
            return self.engine.insert("t", self.names, *rows, tx=tx)

        if self.collides([*view.values(), *rows]):
            self.refuse(session, statement)
        else:
            self.write(session, statement, view | {row[0]: row for row in rows}, keys)

    @rule(session=SESSIONS, data=st.data())
    def update(self, session: int | None, data: st.DataObject) -> None:
        view, tx = self.view(session), self.number(session)
        where, matches = self.draw_filter(data)
        at = data.draw(st.integers(1, len(self.types)))
        value = data.draw(st.none() | VALUES[self.types[at - 1]])
        changed = {
            key: [*row[:at], value, *row[at + 1 :]] for key, row in view.items() if matches(row)
        }
        after = view | changed

        def statement() -> object:
            return self.engine.update("t", {self.names[at]: value}, where, tx)

        if self.collides(list(after.values())):
            self.refuse(session, statement)
        else:
            self.write(session, statement, after, len(changed))

    @rule(session=SESSIONS, data=st.data())
    def delete(self, session: int | None, data: st.DataObject) -> None:
        view, tx = self.view(session), self.number(session)
        where, matches = self.draw_filter(data)
        after = {key: row for key, row in view.items() if not matches(row)}

        def statement() -> object:
            return self.engine.delete("t", where, tx)

        self.write(session, statement, after, len(view) - len(after))

    @rule(session=SESSIONS, data=st.data())
    def select(self, session: int | None, data: st.DataObject) -> None:
        where, matches = self.draw_filter(data)
        order = [{"column": "id", "direction": "asc"}]
        statement = {"from": "t", "where": where, "order_by": order}
        found = self.engine.select(statement, self.number(session))
        assert found == [row for _, row in sorted(self.view(session).items()) if matches(row)]

    @rule(session=st.sampled_from([1, 2, 3]), keep=st.booleans())
    def end(self, session: int, keep: bool) -> None:
        number = self.numbers.pop(session, None)
        if number is None:
            return
        after = self.changed.pop(session, self.committed)
        self.writers.discard(session)
        if keep:
            self.engine.commit(number)
            self.committed = after
        else:
            self.engine.rollback(number)

    @rule()
    def reopen(self) -> None:
        self.engine.reopen()
        self.numbers.clear()
        self.changed.clear()
        self.writers.clear()

    def teardown(self) -> None:
        self.engine.finish()


def test_database_agrees_with_a_dict(
    start: Start, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    numbers = itertools.count()
    folder: Path = tmp_path_factory.mktemp("model")

    class Machine(Database):
        @staticmethod
        def open_engine() -> EngineUnderTest:
            return EngineUnderTest(folder / f"{next(numbers)}.wasidb", start)

    examples = settings().max_examples
    if request.config.getoption("--build") == "component":
        examples = max(10, examples // 10)
    profile = settings(
        max_examples=examples,
        stateful_step_count=40,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    run_state_machine_as_test(Machine, settings=profile)
