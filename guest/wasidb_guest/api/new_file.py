"""Files that are there whole or not at all.

    <path>.part   written, flushed ──rename──> <path>

A crash in between leaves the `.part`, which the next attempt removes. A file that exists is never
written over. An answer that is read at once goes into a file without that detour.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedWriter, RawIOBase
from typing import Any

from wasidb_guest.errors import MemoryFailed
from wasidb_guest.vectors import Bytes
from wasidb_memory import ProviderError

PART_SUFFIX = ".part"
WRITE_SIZE = 1 << 20
WRITE_SIZE_MAX = 1 << 23


@contextmanager
def new_file(path: str) -> Iterator[str]:
    """The name under which to write a file, and flush it, that is to be called `path`.

    Raises MemoryFailed when there is one already, or for anything that goes wrong on the way.
    """
    part = path + PART_SUFFIX
    with _removed_on_failure(part, path):
        if os.path.lexists(path):
            raise FileExistsError
        with suppress(FileNotFoundError):
            os.unlink(part)
        yield part
        os.rename(part, path)
        _flush_folder(os.path.dirname(path) or ".")


@contextmanager
def answer_file(path: str) -> Iterator[int]:
    """A new file, to be written, that somebody reads as soon as the call is over: it has its name
    at once and is not flushed. Raises as `new_file`.

    Whatever the host is asked about files costs a change of threads; `open` would ask twice what
    kind of file it is.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except OSError as failure:
        raise _not_created(path, failure) from failure
    with _removed_on_failure(path, path):
        try:
            yield descriptor
        finally:
            os.close(descriptor)


@contextmanager
def _removed_on_failure(name: str, path: str) -> Iterator[None]:
    """Whatever goes wrong, no file of this name is left."""
    try:
        yield
    except BaseException as failure:
        with suppress(OSError):
            os.unlink(name)
        if isinstance(failure, OSError | ProviderError):
            raise _not_created(path, failure) from failure
        raise


def _not_created(path: str, failure: OSError | ProviderError) -> MemoryFailed:
    reason: object = failure.strerror if isinstance(failure, OSError) else failure
    if isinstance(failure, FileExistsError):
        reason = "it exists"
    return MemoryFailed(f"cannot create {path!r}: {reason}", path=path)


def write_pieces(descriptor: int, pieces: Iterable[Bytes]) -> None:
    """Write these, one behind the other, to a file that is empty."""
    with BufferedWriter(_Places(descriptor), WRITE_SIZE) as file:
        file.writelines(pieces)


class _Places(RawIOBase):
    """A new file that is written from its begin on, each time to a place.

    wasmtime does each write in another thread, and waits for it; of what goes to the end of a file
    it writes 64 KiB at a time, of what goes to a place all that it is given, up to 128 MiB.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._at = descriptor, 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        written = os.pwrite(self._descriptor, data[:WRITE_SIZE_MAX], self._at)
        self._at += written
        return written


def _flush_folder(folder: str) -> None:
    """Let the name survive a crash too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
