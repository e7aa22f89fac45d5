"""Scripts of transactions side by side, played on an engine and written down as histories.

    Play(engine).run(script)        the history, and who was refused after how many commits

What a step must find is known from a dict: the rows when the transaction began, with its own
changes on top. Answers that show rows show their stamps, and what those mean is left to
`histories`. Counts and sums must fit the dict; stamps are random, so that a sum tells what was
added.
"""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import pytest

from tests.support.engine_under_test import EngineUnderTest
from tests.support.golden_syntax import parse_definition
from tests.support.histories import History, Read, Transaction, Version
from tests.support.random_histories import WRITES, Script, Step
from wasidb.errors import Conflict, PrimaryKeyConflict

TABLE = "t: id uint32 key, amount int32, stamp int64; index amount"
STAMP_BITS = 60
FIRST_ROWS = 2

SHOWN = '"columns": ["id", "stamp"]'
SUMMED = '"aggregates": [{"function": "sum", "column": "stamp", "as": "sum"}]'
COUNTED = '"aggregates": [{"function": "count", "as": "count"}]'
CHANGES = '"changes": {"amount": {"Param": 0}, "stamp": {"Param": 1}}'
BETWEEN_AMOUNTS = '{"And": [{"Ge": ["amount", LOW]}, {"Le": ["amount", HIGH]}]}'
BY_AMOUNT = f'"where": {BETWEEN_AMOUNTS}'
BY_KEY = '"where": {"And": [{"Ge": ["id", LOW]}, {"Le": ["id", HIGH]}]}'
IN_ORDER = f'"order_by": [{{"column": "amount"}}, {{"column": "id"}}], "limit": {FIRST_ROWS}'
STATEMENTS = {
    "get": f'"get": {{"table": "t", {SHOWN}}}',
    "keys": f'"select": {{"from": "t", {SHOWN}, {BY_KEY}}}',
    "amounts": f'"select": {{"from": "t", {SHOWN}, {BY_AMOUNT}}}',
    "equal": f'"select": {{"from": "t", {SHOWN}, "where": {{"Eq": ["amount", LOW]}}}}',
    "first": f'"select": {{"from": "t", {SHOWN}, {BY_AMOUNT}, {IN_ORDER}}}',
    "all": f'"select": {{"from": "t", {SHOWN}}}',
    "sum": f'"select": {{"from": "t", {SUMMED}, {BY_AMOUNT}}}',
    "sum_all": f'"select": {{"from": "t", {SUMMED}}}',
    "count": f'"select": {{"from": "t", {COUNTED}, {BY_AMOUNT}}}',
    "insert": '"insert": {"table": "t", "columns": ["id", "amount", "stamp"]}',
    "upsert": '"upsert": {"table": "t", "columns": ["id", "amount", "stamp"]}',
    "update_keys": f'"update": {{"table": "t", {CHANGES}, {BY_KEY}}}',
    "update_amounts": f'"update": {{"table": "t", {CHANGES}, {BY_AMOUNT}}}',
    "delete_keys": f'"delete": {{"table": "t", {BY_KEY}}}',
    "delete_amounts": f'"delete": {{"table": "t", {BY_AMOUNT}}}',
}

Rows: TypeAlias = dict[int, Version]
"""The newest version of each row, by key; those that are gone may be among them."""


