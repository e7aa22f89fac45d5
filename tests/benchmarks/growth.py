"""Does an operation become slower, or take more memory, as a table grows?

    python tests/benchmarks/growth.py [FOLDER]

Tables of 10,000 to a million rows with a primary key and a secondary index, on the heap. Rows are
inserted and deleted, and inserted again where every second row has left a hole, one at a time and
many neighbours in one call; each call is a transaction of its own. It is the engine compiled for
this machine, behind the functions of interface `rows`, without host, component and file, so that
nothing else is measured.

Time is the median of the calls, memory the most that a call had allocated at one time, by
`tracemalloc` in calls of their own; both for one row. Plots of both go to FOLDER, if it is given.
"""

import json
import random
import sys
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from time import perf_counter_ns

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / name) for name in ("build/native", "memory_provider")]

from plot import Points, line_plot  # noqa: E402

from wasidb_guest.api.catalog import Catalog  # noqa: E402
from wasidb_guest.api.engine import Engine  # noqa: E402
from wasidb_guest.api.rows import Rows  # noqa: E402

SIZES = [10_000, 30_000, 100_000, 300_000, 1_000_000]
CHUNK = 10_000
CALLS = {1: 400, 250: 15}
"""How often calls are timed, by the number of rows in one."""
CALLS_TRACED = {1: 40, 250: 3}
EVENTS = {
    "name": "events",
    "primary_key": "id",
    "columns": [
        {"name": "id", "type": "uint32"},
        {"name": "kind", "type": "uint32"},
        {"name": "body", "type": "text"},
    ],
    "indexes": [["kind"]],
}
BODY = "sixty characters of text, as a short message would have them"
ROWS_PER_KIND = 10

Operation = Callable[[list[int]], object]
"""Something done to the rows of some ids, in one call."""


class Events:
    """A table of `size` rows, all ids from 0 on."""

    def __init__(self, size: int) -> None:
        engine = Engine()
        engine.open(":memory:")
        Catalog(engine).create_tables(json.dumps([EVENTS]))
        self._rows = Rows(engine)
        self.size = size
        for first in range(0, size, CHUNK):
            self.insert(list(range(first, first + CHUNK)))

    def insert(self, ids: list[int]) -> None:
        rows = [[number, number // ROWS_PER_KIND, BODY] for number in ids]
        text = json.dumps({"columns": ["id", "kind", "body"], "rows": rows})
        self._rows.insert("events", text, None)

    def delete(self, ids: list[int]) -> None:
        condition = {"Eq": ["id", ids[0]]} if len(ids) == 1 else {"In": ["id", ids]}
        assert self._rows.delete("events", "restrict", json.dumps(condition), None) == len(ids)

    def delete_every_second(self) -> None:
        """Leave a hole between any two rows."""
        for first in range(0, self.size, CHUNK):
            self.delete(list(range(first, first + CHUNK, 2)))


Figure = tuple[float, float]
"""Microseconds and bytes for one row."""


def figures(size: int) -> Iterator[tuple[str, Figure]]:
    """Every operation on a table of about so many rows."""
    for rows in CALLS:
        name = "1 row" if rows == 1 else f"{rows} rows"
        events = Events(size)
        yield f"insert {name}", measured(events.insert, range(size, 2 * size), rows)
        yield f"delete {name}", measured(events.delete, range(size), rows)
        events = Events(size)
        events.delete_every_second()
        yield f"reuse, {name}", measured(events.insert, range(0, size, 2), rows)


def measured(operation: Operation, ids: range, rows: int) -> Figure:
    """The median time and memory of calls with so many of the ids each."""
    starts = random.Random(7).sample(range(0, len(ids), rows), CALLS[rows] + CALLS_TRACED[rows])
    calls = [list(ids[start : start + rows]) for start in starts]
    times, sizes = [], []
    for chosen in calls[: CALLS[rows]]:
        begun = perf_counter_ns()
        operation(chosen)
        times.append((perf_counter_ns() - begun) / 1000 / rows)
    tracemalloc.start()
    for chosen in calls[CALLS[rows] :]:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        operation(chosen)
        _, peak = tracemalloc.get_traced_memory()
        sizes.append((peak - before) / rows)
    tracemalloc.stop()
    return median(times), median(sizes)


def main() -> None:
    times: dict[str, list[tuple[float, float]]] = defaultdict(list)
    memory: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for size in SIZES:
        for name, (microseconds, taken) in figures(size):
            times[name].append((size, microseconds))
            memory[name].append((size, taken / 1024))
    for unit, table in (("µs for a row", times), ("KiB for a row", memory)):
        print(f"{unit:<18}" + "".join(f"{size:>11,}" for size in SIZES))
        for name, points in table.items():
            print(f"{name:<18}" + "".join(f"{figure:>11.1f}" for _, figure in points))
    if len(sys.argv) > 1:
        write_plots(Path(sys.argv[1]), times, memory)


def write_plots(folder: Path, times: Mapping[str, Points], memory: Mapping[str, Points]) -> None:
    for rows in CALLS:
        name = "1 row" if rows == 1 else f"{rows} rows"
        for kind, unit, table in (("time", "µs", times), ("memory", "KiB", memory)):
            series = {each: points for each, points in table.items() if each.endswith(f" {name}")}
            title = f"{kind.capitalize()} for a row, {name} in a call"
            plot = line_plot(title, "rows in the table", unit, series)
            (folder / f"growth-{kind}-{rows}.svg").write_text(plot)


if __name__ == "__main__":
    main()
