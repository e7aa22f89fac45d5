"""An engine whose storage fails when it is closed is closed all the same."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import wasidb.errors
from tests.support.in_process import start
from wasidb_guest.api.engine import Engine
from wasidb_guest.errors import MemoryFailed, NotOpen
from wasidb_memory import FileLog, FileMemory, FileScratch, StorageFailed

FAILURES: list[tuple[type, str]] = [
    (FileMemory, "write"),
    (FileMemory, "flush"),
    (FileLog, "remove"),
]


def refuse(*_: object) -> None:
    raise StorageFailed("the disk is gone")


@pytest.mark.parametrize(("storage", "operation"), FAILURES)
def test_failed_close(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: type, operation: str
) -> None:
    path = str(tmp_path / "test.wasidb")
    engine = Engine()
    engine.open(path)
    commit_access_page(engine)
    with monkeypatch.context() as patch:
        patch.setattr(storage, operation, refuse)
        with pytest.raises(MemoryFailed, match="the disk is gone"):
            engine.close()
    engine.close()
    with pytest.raises(NotOpen):
        engine.store.checkpoint()
    engine.open(path)
    assert engine.store.cache.read(1)[:5] == ACCESS_LIST
    engine.close()
    assert [file.name for file in tmp_path.iterdir()] == ["test.wasidb"]


def test_memory_is_closed_though_the_log_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    close: Callable[[FileMemory], None] = FileMemory.close

    def closing(memory: FileMemory) -> None:
        closed.append("memory")
        close(memory)

    engine = Engine()
    engine.open(str(tmp_path / "test.wasidb"))
    monkeypatch.setattr(FileMemory, "close", closing)
    monkeypatch.setattr(FileLog, "close", refuse)
    with pytest.raises(MemoryFailed, match="cannot close the redo log"):
        engine.close()
    assert closed == ["memory"]


ACCESS_LIST = b"\x02\0\0\0\0"


def commit_access_page(engine: Engine) -> None:
    """Leave something in the log that a checkpoint has to bring to the file."""
    with engine.store.session(None) as transaction:
        transaction.pages().writable(1)[:5] = ACCESS_LIST


def test_full_disk_ends_a_statement_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk has room for the database and none for what a statement puts aside."""
    engine = start(tmp_path / "test.wasidb", False)
    columns = [{"name": "id", "type": "uint32"}]
    table = {"name": "t", "primary_key": "id", "columns": columns}
    engine.call("catalog", "create-tables", json.dumps([table]))
    rows = json.dumps({"columns": ["id"], "rows": [[id] for id in range(100)]})
    engine.call("rows", "insert", "t", rows, None)
    statement = {"from": "t", "order_by": [{"column": "id", "direction": "desc"}]}
    with monkeypatch.context() as patch:
        patch.setattr(FileScratch, "append", refuse)
        with pytest.raises(wasidb.errors.MemoryFailed, match="cannot put rows aside"):
            engine.call("rows", "select", json.dumps(statement | {"limits": {"memory": 99}}), None)
    assert [file.name for file in tmp_path.glob("*-scratch-*")] == []
    assert (
        len(json.loads(engine.call("rows", "select", json.dumps(statement), None))["rows"]) == 100
    )
    assert engine.call("rows", "delete", "t", "restrict", None, None) == 100
    assert json.loads(engine.call("maintenance", "check")) == []
    engine.call("maintenance", "close")
    engine.close()
