"""The memory provider fails at its nth operation, for every n: no half-applied statement is seen.

What a failure may do depends on where it strikes. While the file grows, nothing has been written:
the statement has not happened and the database goes on. Later, what is on the medium is unknown:
every further call is refused until the database is opened again.
"""

import json
from collections.abc import Callable

import pytest

from tests.support.engine_on_memory import EngineOnMemory
from tests.support.faulty_memory import FaultyMemory
from tests.support.golden_syntax import parse_definition
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.engine import Engine
from wasidb_guest.api.maintenance import Maintenance
from wasidb_guest.api.rows import Rows
from wasidb_guest.errors import MemoryFailed

NOTES = parse_definition("notes: id uint32 key, body text; index body")
BULK = {"columns": ["id", "body"], "rows": [[i, f"text {i} " * 30] for i in range(1500)]}


def filled_memory() -> FaultyMemory:
    """A database with one table and two rows."""
    memory = FaultyMemory()
    engine = EngineOnMemory(memory)
    Catalog(engine).create_tables(json.dumps([NOTES]))
    Rows(engine).insert(
        "notes", '{"columns": ["id", "body"], "rows": [[9001, "a"], [9002, "b"]]}', None
    )
    return memory


def insert_many(rows: Rows) -> None:
    rows.insert("notes", json.dumps(BULK), None)


def update_all(rows: Rows) -> None:
    rows.update("notes", json.dumps({"body": "longer than it was before " * 100}), None, None)


def delete_all(rows: Rows) -> None:
    rows.delete("notes", "restrict", None, None)


STATEMENTS = [insert_many, update_all, delete_all]


def contents(engine: Engine) -> str:
    return Rows(engine).select('{"from": "notes"}', None)


def operations_of(statement: Callable[[Rows], None]) -> dict[str, int]:
    """How often the statement, run on its own, grows, writes and flushes."""
    memory = filled_memory()
    before = memory.counts.copy()
    statement(Rows(EngineOnMemory(memory)))
    return {operation: memory.counts[operation] - before[operation] for operation in before}


@pytest.mark.parametrize("statement", STATEMENTS)
def test_failed_growth_changes_nothing(statement: Callable[[Rows], None]) -> None:
    for after in range(operations_of(statement).get("grow", 0)):
        memory = filled_memory()
        engine = EngineOnMemory(memory)
        before = contents(engine)
        memory.fail("grow", after=after)
        with pytest.raises(MemoryFailed, match="grow failed on purpose"):
            statement(Rows(engine))
        assert contents(engine) == before
        assert json.loads(Maintenance(engine).check()) == []
        memory.heal()
        statement(Rows(engine))
        assert contents(engine) != before
        assert json.loads(Maintenance(engine).check()) == []


@pytest.mark.parametrize("operation", ["write", "flush"])
@pytest.mark.parametrize("statement", STATEMENTS)
def test_failed_write_stops_the_engine(statement: Callable[[Rows], None], operation: str) -> None:
    count = operations_of(statement)[operation]
    assert count > 0
    for after in range(count):
        memory = filled_memory()
        engine = EngineOnMemory(memory)
        memory.fail(operation, after=after)  # type: ignore[arg-type]
        with pytest.raises(MemoryFailed, match=f"{operation} failed on purpose"):
            statement(Rows(engine))
        memory.heal()
        for refused in (contents, lambda engine: insert_many(Rows(engine))):
            with pytest.raises(MemoryFailed):
                refused(engine)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_unflushed_work_is_as_if_it_never_was(statement: Callable[[Rows], None]) -> None:
    """When nothing after the last flush survives, the old state is there, whole."""
    memory = filled_memory()
    before = contents(EngineOnMemory(memory.crash()))
    memory.fail("flush", after=0)
    with pytest.raises(MemoryFailed):
        statement(Rows(EngineOnMemory(memory)))
    survivor = EngineOnMemory(memory.crash())
    assert contents(survivor) == before
    assert json.loads(Maintenance(survivor).check()) == []


def test_failed_read_is_an_error() -> None:
    memory = filled_memory()
    memory.fail("read", after=0)
    with pytest.raises(MemoryFailed, match="read failed on purpose"):
        contents(EngineOnMemory(memory))
    memory.heal()
    assert json.loads(contents(EngineOnMemory(memory)))["rows"] == [[9001, "a"], [9002, "b"]]
