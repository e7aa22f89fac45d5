"""Opening a database as users do: `wasidb.open`, locks, permissions, and what stays behind."""

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import wasidb
from tests.support.engine_under_test import PAGE_SIZE
from wasidb import Field, Table


class Person(Table, table="people"):
    id: int = Field(primary_key=True, autoincrement=True)
    name: str


def test_new_file_is_created_and_found_again(database_file: Path) -> None:
    with wasidb.open(database_file, tables=[Person]) as db:
        db.insert([Person(name="Ann"), Person(name="Ben")])
    assert database_file.stat().st_size % PAGE_SIZE == 0
    with wasidb.open(database_file) as db:
        assert [row.name for row in db.select(wasidb.select(Person))] == ["Ann", "Ben"]
        assert [table.name for table in db.tables()] == ["people"]
        assert db.check() == []


def test_close_leaves_one_file(database_file: Path) -> None:
    with wasidb.open(database_file, tables=[Person]) as db:
        db.insert(Person(name="Ann"))
    assert [path.name for path in database_file.parent.iterdir()] == [database_file.name]


def test_closed_database_says_so(database_file: Path) -> None:
    db = wasidb.open(database_file, tables=[Person])
    db.close()
    db.close()
    with pytest.raises(wasidb.NotOpen, match="closed"):
        db.insert(Person(name="Ann"))


def test_many_rows_for_a_database_that_has_been_closed_meanwhile(database_file: Path) -> None:
    db = wasidb.open(database_file, tables=[Person])
    rows = [{"name": "Ann"}] * 1_000  # which go through a file
    tx = db.transaction()
    tx.__enter__()
    db.close()
    with pytest.raises(wasidb.NotOpen, match="closed"):
        tx.insert(rows, Person)


def test_directory(tmp_path: Path) -> None:
    with pytest.raises(wasidb.DatabaseFileError, match="directory"):
        wasidb.open(tmp_path)


def test_folder_that_does_not_exist(tmp_path: Path) -> None:
    missing = tmp_path / "missing" / "x.wasidb"
    with pytest.raises(wasidb.DatabaseFileError, match="missing"):
        wasidb.open(missing)
    assert not missing.parent.exists()


def test_read_only_needs_a_file(database_file: Path) -> None:
    with pytest.raises(wasidb.DatabaseFileError):
        wasidb.open(database_file, read_only=True)
    assert not database_file.exists()


def test_read_only_refuses_changes(database_file: Path) -> None:
    with wasidb.open(database_file, tables=[Person]) as db:
        db.insert(Person(name="Ann"))
    with wasidb.open(database_file, read_only=True) as db:
        with pytest.raises(wasidb.ReadOnly):
            db.insert(Person(name="Ben"))
        assert [row.name for row in db.select(wasidb.select(Person))] == ["Ann"]


def test_file_that_may_not_be_written() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "people.wasidb"
        wasidb.open(path, tables=[Person]).close()
        path.chmod(0o444)
        with unprivileged(), pytest.raises(wasidb.DatabaseFileError, match="permission") as raised:
            wasidb.open(path)
        assert str(path) in raised.value.message


REFUSALS = [errno.EROFS, errno.EACCES, errno.EPERM]


