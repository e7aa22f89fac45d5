"""An engine that fails is replaced: what is committed stays, what was open is gone.

On the component, whose instance is made to trap, or has no memory left.
"""

import importlib
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from wasmtime import WasmtimeError

import wasidb
from wasidb import (
    ComponentFailed,
    Database,
    Field,
    InvalidDefinition,
    InvalidValue,
    LimitExceeded,
    NotOpen,
    PlatformUnsupported,
    Table,
    TransactionNotFound,
    count,
    select,
)
from wasidb.cli.main import app


class Note(Table, table="notes"):
    id: int = Field(primary_key=True)
    text: str = Field("", sanitizers=["trim"])


ALL = select(count()).from_(Note)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "notes.wasidb"


@pytest.fixture
def db(file: Path) -> Iterator[Database]:
    with wasidb.open(file, tables=[Note], memory=48 << 20) as db:
        db.insert(Note(id=1, text=" first "))
        yield db
        assert db.check() == []
    assert list(file.parent.iterdir()) == [file]


def fail(db: Database) -> None:
    """Let the instance trap."""
    db.tables()  # brings a new one about if this one has failed

    def trap(*arguments: Any) -> None:
        raise WasmtimeError("wasm trap: unreachable")

    db._engine._functions["maintenance", "checkpoint"] = trap  # type: ignore[attr-defined]
    with pytest.raises(ComponentFailed, match="another takes its place"):
        db.checkpoint()


def test_closing_after_a_failure_leaves_one_file(db: Database) -> None:
    fail(db)


def test_database_goes_on_with_what_is_committed(db: Database) -> None:
    assert db.select(ALL) == [(1,)]
    fail(db)
    assert db.select(ALL) == [(1,)]  # a statement that the new instance has not prepared
    db.insert(Note(id=2, text=" second "))
    assert [note.text for note in db.select(select(Note))] == ["first", "second"]
    fail(db)
    fail(db)
    assert db.count(Note) == 2


def test_what_was_open_is_gone_and_is_nothing_else(db: Database) -> None:
    db.insert(Note(id=4))
    rows = db.stream(select(Note), page_rows=1)
    next(rows)
    with pytest.raises(TransactionNotFound, match="it went with the engine"):
        begin_fail_and_begin(db)
    with pytest.raises(NotOpen, match=r"cursor .* is not open"):
        next(rows)
    assert {note.id for note in db.select(select(Note))} == {1, 3, 4}


def begin_fail_and_begin(db: Database) -> None:
    """Two transactions that would have the same number, did numbers begin anew."""
    with db.transaction() as old:
        old.insert(Note(id=2))
        fail(db)
        with db.transaction() as new:
            new.insert(Note(id=3))
            with pytest.raises(TransactionNotFound):
                old.insert(Note(id=4))


def fail_and_go_wrong(db: Database) -> None:
    fail(db)
    raise ZeroDivisionError


def test_failure_does_not_hide_what_comes_out_of_a_block(db: Database) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction():
        fail_and_go_wrong(db)
    with pytest.raises(ZeroDivisionError), db.transaction() as tx, tx.savepoint():
        fail_and_go_wrong(db)


def test_memory_that_has_run_out_ends_the_transaction_and_no_more(db: Database) -> None:
    with pytest.raises((LimitExceeded, ComponentFailed), match="takes its place"):
        fill(db, 2000)
    assert [note.id for note in db.select(select(Note))] == [1]
    fill(db, 20)
    assert db.count(Note) == 11


def fill(db: Database, end: int) -> None:
    """Large rows, ten at a time, in one transaction."""
    with db.transaction() as tx:
        for start in range(10, end, 10):
            tx.insert([Note(id=start + each, text="x" * 60_000) for each in range(10)])


def test_rules_are_kept_after_a_compaction(db: Database) -> None:
    db.compact()
    db.insert(Note(id=2, text=" second "))
    assert db.get(Note, 2) == Note(id=2, text="second")


def test_only_what_is_still_registered_is_told_again(db: Database) -> None:
    class Renamed(Table, table="remarks", renamed_from="notes"):
        id: int = Field(primary_key=True)
        text: str = Field("", sanitizers=["upper_case"])

    db.migrate(Renamed)
    fail(db)
    db.insert(Renamed(id=2, text="b"))
    assert db.get(Renamed, 2) == Renamed(id=2, text="B")
    db.drop_tables(Renamed)
    fail(db)
    assert db.tables() == []


def test_memory_has_bounds(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="memory is a number of bytes"):
        wasidb.open(tmp_path / "x", memory=5 << 30)
    assert list(tmp_path.iterdir()) == []


def test_drift_at_open_shows_what_a_migration_would_do(db: Database, file: Path) -> None:
    class Changed(Table, table="notes"):
        id: int = Field(primary_key=True)
        body: str = ""

    copy = file.with_name("copy.wasidb")
    db.snapshot(copy)
    with pytest.raises(InvalidDefinition) as raised:
        wasidb.open(copy, tables=[Changed])
    copy.unlink()
    assert raised.value.message.splitlines()[1:] == [
        "open it without tables and call db.migrate(Changed, allow_destructive=True), or run",
        f"  wasidb migrate --allow-destructive {copy} MODELS.py",
        "which would",
        "  drop column notes.text (destructive)",
        "  add column notes.body text after id",
    ]


def test_command_that_drift_at_open_names_works(
    db: Database, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("elsewhere")
    db.snapshot(copy := folder / "a copy.wasidb")
    (folder / "changed_notes.py").write_text(CHANGED_NOTES)
    monkeypatch.syspath_prepend(str(folder))
    changed = importlib.import_module("changed_notes")
    with pytest.raises(InvalidDefinition) as raised:
        wasidb.open(copy, tables=[changed.Changed])
    name, *words = shlex.split(raised.value.message.splitlines()[2])
    assert name == "wasidb"
    assert CliRunner().invoke(app, words).exit_code == 0
    wasidb.open(copy, tables=[changed.Changed]).close()


CHANGED_NOTES = """
from wasidb import Field, Table

class Changed(Table, table="notes"):
    id: int = Field(primary_key=True)
    body: str = ""
"""


def test_platform_without_wasmtime(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "wasidb.runtime.component", None)
    for use in (wasidb.open, lambda path: wasidb.salvage(path, path)):
        with pytest.raises(PlatformUnsupported, match="needs wasmtime and POSIX file locks"):
            use(tmp_path / "x")
