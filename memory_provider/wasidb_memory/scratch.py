"""Scratch: bytes put aside by work that has more of them than memory, and dropped when it is done.

    append  ──> where the bytes stand  ──> read

Nothing in it outlives its user, so nothing is ever flushed. A file of it stands beside the database
as `<path>-scratch-<random>`: what a killed process has left there is removed by the next one that
opens the database for writing. A file that somebody removes while it is in use can be used on.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TypeAlias

from wasidb_memory.file import close_file, failures_named, read_all, write_all
from wasidb_memory.provider import Bytes, check_bounds

SCRATCH_SUFFIX = "-scratch-"
TOKEN_SIZE = 8


class Scratch(Protocol):
    """Bytes to append to and to read; errors are `ProviderError`s."""

    def append(self, data: Bytes) -> int:
        """Put `data` at the end, all or an error; gives the offset at which it stands."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """The `length` bytes at byte `offset`."""
        ...

    def close(self) -> None:
        """Drop the bytes; closing twice is fine."""
        ...


OpenScratch: TypeAlias = Callable[[], Scratch]
"""Gives new, empty scratch."""


class HeapScratch:
    """Scratch for databases that have no file; it takes the memory it is to save."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def append(self, data: Bytes) -> int:
        offset = len(self._bytes)
        self._bytes += data
        return offset

    def read(self, offset: int, length: int) -> bytes:
        check_bounds(offset, length, len(self._bytes))
        return bytes(memoryview(self._bytes)[offset : offset + length])

    def close(self) -> None:
        self._bytes = bytearray()


class FileScratch:
    """Scratch in a new file; `is_open` until it is closed."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._size = 0
        with failures_named(path, "create"):
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self.is_open = True

    def append(self, data: Bytes) -> int:
        offset = self._size
        write_all(self.path, self._file, offset, data)
        self._size = offset + len(data)
        return offset

    def read(self, offset: int, length: int) -> bytes:
        check_bounds(offset, length, self._size)
        return read_all(self.path, self._file, offset, length)

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            try:
                with failures_named(self.path, "remove"), suppress(FileNotFoundError):
                    os.unlink(self.path)
            finally:
                close_file(self.path, self._file)


class ScratchFiles:
    """The scratch files of the database at `path`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._opened: list[FileScratch] = []

    def open(self) -> Scratch:
        """A new file."""
        self._opened = [each for each in self._opened if each.is_open]
        path = self._path + SCRATCH_SUFFIX + os.urandom(TOKEN_SIZE).hex()
        self._opened.append(FileScratch(path))
        return self._opened[-1]

    def close(self) -> None:
        """Remove the files that are still in use."""
        for each in self._opened:
            each.close()

    def remove_leftovers(self) -> None:
        """Remove the files of processes that were killed."""
        folder, name = os.path.split(self._path)
        with failures_named(self._path, "clean up beside"):
            for entry in names_in(folder or "."):
                if entry.startswith(name + SCRATCH_SUFFIX):
                    with suppress(FileNotFoundError):
                        os.unlink(os.path.join(folder, entry))


def names_in(folder: str) -> list[str]:
    """What is in a folder. Under WASI that cannot be said while somebody removes a file there, so
    it is asked again.
    """
    while True:
        try:
            return os.listdir(folder)
        except FileNotFoundError:
            os.stat(folder)  # which fails if it is the folder that is not there
