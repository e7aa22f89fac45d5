"""The file of a database: its lock, and how the engine is told of it and of files beside it.

    host      /data/flights/2013.wasidb        /data/flights/backup/monday.wasidb
    engine    /2013.wasidb                     /backup/monday.wasidb

The engine sees the folder of its database as `/`, and nothing above it. A new file elsewhere is
written to the exchange folder and moved from there.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from wasidb.errors import DatabaseFileError, DbmsError
from wasidb.runtime.engine import Engine
from wasidb.runtime.lock import FileLock, rename_durably

COMPACT_SUFFIX = ".compact"
PART_SUFFIX = ".part"


class DatabaseFile:
    """A locked database file; `options` is the JSON with which the engine opens it."""

    def __init__(self, path: Path, *, read_only: bool, options: str) -> None:
        self.path = path
        self.read_only = read_only
        self._options = options
        self._lock = FileLock(path, read_only=read_only)

    def open(self, engine: Engine) -> None:
        """Lets the engine open it."""
        name = f"/{self.path.name}"
        with path_as_the_host_has_it(name, self.path):
            engine.call("maintenance", "open", name, self._options)

    def compact(self, engine: Engine) -> None:
        """Lets the engine, which has it open, rewrite it, and puts the result in its place."""
        successor = self.path.with_name(self.path.name + COMPACT_SUFFIX)
        name = f"/{successor.name}"
        with file_errors(successor):
            successor.unlink(missing_ok=True)  # what a crash has left
        try:
            with path_as_the_host_has_it(name, successor):
                engine.call("maintenance", "compact", name)
            self._put_in_place(successor, engine)
        finally:
            successor.unlink(missing_ok=True)

    def _put_in_place(self, successor: Path, engine: Engine) -> None:
        """Renames the file that the engine has written and closed, and lets it open that."""
        try:
            with file_errors(self.path):
                self._lock.replace(successor)
        finally:
            self.open(engine)

    def snapshot(self, engine: Engine, target: Path) -> None:
        """Lets the engine, which has it open, copy it to the new file `target`."""
        if not self.read_only and target.is_relative_to(self.path.parent):
            name = f"/{target.relative_to(self.path.parent).as_posix()}"
            with path_as_the_host_has_it(name, target):
                engine.call("maintenance", "snapshot", name)
        else:
            with file_through_exchange(engine, target) as name:
                engine.call("maintenance", "snapshot", name)

    def release(self, *, discard: bool = False) -> None:
        """Lets others have it; with `discard`, removes a file that was created and never filled."""
        self._lock.release(discard=discard)


@contextlib.contextmanager
def file_through_exchange(engine: Engine, target: Path) -> Iterator[str]:
    """The engine's name for a file to write, which then becomes the new file `target`.

    Raises DatabaseFileError when there is one already, or it cannot be written.
    """
    if os.path.lexists(target):
        raise DatabaseFileError(f"cannot create {target}: it exists", path=str(target))
    written = engine.exchange.folder / uuid4().hex
    name = engine.exchange.name_of(written)
    try:
        with path_as_the_host_has_it(name, target):
            yield name
        with file_errors(target):
            move(written, target)
    finally:
        written.unlink(missing_ok=True)


def move(written: Path, target: Path) -> None:
    """Moves a file to another file system; it appears there whole or not at all."""
    part = target.with_name(target.name + PART_SUFFIX)
    try:
        with written.open("rb") as source, part.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        rename_durably(part, target)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Makes the operating system's refusal a DatabaseFileError."""
    try:
        yield
    except OSError as error:
        message = f"cannot write {path}: {error.strerror}"
        raise DatabaseFileError(message, path=str(path)) from error


@contextlib.contextmanager
def path_as_the_host_has_it(name: str, file: Path) -> Iterator[None]:
    """Makes an error about what the engine calls `name` an error about `file`."""
    try:
        yield
    except DbmsError as error:
        if error.details.get("path") == name:
            message = error.message.replace(repr(name), repr(str(file)))
            error.restate(message, path=str(file))
        raise
