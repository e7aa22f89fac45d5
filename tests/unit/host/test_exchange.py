"""Folders for bulk data, and what becomes of those of killed processes."""

import tempfile
from pathlib import Path

import pytest

from wasidb.runtime import exchange
from wasidb.runtime.exchange import ExchangeFolder


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for folders that nobody else uses."""
    monkeypatch.setattr(exchange, "MEMORY", tmp_path)
    return tmp_path


def test_folder_is_private_and_goes(memory: Path) -> None:
    folder = ExchangeFolder()
    assert folder.path.parent == memory
    assert folder.path.stat().st_mode & 0o777 == 0o700
    (folder.path / "x.arrow").touch()
    folder.remove()
    folder.remove()
    assert list(memory.iterdir()) == []


def test_forgotten_folder_goes(memory: Path) -> None:
    folder = ExchangeFolder()
    del folder
    assert list(memory.iterdir()) == []


def test_abandoned_folders_go_and_others_stay(memory: Path) -> None:
    held = ExchangeFolder()
    abandoned, foreign = memory / "wasidb-dead", memory / "other"
    for folder in (abandoned, foreign):
        folder.mkdir()
        (folder / "x.arrow").touch()
    second = ExchangeFolder()
    assert sorted(memory.iterdir()) == sorted([held.path, second.path, foreign])


def test_link_is_not_followed(memory: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (memory / "wasidb-link").symlink_to(elsewhere)
    ExchangeFolder()
    assert elsewhere.is_dir()


def test_without_memory_the_folder_of_temporary_files(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "MEMORY", memory / "missing")
    monkeypatch.setattr(tempfile, "tempdir", str(memory))
    assert ExchangeFolder().path.parent == memory
