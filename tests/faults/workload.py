"""Work for a database on a disk that crashes or fails, and the states that it may be found in.

    steps      insert(0, 8), lengthen(2, 5), checkpoint, recover, ...
    history    state 0     state 1         state 2          the content after each step
                 |  operations 4 to 9  |  10 to 15  |       when each was begun and acknowledged

Found after operation 12, this database must be in state 1 or state 2: state 1 was acknowledged, and
state 2 had been begun.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.support.crash_disk import CrashDisk
from tests.support.engine_on_memory import EngineOnMemory
from tests.support.golden_syntax import parse_definition
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.engine import Engine
from wasidb_guest.api.maintenance import Maintenance
from wasidb_guest.api.rows import Rows
from wasidb_guest.transactions.store import LOG_SIZE_MAX

Change = Callable[[Engine], object]
"""One thing done to the database, whole or not at all."""

Step = Callable[[EngineOnMemory], object]
"""A change, or what befalls the engine."""

NOTES = "notes: id uint32 key, body text; index body"
PLAIN_NOTES = "notes: id uint32 key, body text"
TAGS = "tags: id uint32 key, note uint32 -> notes.id cascade, name text"
LONG_NOTES = "notes: stars uint8 default 1, id uint64 key, text text was body; index stars, text"
LONG_TAGS = "tags: id uint32 key, note uint64 -> notes.id cascade, name text unique"
NOTES_AGAIN = "notes: id uint32 key, body text was text; index body"
LABELS = "labels: id uint32 key, note uint64 -> notes.id, name text null; was tags"

VISITED_NOTES = (
    "notes: id uint32 key, visits int64 default 0, stars uint8 default 1, body text; index stars"
)

LONG_KEY = "k" * 2_000
PAGEFUL = "p" * 60_000


def create(*definitions: str) -> Change:
    """Create tables, in one commit."""
    text = json.dumps([parse_definition(definition) for definition in definitions])
    return lambda engine: Catalog(engine).create_tables(text)


def insert(first: int, count: int, *, body: str = "body", table: str = "notes") -> Change:
    """Insert notes, or tags on the notes of the same number, in one commit."""
    columns = {"notes": ["id", "body"], "tags": ["id", "note", "name"]}[table]
    ids = range(first, first + count)
    rows = [[id, *[id] * (len(columns) - 2), f"{id} {body}"] for id in ids]
    text = json.dumps({"columns": columns, "rows": rows})
    return lambda engine: Rows(engine).insert(table, text, None)


def update(first: int, count: int, body: str) -> Change:
    """Give notes a new body, in one commit."""
    changes, condition = json.dumps({"body": body}), between(first, count)
    return lambda engine: Rows(engine).update("notes", changes, condition, None)


def visit(first: int, count: int, visits: int, *, stars: int | None = None) -> Change:
    """Give notes other numbers where they are, in one commit; those of `stars` are in an index."""
    return lambda engine: visit_in(engine, None, first, count, visits, stars)


def visit_in(
    engine: Engine, number: int | None, first: int, count: int, visits: int, stars: int | None
) -> None:
    """Give notes other numbers, in a transaction or in one of their own."""
    changes = {"visits": visits} | ({} if stars is None else {"stars": stars})
    Rows(engine).update("notes", json.dumps(changes), between(first, count), number)


def visit_with_second_thoughts(first: int, count: int) -> Change:
    """Give notes other numbers in one commit, some of them after others have been undone, and
    change their pages in other ways besides.
    """

    def change(engine: Engine) -> None:
        rows = Rows(engine)
        number = rows.begin_transaction(None)
        visit_in(engine, number, first, count, 1 << 40, None)
        savepoint = rows.savepoint(number)
        visit_in(engine, number, first, count, -1, 200)
        rows.delete("notes", "restrict", between(first, count // 2), number)
        rows.rollback_to(number, savepoint)
        visit_in(engine, number, first + count // 2, count, -(1 << 50), 100)
        rows.delete("notes", "restrict", between(first, 3), number)
        rows.commit(number)

    return change


def delete(first: int, count: int) -> Change:
    """Delete notes and the tags on them, in one commit."""
    condition = between(first, count)
    return lambda engine: Rows(engine).delete("notes", "cascade", condition, None)


def between(first: int, count: int) -> str:
    """The filter for `count` ids from `first` on."""
    return json.dumps({"And": [{"Ge": ["id", first]}, {"Lt": ["id", first + count]}]})


def drop(*tables: str) -> Change:
    """Drop tables, in one commit."""
    return lambda engine: Catalog(engine).drop_tables(json.dumps(tables))


def migrate(*definitions: str) -> Change:
    """Make the tables these and no others, in one commit."""
    text = json.dumps([parse_definition(definition) for definition in definitions])
    return lambda engine: Catalog(engine).migrate(text, '{"allow_destructive": true}')


def insert_with_second_thoughts(first: int, count: int) -> Change:
    """Insert notes in one commit, after others have been inserted and undone."""

    def change(engine: Engine) -> None:
        rows = Rows(engine)
        number = rows.begin_transaction(None)
        insert_in(engine, number, first, count)
        savepoint = rows.savepoint(number)
        insert_in(engine, number, first + count, 3 * count)
        rows.delete("notes", "cascade", between(first, 2), number)
        rows.rollback_to(number, savepoint)
        insert_in(engine, number, first + count, count)
        rows.commit(number)

    return change


def insert_in(engine: Engine, number: int, first: int, count: int) -> None:
    """Insert notes in a transaction."""
    rows = [[id, f"{id} in a transaction"] for id in range(first, first + count)]
    text = json.dumps({"columns": ["id", "body"], "rows": rows})
    Rows(engine).insert("notes", text, number)


def group(first: int, transactions: int, count: int) -> Change:
    """Transactions that each insert so many notes, and are committed together."""

    def change(engine: Engine) -> None:
        numbers = [engine.store.begin() for _ in range(transactions)]
        for place, number in enumerate(numbers):
            insert_in(engine, number, first + place * count, count)
        assert engine.store.commit_many(numbers) == [None] * transactions

    return change


def checkpoint(engine: Engine) -> None:
    engine.store.checkpoint()


def reopen(engine: EngineOnMemory) -> None:
    engine.reopen()


def recover(engine: EngineOnMemory) -> None:
    """The process is killed and the next one opens the database."""
    engine.recover()


def content_of(engine: Engine) -> str:
    """All tables with all rows, as text."""
    catalog = Catalog(engine).tables()
    names = sorted(table["name"] for table in json.loads(catalog))
    rows = [Rows(engine).select(f'{{"from": "{name}"}}', None) for name in names]
    return "\n".join([catalog, *rows])


def problems_of(engine: Engine) -> list[object]:
    """What the integrity check finds."""
    problems: list[object] = json.loads(Maintenance(engine).check())
    return problems


@dataclass(frozen=True, slots=True)
class State:
    """The content after a step, and the operations done when it was begun and acknowledged."""

    content: str
    begun: int
    acknowledged: int


def states_until(states: Sequence[State], number: int) -> tuple[int, int]:
    """How many states have been begun, and acknowledged, after `number` operations."""
    begun = bisect_right(states, number, key=lambda state: state.begun)
    return begun, bisect_right(states, number, key=lambda state: state.acknowledged)


class History:
    """Steps done one after the other on a new disk.

    Unless commits are flushed, they are safe only once a checkpoint is acknowledged.
    """

    def __init__(self, *, log_size_max: int = LOG_SIZE_MAX, flushes_commits: bool = True) -> None:
        self.disk = CrashDisk()
        self._is_safe_at_once = flushes_commits
        self.engine = EngineOnMemory(
            self.disk.memory,
            self.disk.log,
            log_size_max=log_size_max,
            flushes_commits=flushes_commits,
        )
        self.states = [State(content_of(self.engine), 0, 0)]
        self._safe_from = [0]

    def run(self, steps: Sequence[Step]) -> "History":
        """Do the steps, then close the database; gives itself."""
        for step in steps:
            begun = len(self.disk.journal)
            contents = self._contents_of(step)
            acknowledged = len(self.disk.journal)
            self.states += [State(content, begun, acknowledged) for content in contents]
            if step in (checkpoint, reopen):
                self._safe_from.append(len(self.states) - 1)
        self.engine.close()
        return self

    def _contents_of(self, step: Step) -> list[str]:
        """Do a step; the content after each of its commits, which are several in a group."""
        store, contents = self.engine.store, []
        commit = store._outcome_of_commit

        def watched(number: int) -> object:
            outcome = commit(number)
            contents.append(content_of(self.engine))
            return outcome

        store._outcome_of_commit = watched
        step(self.engine)
        del store._outcome_of_commit
        return contents or [content_of(self.engine)]

    def allowed(self, number: int) -> set[str]:
        """What the database may contain after a power loss behind `number` operations."""
        begun, acknowledged = states_until(self.states, number)
        first = acknowledged - 1
        if not self._is_safe_at_once:
            first = max(each for each in self._safe_from if each <= first)
        return {state.content for state in self.states[first:begun]}
