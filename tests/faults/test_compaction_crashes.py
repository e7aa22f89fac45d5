"""Power is lost while a database is compacted: the old file is found, or the new one, whole.

This is the way through the files themselves, unlike in test_crashes: the host locks the database,
lets the engine write the copy beside it, has the engine close, and moves the copy over it.

    db        db, db.compact.part       db, db.compact       db
       write, flush          rename, flush        rename, flush

The work before and after goes through the redo log of the old and of the new file, and a log must
never be taken for that of the other.
"""

import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.campaign import campaign
from tests.faults.workload import (
    NOTES,
    TAGS,
    Change,
    State,
    checkpoint,
    content_of,
    create,
    delete,
    drop,
    insert,
    problems_of,
    states_until,
    update,
)
from tests.support.crash_disk import digest_of
from tests.support.crash_folder import CrashFolder, FolderImage
from wasidb.runtime.database_file import DatabaseFile
from wasidb.runtime.engine import Exchange
from wasidb_guest.api.engine import Engine
from wasidb_guest.api.maintenance import Maintenance

MEMORY = Path("/dev/shm")
NAME = "db"
IMAGES_PER_POINT = 20
ROUNDS_MAX = 1_000

SCENARIOS: dict[str, list[Change | None]] = {
    "holes": [
        create(NOTES, TAGS),
        insert(0, 60, body="to be deleted " * 20),
        insert(10, 20, table="tags"),
        delete(5, 50),
        None,
        insert(100, 5),
    ],
    "dropped tables": [create(NOTES), insert(0, 9), create(TAGS), drop("tags"), None, None],
    "not in the file yet": [create(NOTES), checkpoint, insert(0, 12), update(3, 4, "new"), None],
}
"""Changes, and None for a compaction."""


class FolderEngine:
    """The engine in this process, for which the folder is the root, as it is for the component."""

    def __init__(self, folder: Path) -> None:
        self.engine = Engine()
        self.exchange = Exchange(folder, "")
        self._folder = folder

    def call(self, interface: str, function: str, *arguments: Any) -> Any:
        """Interface `maintenance`; the first argument is a path."""
        path, *rest = arguments
        method = getattr(Maintenance(self.engine), function)
        return method(str(self._folder / path.removeprefix("/")), *rest)

    def close(self) -> None:
        self.engine.close()


class CompactedDatabase:
    """A database in a folder of its own, opened by the host's DatabaseFile."""

    def __init__(self, folder: Path) -> None:
        self.host_engine = FolderEngine(folder)
        self.file = DatabaseFile(folder / NAME, read_only=False, options={})
        self.file.open(self.host_engine.call)

    @property
    def engine(self) -> Engine:
        return self.host_engine.engine

    def do(self, change: Change | None) -> None:
        """Do a change, or compact."""
        if change is None:
            self.file.compact(self.host_engine)
        else:
            change(self.engine)

    def close(self) -> None:
        self.host_engine.close()
        self.file.release()


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder, in memory where that is possible: every image is written out."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as path:
        yield Path(path)


def history(folder: CrashFolder, changes: list[Change | None]) -> list[State]:
    """Do the changes, then close; the content after each."""
    with folder.recording():
        database = CompactedDatabase(folder.path)
        states = [State(content_of(database.engine), 0, 0)]
        for change in changes:
            begun = len(folder.journal)
            database.do(change)
            states.append(State(content_of(database.engine), begun, len(folder.journal)))
        database.close()
    return states


class Recovery:
    """Puts images in `folder` and judges what it finds there; `seen` has the distinct ones."""

    def __init__(self, folder: Path) -> None:
        self.seen: set[bytes] = set()
        self._folder = folder
        self._contents: dict[bytes, str] = {}

    def judge(self, image: FolderImage, allowed: set[str], *, compact_again: bool) -> None:
        """Asserts that the database holds one of the contents, and is sound."""
        digest = b"".join(name.encode() + digest_of(image[name]) for name in sorted(image))
        if digest not in self.seen:
            self.seen.add(digest)
            put_files(self._folder, image)
            self._open(lambda database: self._judge(database, allowed))
            if compact_again:
                self._open(lambda database: self._compact(database, allowed))

    def _open(self, look: Callable[[CompactedDatabase], None]) -> None:
        database = CompactedDatabase(self._folder)
        try:
            look(database)
        finally:
            database.close()

    def _judge(self, database: CompactedDatabase, allowed: set[str]) -> None:
        """A file that was seen before, byte by byte, is not looked into again."""
        digest = digest_of((self._folder / NAME).read_bytes())
        if digest not in self._contents:
            assert problems_of(database.engine) == []
            self._contents[digest] = content_of(database.engine)
        assert self._contents[digest] in allowed

    def _compact(self, database: CompactedDatabase, allowed: set[str]) -> None:
        """What the crash has left behind is not in the way of the next attempt."""
        database.do(None)
        assert content_of(database.engine) in allowed
        assert not [file.name for file in self._folder.iterdir() if ".compact" in file.name]


def put_files(folder: Path, image: FolderImage) -> None:
    """Let the folder hold these files and no others."""
    for file in folder.iterdir():
        file.unlink()
    for name, content in image.items():
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_old_file_or_new_file(scenario: str, tmp_path: Path, folder: Path) -> None:
    CompactedDatabase(tmp_path).close()
    disk = CrashFolder(tmp_path)
    states = history(disk, SCENARIOS[scenario])
    recovery = Recovery(folder)
    expected = -(-campaign().compaction_images // len(SCENARIOS))
    for seed in range(ROUNDS_MAX):
        chance = random.Random(seed)
        for point in disk.crash_points():
            begun, acknowledged = states_until(states, point.number)
            allowed = {state.content for state in states[acknowledged - 1 : begun]}
            for _ in range(1 if point.is_settled else IMAGES_PER_POINT):
                image = point.image(chance)
                recovery.judge(image, allowed, compact_again=chance.random() < 0.02)
        if len(recovery.seen) >= expected:
            break
    assert len(recovery.seen) >= expected
