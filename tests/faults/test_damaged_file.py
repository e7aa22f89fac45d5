"""Bytes of a file are hostile input: damage is an error that names its place, or harmless.

A sound file is damaged, then opened and asked for everything. Each answer is an answer, or
Corrupted with page, offset and what is wrong there; changes may be refused for the reasons any
change may.

What no checksum guards can be changed into something else that is sound. So a file that passes the
integrity check has to keep its word: everything in it can be read, an index finds what a scan
finds, and it can be changed and still passes the check.

A file takes no more than a second of the processor and a fixed amount of memory: hostile counts and
cyclic links lead nowhere.
"""

import gc
import json
import random
import resource
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from tests.faults.campaign import campaign, first_seed
from tests.faults.mutations import damaged
from tests.faults.specimens import specimens
from tests.faults.workload import problems_of
from tests.support.crash_disk import Image
from tests.support.engine_on_memory import EngineOnMemory
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.maintenance import Maintenance
from wasidb_guest.api.rows import Rows
from wasidb_guest.errors import (
    ConstraintViolated,
    Corrupted,
    InvalidQuery,
    LimitExceeded,
    MemoryFailed,
)
from wasidb_guest.pages.cache import PageCache
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_guest.tables.salvage import Salvage
from wasidb_memory import HeapLog, HeapMemory

SECONDS_MAX = 1.0
MEMORY_MAX = 256 << 20

PLACE: Mapping[str, type] = {"page": int, "offset": int, "what": str}
FRESH_ROWS: Mapping[str, tuple[list[str], list[list[object]]]] = {
    "users": (["name", "born"], [["new", "2024-03-01"], ["newer", "2024-03-02"]]),
    "posts": (["id", "author", "at"], [[9_000, 3, "2024-01-01T00:00:00Z"]]),
    "keys": (["id", "name"], [[9_000, "05" * 10_000], [9_001, "short"]]),
    "notes": (["id", "body"], [[9_000, "n" * 300], [9_001, "n" * 5]]),
    "things": (["id", "t", "d"], [[9_000, "new", "1.25"]]),
}
CHANGES: Mapping[str, dict[str, object]] = {
    "users": {"price": "1"},
    "posts": {"body": '{"longer": "than it was"}'},
    "keys": {"name": "changed"},
    "notes": {"body": "c" * 700},
    "things": {"i32": 7, "t": "changed"},
}


class Examination:
    """Everything that is asked of one damaged file."""

    def __init__(self, image: Image) -> None:
        self.engine = EngineOnMemory(HeapMemory(image.memory), HeapLog(image.log))
        self.rows = Rows(self.engine)
        self.definitions = json.loads(Catalog(self.engine).tables())
        self.is_sound = problems_of(self.engine) == []

    def run(self) -> None:
        """Ask all questions; asserts that a sound file answers them."""
        for question in (Maintenance.page_map, Maintenance.statistics, Maintenance.access_list):
            self.expect_answer(lambda question=question: question(Maintenance(self.engine)))
        for definition in self.definitions:
            self.expect_answer(lambda definition=definition: self.read(definition))
        for name in {definition["name"] for definition in self.definitions} & FRESH_ROWS.keys():
            self.change(name)
        if self.is_sound:
            assert problems_of(self.engine) == []

    def expect_answer(self, question: Callable[[], object]) -> None:
        """Ask a question that only damage can keep from being answered."""
        try:
            question()
        except Corrupted as damage:
            check_place(damage)
            assert not self.is_sound, f"the check has not found: {damage}"  # noqa: PT017

    def read(self, definition: dict[str, object]) -> None:
        """Read a table, and some of its rows again through each index."""
        found = self.select({"from": definition["name"]})
        if found["rows"]:
            for column in self.indexed_columns(definition):
                place = found["columns"].index(column)
                cells = [row[place] for row in found["rows"]]
                for cell in (cells[0], cells[len(cells) // 2]):
                    self.look_up(definition["name"], column, cell, cells.count(cell))

    def look_up(self, table: object, column: str, cell: object, expected: int) -> None:
        if cell is None:
            return
        condition = {"Eq": [column, cell]}
        try:
            found = len(self.select({"from": table, "where": condition})["rows"])
        except InvalidQuery as refusal:  # what is printed of an impossible date cannot be asked for
            assert not self.is_sound, refusal  # noqa: PT017
        else:
            assert found == expected or not self.is_sound, f"{table}.{column} = {cell!r}"

    def indexed_columns(self, definition: dict[str, object]) -> Iterator[str]:
        """The first column of each index, but for decimals: 1.0 and 1.00 are equal."""
        yield definition["primary_key"]
        types = {column["name"]: column["type"] for column in definition["columns"]}
        for first, *_ in definition.get("indexes", []):
            if types[first] != "decimal":
                yield first

    def select(self, statement: dict[str, object]) -> dict[str, list]:
        return json.loads(self.rows.select(json.dumps(statement), None))

    def change(self, table: str) -> None:
        """Insert, update and delete rows."""
        columns, rows = FRESH_ROWS[table]
        fresh = json.dumps({"columns": columns, "rows": rows})
        some = json.dumps({"In": ["id", [2, 3, 17, 93]]})
        attempts = (
            lambda: self.rows.insert(table, fresh, None),
            lambda: self.rows.update(table, json.dumps(CHANGES[table]), some, None),
            lambda: self.rows.delete(table, "cascade", some, None),
        )
        for attempt in attempts:
            try:
                self.expect_answer(attempt)
            except (ConstraintViolated, LimitExceeded) as refusal:
                assert refusal.message  # noqa: PT017


def check_place(damage: Corrupted) -> None:
    """Asserts that a report says what is wrong where."""
    assert {name: type(value) for name, value in damage.details.items()} == PLACE


def examine(image: Image) -> None:
    """Open the file, and examine it if it opens."""
    salvage(image)
    try:
        examination = Examination(image)
    except Corrupted as damage:
        check_place(damage)
    except MemoryFailed as refusal:
        assert image.log
        assert "redo log" in refusal.message  # noqa: PT017
    else:
        examination.run()


def salvage(image: Image) -> None:
    """Read what can be read without opening it; nothing is an error then."""
    found = Salvage(PageCache(HeapMemory(image.memory), RedoLog(HeapLog(), "")))
    for name in found.definitions:
        for rows in found.rows(name):
            assert rows is not None


@contextmanager
def bounded() -> Iterator[None]:
    """Lets the block use so much memory more than there is in use now, and a second at a time.

    What earlier tests have left is no garbage to be looked through within that second.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY_MAX, hard))
    previous = signal.signal(signal.SIGPROF, out_of_time)
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def out_of_time(signal: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"still busy after {SECONDS_MAX} s")


@pytest.mark.parametrize("shape", specimens())
def test_damage_is_reported_or_harmless(shape: str) -> None:
    specimen = specimens()[shape]
    start, count = first_seed(), campaign().damaged_files // len(specimens())
    with bounded():
        for seed in range(start, start + count):
            image = damaged(specimen, random.Random(seed))
            signal.setitimer(signal.ITIMER_PROF, SECONDS_MAX)
            try:
                examine(image)
            except Exception as failure:
                pytest.fail(f"seed {seed}: {failure!r}")


def test_sound_files_are_read() -> None:
    """The examination itself: a file without damage is sound, and nothing is refused."""
    for specimen in specimens().values():
        examination = Examination(specimen.image)
        assert examination.is_sound
        examination.run()
