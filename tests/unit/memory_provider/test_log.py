"""What a log's storage promises, on the heap and in a file."""

import os
from pathlib import Path

import pytest

from wasidb_memory import FileLog, HeapLog, LogStorage, OutOfBounds, StorageFailed
from wasidb_memory.file import WRITE_SIZE
from wasidb_memory.log import ALLOCATION_STEP, KEPT_SIZE_MAX, LARGE_SIZE


@pytest.fixture(params=["heap", "file"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> LogStorage:
    return HeapLog() if request.param == "heap" else FileLog(str(tmp_path / "log"))


def test_appended_bytes_follow_each_other(log: LogStorage) -> None:
    log.append([(0, b"one")])
    log.append([(0, b"three")])
    assert log.size() == 8
    assert log.read(0, 8) == b"onethree"
    log.flush()


def test_restart_and_going_on(log: LogStorage) -> None:
    log.append([(0, b"one two")])
    log.restart()
    assert log.size() == 0
    log.append([(0, b"2")])
    assert log.read(0, log.size()) == b"2"


def test_a_file_keeps_its_length_when_the_log_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = FileLog(str(path))
    log.append([(0, b"one two")])
    log.restart()
    log.append([(0, b"2")])
    log.close()
    assert path.stat().st_size == ALLOCATION_STEP
    assert path.read_bytes().startswith(b"2ne two\0")


def test_a_very_long_file_is_cut_when_the_log_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = FileLog(str(path))
    log.append([(KEPT_SIZE_MAX, b"1"), (0, bytes(KEPT_SIZE_MAX))])
    log.restart()
    assert path.stat().st_size == KEPT_SIZE_MAX
    log.append([(0, b"2")])
    assert (log.size(), log.read(0, 1)) == (1, b"2")
    log.close()


def test_erased_beginning_is_zeros(log: LogStorage) -> None:
    log.append([(0, b"one two")])
    log.erase(3)
    assert log.read(0, 7) == b"\0\0\0 two"
    with pytest.raises(OutOfBounds, match="8 bytes at offset 0"):
        log.erase(8)


def test_reading_past_the_end_is_refused(log: LogStorage) -> None:
    log.append([(0, b"one")])
    with pytest.raises(OutOfBounds, match="outside a memory of 3 bytes"):
        log.read(1, 3)


def test_removed_log_is_empty(log: LogStorage) -> None:
    log.append([(0, b"one")])
    log.remove()
    assert log.size() == 0


def test_file_comes_with_the_first_append_and_goes_with_remove(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = FileLog(str(path))
    assert log.size() == 0
    assert not path.exists()
    log.append([(0, b"x")])
    assert path.exists()
    log.remove()
    assert not path.exists()


def test_leftover_file_holds_what_was_appended_and_zeros(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = FileLog(str(path))
    log.append([(0, b"kept")])
    log.close()
    again = FileLog(str(path), read_only=True)
    assert again.size() == ALLOCATION_STEP
    assert again.read(0, 6) == b"kept\0\0"
    again.close()


def test_file_grows_in_steps_and_by_what_is_large(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = FileLog(str(path))
    log.append([(0, bytes(ALLOCATION_STEP - LARGE_SIZE + 1))])
    assert path.stat().st_size == ALLOCATION_STEP - LARGE_SIZE + 1
    log.append([(0, b"a" * (LARGE_SIZE - 2))])
    assert path.stat().st_size == ALLOCATION_STEP
    log.append([(0, b"ab")])
    assert path.stat().st_size == 2 * ALLOCATION_STEP
    assert log.read(ALLOCATION_STEP - 1, 2) == b"ab"
    log.append([(0, bytes(ALLOCATION_STEP))])
    assert path.stat().st_size == log.size() == 2 * ALLOCATION_STEP + 1
    log.close()


def test_failed_append_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    log = FileLog(str(tmp_path / "log"))
    log.append([(0, b"one")])
    write = os.pwrite
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            os,
            "pwrite",
            lambda file, data, at: write(file, data, at) if len(data) == 4 else _no_space(),
        )
        with pytest.raises(StorageFailed, match=r"cannot write .*log.*: No space left"):
            log.append([(4, bytes(2 * ALLOCATION_STEP)), (0, b"lost")])
    assert log.size() == 3
    log.append([(0, b"two")])
    assert log.read(0, 6) == b"onetwo"
    log.close()


def test_short_transfers_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pread, os.pwrite
    monkeypatch.setattr(os, "pread", lambda file, size, at: read(file, min(size, 999), at))
    monkeypatch.setattr(os, "pwrite", lambda file, data, at: write(file, data[:9_999], at))
    log = FileLog(str(tmp_path / "log"))
    records = [bytes(range(256)) * 400, b"the end"]
    for record in records:
        log.append([(0, record)])
    assert log.read(0, log.size()) == b"".join(records)
    log.close()


def test_no_call_is_given_more_than_it_can_move(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, sizes = os.pwrite, list[int]()
    monkeypatch.setattr(
        os, "pwrite", lambda file, data, at: sizes.append(len(data)) or write(file, data, at)
    )
    log = FileLog(str(tmp_path / "log"))
    record = bytes(range(256)) * 5000
    log.append([(0, record)])
    assert max(sizes) == WRITE_SIZE
    assert log.read(0, log.size()) == record
    log.close()


def test_append_that_gets_nowhere_leaves_the_log_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = FileLog(str(tmp_path / "log"))
    log.append([(0, b"one")])
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", lambda *_: 0)
        with pytest.raises(StorageFailed, match=r"cannot write .*log.*takes no more"):
            log.append([(0, b"two")])
    assert log.read(0, log.size()) == b"one"
    log.close()


def test_failed_close_is_named_and_final(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = FileLog(str(tmp_path / "log"))
    log.append([(0, b"one")])
    with monkeypatch.context() as patch:
        patch.setattr(os, "close", _closed_with_error)
        with pytest.raises(StorageFailed, match=r"cannot close .*log.*: Input/output error"):
            log.close()
    log.close()
    with pytest.raises(StorageFailed, match="is closed"):
        log.flush()


def _no_space() -> int:
    raise OSError(28, "No space left on device")


def _closed_with_error(descriptor: int) -> None:
    """What a file on a failing network does."""
    os.closerange(descriptor, descriptor + 1)
    raise OSError(5, "Input/output error")
