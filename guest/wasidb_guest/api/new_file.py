"""Files that are there whole or not at all.

    <path>.part   written, flushed ──rename──> <path>

A crash in between leaves the `.part`, which the next attempt removes. A file that exists is never
written over.
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
WRITE_SIZE = 1 << 19
WRITE_SIZE_MAX = 1 << 23


@contextmanager
def new_file(path: str, *, is_lasting: bool = True) -> Iterator[str]:
    """The name under which to write a file, and flush it, that is to be called `path`; one that is
    not lasting, because somebody reads it at once, need not be flushed.

    Raises MemoryFailed when there is one already, or for anything that goes wrong on the way.
    """
    part = path + PART_SUFFIX
    try:
        if os.path.lexists(path):
            raise MemoryFailed(f"cannot create {path!r}: it exists", path=path)
        with suppress(FileNotFoundError):
            os.unlink(part)
        yield part
        os.rename(part, path)
        if is_lasting:
            _flush_folder(os.path.dirname(path) or ".")
    except BaseException as failure:
        with suppress(OSError):
            os.unlink(part)
        if isinstance(failure, OSError | ProviderError):
            reason = failure.strerror if isinstance(failure, OSError) else failure
            raise MemoryFailed(f"cannot create {path!r}: {reason}", path=path) from failure
        raise


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
