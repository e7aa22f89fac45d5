"""The folder through which bulk data passes to the component: private, in memory, gone afterwards.

    /dev/shm/wasidb-k3j9x2qa/         locked for as long as its engine lives
        tmpa8s2.arrow                 one file at a time, for the length of one call

A process that is killed cannot clean up, and what it leaves lies in memory; so whoever makes a
folder first removes those that nobody holds locked any more.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import weakref
from pathlib import Path

MEMORY = Path("/dev/shm")
PREFIX = "wasidb-"


class ExchangeFolder:
    """A new folder that nobody else may enter; removed by `remove`, or when it is forgotten."""

    def __init__(self) -> None:
        place = memory_folder()
        remove_abandoned(place)
        self.path, descriptor = new_locked_folder(place)
        self.remove = weakref.finalize(self, remove, self.path, descriptor, os.getpid())


def memory_folder() -> Path:
    """Where files take memory only; where there is no such place, that of temporary files."""
    in_memory = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
    return MEMORY if in_memory else Path(tempfile.gettempdir())


def new_locked_folder(place: Path) -> tuple[Path, int]:
    """A folder and the descriptor that holds its lock."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        with contextlib.suppress(OSError):  # taken for abandoned before it could be locked
            return path, locked(path)


def locked(path: Path) -> int:
    """A descriptor that holds the lock on a folder; OSError when somebody else does."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.stat(path)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def remove_abandoned(place: Path) -> None:
    """Removes the folders whose engines are gone."""
    for path in place.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # in use, of another user, or just removed
            remove(path, locked(path), os.getpid())


def remove(path: Path, descriptor: int, owner: int) -> None:
    """Removes a locked folder, which in a process forked from its owner stays where it is."""
    if os.getpid() == owner:
        shutil.rmtree(path, ignore_errors=True)
    os.close(descriptor)
