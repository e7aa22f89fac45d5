"""Does a row cost more where there are more rows, or more tables?

    python tests/benchmarks/scaling.py [--rows 10000000] [--tables 1000] [FOLDER]

Ten thousand to ten million events in one table, with a primary key and an index, ten events of each
kind; then a thousand events in each of one to a thousand tables. The component, driven from Python,
on a file. Loads are in pieces of a million rows, each a transaction; rows by key, by index and
changed ones are picked all over the table, the changes in one transaction that is rolled back.

A figure is the median of the turns, for one row; `open` is for opening the file and asking for one
row. What grows with log n is the height of an index; anything else ought to be flat. Plots go to
FOLDER, if it is given.
"""

import argparse
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter_ns

import pyarrow as pa
from plot import line_plot

import wasidb
from wasidb import Database, Field, Table, UInt32, count, select, sum_

STEPS = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
NUMBERS_OF_TABLES = (1, 3, 10, 30, 100, 300, 1_000)
ROWS_OF_A_TABLE = 1_000
ROWS_PER_KIND = 10
PIECE = 1_000_000
TURNS = 5
PICKED = 200
"""How many rows are asked for, or changed, in a turn."""

Figures = Iterator[tuple[str, float]]
"""What was done, and microseconds for one row."""


class Event(Table, table="events_0"):
    """Three numbers: ten million rows of them fit a table."""

    id: UInt32 = Field(primary_key=True)
    kind: UInt32 = Field(index=True)
    amount: int


def main() -> None:
    options = parsed()
    for what, sizes, measure in (
        ("rows", [size for size in STEPS if size <= options.rows], of_rows),
        ("tables", [each for each in NUMBERS_OF_TABLES if each <= options.tables], of_tables),
    ):
        series: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for size in sizes:
            with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
                for name, microseconds in measure(size, Path(folder) / "events.wasidb"):
                    series[name].append((size, microseconds))
                    print(f"{size:>12,} {what}  {name:<22}{microseconds:>12.2f} µs", flush=True)
        if options.folder:
            write_plots(options.folder, what, series)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What a row costs as databases grow.")
    parser.add_argument("--rows", type=int, default=STEPS[-1], help="the largest table")
    parser.add_argument("--tables", type=int, default=NUMBERS_OF_TABLES[-1], help="the most tables")
    parser.add_argument("--scratch", help="where the databases are made (default: temporary files)")
    parser.add_argument("folder", nargs="?", type=Path, help="where plots go")
    return parser.parse_args()


def of_rows(size: int, path: Path) -> Figures:
    """One table of so many rows."""
    with wasidb.open(path, tables=[Event]) as db:
        loads = [partial(db.insert_arrow, Event, piece) for piece in pieces(size)]
        yield "load", sum(map(microseconds, loads)) / size
        yield from of_questions(db, size)
        yield from of_changes(db, size)
    yield "open", of_opening(path)


def of_tables(number: int, path: Path) -> Figures:
    """So many tables of a thousand rows."""
    tables = [type("Event", (Event,), {}, table=f"events_{each}") for each in range(number)]
    (piece,) = pieces(ROWS_OF_A_TABLE)
    with wasidb.open(path) as db:
        yield "create table", microseconds(partial(db.create_tables, *tables)) / number
        loads = [partial(db.insert_arrow, table, piece) for table in tables]
        yield "load", sum(map(microseconds, loads)) / number / ROWS_OF_A_TABLE
        yield from of_questions(db, ROWS_OF_A_TABLE)
        yield from of_changes(db, ROWS_OF_A_TABLE)
    yield "open", of_opening(path)


def of_questions(db: Database, size: int) -> Figures:
    groups = select(Event.kind, count(), sum_(Event.amount)).group_by(Event.kind)
    yield "group by", measured(lambda _: db.select_arrow(groups), size)
    few = select(Event.id).where(Event.amount < 5)
    yield "filter", measured(lambda _: db.select_arrow(few), size)
    picked = [picks(size) for _ in range(TURNS)]
    yield "look-up", measured(lambda turn: [db.get(Event, key) for key in picked[turn]], PICKED)
    yield (
        "ten rows by index",
        measured(
            lambda turn: [
                db.select_tuples(select(Event).where(Event.kind == key // ROWS_PER_KIND))
                for key in picked[turn]
            ],
            PICKED,
        ),
    )


def of_changes(db: Database, size: int) -> Figures:
    """Changes of single rows in a transaction, one call each."""
    with db.transaction() as tx:
        new = [range(size + turn * PICKED, size + (turn + 1) * PICKED) for turn in range(TURNS)]
        yield (
            "insert",
            measured(
                lambda turn: [tx.insert(Event(id=key, kind=key, amount=1)) for key in new[turn]],
                PICKED,
            ),
        )
        keys = [picks(size) for _ in range(TURNS)]
        yield (
            "update",
            measured(
                lambda turn: [tx.update(Event, Event.id == key, kind=turn) for key in keys[turn]],
                PICKED,
            ),
        )
        yield (
            "delete",
            measured(lambda turn: [tx.delete(Event, Event.id == key) for key in new[turn]], PICKED),
        )
        tx.rollback()


def of_opening(path: Path) -> float:
    def open_and_ask(_: int) -> None:
        with wasidb.open(path, read_only=True) as db:
            assert db.get(Event, 7) is not None

    return measured(open_and_ask, 1)


def pieces(size: int) -> Iterator[pa.Table]:
    """All rows, a million at a time."""
    for first in range(0, size, PIECE):
        ids = range(first, min(first + PIECE, size))
        yield pa.table(
            {
                "id": pa.array(ids, pa.uint32()),
                "kind": pa.array([number // ROWS_PER_KIND for number in ids], pa.uint32()),
                "amount": pa.array([number * 7919 % 1_000 for number in ids], pa.int64()),
            }
        )


def picks(size: int) -> list[int]:
    return random.Random(size).sample(range(size), PICKED)


def measured(work: Callable[[int], object], rows: int) -> float:
    """The median of the turns, for one row."""
    return median(microseconds(partial(work, turn)) for turn in range(TURNS)) / rows


def microseconds(work: Callable[[], object]) -> float:
    begun = perf_counter_ns()
    work()
    return (perf_counter_ns() - begun) / 1_000


PLOTS = {
    "scan": ("load", "group by", "filter"),
    "one": ("look-up", "ten rows by index", "insert", "update", "delete"),
    "open": ("open", "create table"),
}


def write_plots(folder: Path, what: str, series: dict[str, list[tuple[float, float]]]) -> None:
    """Three plots, for what takes similar times."""
    titles = {"scan": "all rows, µs for one", "one": "one row", "open": "opening the file"}
    for kind, names in PLOTS.items():
        lines = {name: series[name] for name in names if name in series}
        title = f"As there are more {what}: {titles[kind]}"
        (folder / f"scaling-{what}-{kind}.svg").write_text(line_plot(title, what, "µs", lines))


if __name__ == "__main__":
    main()
