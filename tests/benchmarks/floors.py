"""What nothing behind a component's boundary goes below, beside all that sqlite3 takes.

    python tests/benchmarks/floors.py

    a call       into the component and back, which does nothing there but answer no
    a flush      a write of 400 bytes and its flush, as the log of the smallest commit is
    a process    Python that imports wasmtime and pydantic, and ends

Each stands beside the whole of something that wasidb cannot do without it: a row read by its key,
inserted, committed; a process that reads a row. Where a floor is a multiple of SQLite's time, no
design of the engine comes closer than that. The two take turns; figures are medians.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from statistics import median

import wasidb

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.bench.contestants_sql import BY_ID, INSERT, Sqlite  # noqa: E402
from tests.benchmarks.bench.data import Data  # noqa: E402
from tests.benchmarks.bench.measuring import microseconds  # noqa: E402
from tests.benchmarks.bench.processes import printed  # noqa: E402

ROWS = 100_000
TURNS = 15
MANY = 500
"""How often what is short is done in a turn."""
COMMIT = bytes(400)

Operation = Callable[[], object]
Pair = tuple[str, Operation, str, Operation]
"""A floor and what is beside it, each with a name."""


def pairs(folder: Path, ending: ExitStack) -> Iterator[tuple[Pair, int]]:
    """With how often each is done in a turn."""
    db = ending.enter_context(wasidb.open(folder / "empty.wasidb"))
    typed = db.typed
    log = ending.enter_context((folder / "log").open("wb", buffering=0))
    data, sqlite = Data(ROWS), Sqlite(folder)
    ending.callback(sqlite.close)
    sqlite.load_rows(data.rows)
    keys, new = count(), iter(data.new_rows(3 * TURNS * MANY))
    lite = sqlite.connection

    def flush() -> None:
        log.write(COMMIT)
        os.fdatasync(log.fileno())

    def read() -> None:
        lite.execute(BY_ID, (next(keys) * 7919 % ROWS,)).fetchone()

    def insert() -> None:
        lite.execute(INSERT, next(new))

    yield ("a call", typed.has_drift, "a row by its key", read), MANY
    yield ("a flush", flush, "a row, committed", insert), MANY
    lite.execute("begin")
    yield ("a call", typed.has_drift, "a row inserted in a transaction", insert), MANY
    lite.execute("commit")
    yield (
        (
            "a process",
            lambda: printed(["-c", "import wasmtime, pydantic"]),
            "a process that reads a row",
            lambda: printed(["-c", sqlite.cold_program, str(sqlite.path)]),
        ),
        1,
    )


def repeated(operation: Operation, times: int) -> float:
    """Microseconds of one."""

    def work() -> None:
        for _ in range(times):
            operation()

    taken = microseconds(work)[0]
    assert taken is not None
    return taken / times


def main() -> None:
    print("| floor | µs | beside it | µs of sqlite3 | times SQLite's time |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as ending:
        for (floor, ours, whole, theirs), times in pairs(Path(folder), ending):
            turns = [(repeated(ours, times), repeated(theirs, times)) for _ in range(TURNS)]
            lowest, lite = map(median, zip(*turns, strict=True))
            ratio = median(one / other for one, other in turns)
            print(f"| {floor} | {lowest:,.1f} | {whole} | {lite:,.1f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
