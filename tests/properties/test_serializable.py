"""Random transactions side by side: those that commit could have run one after the other.

Serializability by its definition: the transactions that have committed are run again, in the order
of their commits, on a dict and each alone. Every answer that one was given must be the answer it
gets there, and the rows at the end must be the same. Transactions that change nothing stand where
they began. Nobody who is alone may be refused: a transaction that nothing was committed beside
commits.
"""

import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from tests.support.engine_under_test import EngineUnderTest, Start
from tests.support.golden_syntax import parse_definition
from wasidb.errors import Conflict, PrimaryKeyConflict

Rows: TypeAlias = dict[int, int]
"""Key to amount."""

KEYS = st.integers(0, 7)
AMOUNTS = st.integers(0, 5)
BOUNDS = st.tuples(AMOUNTS, AMOUNTS).map(sorted)


@dataclass(frozen=True)
class Action:
    """What a transaction does, to rows with an amount between two bounds or to the one of a key."""

    kind: str
    key: int
    bounds: list[int]
    amount: int


@dataclass
class Running:
    """A transaction: its number, what it has done, the answers it was given."""

    number: int
    read_only: bool
    began_after: int
    actions: list[Action] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    savepoint: int | None = None

    @property
    def has_written(self) -> bool:
        """Whether it has changed a row; if not, it stands where it began."""
        written, saved = False, None
        for action, answer in zip(self.actions, self.answers, strict=True):
            if action.kind == "savepoint":
                saved = written
            elif action.kind == "back" and saved is not None:
                written = saved
            elif action.kind in WRITES:
                written = written or answer not in (0, "taken")
        return written


ACTIONS = st.builds(
    Action,
    st.sampled_from(
        (
            *("select", "first", "count", "sum", "get", "exists"),
            *("insert", "update", "add", "delete", "savepoint", "back"),
        )
    ),
    KEYS,
    BOUNDS,
    AMOUNTS,
)
STEPS = st.lists(
    st.tuples(st.integers(0, 2), ACTIONS | st.just("commit") | st.just("roll back")), max_size=30
)
EVERYTHING = {"from": "t", "order_by": [{"column": "id"}]}
COUNTER = itertools.count()
WRITES = ("insert", "update", "add", "delete")


def between(bounds: list[int]) -> dict[str, Any]:
    low, high = bounds
    return {"And": [{"Ge": ["amount", low]}, {"Le": ["amount", high]}]}


def perform(engine: EngineUnderTest, tx: int, action: Action) -> Any:
    """The answer of the database."""
    where = between(action.bounds)
    match action.kind:
        case "select":
            return engine.select({**EVERYTHING, "where": where}, tx)
        case "first":
            order = [{"column": "amount"}, {"column": "id"}]
            return engine.select({"from": "t", "where": where, "order_by": order, "limit": 2}, tx)
        case "count":
            return engine.call("rows", "count", "t", json.dumps(where), tx)
        case "sum":
            total = [{"function": "sum", "column": "amount", "as": "s"}]
            return engine.select({"from": "t", "aggregates": total}, tx)
        case "get":
            return engine.call("rows", "get", "t", str(action.key), tx)
        case "exists":
            return engine.call("rows", "exists", "t", json.dumps(where), tx)
        case "insert":
            try:
                engine.insert("t", ["id", "amount"], [action.key, action.amount], tx=tx)
            except PrimaryKeyConflict:
                return "taken"
            return "inserted"
        case "update":
            return engine.update("t", {"amount": action.amount}, where, tx)
        case "add":
            return engine.update("t", {"amount": action.amount}, {"Eq": ["id", action.key]}, tx)
        case _:
            return engine.delete("t", where, tx)


def serially(before: Rows, actions: list[Action]) -> tuple[list[Any], Rows]:
    """The answers to a transaction that is alone, and the rows after it."""
    rows, saved = dict(before), None
    answers = []
    for action in actions:
        if action.kind == "savepoint":
            saved = dict(rows)
        elif action.kind == "back" and saved is not None:
            rows = dict(saved)
        answers.append(expected(rows, action))
    return answers, rows


