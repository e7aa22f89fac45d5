"""Memory in a flat file: page n is the 65,536 bytes at offset n * 65,536, and there is nothing else
in it.

Works natively and under WASI, where a call may move less than asked: every transfer loops. One call
reads 64 KiB there, and writes all that it is given, in another thread for which the caller waits;
so much is given at once that there are few such calls, and no more, because the host copies it and
refuses more than it is ready to copy. What is written in large pieces is on its way to the disk
before somebody flushes. A new file grows to its size by being written, so a full disk is noticed by
`grow`, before anything relies on the pages.
"""

import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress

from wasidb_memory.provider import (
    PAGE_SIZE,
    PAGES_MAX,
    Bytes,
    NotAPageFile,
    StorageFailed,
    check_bounds,
    check_growth,
)

READ_SIZE = 1 << 16
WRITE_SIZE = 1 << 20
SAVED_AT_ONCE_MIN = WRITE_SIZE // 2
ZEROS = bytes(WRITE_SIZE)


class FileMemory:
    """A MemoryProvider over a file. `read_only` opens an existing file and refuses to change it.

    `may_be_cut` accepts a file that a crash has caught growing: what there is of a last page that
    is not whole does not count. Without `flushes` the file is only ever flushed by the operating
    system, when it likes: what was written survives the process, and not the machine.
    """

    def __init__(
        self,
        path: str,
        *,
        read_only: bool = False,
        may_be_cut: bool = False,
        flushes: bool = True,
    ) -> None:
        self.path = path
        self.read_only = read_only
        self._may_be_cut = may_be_cut
        self._is_cut = False
        self._flushes = flushes
        flags = os.O_RDONLY if read_only else os.O_RDWR | os.O_CREAT
        with failures_named(path, "open"):
            if os.path.isdir(path):
                raise NotAPageFile(f"{path!r} is a directory, not a database file")
            self._file: int | None = os.open(path, flags, 0o644)
        try:
            self._size = self._measured_size()
        except BaseException:
            self.close()
            raise

    def _measured_size(self) -> int:
        with failures_named(self.path, "examine"):
            status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotAPageFile(f"{self.path!r} is not a regular file")
        if status.st_size % PAGE_SIZE and not self._may_be_cut:
            raise NotAPageFile(
                f"{self.path!r} is not a database file: "
                f"its size of {status.st_size} bytes is no multiple of {PAGE_SIZE}"
            )
        if status.st_size > PAGES_MAX * PAGE_SIZE:
            raise NotAPageFile(
                f"{self.path!r} is not a database file: "
                f"its size of {status.st_size} bytes is more than {PAGES_MAX} pages"
            )
        self._is_cut = status.st_size % PAGE_SIZE != 0
        return status.st_size // PAGE_SIZE * PAGE_SIZE

    @property
    def _descriptor(self) -> int:
        if self._file is None:
            raise StorageFailed(f"{self.path!r} is closed")
        return self._file

    def size(self) -> int:
        return self._size

    def pages(self) -> int:
        return self._size // PAGE_SIZE

    def grow(self, pages: int) -> int:
        before = self.pages()
        check_growth(pages, before)
        end = self._size + pages * PAGE_SIZE
        offsets = range(self._size, end, WRITE_SIZE)
        self._extend((offset, ZEROS[: end - offset]) for offset in offsets)
        return before

    def append(self, frames: Sequence[Bytes]) -> int:
        before = self.pages()
        check_growth(len(frames), before)
        at_once = WRITE_SIZE // PAGE_SIZE
        pieces = (
            (self._size + first * PAGE_SIZE, b"".join(frames[first : first + at_once]))
            for first in range(0, len(frames), at_once)
        )
        self._extend(pieces)
        return before

    def _extend(self, pieces: Iterable[tuple[int, Bytes]]) -> None:
        self._check_writable()
        end = self._size
        try:
            for offset, piece in pieces:
                self._write(offset, piece)
                end = offset + len(piece)
        except StorageFailed:
            self._truncate(self._size)
            raise
        self._size = end

    def read(self, offset: int, length: int) -> bytes:
        check_bounds(offset, length, self._size)
        return read_all(self.path, self._descriptor, offset, length)

    def write(self, offset: int, data: Bytes) -> None:
        self._check_writable()
        check_bounds(offset, len(data), self._size)
        self._write(offset, data)

    def _write(self, offset: int, data: Bytes) -> None:
        write_all(self.path, self._descriptor, offset, data)
        if self._flushes:
            begin_saving(self._descriptor, offset, len(data))

    def _check_writable(self) -> None:
        if self.read_only:
            raise StorageFailed(f"{self.path!r} was opened for reading only")

    def truncate(self, pages: int) -> None:
        if pages < self.pages() or self._is_cut:
            size = min(pages * PAGE_SIZE, self._size)
            self._truncate(size)
            self._size, self._is_cut = size, False

    def _truncate(self, size: int) -> None:
        with failures_named(self.path, "truncate"):
            os.ftruncate(self._descriptor, size)

    def flush(self) -> None:
        self._check_place()
        if self._flushes:
            with failures_named(self.path, "flush"):
                os.fsync(self._descriptor)

    def _check_place(self) -> None:
        """Notice that somebody has removed the file, put another one in its place, or cut it."""
        with failures_named(self.path, "find"):
            there = os.stat(self.path)
            mine = os.fstat(self._descriptor)
        if (there.st_dev, there.st_ino) != (mine.st_dev, mine.st_ino):
            raise StorageFailed(f"{self.path!r} was replaced while it was in use")
        if mine.st_size != self._size:
            what = f"has {mine.st_size} bytes instead of {self._size}"
            raise StorageFailed(f"{self.path!r} {what}: somebody changed it while it was in use")

    def close(self) -> None:
        if self._file is not None:
            descriptor, self._file = self._file, None
            close_file(self.path, descriptor)


