"""One writer or many readers."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wasidb.errors import DatabaseFileError, DatabaseLocked
from wasidb.runtime.lock import FileLock

OTHER_PROCESS = """
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from wasidb.errors import DatabaseLocked
from wasidb.runtime.lock import FileLock
try:
    FileLock(Path(sys.argv[1]), read_only=sys.argv[2] == "read")
    print("locked")
except DatabaseLocked as error:
    print(error.details["pid"])
"""


def try_elsewhere(path: Path, mode: str) -> str:
    """What another process gets: `locked`, or the pid of the holder."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", OTHER_PROCESS, str(path), mode]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.wasidb"


def test_writer_keeps_everybody_out(path: Path) -> None:
    lock = FileLock(path, read_only=False)
    assert try_elsewhere(path, "write") == str(os.getpid())
    assert try_elsewhere(path, "read") == str(os.getpid())
    lock.release()
    lock.release()
    assert try_elsewhere(path, "write") == "locked"


def test_readers_keep_writers_out(path: Path) -> None:
    path.touch()
    first, second = FileLock(path, read_only=True), FileLock(path, read_only=True)
    assert try_elsewhere(path, "read") == "locked"
    assert try_elsewhere(path, "write") == str(os.getpid())
    first.release()
    second.release()
    assert try_elsewhere(path, "write") == "locked"


def test_twice_in_one_process(path: Path) -> None:
    lock = FileLock(path, read_only=False)
    with pytest.raises(DatabaseLocked, match="open in this process already"):
        FileLock(path, read_only=False)
    lock.release()


def test_forgotten_lock_is_free(path: Path) -> None:
    lock = FileLock(path, read_only=False)
    del lock
    FileLock(path, read_only=False).release()


def test_writer_that_fails_leaves_nothing(path: Path) -> None:
    FileLock(path, read_only=False).release(discard=True)
    assert not path.exists()


def test_discard_spares_what_was_there_or_was_filled(path: Path) -> None:
    path.touch()
    FileLock(path, read_only=False).release(discard=True)
    assert path.exists()
    path.unlink()
    lock = FileLock(path, read_only=False)
    path.write_bytes(b"x")
    lock.release(discard=True)
    assert path.read_bytes() == b"x"


def test_paths_that_cannot_be_databases(path: Path) -> None:
    for wrong, reason in [
        (path.parent, "is a directory"),
        (path / "deep" / "x", "folder .* does not exist"),
        (Path(os.devnull), "not a regular file"),
    ]:
        with pytest.raises(DatabaseFileError, match=reason) as raised:
            FileLock(wrong, read_only=False)
        assert raised.value.details["path"] == str(wrong)


def test_reader_creates_nothing(path: Path) -> None:
    with pytest.raises(DatabaseFileError, match="does not exist"):
        FileLock(path, read_only=True)
    assert not path.exists()


def test_pipe_is_refused_without_waiting(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(DatabaseFileError, match="not a regular file"):
        FileLock(path, read_only=True)


def test_successor_takes_place_and_lock(path: Path) -> None:
    lock = FileLock(path, read_only=False)
    path.write_text("old")
    path.chmod(0o640)
    successor = path.with_name("successor")
    successor.write_text("new")
    lock.replace(successor)
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert not successor.exists()
    assert try_elsewhere(path, "read") == str(os.getpid())
    lock.release(discard=True)
    assert path.exists()
    assert try_elsewhere(path, "write") == "locked"


def test_successor_that_cannot_take_the_place(path: Path) -> None:
    lock = FileLock(path, read_only=False)
    successor = path.with_name("successor")
    with held(successor), pytest.raises(DatabaseLocked):
        lock.replace(successor)
    assert try_elsewhere(path, "read") == str(os.getpid())
    lock.release()


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Somebody else has the file locked."""
    lock = FileLock(path, read_only=False)
    yield
    lock.release()
