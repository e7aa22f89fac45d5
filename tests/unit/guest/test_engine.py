"""An engine whose storage fails when it is closed is closed all the same."""

from collections.abc import Callable
from pathlib import Path

import pytest

from wasidb_guest.api.engine import Engine
from wasidb_guest.errors import MemoryFailed, NotOpen
from wasidb_memory import FileLog, FileMemory, StorageFailed

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
