"""A statement is cancelled at its first check, at its second, and so on to its last.

What it has done by then is undone, and done again it does all of it.
"""

import json
from collections.abc import Callable

import pytest

from tests.support.engine_on_memory import EngineOnMemory
from tests.support.golden_syntax import parse_definition
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.maintenance import Maintenance
from wasidb_guest.api.rows import Rows
from wasidb_guest.errors import Cancelled, Conflict
from wasidb_guest.pages import commit_point
from wasidb_guest.transactions import limits
from wasidb_memory import HeapMemory

USERS = "users: id uint32 key auto, name text unique; index name"
POSTS = "posts: id uint32 key auto, user uint32 -> users.id, text text; index user, text"
USER_COUNT = 6
POST_COUNT = 6
TALL = "x" * 20_000

Statement = Callable[[Rows, int | None], object]


def insert(table: str, columns: list[str], rows: list[list[object]]) -> Statement:
    text = json.dumps({"columns": columns, "rows": rows})
    return lambda api, tx: api.insert(table, text, tx)


USERS_OF_OLD = insert("users", ["name"], [[f"user {n}"] for n in range(USER_COUNT)])
POSTS_OF_OLD = insert(
    "posts", ["user", "text"], [[n % USER_COUNT + 1, f"{n} {TALL}"] for n in range(POST_COUNT)]
)

STATEMENTS: dict[str, Statement] = {
    "insert": insert("posts", ["user", "text"], [[1, f"{TALL} {n}"] for n in range(POST_COUNT)]),
    "grow": lambda api, tx: api.update("posts", json.dumps({"text": 2 * TALL}), None, tx),
    "shrink": lambda api, tx: api.update("posts", '{"text": ""}', None, tx),
    "delete": lambda api, tx: api.delete("users", "cascade", '{"Lt": ["id", 5]}', tx),
    "select": lambda api, tx: api.select('{"from": "posts", "order_by": [{"column": "text"}]}', tx),
}


class Countdown:
    """Says yes when it is asked for the last time of so many; then, and before, no."""

    def __init__(self, asked: int) -> None:
        self.left = asked

    def __call__(self) -> bool:
        self.left -= 1
        return self.left == 0


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> EngineOnMemory:
    """Checks count for every page, and every check looks."""
    monkeypatch.setattr(commit_point, "CHECKED_PAGES", 1)
    monkeypatch.setattr(limits, "LOOK_SECONDS", 0)
    engine = EngineOnMemory(HeapMemory())
    definitions = json.dumps([parse_definition(USERS), parse_definition(POSTS)])
    Catalog(engine).create_tables(definitions)
    USERS_OF_OLD(Rows(engine), None)
    POSTS_OF_OLD(Rows(engine), None)
    return engine


def content(engine: EngineOnMemory, tx: int | None = None) -> list[str]:
    return [Rows(engine).select(json.dumps({"from": name}), tx) for name in ("users", "posts")]


def is_cancelled(engine: EngineOnMemory, statement: Statement, tx: int | None, check: int) -> bool:
    """Whether a statement has as many checks; it is cancelled at that one."""
    countdown = engine.store.limits.is_cancelled = Countdown(check)
    try:
        statement(Rows(engine), tx)
    except Cancelled:
        return True
    finally:
        engine.store.limits.is_cancelled = limits.never
    assert countdown.left > 0
    return False


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=list(STATEMENTS))
def test_alone(engine: EngineOnMemory, statement: Statement) -> None:
    before = content(engine)
    check = 1
    while is_cancelled(engine, statement, None, check):
        assert content(engine) == before
        assert Maintenance(engine).check() == "[]"
        check += 1
    assert check > 2
    assert Maintenance(engine).check() == "[]"


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=list(STATEMENTS))
def test_in_a_transaction(engine: EngineOnMemory, statement: Statement) -> None:
    rows = Rows(engine)
    tx = rows.begin_transaction(None)
    rows.insert("users", '{"columns": ["name"], "rows": [["Ann"]]}', tx)
    before = content(engine, tx)
    savepoint = rows.savepoint(tx)
    check = 1
    while is_cancelled(engine, statement, tx, check):
        try:
            assert content(engine, tx) == before
        except Conflict:
            rows.rollback_to(tx, savepoint)
            assert content(engine, tx) == before
        check += 1
    after = content(engine, tx)
    rows.commit(tx)
    assert content(engine) == after
    assert Maintenance(engine).check() == "[]"
