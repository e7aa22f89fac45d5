"""The folder through which bulk data passes to the component: private, in memory, gone afterwards.

    /dev/shm/wasidb-5f0c31d29be47a68/    locked for as long as its engine lives
        tmpa8s2.arrow                    one file at a time, for the length of one call

A process that is killed cannot clean up, and what it leaves lies in memory; so whoever makes a
folder first removes those that nobody holds locked any more.

`tempfile` and `shutil`, which every process would wait for, are imported where they are needed.
"""

import contextlib
import fcntl
import os
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
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        return MEMORY
    import tempfile

    return Path(tempfile.gettempdir())


def new_locked_folder(place: Path) -> tuple[Path, int]:
    """A folder and the descriptor that holds its lock."""
    while True:
        path = place / f"{PREFIX}{os.urandom(8).hex()}"
        path.mkdir(mode=0o700)
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
        try:
            path.rmdir()
        except OSError:  # something is in it
            import shutil

            shutil.rmtree(path, ignore_errors=True)
    os.close(descriptor)
