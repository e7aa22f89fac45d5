"""What every memory provider promises, on the heap and in a file, and what the file one refuses."""

import errno
import os
from pathlib import Path

import pytest

from wasidb_memory import (
    PAGE_SIZE,
    PAGES_MAX,
    FileLog,
    FileMemory,
    HeapMemory,
    MemoryProvider,
    NotAPageFile,
    OutOfBounds,
    StorageFailed,
)
from wasidb_memory.file import WRITE_SIZE


@pytest.fixture(params=["heap", "file"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> MemoryProvider:
    return HeapMemory() if request.param == "heap" else FileMemory(str(tmp_path / "pages"))


def test_new_memory_is_empty(memory: MemoryProvider) -> None:
    assert (memory.size(), memory.pages()) == (0, 0)


def test_growth_gives_zero_pages(memory: MemoryProvider) -> None:
    assert memory.grow(2) == 0
    assert memory.grow(1) == 2
    assert (memory.pages(), memory.size()) == (3, 3 * PAGE_SIZE)
    assert not any(memory.read(0, memory.size()))


def test_written_bytes_are_read(memory: MemoryProvider) -> None:
    memory.grow(3)
    memory.write(PAGE_SIZE - 2, b"across")
    assert memory.read(PAGE_SIZE - 3, 8) == b"\0across\0"
    memory.flush()
    assert memory.read(PAGE_SIZE - 2, 6) == b"across"


def test_large_transfers_are_whole(memory: MemoryProvider) -> None:
    memory.grow(40)
    content = bytes(range(256)) * (39 * PAGE_SIZE // 256)
    memory.write(PAGE_SIZE, memoryview(content))
    assert memory.read(PAGE_SIZE, len(content)) == content


def test_appended_pages_have_their_content(memory: MemoryProvider) -> None:
    memory.grow(1)
    frames = [bytes((number,)) * PAGE_SIZE for number in (7, 8)]
    assert memory.append(frames) == 1
    assert memory.pages() == 3
    assert memory.read(PAGE_SIZE, 2 * PAGE_SIZE) == b"".join(frames)


def test_pages_are_appended_in_few_large_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, sizes = os.pwrite, list[int]()
    monkeypatch.setattr(
        os, "pwrite", lambda file, data, at: sizes.append(len(data)) or write(file, data, at)
    )
    memory = FileMemory(str(tmp_path / "pages"))
    frames = [bytes((number,)) * PAGE_SIZE for number in range(2 * WRITE_SIZE // PAGE_SIZE + 1)]
    memory.append(frames)
    assert sizes == [WRITE_SIZE, WRITE_SIZE, PAGE_SIZE]
    assert memory.read(0, memory.size()) == b"".join(frames)
    memory.close()


def test_truncation_gives_pages_up(memory: MemoryProvider) -> None:
    memory.grow(3)
    memory.write(2 * PAGE_SIZE, b"gone")
    memory.truncate(2)
    assert memory.pages() == 2
    assert memory.grow(1) == 2
    assert not any(memory.read(2 * PAGE_SIZE, PAGE_SIZE))


@pytest.mark.parametrize(
    ("offset", "length"), [(-1, 1), (0, PAGE_SIZE + 1), (PAGE_SIZE, 1), (5, -1), (1 << 40, 0)]
)
def test_reading_outside_is_refused(memory: MemoryProvider, offset: int, length: int) -> None:
    memory.grow(1)
    with pytest.raises(OutOfBounds, match=f"offset {offset} lie outside a memory of {PAGE_SIZE}"):
        memory.read(offset, length)


@pytest.mark.parametrize("offset", [-1, PAGE_SIZE - 3, PAGE_SIZE, 1 << 50])
def test_writing_outside_changes_nothing(memory: MemoryProvider, offset: int) -> None:
    memory.grow(1)
    with pytest.raises(OutOfBounds, match="lie outside"):
        memory.write(offset, b"four")
    assert not any(memory.read(0, PAGE_SIZE))


@pytest.mark.parametrize("pages", [PAGES_MAX, PAGES_MAX + 1, -1])
def test_impossible_growth_is_refused(memory: MemoryProvider, pages: int) -> None:
    memory.grow(1)
    with pytest.raises(OutOfBounds, match=f"by {pages}: the limit is {PAGES_MAX} pages"):
        memory.grow(pages)
    assert memory.pages() == 1


def test_file_is_the_pages_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "pages"
    memory = FileMemory(str(path))
    memory.grow(2)
    memory.write(PAGE_SIZE, b"second")
    memory.close()
    memory.close()
    assert path.read_bytes() == bytes(PAGE_SIZE) + b"second".ljust(PAGE_SIZE, b"\0")
    again = FileMemory(str(path), read_only=True)
    assert again.read(PAGE_SIZE, 6) == b"second"
    again.close()


def test_file_of_more_pages_than_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wasidb_memory.file.PAGES_MAX", 2)  # few disks hold the true one
    path = tmp_path / "pages"
    path.write_bytes(bytes(2 * PAGE_SIZE))
    FileMemory(str(path)).close()
    path.write_bytes(bytes(3 * PAGE_SIZE))
    with pytest.raises(NotAPageFile, match="size of 196608 bytes is more than 2 pages"):
        FileMemory(str(path))


@pytest.mark.parametrize("size", [1, PAGE_SIZE - 1, PAGE_SIZE + 1])
def test_size_that_is_no_multiple_of_a_page(tmp_path: Path, size: int) -> None:
    path = tmp_path / "pages"
    path.write_bytes(b"x" * size)
    with pytest.raises(NotAPageFile, match=f"size of {size} bytes is no multiple of 65536"):
        FileMemory(str(path))
    assert path.read_bytes() == b"x" * size


def test_file_cut_by_a_crash_has_its_whole_pages(tmp_path: Path) -> None:
    path = tmp_path / "pages"
    path.write_bytes(b"x" * (PAGE_SIZE + 5))
    memory = FileMemory(str(path), may_be_cut=True)
    assert memory.pages() == 1
    assert memory.grow(1) == 1
    assert not any(memory.read(PAGE_SIZE, PAGE_SIZE))
    memory.close()
    assert path.stat().st_size == 2 * PAGE_SIZE


def test_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAPageFile, match="is a directory"):
        FileMemory(str(tmp_path))


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match=r"cannot open .*nowhere"):
        FileMemory(str(tmp_path / "nowhere" / "pages"))


def test_missing_file_is_not_made_for_reading(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="cannot open"):
        FileMemory(str(tmp_path / "pages"), read_only=True)
    assert not list(tmp_path.iterdir())


def test_read_only_file_does_not_change(tmp_path: Path) -> None:
    path = tmp_path / "pages"
    path.write_bytes(bytes(PAGE_SIZE))
    memory = FileMemory(str(path), read_only=True)
    for change in (lambda: memory.write(0, b"x"), lambda: memory.grow(1)):
        with pytest.raises(StorageFailed, match="reading only"):
            change()
    memory.close()
    assert path.read_bytes() == bytes(PAGE_SIZE)


def test_closed_file_is_named(tmp_path: Path) -> None:
    memory = FileMemory(str(tmp_path / "pages"))
    memory.grow(1)
    memory.close()
    with pytest.raises(StorageFailed, match="is closed"):
        memory.read(0, 1)


def test_file_that_shrank_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "pages"
    memory = FileMemory(str(path))
    memory.grow(2)
    os.truncate(path, PAGE_SIZE)
    with pytest.raises(StorageFailed, match="became shorter"):
        memory.read(PAGE_SIZE, 10)
    memory.close()


def test_full_disk_leaves_the_size_alone(tmp_path: Path) -> None:
    memory = FileMemory(str(tmp_path / "pages"))
    memory.grow(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "pwrite", _no_space)
        with pytest.raises(StorageFailed, match="No space left"):
            memory.grow(1)
    assert memory.pages() == 1
    assert os.stat(memory.path).st_size == PAGE_SIZE
    memory.close()


def test_short_transfers_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pread, os.pwrite
    monkeypatch.setattr(os, "pread", lambda file, size, at: read(file, min(size, 999), at))
    monkeypatch.setattr(os, "pwrite", lambda file, data, at: write(file, data[:999], at))
    memory = FileMemory(str(tmp_path / "pages"))
    frames = [bytes(range(256)) * 256, b"second".ljust(PAGE_SIZE, b".")]
    assert memory.append(frames) == 0
    memory.write(PAGE_SIZE - 3, b"between".ljust(2_000, b"!"))
    content = b"".join(frames)
    expected = content[: PAGE_SIZE - 3] + b"between".ljust(2_000, b"!")
    assert memory.read(0, 2 * PAGE_SIZE) == expected + content[PAGE_SIZE + 1_997 :]
    memory.close()


def test_write_that_gets_nowhere_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = FileMemory(str(tmp_path / "pages"))
    memory.grow(1)
    monkeypatch.setattr(os, "pwrite", lambda *_: 0)
    for change in (lambda: memory.write(0, b"x"), lambda: memory.grow(1)):
        with pytest.raises(StorageFailed, match=r"cannot write .*pages.*takes no more"):
            change()
    assert memory.pages() == 1
    memory.close()


def test_failed_close_is_named_and_final(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = FileMemory(str(tmp_path / "pages"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "close", _closed_with_error)
        with pytest.raises(StorageFailed, match=r"cannot close .*pages.*: Input/output error"):
            memory.close()
    memory.close()
    with pytest.raises(StorageFailed, match="is closed"):
        memory.flush()


def test_flush_that_cannot_look_at_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = FileMemory(str(tmp_path / "pages"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", _input_output_error)
        with pytest.raises(StorageFailed, match=r"cannot find .*pages.*: Input/output error"):
            memory.flush()
    memory.close()


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EPERM])
def test_medium_that_takes_no_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """To write is refused with the file's name, to read is allowed."""
    path = tmp_path / "pages"
    path.write_bytes(bytes(PAGE_SIZE))
    open_file = os.open

    def open_to_read(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_ACCMODE != os.O_RDONLY:
            raise OSError(number, os.strerror(number))
        return open_file(path, flags, mode)

    monkeypatch.setattr(os, "open", open_to_read)
    with pytest.raises(StorageFailed, match=f"cannot open .*pages.*: {os.strerror(number)}"):
        FileMemory(str(path))
    memory = FileMemory(str(path), read_only=True)
    assert memory.pages() == 1
    memory.close()


def _no_space(*_: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def _input_output_error(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


def _closed_with_error(descriptor: int) -> None:
    """What a file on a failing network does."""
    os.closerange(descriptor, descriptor + 1)
    _input_output_error()


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="this system does not know of it")
@pytest.mark.parametrize("is_refused", [False, True])
def test_large_pieces_are_on_their_way_to_the_disk_before_a_flush(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_refused: bool
) -> None:
    asked = []

    def advised(_file: int, offset: int, size: int, advice: int) -> None:
        asked.append((offset, size, advice))
        if is_refused:
            raise OSError(errno.EINVAL, "no")

    monkeypatch.setattr(os, "posix_fadvise", advised)
    flushed, not_flushed = (
        FileMemory(str(tmp_path / name), flushes=name == "flushed") for name in ("flushed", "other")
    )
    log = FileLog(str(tmp_path / "log"))
    log.append([(0, bytes(100)), (100, bytes(WRITE_SIZE))])
    assert asked == [(100, WRITE_SIZE, os.POSIX_FADV_DONTNEED)]
    for memory in (flushed, not_flushed):
        memory.append([bytes(PAGE_SIZE)] * 18)
        memory.write(PAGE_SIZE, bytes(WRITE_SIZE))
        memory.write(0, b"few")
    places = [(0, WRITE_SIZE), (PAGE_SIZE, WRITE_SIZE)]
    assert asked[1:] == [(*place, os.POSIX_FADV_DONTNEED) for place in places]
    for file in (flushed, not_flushed, log):
        file.close()
