"""A process that inserts rows, and compacts, is killed at random moments: nothing it was told is
lost.

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

import pytest

import wasidb
from tests.faults.campaign import campaign
from tests.faults.event_writer import Event

SECONDS_MAX = 0.1
WRITER = "tests.faults.event_writer"
KILLS_PER_FILE = 100


def keys_told(file: Path, first: int, seconds: float) -> list[int]:
    """The keys a writer has printed when it is killed, `seconds` after it has opened the file."""
    command = [sys.executable, "-m", WRITER, str(file), str(first)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TMPDIR": str(file.parent.parent),
    }
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


def leftovers(file: Path) -> set[str]:
    """What a killed compaction may leave beside a file."""
    return {f"{file.name}.compact", f"{file.name}.compact.part"}


@pytest.mark.parametrize("first", range(0, campaign().kills, KILLS_PER_FILE))
def test_killed_writer_loses_nothing(first: int, tmp_path: Path) -> None:
    chance = random.Random(first)
    file = tmp_path / "data" / "events.wasidb"
    file.parent.mkdir()
    rows = 0
    for _ in range(min(KILLS_PER_FILE, campaign().kills - first)):
        told = keys_told(file, rows, chance.uniform(0, SECONDS_MAX))
        assert told == list(range(rows, rows + len(told)))
        with wasidb.open(file) as db:
            found = [event.id for event in db.select(wasidb.select(Event))]
            assert db.check() == []
        assert sorted(found) in (list(range(rows + len(told))), list(range(rows + len(told) + 1)))
        assert {path.name for path in file.parent.iterdir()} - leftovers(file) == {file.name}
        rows = len(found)
    assert rows > 0
    assert [path for path in tmp_path.iterdir() if path != file.parent] == []
