"""Files that an engine makes: there whole or not at all, or for an answer that is read at once."""

import os
from pathlib import Path

import pytest

from wasidb_guest.api.new_file import WRITE_SIZE, answer_file, new_file, write_pieces
from wasidb_guest.errors import DeadlineExceeded, MemoryFailed
from wasidb_memory import ProviderError

FAILURES = (
    (OSError(28, "No space left on device"), "No space left on device"),
    (ProviderError("disk is gone"), "disk is gone"),
)


def test_an_answer_is_written_under_its_name(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with answer_file(str(path)) as descriptor:
        write_pieces(descriptor, [b"one ", b"two"])
        assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"one two"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_what_is_written_is_handed_over_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time takes a change of threads."""
    written: list[int] = []

    def pwrite(descriptor: int, data: memoryview, at: int) -> int:
        written.append(len(data))
        return place(descriptor, data, at)

    place = os.pwrite
    monkeypatch.setattr(os, "pwrite", pwrite)
    pieces = [bytes((number,)) * 1000 for number in range(256)] * 3
    with answer_file(str(tmp_path / "out")) as descriptor:
        write_pieces(descriptor, pieces)
    assert written == [768_000]
    with answer_file(str(tmp_path / "large")) as descriptor:
        write_pieces(descriptor, pieces * 2)
    assert len(written) == 3
    assert sum(written[1:]) == 1_536_000
    assert max(written) <= WRITE_SIZE
    assert (tmp_path / "large").read_bytes() == b"".join(pieces * 2)


def test_a_file_has_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with new_file(str(path)) as part:
        Path(part).write_bytes(b"one")
        assert not path.exists()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("making", [answer_file, new_file], ids=("answer", "file"))
def test_what_exists_stays(making: type, tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"precious")
    with pytest.raises(MemoryFailed, match=r"cannot create '.*out': it exists"), making(str(path)):
        pass
    assert path.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("making", [answer_file, new_file], ids=("answer", "file"))
@pytest.mark.parametrize(("failure", "reason"), FAILURES, ids=("system", "memory"))
def test_what_fails_leaves_no_file(
    making: type, failure: Exception, reason: str, tmp_path: Path
) -> None:
    path = str(tmp_path / "out")
    with pytest.raises(MemoryFailed, match=f"cannot create '.*out': {reason}"), making(path):
        raise failure
    with pytest.raises(DeadlineExceeded), making(path):
        raise DeadlineExceeded("too late", limit="statement seconds", seconds=1.0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("making", [answer_file, new_file], ids=("answer", "file"))
def test_in_a_folder_that_is_not_there(making: type, tmp_path: Path) -> None:
    path = str(tmp_path / "nowhere" / "out")
    with pytest.raises(MemoryFailed) as raised, making(path) as made:
        Path(made).write_bytes(b"")
    assert raised.value.details["path"] == path
