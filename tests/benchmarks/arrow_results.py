"""How long it takes to get many rows out, as Arrow and beside sqlite3's fetchall.

    python tests/benchmarks/arrow_results.py

A million rows of seven columns, of which five are asked for, where one condition holds for a tenth,
a half, or all of them. Everything is measured as a program sees it: a `pyarrow.Table` on one side,
a list of tuples on the other, both from files in the same folder. The two sides take turns; figures
are medians. The component is the one `WASIDB_COMPONENT` names or `just component` has built.
"""

import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter_ns

import pyarrow as pa

import wasidb
from wasidb import Field, Table, UInt8, UInt32, select

ROWS = 1_000_000
TURNS = 5
SHARES = (10, 50, 100)
Operation = Callable[[], object]


class Reading(Table, table="readings"):
    """Two columns more than are asked for."""

    id: UInt32 = Field(primary_key=True)
    place: str
    percent: UInt8
    amount: float
    people: int | None = None
    note: str
    spare: int


ASKED = (Reading.id, Reading.place, Reading.percent, Reading.amount, Reading.people)
NAMES = ", ".join(column.name for column in ASKED)


def readings() -> pa.Table:
    numbers = range(ROWS)
    return pa.table(
        {
            "id": pa.array(numbers, pa.uint32()),
            "place": [f"place {number % 5000}" for number in numbers],
            "percent": pa.array([number * 7919 % 100 for number in numbers], pa.uint8()),
            "amount": [number / 8 for number in numbers],
            "people": [None if number % 9 == 0 else number * 3 for number in numbers],
            "note": [f"some words about reading {number}" for number in numbers],
            "spare": pa.array(numbers, pa.int64()),
        }
    )


def loaded_sqlite(path: Path, data: pa.Table) -> sqlite3.Connection:
    lite = sqlite3.connect(path)
    lite.execute(
        "create table readings (id integer primary key, place text, percent integer, amount real, "
        "people integer, note text, spare integer)"
    )
    columns = [column.to_pylist() for column in data.columns]
    rows = zip(*columns, strict=True)
    lite.executemany("insert into readings values (?, ?, ?, ?, ?, ?, ?)", rows)
    lite.commit()
    return lite


def milliseconds(operation: Operation) -> float:
    start = perf_counter_ns()
    operation()
    return (perf_counter_ns() - start) / 1e6


def main() -> None:
    data = readings()
    print(f"{'ms, median':<24}{'wasidb':>10}{'sqlite3':>10}{'ratio':>8}")
    with tempfile.TemporaryDirectory() as folder:
        lite = loaded_sqlite(Path(folder) / "readings.sqlite", data)
        with wasidb.open(Path(folder) / "readings.wasidb", tables=[Reading]) as db:
            db.insert_arrow(Reading, data)
            for share in SHARES:
                question = select(*ASKED).where(Reading.percent < share)
                sql = f"select {NAMES} from readings where percent < {share}"
                pairs = [
                    (
                        milliseconds(lambda: db.select_arrow(question)),  # noqa: B023
                        milliseconds(lambda: lite.execute(sql).fetchall()),  # noqa: B023
                    )
                    for _ in range(TURNS)
                ]
                ours, theirs = map(median, zip(*pairs, strict=True))
                name = f"{share} of 100 rows"
                print(f"{name:<24}{ours:>10.0f}{theirs:>10.0f}{ours / theirs:>8.2f}")
        lite.close()


if __name__ == "__main__":
    main()
