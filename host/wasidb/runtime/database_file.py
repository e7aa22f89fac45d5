"""The file of a database: its lock, and how the engine is told of it and of files beside it.

    host      /data/flights/2013.wasidb        /data/flights/backup/monday.wasidb
    engine    /2013.wasidb                     /backup/monday.wasidb

The engine sees the folder of its database as `/`, and nothing above it. A new file elsewhere is
written to the exchange folder and moved from there.

A file is opened more than once when an engine fails, or has put another file in its place. Each
time the engine is told again what is not in the file: which tables the host works with, and the
rules they have. Numbers of transactions, statements and cursors go on where none has been before.
"""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from wasidb.errors import DatabaseFileError, DbmsError, NotOpen
from wasidb.runtime.engine import Call, Engine
from wasidb.runtime.exchange import ExchangeFolder
from wasidb.runtime.lock import FileLock, rename_durably

COMPACT_SUFFIX = ".compact"
PART_SUFFIX = ".part"
MEMORY_NAME = "memory.wasidb"
NUMBERS = 1 << 32


class DatabaseFile:
    """A locked database file. `options` are those with which the engine opens it, `definitions` has
    the tables that the engine has been told of, by name.
    """

    def __init__(self, path: Path, *, read_only: bool, options: Mapping[str, Any]) -> None:
        self.path = path
        self.read_only = read_only
        self.definitions: dict[str, Any] = {}
        self._options = options
        self._first_number = 0
        self._lock = FileLock(path, read_only=read_only)

    def open(self, call: Call) -> None:
        """Lets the engine that `call` calls open it; NotOpen for one that has it open."""
        name = f"/{self.path.name}"
        options = {**self._options, "first_number": self._first_number}
        with path_as_the_host_has_it(name, self.path):
            call("maintenance", "open", name, json.dumps(options))
        self._first_number += NUMBERS
        if self.definitions:
            call("catalog", "create-tables", json.dumps(list(self.definitions.values())))

    def compact(self, engine: Engine) -> None:
        """Lets the engine, which has it open, rewrite it, and puts the result in its place."""
        successor = self.path.with_name(self.path.name + COMPACT_SUFFIX)
        name = f"/{successor.name}"
        with file_errors(successor):
            successor.unlink(missing_ok=True)  # what a crash has left
        try:
            with path_as_the_host_has_it(name, successor):
                engine.call("maintenance", "compact", name)
            with file_errors(self.path):
                self._lock.replace(successor)
        finally:
            successor.unlink(missing_ok=True)
            with contextlib.suppress(NotOpen):  # it is open still, or again, if that has failed
                self.open(engine.call)

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


class MemoryFile(DatabaseFile):
    """A new database file in a folder of its own, in memory, which goes when it is released."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._folder = ExchangeFolder()
        super().__init__(self._folder.path / MEMORY_NAME, read_only=False, options=options)

    def release(self, *, discard: bool = False) -> None:
        super().release(discard=discard)
        self._folder.remove()


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
    import shutil  # which every process would wait for

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
