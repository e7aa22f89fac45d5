"""Where the redo log lives: bytes that are only ever appended, until all of them are dropped.

    append   all or nothing: after an error the log is as long as before
    flush    what was appended survives a crash
    restart  the log is empty; whoever opens it after a crash may find what was in it
    remove   the log is gone, and so is its file

A log that does not exist has size 0 and comes into being with the first append, so that opening a
database for reading, or closing one that was not changed, leaves no trace.
"""

import os
from collections.abc import Iterable
from operator import itemgetter
from typing import Protocol

from wasidb_memory.file import begin_saving, close_file, failures_named, read_all, write_all
from wasidb_memory.provider import Bytes, StorageFailed, check_bounds

ALLOCATION_STEP = 1 << 20
# An append of so many bytes takes longer than to record the file's new length.
LARGE_SIZE = 64 << 10
# What a file is longer than when its log begins anew is given back to the disk.
KEPT_SIZE_MAX = 64 << 20


class LogStorage(Protocol):
    """Bytes to append to; see the module's docstring for what each method promises."""

    def size(self) -> int:
        """Bytes held."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """The `length` bytes at byte `offset`."""
        ...

    def append(self, pieces: Iterable[tuple[int, Bytes]]) -> None:
        """Put pieces at the end, each so many bytes behind it, in whatever order they come;
        together they leave no gap.
        """
        ...

    def erase(self, size: int) -> None:
        """Make zeros of the first `size` bytes."""
        ...

    def restart(self) -> None:
        """Drop everything: what is appended next goes to the front."""
        ...

    def flush(self) -> None:
        """Make everything appended so far durable."""
        ...

    def remove(self) -> None:
        """Drop everything, and let go of it."""
        ...

    def close(self) -> None:
        """Let go of what is held, and leave the bytes for the next to open them."""
        ...


def joined(pieces: Iterable[tuple[int, Bytes]]) -> bytes:
    """The bytes that some pieces are together."""
    return b"".join([piece for _, piece in sorted(pieces, key=itemgetter(0))])


class HeapLog:
    """A log that is gone when the process ends."""

    def __init__(self, content: bytes = b"") -> None:
        self._bytes = bytearray(content)

    def size(self) -> int:
        return len(self._bytes)

    def read(self, offset: int, length: int) -> bytes:
        check_bounds(offset, length, len(self._bytes))
        return bytes(self._bytes[offset : offset + length])

    def append(self, pieces: Iterable[tuple[int, Bytes]]) -> None:
        self._bytes += joined(pieces)

    def erase(self, size: int) -> None:
        check_bounds(0, size, len(self._bytes))
        self._bytes[:size] = bytes(size)

    def restart(self) -> None:
        self._bytes.clear()

    def flush(self) -> None:
        """Nothing to do: the heap never outlives the process."""

    def remove(self) -> None:
        self._bytes.clear()

    def close(self) -> None:
        """Nothing to release."""


class FileLog:
    """A log in a file of its own.

    The file grows by whole steps of zeros ahead of small appends, and keeps its length when the log
    begins anew: a flush that need not record a new length of the file is several times faster, and
    cutting a long one takes as long as writing it. Whoever opens a leftover log finds these
    zeros, or what was there before, behind its end. `flushes` is as for `FileMemory`.
    """

    def __init__(self, path: str, *, read_only: bool = False, flushes: bool = True) -> None:
        self.path = path
        self._flushes = flushes
        self._file: int | None = None
        self._size = 0
        self._allocated = 0
        if os.path.exists(path):
            self._open(os.O_RDONLY if read_only else os.O_RDWR)

    def _open(self, flags: int) -> int:
        with failures_named(self.path, "open"):
            self._file = os.open(self.path, flags, 0o644)
            self._size = self._allocated = os.fstat(self._file).st_size
        return self._file

    def size(self) -> int:
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        check_bounds(offset, length, self._size)
        return read_all(self.path, self._descriptor(), offset, length)

    def append(self, pieces: Iterable[tuple[int, Bytes]]) -> None:
        descriptor = self._file if self._file is not None else self._create()
        end = self._size
        try:
            for distance, piece in pieces:
                at = self._size + distance
                write_all(self.path, descriptor, at, piece)
                if self._flushes:
                    begin_saving(descriptor, at, len(piece))
                end = max(end, at + len(piece))
            if end > self._allocated:
                is_small = end - self._size < LARGE_SIZE
                allocated = -(-end // ALLOCATION_STEP) * ALLOCATION_STEP if is_small else end
                write_all(self.path, descriptor, end, bytes(allocated - end))
                self._allocated = allocated
        except StorageFailed:
            self._truncate(self._size)
            raise
        self._size = end

    def _create(self) -> int:
        """A new file whose name survives a crash too."""
        descriptor = self._open(os.O_RDWR | os.O_CREAT)
        if self._flushes:
            with failures_named(self.path, "create"):
                folder = os.open(os.path.dirname(self.path) or ".", os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)
        return descriptor

    def erase(self, size: int) -> None:
        check_bounds(0, size, self._size)
        write_all(self.path, self._descriptor(), 0, bytes(size))

    def restart(self) -> None:
        self._size = 0
        if self._allocated > KEPT_SIZE_MAX:
            self._truncate(KEPT_SIZE_MAX)

    def _truncate(self, size: int) -> None:
        with failures_named(self.path, "truncate"):
            os.ftruncate(self._descriptor(), size)
        self._allocated = size

    def flush(self) -> None:
        if self._flushes:
            with failures_named(self.path, "flush"):
                os.fdatasync(self._descriptor())

    def remove(self) -> None:
        if self._file is not None:
            self.close()
            with failures_named(self.path, "remove"):
                os.unlink(self.path)
        self._size = self._allocated = 0

    def close(self) -> None:
        if self._file is not None:
            descriptor, self._file = self._file, None
            close_file(self.path, descriptor)

    def _descriptor(self) -> int:
        if self._file is None:
            raise StorageFailed(f"{self.path!r} is closed")
        return self._file
