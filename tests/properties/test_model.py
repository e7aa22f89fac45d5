"""Random work against a dict: whatever is done, the database and the dict agree.

This is about the level `snapshot`; test_histories is about both.

The truth is a dict from primary key to row: one for the committed state, and a copy for each open
session from its beginning, so that it sees that state with its own writes on top, whatever others
commit. A session that changes a row somebody else has touched and committed since it began, or
touches one that somebody has changed, must meet Conflict; one that commits after others has its
steps done again on top of theirs, and may fail only if it shares a changed row with them or breaks
a constraint then. Session None stands for statements without a transaction. After every run the
file must be sound; now and then it is closed and opened again, and what was not committed is gone.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
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
Step = Callable[[Truth], Truth]
REFUSALS = (PrimaryKeyConflict, UniqueViolated)

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


@dataclass
class Session:
    """An open transaction: what it sees, what it did, the keys it changed or touched itself, and
    the keys that others have touched, or changed, and committed since it began.
    """

    number: int
    view: Truth
    steps: list[Step] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)
    foreign: set[int] = field(default_factory=set)
    foreign_changed: set[int] = field(default_factory=set)


class Database(RuleBasedStateMachine):
    """One table of a random schema: an integer key and two or three nullable columns."""

    open_engine: Callable[[], EngineUnderTest]

    def __init__(self) -> None:
        super().__init__()
        self.engine = type(self).open_engine()
        self.committed: Truth = {}
        self.sessions: dict[int, Session] = {}

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
        if session not in self.sessions:
            self.sessions[session] = Session(
                self.engine.begin(isolation="snapshot"), dict(self.committed)
            )
        return self.sessions[session].number

    def view(self, session: int | None) -> Truth:
        """The rows that the session must see."""
        known = session in self.sessions
        return self.sessions[session].view if session and known else self.committed

    def write(
        self,
        session: int | None,
        statement: Callable[[], object],
        step: Step,
        result: object,
        *,
        changed: set[int] = frozenset(),
        inserted: set[int] = frozenset(),
    ) -> None:
        """Run a statement that must give `result` and do `step` to what the session sees."""
        if session is None:
            assert statement() == result
            self.commit_changes(step(self.committed), changed | inserted, changed)
            return
        state = self.sessions[session]
        if changed & state.foreign:
            with pytest.raises(Conflict):
                statement()
            self.engine.rollback(state.number)
            del self.sessions[session]
            return
        assert statement() == result
        state.view = step(state.view)
        state.steps.append(step)
        state.changed |= changed
        state.touched |= changed | inserted

    def commit_changes(self, after: Truth, touched: set[int], changed: set[int]) -> None:
        self.committed = after
        for other in self.sessions.values():
            other.foreign |= touched
            other.foreign_changed |= changed

    def refuse(self, statement: Callable[[], object]) -> None:
        """Run a statement that would break a constraint."""
        with pytest.raises(REFUSALS):
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
            self.refuse(statement)
        else:
            self.write(session, statement, inserting(rows), keys, inserted=set(keys))

    @rule(session=SESSIONS, keys=st.lists(KEYS, min_size=1, max_size=4), data=st.data())
    def upsert(self, session: int | None, keys: list[int], data: st.DataObject) -> None:
        view, tx = self.view(session), self.number(session)
        places = data.draw(st.sampled_from([[1], list(range(1, len(self.names)))]))
        whole = [self.draw_row(data, key) for key in keys]
        rows = [[row[at] for at in (0, *places)] for row in whole]
        new = set(keys) - view.keys()
        step = upserting(rows, places, len(self.names), new)
        done = {"inserted": len(new), "updated": len(keys) - len(new), "keys": keys}

        def statement() -> object:
            names = [self.names[at] for at in (0, *places)]
            return self.engine.upsert("t", names, *rows, tx=tx)

        if self.collides(list(step(view).values())):
            self.refuse(statement)
        else:
            self.write(session, statement, step, done, changed=set(keys) - new, inserted=new)

    @rule(session=SESSIONS, data=st.data())
    def update(self, session: int | None, data: st.DataObject) -> None:
        view, tx = self.view(session), self.number(session)
        where, matches = self.draw_filter(data)
        at = data.draw(st.integers(1, len(self.types)))
        value = data.draw(st.none() | VALUES[self.types[at - 1]])
        keys = {key for key, row in view.items() if matches(row)}
        step = setting(keys, at, value)

        def statement() -> object:
            return self.engine.update("t", {self.names[at]: value}, where, tx)

        if self.collides(list(step(view).values())):
            self.refuse(statement)
        else:
            self.write(session, statement, step, len(keys), changed=keys)

    @rule(session=SESSIONS, data=st.data())
    def delete(self, session: int | None, data: st.DataObject) -> None:
        view, tx = self.view(session), self.number(session)
        where, matches = self.draw_filter(data)
        keys = {key for key, row in view.items() if matches(row)}

        def statement() -> object:
            return self.engine.delete("t", where, tx)

        self.write(session, statement, deleting(keys), len(keys), changed=keys)

    @rule(session=SESSIONS, data=st.data())
    def select(self, session: int | None, data: st.DataObject) -> None:
        where, matches = self.draw_filter(data)
        order = [{"column": "id", "direction": "asc"}]
        statement = {"from": "t", "where": where, "order_by": order}
        found = self.engine.select(statement, self.number(session))
        assert found == [row for _, row in sorted(self.view(session).items()) if matches(row)]

    @rule(session=st.sampled_from([1, 2, 3]), keep=st.booleans())
    def end(self, session: int, keep: bool) -> None:
        state = self.sessions.pop(session, None)
        if state is None:
            return
        if not keep:
            self.engine.rollback(state.number)
        elif state.changed & state.foreign or state.touched & state.foreign_changed:
            with pytest.raises(Conflict):
                self.engine.commit(state.number)
        elif (after := self.repeated(state.steps)) is None:
            with pytest.raises((*REFUSALS, Conflict)):
                self.engine.commit(state.number)
        else:
            self.engine.commit(state.number)
            self.commit_changes(after, state.touched, state.changed)

    def repeated(self, steps: list[Step]) -> Truth | None:
        """What is committed with the steps done on top; None if that breaks a constraint."""
        truth = self.committed
        for step in steps:
            try:
                truth = step(truth)
            except KeyTaken:
                return None
            if self.collides(list(truth.values())):
                return None
        return truth

    @rule()
    def reopen(self) -> None:
        self.engine.reopen()
        self.sessions.clear()

    def teardown(self) -> None:
        self.engine.finish()


class KeyTaken(Exception):
    """A row cannot be inserted, for there is one with its key."""


def inserting(rows: list[Row]) -> Step:
    def step(truth: Truth) -> Truth:
        new = {row[0]: row for row in rows}
        if new.keys() & truth.keys():
            raise KeyTaken
        return truth | new

    return step


def upserting(rows: list[Row], places: list[int], width: int, new: set[int]) -> Step:
    """`new` keys must not be there; the cells of a row after its key are at `places`."""

    def step(truth: Truth) -> Truth:
        if new & truth.keys():
            raise KeyTaken
        truth = dict(truth)
        for key, *cells in rows:
            row = list(truth.get(key, [key, *[None] * (width - 1)]))
            for at, cell in zip(places, cells, strict=True):
                row[at] = cell
            truth[key] = row
        return truth

    return step


def setting(keys: set[int], at: int, value: Any) -> Step:
    def step(truth: Truth) -> Truth:
        return truth | {key: [*truth[key][:at], value, *truth[key][at + 1 :]] for key in keys}

    return step


def deleting(keys: set[int]) -> Step:
    return lambda truth: {key: row for key, row in truth.items() if key not in keys}


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