@dataclass(slots=True)
class Session:
    """An open transaction: its number, the rows when it began, what it does, its savepoint."""

    number: int
    found: Rows
    record: Transaction
    saved: tuple[int, Rows] | None = None

    def hits(self, step: Step) -> dict[int, Version]:
        """The rows that a step is about."""
        return {
            key: version
            for key, version in {**self.found, **self.record.writes}.items()
            if version.amount is not None and step.is_about(key, version.amount)
        }

    def write(self, version: Version) -> None:
        """Keep a version that it has written."""
        replaced = self.record.writes.get(version.key)
        if replaced is not None:
            self.record.passing.add(replaced.stamp)
        self.record.writes[version.key] = version

    def go_back(self, writes: Rows) -> None:
        """Have written only this."""
        self.record.passing |= self.record.stamps()
        self.record.writes = dict(writes)
        self.record.passing -= self.record.stamps()

    def see(self, step: Step, shown: Mapping[int, int], *, is_of_cells: bool = True) -> None:
        """Keep which rows an answer has shown, key to stamp; its own are those it must see."""
        own = self.record.writes
        others = {
            key: stamp for key, stamp in shown.items() if key not in own or own[key].stamp != stamp
        }
        hidden = [key for key in self.hits(step) if key in own and key not in shown]
        assert not hidden, f"{step}: does not see its own rows {hidden}"
        read = Read(step.is_about, others, frozenset(own), is_of_cells)
        self.record.reads.append(read)


@dataclass(slots=True)
class Played:
    """A history, and those of its transactions that were refused, each after so many commits."""

    history: History
    refused: list[tuple[Transaction, int]]