@contextmanager
def read_only_medium(number: int) -> Iterator[None]:
    """Every file that is opened to be written, or created, is refused with this error number."""
    open_file = os.open

    def open_to_read(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(number, os.strerror(number))
        return open_file(path, flags, mode)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wasidb.runtime.lock.os.open", open_to_read)
        yield


@pytest.mark.parametrize("number", REFUSALS)
def test_read_only_medium_is_named(database_file: Path, number: int) -> None:
    wasidb.open(database_file, tables=[Person]).close()
    with read_only_medium(number), pytest.raises(wasidb.DatabaseFileError) as raised:
        wasidb.open(database_file)
    assert raised.value.details["path"] == str(database_file)
    assert str(database_file) in raised.value.message
    assert "read_only=True" in raised.value.message


@pytest.mark.parametrize("number", REFUSALS)
def test_read_only_medium_with_a_redo_log(database_file: Path, number: int) -> None:
    """What a crash has left in the log is seen, and neither file is touched."""
    log = database_file.with_name(database_file.name + "-wal")
    with wasidb.open(database_file, tables=[Person]) as db:
        db.checkpoint()
        db.insert([Person(name="Ann"), Person(name="Ben")])
        left = {path: path.read_bytes() for path in (database_file, log)}
    for path, content in left.items():
        path.write_bytes(content)
        path.chmod(0o444)
    with read_only_medium(number), wasidb.open(database_file, read_only=True) as db:
        assert [row.name for row in db.select(wasidb.select(Person))] == ["Ann", "Ben"]
        assert db.check() == []
        with pytest.raises(wasidb.ReadOnly):
            db.insert(Person(name="Cyd"))
    assert {path: path.read_bytes() for path in left} == left


@contextmanager
def unprivileged() -> Iterator[None]:
    """Without the right of the superuser to write everywhere."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(user)


HOLDER = """
import sys, wasidb
with wasidb.open(sys.argv[1], read_only=sys.argv[2] == "read"):
    print("open", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def held_by_another_process(path: Path, mode: str) -> Iterator[int]:
    """The file is open in another process, for `read` or `write`; gives its process id."""
    command = [sys.executable, "-c", HOLDER, str(path), mode]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        try:
            yield holder.pid
        finally:
            holder.communicate("\n")


def test_one_writer_at_a_time(database_file: Path) -> None:
    wasidb.open(database_file, tables=[Person]).close()
    with held_by_another_process(database_file, "write") as holder:
        for read_only in (False, True):
            with pytest.raises(wasidb.DatabaseLocked) as raised:
                wasidb.open(database_file, read_only=read_only)
            assert raised.value.details["path"] == str(database_file)
            assert raised.value.details["pid"] == holder
    with wasidb.open(database_file) as db:
        db.insert(Person(name="Ann"))


def test_many_readers(database_file: Path) -> None:
    wasidb.open(database_file, tables=[Person]).close()
    with held_by_another_process(database_file, "read"):
        with wasidb.open(database_file, read_only=True) as db:
            assert db.select(wasidb.select(Person)) == []
        with pytest.raises(wasidb.DatabaseLocked):
            wasidb.open(database_file)


def test_killed_writer_leaves_no_lock(database_file: Path) -> None:
    wasidb.open(database_file, tables=[Person]).close()
    with held_by_another_process(database_file, "write") as holder:
        os.kill(holder, 9)
    with wasidb.open(database_file) as db:
        assert db.check() == []


def snapshot_page(file: Path) -> int:
    """The page that holds the definition of the first table."""
    return int.from_bytes(file.read_bytes()[24:28], "little")


def test_definition_of_a_newer_version(database_file: Path) -> None:
    """The layout has no version of its own; the definitions in it have one."""
    wasidb.open(database_file, tables=[Person]).close()
    page = snapshot_page(database_file)
    content = bytearray(database_file.read_bytes())
    content[page * PAGE_SIZE] += 1
    database_file.write_bytes(content)
    with pytest.raises(wasidb.Corrupted, match="version is 2") as raised:
        wasidb.open(database_file)
    assert raised.value.details["page"] == page
    assert database_file.read_bytes() == content


def test_file_without_content_is_a_new_database(database_file: Path) -> None:
    database_file.touch()
    with wasidb.open(database_file) as db:
        assert db.tables() == []


def test_file_without_content_is_none_to_read(database_file: Path) -> None:
    database_file.touch()
    with pytest.raises(wasidb.Corrupted, match="less than 3 pages"):
        wasidb.open(database_file, read_only=True)
    assert database_file.stat().st_size == 0


def test_redo_log_without_its_file(database_file: Path) -> None:
    """What a log says cannot be brought to a file that is not there; the log is kept."""
    log = database_file.with_name(database_file.name + "-wal")
    with wasidb.open(database_file, tables=[Person]):
        content = log.read_bytes()
    database_file.unlink()
    log.write_bytes(content)
    with pytest.raises(wasidb.MemoryFailed, match="there is a redo log"):
        wasidb.open(database_file)
    assert [path.name for path in database_file.parent.iterdir()] == [log.name]
    assert log.read_bytes() == content


def is_removed(file: Path) -> None:
    file.unlink()


def is_replaced(file: Path) -> None:
    copy = file.with_name("copy")
    copy.write_bytes(file.read_bytes())
    copy.rename(file)


def is_lengthened(file: Path) -> None:
    os.truncate(file, file.stat().st_size + 9 * PAGE_SIZE)


@pytest.mark.parametrize("happens", [is_removed, is_replaced, is_lengthened])
def test_file_that_others_meddle_with(database_file: Path, happens: Callable[[Path], None]) -> None:
    """A checkpoint notices, and the redo log keeps what has been committed since the last one."""
    db = wasidb.open(database_file, tables=[Person])
    db.checkpoint()
    happens(database_file)
    db.insert(Person(name="Ann"))
    with pytest.raises(wasidb.MemoryFailed, match=database_file.name):
        db.checkpoint()
    with pytest.raises(wasidb.MemoryFailed, match="reopen"):
        db.insert(Person(name="Ben"))
    db.close()
    log = database_file.with_name(database_file.name + "-wal")
    assert b"Ann" in log.read_bytes()


def test_file_that_others_cut(database_file: Path) -> None:
    """What is missing is noticed when it is needed, at the latest by a checkpoint."""
    db = wasidb.open(database_file, tables=[Person])
    db.checkpoint()
    os.truncate(database_file, database_file.stat().st_size - PAGE_SIZE)
    with pytest.raises(wasidb.MemoryFailed, match="shorter"):
        db.insert(Person(name="Ann"))
    db.close()
