"""The verbs that copy, shrink, measure and salvage a file, on files as users have them."""

import contextlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import wasidb
from wasidb import Field, Table
from wasidb.cli.main import app


class Note(Table, table="notes"):
    id: int = Field(primary_key=True, autoincrement=True)
    body: str


class Mark(Table, table="marks"):
    id: int = Field(primary_key=True)
    note: int = Field(references="notes.id")


@pytest.fixture
def filled(database_file: Path) -> Path:
    """A file with as much unused as used space."""
    with wasidb.open(database_file, tables=[Note, Mark]) as db:
        db.insert([Note(body=f"{i:0500}") for i in range(1000)])
        db.insert(Mark(id=1, note=900))
        db.delete(Note, Note.id < 900)
    return database_file


def notes_of(path: Path) -> int:
    with wasidb.open(path) as db:
        assert db.check() == []
        return len(db.select(wasidb.select(Note)))


@pytest.mark.parametrize("place", ["beside", "below", "elsewhere"])
def test_snapshot(filled: Path, tmp_path_factory: pytest.TempPathFactory, place: str) -> None:
    below = filled.parent / "backup"
    below.mkdir()
    folders = {"beside": filled.parent, "below": below}
    folder = folders.get(place) or tmp_path_factory.mktemp("elsewhere")
    target = folder / "copy.wasidb"
    with wasidb.open(filled) as db, db.transaction() as tx:
        tx.insert(Note(body="not yet"))
        db.snapshot(target)
        with pytest.raises(wasidb.DbmsError, match="it exists") as raised:
            db.snapshot(target)
        assert raised.value.details["path"] == str(target)
    assert notes_of(target) == 101
    assert notes_of(filled) == 102
    assert [path.name for path in folder.iterdir() if path.suffix == ".part"] == []


def test_snapshot_into_a_folder_that_does_not_exist(filled: Path) -> None:
    for target in (filled.parent / "none" / "copy", filled.parents[1] / "none" / "copy"):
        with wasidb.open(filled) as db, pytest.raises(wasidb.DbmsError, match="cannot") as raised:
            db.snapshot(target)
        assert raised.value.details["path"] == str(target)


def test_compact(filled: Path) -> None:
    before = filled.stat().st_size
    filled.chmod(0o600)
    with wasidb.open(filled) as db:
        db.compact()
        assert db.get(Note, 950) is not None
        assert db.insert(Note(body="next")) == 1001
        with pytest.raises(wasidb.DatabaseLocked):
            wasidb.open(filled)
        assert db.stats().free_pages == 0
    assert filled.stat().st_size < before
    assert filled.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in filled.parent.iterdir()] == [filled.name]
    assert notes_of(filled) == 102


def test_compact_removes_what_a_crash_has_left(filled: Path) -> None:
    for suffix in (".compact", ".compact.part"):
        filled.with_name(filled.name + suffix).write_bytes(b"remains")
    with wasidb.open(filled) as db:
        db.compact()
    assert [path.name for path in filled.parent.iterdir()] == [filled.name]


def test_compact_with_an_open_transaction(filled: Path) -> None:
    with wasidb.open(filled) as db, contextlib.suppress(wasidb.NotOpen), db.transaction() as tx:
        tx.insert(Note(body="kept"))
        with pytest.raises(wasidb.Conflict, match="open"):
            db.compact()
    assert notes_of(filled) == 102


def test_drop_tables(filled: Path) -> None:
    with wasidb.open(filled) as db:
        with pytest.raises(wasidb.InvalidDefinition, match=r"marks\.note references it"):
            db.drop_tables(Note)
        db.drop_tables("marks", Note)
        assert db.tables() == []
        statistics = db.stats()
        assert (statistics.tables, statistics.pages) == ((), statistics.free_pages + 3)


def test_commands(filled: Path) -> None:
    run = CliRunner().invoke
    copy = filled.with_name("copy.wasidb")
    assert run(app, ["snapshot", str(filled), str(copy)]).exit_code == 0
    assert copy.read_bytes() == filled.read_bytes()
    again = run(app, ["snapshot", str(filled), str(copy)])
    assert (again.exit_code, again.stderr.count("\n")) == (1, 1)
    shrunk = run(app, ["compact", str(filled)])
    assert shrunk.exit_code == 0
    assert "pages before" in shrunk.stdout
    assert filled.stat().st_size < copy.stat().st_size
    missing = run(app, ["compact", str(filled.with_name("none"))])
    assert missing.stderr == f"wasidb: {filled.with_name('none')} does not exist\n"
    assert not filled.with_name("none").exists()


def test_dump_command(filled: Path) -> None:
    run = CliRunner().invoke
    output = filled.with_name("dump.jsonl")
    whole = run(app, ["dump", str(filled), str(output)])
    assert (whole.exit_code, whole.stdout) == (0, "notes: 101 rows\nmarks: 1 row\n")
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert lines[2] == {"table": "notes", "row": [900, f"{899:0500}"]}
    assert lines[-1] == {"table": "marks", "row": [1, 900]}
    output.unlink()
    content = filled.read_bytes()
    filled.write_bytes(b"garbage!" + content[8:].replace(f"{950:0500}".encode(), b"\xff" * 500))
    refused = run(app, ["dump", str(filled), str(output)])
    assert refused.exit_code == 3
    assert "--salvage leaves out what is damaged" in refused.stderr
    assert not output.exists()
    salvaged = run(app, ["dump", "--salvage", str(filled), str(output)])
    assert (salvaged.exit_code, salvaged.stdout) == (0, "notes: 100 rows\nmarks: 1 row\n")
    assert salvaged.stderr.count("\n") == 2
    assert "schema hash does not match" in salvaged.stderr
    assert "column notes.body of this record is not UTF-8 text" in salvaged.stderr
    again = run(app, ["dump", "--salvage", str(filled), str(output)])
    assert again.stderr == f"wasidb: cannot create {output}: it exists\n"


def test_salvage_needs_a_file(tmp_path: Path) -> None:
    with pytest.raises(wasidb.DatabaseFileError, match="does not exist"):
        wasidb.salvage(tmp_path / "none", tmp_path / "dump.jsonl")
