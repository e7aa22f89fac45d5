"""One writer or many readers for a database file, across processes.

The lock is an advisory `flock` on the database file itself: exclusive for writing, shared for
reading. It goes with the process, however that ends, and leaves nothing behind; there is no lock
file to clean up. The file is created, empty, when a writer opens one that is not there; a writer
that fails before anything is in it takes it away again.

A file can be removed by its owner between our `open` and our `flock`; the lock would then be on a
nameless file, so the path is looked at again afterwards.

A forked process has the lock of its parent in common with it, and must not keep it when the parent
lets go; so the owner unlocks, and does not only close.

Only programs that ask for the lock respect it, and network file systems may not carry it to other
machines.
"""

import contextlib
import errno
import fcntl
import os
import stat
import weakref
from pathlib import Path

from wasidb.errors import DatabaseFileError, DatabaseLocked

HELD_LOCKS = Path("/proc/locks")
HINT = "; open it with read_only=True to look at it"


class FileLock:
    """The lock on `path`, taken by constructing it."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.path = path
        self.created = not read_only and not os.path.exists(path)
        self._descriptor = locked_file(path, read_only=read_only)
        self._close = weakref.finalize(self, unlock, self._descriptor, os.getpid())

    def replace(self, successor: Path) -> None:
        """Puts the file `successor` in the place of the locked one, and the lock on it.

        A crash leaves one or the other. Nobody can open the successor before it is locked.
        """
        descriptor = locked_file(successor, read_only=False)
        try:
            successor.chmod(stat.S_IMODE(self.path.stat().st_mode))
            rename_durably(successor, self.path)
        except BaseException:
            os.close(descriptor)
            raise
        self._close()
        self._descriptor, self.created = descriptor, False
        self._close = weakref.finalize(self, unlock, descriptor, os.getpid())

    def release(self, *, discard: bool = False) -> None:
        """Lets others in; with `discard`, removes a file that it created and nobody filled."""
        if not self._close.alive:
            return
        if discard and self.created and os.fstat(self._descriptor).st_size == 0:
            self.path.unlink(missing_ok=True)
        self._close()


def unlock(descriptor: int, owner: int) -> None:
    """Closes a locked file, and lets go of the lock unless a parent process has it."""
    if os.getpid() == owner:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def locked_file(path: Path, *, read_only: bool) -> int:
    """A descriptor of the file that `path` names, with the lock held."""
    while True:
        descriptor = open_file(path, read_only=read_only)
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if read_only else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            if is_at(path, descriptor):
                return descriptor
        except OSError as error:
            held = locked_error(path, descriptor)
            os.close(descriptor)
            raise held from error
        os.close(descriptor)


def rename_durably(old: Path, new: Path) -> None:
    """Renames a file; the name survives a crash."""
    old.rename(new)
    folder = os.open(new.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def open_file(path: Path, *, read_only: bool) -> int:
    """Opens `path`, creating it for a writer; DatabaseFileError says what is wrong with it."""
    try:
        flags = os.O_RDONLY if read_only else os.O_RDWR | os.O_CREAT
        descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK, 0o644)
    except IsADirectoryError as error:
        raise DatabaseFileError(f"{path} is a directory, not a database", path=str(path)) from error
    except FileNotFoundError as error:
        what = path if path.parent.is_dir() else f"folder {path.parent}"
        raise DatabaseFileError(f"{what} does not exist", path=str(path)) from error
    except PermissionError as error:
        wish = "read" if read_only else "write"
        message = f"no permission to {wish} {path}" + ("" if read_only else HINT)
        raise DatabaseFileError(message, path=str(path)) from error
    except OSError as error:
        hint = HINT if error.errno == errno.EROFS else ""
        message = f"cannot open {path}: {error.strerror}{hint}"
        raise DatabaseFileError(message, path=str(path)) from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        what = "a directory, not a database" if stat.S_ISDIR(mode) else "not a regular file"
        raise DatabaseFileError(f"{path} is {what}", path=str(path))
    return descriptor


def is_at(path: Path, descriptor: int) -> bool:
    """Whether `path` still names the open file."""
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    return False


def locked_error(path: Path, descriptor: int) -> DatabaseLocked:
    """The error of a file somebody else has locked."""
    pid = holder_of(descriptor)
    who = f"process {pid}" if pid else "another process"
    if pid == os.getpid():
        who = "this process already"
    return DatabaseLocked(f"{path} is open in {who}", path=str(path), pid=pid)


def holder_of(descriptor: int) -> int | None:
    """The process that holds a lock on the file; None when the system does not tell.

    Linux does: a line of /proc/locks reads `1: FLOCK  ADVISORY  WRITE 4711 08:01:131074 0 EOF`,
    that is pid, device in hexadecimal, inode.
    """
    status = os.fstat(descriptor)
    file = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    with contextlib.suppress(OSError):
        for line in HELD_LOCKS.read_text().splitlines():
            _, *words = line.split()
            if words[0] == "FLOCK" and words[4] == file and int(words[3]) > 0:
                return int(words[3])
    return None
