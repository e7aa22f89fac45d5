"""A process that inserts rows is killed at random moments: nothing it was told is lost.

This is the product itself, host and component and real files. A first process writes until it is
killed with SIGKILL, the next goes on with the same file, and so on. It prints the key of every row
once `insert` has returned; keys count upwards. So the file must hold the keys 0 to n without a gap,
where n is the last key printed, or the one after, whose insert may have just become durable.
"""

import os
import random
import subprocess
import sys
from pathlib import Path

from hypothesis import settings

import wasidb
from wasidb import Field, Table

SECONDS_MAX = 0.1
WRITER = """
import itertools, sys, wasidb
from tests.faults.test_kill import Event

with wasidb.open(sys.argv[1], tables=[Event]) as db:
    print("open", flush=True)
    for key in itertools.count(int(sys.argv[2])):
        db.insert(Event(id=key, text=f"event {key} " * (key * 7 % 900)))
        print(key, flush=True)
"""


class Event(Table, table="events"):
    id: int = Field(primary_key=True)
    text: str = Field(index=True)


def keys_told(file: Path, first: int, seconds: float) -> list[int]:
    """The keys a writer has printed when it is killed, `seconds` after it has opened the file."""
    command = [sys.executable, "-c", WRITER, str(file), str(first)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        try:
            writer.wait(seconds)
        except subprocess.TimeoutExpired:
            writer.kill()
        told = writer.stdout.read().split("\n")[:-1]
    assert writer.returncode < 0, "the writer ended by itself"
    return [int(line) for line in told]


def kill_count() -> int:
    """20, 80 in CI, 2,000 in `just faults`."""
    return settings().max_examples * 2 // 5


def test_killed_writer_loses_nothing(tmp_path: Path) -> None:
    chance = random.Random(0)
    file = tmp_path / "events.wasidb"
    rows = 0
    for _ in range(kill_count()):
        told = keys_told(file, rows, chance.uniform(0, SECONDS_MAX))
        assert told == list(range(rows, rows + len(told)))
        with wasidb.open(file) as db:
            found = [event.id for event in db.select(wasidb.select(Event))]
            assert db.check() == []
        assert sorted(found) in (list(range(rows + len(told))), list(range(rows + len(told) + 1)))
        assert [path.name for path in tmp_path.iterdir()] == [file.name]
        rows = len(found)
    assert rows > 0
