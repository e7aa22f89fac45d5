"""A folder that remembers all that is done to its files, and what a power loss would leave of them.

    folder = CrashFolder(path)
    with folder.recording():
        ...                                     this process works on files of the folder
    for point in folder.crash_points():         the folder after 0, 1, 2, ... operations
        point.image(random)                     {"db": b"...", "db-wal": b"..."}

Files and their names are different things, and each survives by itself. The content of a file is as
unsafe as that of a `CrashDisk`, until the file is flushed. A name that is given, taken away or
moved is safe once the folder is flushed; until then each such change has happened or not, whatever
became of the others. Moving a name over another is one change: one of the two files has it, always.

What the process does is heard at the functions of `os` that write to files. Whoever writes by other
means is not heard.
"""

import os
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.support.crash_disk import SECTOR_SIZE, Operation, UnsafeFile

LOSSES = (0.0, 0.3, 0.7, 1.0)

FolderImage = Mapping[str, bytes]
"""The files by name."""

Naming = Mapping[str, int | None]
"""Which file each of these names is for from now on; None for no file any more."""


@dataclass(frozen=True, slots=True)
class FolderOperation:
    """One thing done: to the content of a file, to names, or, without either, a flush of names."""

    file: int | None = None
    content: Operation | None = None
    naming: Naming | None = None


class CrashFolder:
    """The folder at `path`; what is in it now is safe. `journal` has what was done since."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal: list[FolderOperation] = []
        self._contents: list[bytes] = []
        self._names = {file.name: self._new_file(file) for file in sorted(path.iterdir())}
        self._start = dict(self._names)
        self._descriptors: dict[int, int] = {}
        self._own_descriptors: set[int] = set()

    def _new_file(self, path: Path | None = None) -> int:
        self._contents.append(path.read_bytes() if path else b"")
        return len(self._contents) - 1

    def crash_points(self) -> Iterator["FolderPoint"]:
        """The folder before the first operation, and after each; one object, taken through time."""
        point = FolderPoint(self._start, self._contents)
        yield point
        for operation in self.journal:
            point.follow(operation)
            yield point

    @contextmanager
    def recording(self) -> Iterator["CrashFolder"]:
        """Hears what is done in the folder while the block runs."""
        listeners = {
            "open": self._opened,
            "pwrite": self._written,
            "ftruncate": self._truncated,
            "fsync": self._flushed,
            "fdatasync": self._flushed,
            "rename": self._renamed,
            "unlink": self._unlinked,
        }
        with ExitStack() as patches:
            for name, listener in listeners.items():
                patches.enter_context(patch.object(os, name, heard(getattr(os, name), listener)))
            yield self

    def _name_of(self, path: str | os.PathLike[str]) -> str | None:
        """The name of a file of this folder."""
        place = Path(path)
        return place.name if place.parent == self.path else None

    def _opened(self, descriptor: int, path: str | os.PathLike[str], *_: object) -> None:
        self._descriptors.pop(descriptor, None)
        self._own_descriptors.discard(descriptor)
        name = self._name_of(path)
        if Path(path) == self.path:
            self._own_descriptors.add(descriptor)
        elif name is not None:
            if name not in self._names:
                self._rename({name: self._new_file()})
            self._descriptors[descriptor] = self._names[name]

    def _written(self, size: int, descriptor: int, data: Any, offset: int) -> None:
        self._note(descriptor, Operation("memory", "write", offset, bytes(data[:size])))

    def _truncated(self, _: None, descriptor: int, size: int) -> None:
        self._note(descriptor, Operation("memory", "truncate", size))

    def _flushed(self, _: None, descriptor: int) -> None:
        if descriptor in self._own_descriptors:
            self.journal.append(FolderOperation())
        self._note(descriptor, Operation("memory", "flush"))

    def _note(self, descriptor: int, operation: Operation) -> None:
        if descriptor in self._descriptors:
            self.journal.append(FolderOperation(self._descriptors[descriptor], operation))

    def _renamed(self, _: None, old: str, new: str) -> None:
        source, target = self._name_of(old), self._name_of(new)
        if source is not None and target is not None:
            self._rename({source: None, target: self._names[source]})

    def _unlinked(self, _: None, path: str) -> None:
        name = self._name_of(path)
        if name is not None:
            self._rename({name: None})

    def _rename(self, naming: Naming) -> None:
        apply(self._names, naming)
        self.journal.append(FolderOperation(naming=naming))


def heard(call: Callable[..., Any], listener: Callable[..., None]) -> Callable[..., Any]:
    """The call, after which the listener is told the result and the positional arguments."""

    def call_and_tell(*arguments: Any, **options: Any) -> Any:
        result = call(*arguments, **options)
        listener(result, *arguments)
        return result

    return call_and_tell


def apply(names: dict[str, int], naming: Naming) -> None:
    """Change names."""
    for name, file in naming.items():
        if file is None:
            names.pop(name, None)
        else:
            names[name] = file


class FolderPoint:
    """The folder after `number` operations: what is safe, and what the next power loss may take."""

    def __init__(self, names: Mapping[str, int], contents: list[bytes]) -> None:
        self.number = 0
        self._names = dict(names)
        self._pending: list[Naming] = []
        self._files = [
            UnsafeFile(content, granule=SECTOR_SIZE, is_noisy=True) for content in contents
        ]

    def follow(self, operation: FolderOperation) -> None:
        """Move behind the next operation."""
        self.number += 1
        if operation.naming is not None:
            self._pending.append(operation.naming)
        elif operation.file is not None and operation.content is not None:
            self._files[operation.file].follow(operation.content)
        else:
            for naming in self._pending:
                apply(self._names, naming)
            self._pending.clear()

    @property
    def is_settled(self) -> bool:
        """Whether everything was flushed, so that only one image is possible."""
        return not self._pending and all(file.is_settled for file in self._files)

    def image(self, chance: random.Random) -> FolderImage:
        """What a power loss leaves, as chance has it."""
        names, loss = dict(self._names), chance.choice(LOSSES)
        for naming in self._pending:
            if chance.random() >= loss:
                apply(names, naming)
        return {name: self._files[file].survivors(chance) for name, file in names.items()}