class Play:
    """An engine, and the statements that are prepared on it."""

    def __init__(self, engine: EngineUnderTest) -> None:
        self._engine = engine
        self._prepared: dict[str, int] = {}
        engine.create(parse_definition(TABLE))

    def run(self, script: Script) -> Played:
        """Play a script. Raises AssertionError for an answer that does not fit the dict."""
        self._stamps = random.Random(0)
        self._open: dict[int, Session] = {}
        self._rows: Rows = {}
        self._committed: list[Transaction] = []
        self._dropped: list[Transaction] = []
        self._refused: list[tuple[Transaction, int]] = []
        self._set_up(script.rows)
        for step in script.steps:
            self._do(script, step)
        for name in list(self._open):
            self._drop(name)
        found = dict(self._execute(Step(0, "all"), [], None)["rows"])
        return Played(History(self._committed, self._dropped, found), self._refused)

    def _set_up(self, rows: Mapping[int, int]) -> None:
        """Have these rows and no others, by a first transaction."""
        session = Session(self._engine.begin(), {}, Transaction(0))
        self._engine.delete("t", tx=session.number)
        for key, amount in rows.items():
            session.write(Version(key, self._stamp(), amount))
        given = [[each.key, each.amount, each.stamp] for each in session.record.writes.values()]
        self._execute(Step(0, "insert"), given, session.number)
        self._open[0] = session
        self._commit(0)

    def _do(self, script: Script, step: Step) -> None:
        session = self._session(script, step.session)
        try:
            match step.kind:
                case "commit":
                    self._commit(step.session)
                case "rollback":
                    self._drop(step.session)
                case "savepoint":
                    number = self._engine.call("rows", "savepoint", session.number)
                    session.saved = number, dict(session.record.writes)
                case "back":
                    self._go_back(session)
                case "insert":
                    self._insert(session, step)
                case "upsert":
                    self._upsert(session, step)
                case kind if kind in WRITES:
                    self._change(session, step)
                case _:
                    self._read(session, step)
        except Conflict:
            self._refuse(step.session)

    def _session(self, script: Script, name: int) -> Session:
        if name not in self._open:
            is_reader = name in script.readers
            number = self._engine.begin(isolation=script.isolation, read_only=is_reader)
            record = Transaction(len(self._committed))
            self._open[name] = Session(number, dict(self._rows), record)
        return self._open[name]

    # How transactions end

    def _commit(self, name: int) -> None:
        session = self._open[name]
        try:
            self._engine.commit(session.number)
        except PrimaryKeyConflict:
            self._refuse(name)
        else:
            del self._open[name]
            self._committed.append(session.record)
            self._rows.update(session.record.writes)

    def _drop(self, name: int) -> None:
        session = self._open.pop(name)
        self._engine.rollback(session.number)
        self._dropped.append(session.record)

    def _refuse(self, name: int) -> None:
        self._refused.append((self._open[name].record, len(self._committed)))
        self._drop(name)

    def _go_back(self, session: Session) -> None:
        if session.saved is not None:
            number, writes = session.saved
            self._engine.call("rows", "rollback-to", session.number, number)
            session.go_back(writes)

    # Statements; what one writes is noted first, as it may be what is refused

    def _insert(self, session: Session, step: Step) -> None:
        row = Version(step.low, self._stamp(), step.amount)
        given = [[row.key, row.amount, row.stamp]]
        taken = stamps(session.hits(step))
        if taken:
            session.see(step, taken, is_of_cells=False)
            with pytest.raises(PrimaryKeyConflict):
                self._execute(step, given, session.number)
        else:
            session.write(row)
            self._execute(step, given, session.number)

    def _upsert(self, session: Session, step: Step) -> None:
        hits, row = session.hits(step), Version(step.low, self._stamp(), step.amount)
        if hits:
            session.see(step, stamps(hits), is_of_cells=False)
        session.write(row)
        answer = self._execute(step, [[row.key, row.amount, row.stamp]], session.number)
        fits(step, [answer["inserted"], answer["updated"]], [1 - len(hits), len(hits)])

    def _change(self, session: Session, step: Step) -> None:
        hits, stamp = session.hits(step), self._stamp()
        session.see(step, stamps(hits), is_of_cells=False)
        amount = None if step.kind.startswith("delete") else step.amount
        for key in hits:
            session.write(Version(key, stamp, amount))
        given = [] if amount is None else [amount, stamp]
        count = self._execute(step, given, session.number)
        assert count == len(hits), f"{step}: changed {count} rows, not {len(hits)}"

    def _read(self, session: Session, step: Step) -> None:
        hits = session.hits(step)
        known = stamps(hits)
        match step.kind:
            case "exists":
                where = in_range(BETWEEN_AMOUNTS, step)
                found = self._engine.call("rows", "exists", "t", where, session.number)
                fits(step, found, bool(hits))
                session.see(step, known, is_of_cells=False)
            case "count":
                fits(step, self._answer(step, session), [[len(hits)]])
                session.see(step, known, is_of_cells=False)
            case "sum" | "sum_all":
                fits(
                    step,
                    self._answer(step, session),
                    [[str(sum(known.values())) if hits else None]],
                )
                session.see(step, known)
            case "get":
                (row,) = self._execute(step, [step.low], session.number)
                session.see(step, {} if row is None else dict([row]))
            case "first":
                session.see(as_far_as_shown(step, hits), dict(self._answer(step, session)))
            case _:
                session.see(step, dict(self._answer(step, session)))

    def _answer(self, step: Step, session: Session) -> list[list[Any]]:
        """The rows of a select."""
        rows: list[list[Any]] = self._execute(step, [], session.number)["rows"]
        return rows

    def _stamp(self) -> int:
        return self._stamps.getrandbits(STAMP_BITS)

    def _execute(self, step: Step, given: list[Any], tx: int | None) -> Any:
        """What the statement of a step gives; it is prepared when it is first met."""
        text = in_range(STATEMENTS[step.kind], step)
        if text not in self._prepared:
            self._prepared[text] = self._engine.call("rows", "prepare", f"{{{text}}}")
        return json.loads(
            self._engine.call("rows", "execute", self._prepared[text], json.dumps(given), tx)
        )


def in_range(text: str, step: Step) -> str:
    """A condition or statement for the range of a step."""
    return text.replace("LOW", str(step.low)).replace("HIGH", str(step.high))


def fits(step: Step, answer: object, expected: object) -> None:
    """Raise AssertionError for an answer that does not fit the dict."""
    assert answer == expected, f"{step}: {answer} instead of {expected}"


def stamps(rows: Rows) -> dict[int, int]:
    """The stamp of each row, by key."""
    return {key: version.stamp for key, version in rows.items()}


def as_far_as_shown(step: Step, hits: Rows) -> Step:
    """The step about no more rows than its answer has, if there may be more of them."""
    order = sorted((version.amount or 0, key) for key, version in hits.items())
    return replace(step, last=order[FIRST_ROWS - 1]) if len(order) >= FIRST_ROWS else step