def read_all(path: str, descriptor: int, offset: int, length: int) -> bytes:
    """All of the `length` bytes at `offset`; one call may give less than asked."""
    pieces = []
    with failures_named(path, "read"):
        while length:
            piece = os.pread(descriptor, min(length, READ_SIZE), offset)
            if not piece:
                raise StorageFailed(f"{path!r} became shorter while it was in use")
            pieces.append(piece)
            offset += len(piece)
            length -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def write_all(path: str, descriptor: int, offset: int, data: Bytes) -> None:
    """Write all of `data` at `offset`; one call may move less than asked."""
    view, done = memoryview(data), 0
    with failures_named(path, "write"):
        while done < len(data):
            written = os.pwrite(descriptor, view[done : done + WRITE_SIZE], offset + done)
            if not written:
                raise StorageFailed(f"cannot write {path!r}: the operating system takes no more")
            done += written


def begin_saving(descriptor: int, offset: int, size: int) -> None:
    """Have a large piece brought to the disk while the next one is made, so that a flush waits for
    less: that is what Linux does about bytes that are said not to be needed soon. Other systems may
    refuse, or not know of it, which does no harm.
    """
    if size >= SAVED_AT_ONCE_MIN and hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(descriptor, offset, size, os.POSIX_FADV_DONTNEED)


def close_file(path: str, descriptor: int) -> None:
    """Let go of a file; after a failure, too, the descriptor is nobody's any more."""
    with failures_named(path, "close"):
        os.close(descriptor)


class failures_named:
    """`with` this, a refusal of the operating system becomes StorageFailed with path and action.

    A class, because every read and write passes here.
    """

    __slots__ = ("_action", "_path")

    def __init__(self, path: str, action: str) -> None:
        self._path = path
        self._action = action

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, failure: BaseException | None, _traceback: object) -> None:
        if isinstance(failure, OSError):
            reason = failure.strerror
            raise StorageFailed(f"cannot {self._action} {self._path!r}: {reason}") from failure
