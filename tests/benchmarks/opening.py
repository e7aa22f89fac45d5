"""How long it takes to open a large file and read one row of it, beside sqlite3.

    python tests/benchmarks/opening.py [FOLDER]

The process runs and has opened a database before, so the component is compiled and loaded; whatever
belongs to one database is made anew: the instance, the lock, the exchange folder. The pages of the
file are in the memory of the operating system. A second row shows what of the first is still the
opening's. sqlite3 opens its file, too, when it is asked for the first row. Medians; the two sides
take turns.
"""

import random
import sqlite3
import sys
import tempfile
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter_ns

import pyarrow as pa
import pyarrow.compute as pc

import wasidb
from wasidb import Field, Table, UInt32
from wasidb.runtime.component import ComponentEngine

ROWS = 1_000_000
CHUNK = 20_000
TURNS = 100
BY_ID = "select * from people where id = ?"


class Person(Table, table="people"):
    id: UInt32 = Field(primary_key=True)
    name: str = Field(unique=True)
    city: str = Field(index=True)


def fill(ours: Path, theirs: Path) -> None:
    """The same million people on both sides."""
    with wasidb.open(ours, tables=[Person]) as db, closing(sqlite3.connect(theirs)) as lite:
        lite.execute("create table people (id integer primary key, name text unique, city text)")
        lite.execute("create index people_city on people (city)")
        for first in range(0, ROWS, CHUNK):
            ids = pa.array(range(first, first + CHUNK), pa.uint32())
            names = pc.utf8_lpad(pc.cast(ids, pa.string()), 7, "0")
            cities = pc.utf8_slice_codeunits(names, 3)
            rows = pa.table({"id": ids, "name": names, "city": cities})
            db.insert_arrow(Person, rows)
            values = zip(*(column.to_pylist() for column in rows.columns), strict=True)
            lite.executemany("insert into people values (?, ?, ?)", values)
        lite.commit()


def wasidb_times(path: Path, keys: list[int]) -> list[int]:
    """When something was finished, in nanoseconds: the start, opening, each row, closing."""
    times = [perf_counter_ns()]
    with wasidb.open(path) as db:
        times.append(perf_counter_ns())
        for key in keys:
            assert db.get(Person, key) is not None
            times.append(perf_counter_ns())
    times.append(perf_counter_ns())
    return times


def sqlite_times(path: Path, keys: list[int]) -> list[int]:
    """The same with sqlite3."""
    times = [perf_counter_ns()]
    with closing(sqlite3.connect(path)) as lite:
        times.append(perf_counter_ns())
        for key in keys:
            assert lite.execute(BY_ID, (key,)).fetchone() is not None
            times.append(perf_counter_ns())
    times.append(perf_counter_ns())
    return times


def instance_time(folder: Path) -> int:
    """Nanoseconds until there is an instance of the component, which opening includes."""
    begun = perf_counter_ns()
    engine = ComponentEngine(folder)
    taken = perf_counter_ns() - begun
    engine.close()
    return taken


def parts(times: list[int]) -> dict[str, int]:
    """What took how many nanoseconds."""
    begun, opened, first, second, closed = times
    return {
        "open and get": first - begun,
        "  open": opened - begun,
        "  get": first - opened,
        "get another": second - first,
        "close": closed - second,
    }


def main() -> None:
    place = sys.argv[1] if len(sys.argv) > 1 else None
    chance = random.Random(7)
    with tempfile.TemporaryDirectory(dir=place) as folder:
        ours, theirs = Path(folder) / "people.wasidb", Path(folder) / "people.sqlite"
        fill(ours, theirs)
        taken: dict[str, list[tuple[int, int]]] = defaultdict(list)
        instances = []
        for _ in range(TURNS):
            keys = chance.sample(range(ROWS), 2)
            sides = parts(wasidb_times(ours, keys)), parts(sqlite_times(theirs, keys))
            for name in sides[0]:
                taken[name].append((sides[0][name], sides[1][name]))
            instances.append(instance_time(ours.parent))
    print(f"{'ms, median':<24}{'wasidb':>9}{'sqlite3':>9}")
    for name, pairs in taken.items():
        wasidb_median, sqlite_median = (median(side) / 1e6 for side in zip(*pairs, strict=True))
        print(f"{name:<24}{wasidb_median:>9.2f}{sqlite_median:>9.2f}")
    print(f"{'an instance, in open':<24}{median(instances) / 1e6:>9.2f}")


if __name__ == "__main__":
    main()
