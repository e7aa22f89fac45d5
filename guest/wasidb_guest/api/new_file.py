"""Files that are there whole or not at all.

    <path>.part   written, flushed ──rename──> <path>

A crash in between leaves the `.part`, which the next attempt removes. A file that exists is never
written over.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from wasidb_guest.errors import MemoryFailed
from wasidb_memory import ProviderError

PART_SUFFIX = ".part"


@contextmanager
def new_file(path: str) -> Iterator[str]:
    """The name under which to write a file, and flush it, that is to be called `path`.

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
        _flush_folder(os.path.dirname(path) or ".")
    except BaseException as failure:
        with suppress(OSError):
            os.unlink(part)
        if isinstance(failure, OSError | ProviderError):
            reason = failure.strerror if isinstance(failure, OSError) else failure
            raise MemoryFailed(f"cannot create {path!r}: {reason}", path=path) from failure
        raise


def _flush_folder(folder: str) -> None:
    """Let the name survive a crash too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
