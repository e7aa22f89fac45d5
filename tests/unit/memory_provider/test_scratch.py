"""What scratch promises, on the heap and in a file."""

import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest

from wasidb_memory import HeapScratch, OutOfBounds, Scratch, ScratchFiles, StorageFailed


@pytest.fixture
def files(tmp_path: Path) -> ScratchFiles:
    return ScratchFiles(str(tmp_path / "db"))


@pytest.fixture(params=["heap", "file"])
def scratch(request: pytest.FixtureRequest, files: ScratchFiles) -> Scratch:
    return HeapScratch() if request.param == "heap" else files.open()


def test_bytes_stand_where_append_says(scratch: Scratch) -> None:
    assert [scratch.append(b"one"), scratch.append(b"three"), scratch.append(b"")] == [0, 3, 8]
    assert scratch.read(3, 5) == b"three"
    assert scratch.read(0, 3) == b"one"


def test_reading_past_the_end_is_refused(scratch: Scratch) -> None:
    scratch.append(b"one")
    with pytest.raises(OutOfBounds, match="outside a memory of 3 bytes"):
        scratch.read(1, 3)


def test_closing_twice_is_fine(scratch: Scratch) -> None:
    scratch.append(b"one")
    scratch.close()
    scratch.close()


def test_closed_scratch_leaves_no_file(files: ScratchFiles, tmp_path: Path) -> None:
    first, second = files.open(), files.open()
    assert len(list(tmp_path.iterdir())) == 2
    first.close()
    assert len(list(tmp_path.iterdir())) == 1
    files.close()
    second.close()
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_this_database_are_removed(files: ScratchFiles, tmp_path: Path) -> None:
    for name in ("db", "db-wal", "db-scratch-0a", "db-scratch-0b", "other-scratch-0a"):
        (tmp_path / name).write_bytes(b"x")
    files.remove_leftovers()
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["db", "db-wal", "other-scratch-0a"]


def test_file_that_somebody_removes_can_be_used_on(files: ScratchFiles) -> None:
    scratch = files.open()
    scratch.append(b"one")
    files.remove_leftovers()
    scratch.append(b"two")
    assert scratch.read(0, 6) == b"onetwo"
    scratch.close()


def test_what_a_full_disk_has_refused_is_not_there(
    files: ScratchFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    scratch = files.open()
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", refuse)
        with pytest.raises(StorageFailed, match=r"cannot write .*-scratch-.* No space left"):
            scratch.append(b"one")
    assert scratch.append(b"two") == 0
    assert scratch.read(0, 3) == b"two"


def test_a_file_that_vanishes_while_leftovers_are_looked_for(
    files: ScratchFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "db-scratch-0a").touch()
    listed, asked = os.listdir, []

    def listdir(folder: str) -> list[str]:
        asked.append(folder)
        if len(asked) == 1:
            raise FileNotFoundError(2, "a file was removed meanwhile")
        return listed(folder)

    monkeypatch.setattr(os, "listdir", listdir)
    files.remove_leftovers()
    assert len(asked) == 2
    assert not listed(tmp_path)


def test_leftovers_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="No such file"):
        ScratchFiles(str(tmp_path / "nowhere" / "db")).remove_leftovers()