def expected(rows: Rows, action: Action) -> Any:
    """The same answer, and the same changes, on a dict."""
    low, high = action.bounds
    hits = {key: amount for key, amount in rows.items() if low <= amount <= high}
    match action.kind:
        case "select":
            return [[key, hits[key]] for key in sorted(hits)]
        case "first":
            return [list(row) for row in sorted(hits.items(), key=lambda row: (row[1], row[0]))[:2]]
        case "count":
            return len(hits)
        case "sum":
            return [[str(sum(rows.values())) if rows else None]]
        case "get":
            return f"[{action.key},{rows[action.key]}]" if action.key in rows else "null"
        case "exists":
            return bool(hits)
        case "insert":
            if action.key in rows:
                return "taken"
            rows[action.key] = action.amount
            return "inserted"
        case "update":
            rows.update(dict.fromkeys(hits, action.amount))
            return len(hits)
        case "add":
            present = action.key in rows
            if present:
                rows[action.key] = action.amount
            return int(present)
        case "savepoint" | "back":
            return None
        case _:
            for key in hits:
                del rows[key]
            return len(hits)


class Run:
    """Three sessions on one database, and what came of their transactions."""

    def __init__(self, engine: EngineUnderTest) -> None:
        self.engine = engine
        self.open: dict[int, Running] = {}
        self.committed: list[Running] = []
        self.commits = 0

    def step(self, session: int, action: Action | str) -> None:
        transaction = self.open.get(session)
        if transaction is None:
            read_only = session == 2
            number = self.engine.begin(read_only=read_only)
            transaction = self.open[session] = Running(number, read_only, self.commits)
        if action == "commit":
            self.commit(session)
        elif action == "roll back":
            self.engine.rollback(self.open.pop(session).number)
        elif isinstance(action, Action) and not (transaction.read_only and action.kind in WRITES):
            self.act(session, action)

    def act(self, session: int, action: Action) -> None:
        transaction = self.open[session]
        try:
            answer = self.answer(transaction, action)
        except Conflict:
            assert self.commits > transaction.began_after
            self.engine.rollback(self.open.pop(session).number)
            return
        transaction.actions.append(action)
        transaction.answers.append(answer)

    def answer(self, transaction: Running, action: Action) -> Any:
        number = transaction.number
        if action.kind == "savepoint":
            transaction.savepoint = self.engine.call("rows", "savepoint", number)
        elif action.kind == "back":
            if transaction.savepoint is not None:
                self.engine.call("rows", "rollback-to", number, transaction.savepoint)
        else:
            return perform(self.engine, number, action)
        return None

    def commit(self, session: int) -> None:
        transaction = self.open.pop(session)
        try:
            self.engine.commit(transaction.number)
        except (Conflict, PrimaryKeyConflict):
            assert transaction.has_written
            assert self.commits > transaction.began_after
            return
        self.committed.append(transaction)
        self.commits += transaction.has_written

    def check(self) -> None:
        """The committed transactions, one after the other on a dict, have the same answers."""
        rows: Rows = {}
        states = [rows]
        for transaction in self.committed:
            if transaction.has_written:
                answers, rows = serially(rows, transaction.actions)
                assert answers == transaction.answers
                states.append(rows)
        for transaction in self.committed:
            if not transaction.has_written:
                state = states[transaction.began_after]
                assert serially(state, transaction.actions)[0] == transaction.answers
        assert self.engine.select(EVERYTHING) == [list(row) for row in sorted(rows.items())]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_committed_transactions_could_have_run_one_after_the_other(
    quick_start: Start, tmp_path: Path, steps: list[tuple[int, Action | str]]
) -> None:
    engine = EngineUnderTest(tmp_path / f"{next(COUNTER)}.wasidb", quick_start)
    engine.create(parse_definition("t: id uint32 key, amount int32; index amount"))
    run = Run(engine)
    for step in steps:
        run.step(*step)
    for session in list(run.open):
        run.commit(session)
    run.check()
    assert engine.check() == []
    engine.close()
