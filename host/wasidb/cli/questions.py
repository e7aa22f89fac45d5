"""Ten questions to the flights database, and what the data answer.

`python -m wasidb.cli.questions FILE` asks them in a process of its own, so that everything comes
from the file.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rich.table
from rich.console import Console

from wasidb import opening
from wasidb.cli.command import json_text
from wasidb.cli.expectation import UnexpectedResult, expect
from wasidb.cli.nycflights import TABLES, Airline, Airport, Flight
from wasidb.database import Database
from wasidb.errors import DbmsError
from wasidb.query import Select, select
from wasidb_schema import avg, column, count, max_

SHOWN_ROWS = 6


@dataclass(frozen=True, slots=True)
class Question:
    """A question, how many rows answer it, and the first of them."""

    title: str
    select: Select[Any]
    rows: int
    first: tuple[object, ...]


QUESTIONS = (
    Question(
        "A flight by its number",
        select(Flight.carrier, Flight.flight, Flight.origin, Flight.dest, Flight.dep_delay).where(
            Flight.id == 12_345
        ),
        rows=1,
        first=("WN", 3935, "LGA", "MDW", 0),
    ),
    Question(
        "Every flight of one plane, through the index on tailnum",
        select(Flight.month, Flight.day, Flight.hour, Flight.origin, Flight.dest)
        .where(Flight.tailnum == "N14228")
        .order_by(Flight.time_hour),
        rows=111,
        first=(1, 1, 5, "EWR", "IAH"),
    ),
    Question(
        "The worst departures of the first days of July",
        select(Flight.carrier, Flight.flight, Flight.dest, Flight.dep_delay)
        .where(Flight.year == 2013, Flight.month == 7, Flight.day <= 4)
        .where(column(Flight.dep_delay) >= 120)
        .order_by(column(Flight.dep_delay).desc())
        .limit(5),
        rows=5,
        first=("EV", 4711, "STL", 390),
    ),
    Question(
        "Airports called San something",
        select(Airport.faa, Airport.name, Airport.alt)
        .where(column(Airport.name).like("San %"))
        .order_by(Airport.faa),
        rows=10,
        first=("ALS", "San Luis Valley Regional Airport", 7539),
    ),
    Question(
        "Airlines by number of flights, with their delays in minutes",
        select(Flight.carrier, count(), avg(Flight.dep_delay), max_(Flight.arr_delay))
        .group_by(Flight.carrier)
        .order_by(count().desc()),
        rows=16,
        first=("UA", 58_665, 12.106073, 455),
    ),
    Question(
        "The latest arrivals, with the names of the airlines",
        select(Airline.name, Flight.flight, Flight.dest, Flight.arr_delay)
        .from_(Flight)
        .join(Airline, on=Flight.carrier == Airline.carrier)
        .where(column(Flight.arr_delay) > 900)
        .order_by(column(Flight.arr_delay).desc()),
        rows=7,
        first=("Hawaiian Airlines Inc.", 51, "HNL", 1272),
    ),
    Question(
        "Who flies to Honolulu and Anchorage",
        select(Flight.dest, Flight.carrier, count())
        .where(column(Flight.dest).in_(["HNL", "ANC"]))
        .group_by(Flight.dest, Flight.carrier)
        .order_by(Flight.dest, Flight.carrier),
        rows=3,
        first=("ANC", "UA", 8),
    ),
    Question(
        "Flights that never left, by airport",
        select(Flight.origin, count())
        .where(column(Flight.dep_time).is_null())
        .group_by(Flight.origin)
        .order_by(count().desc()),
        rows=3,
        first=("EWR", 3239),
    ),
    Question(
        "Destinations",
        select(Flight.dest).distinct().order_by(Flight.dest),
        rows=105,
        first=("ABQ",),
    ),
)


def ask_all(db: Database, console: Console) -> list[dict[str, Any]]:
    """Asks every question, then changes something for good and something not. What was asked, how
    many rows it gave, and how long that took.
    """
    asked = []
    for number, question in enumerate(QUESTIONS, 1):
        with timed() as clock:
            rows = db.select(question.select)
        console.print(f"[bold]{number}. {question.title}[/bold]  [dim]{clock.text}[/dim]")
        console.print(as_table(question.select, rows))
        expect(f"{question.title}, number of rows", len(rows), question.rows)
        expect(f"{question.title}, first row", tuple(rows[0]), question.first)
        facts = {"question": question.title, "rows": len(rows), "milliseconds": clock.milliseconds}
        asked.append(facts)
    change_for_good(db, console)
    change_and_undo(db, console)
    return asked


def change_for_good(db: Database, console: Console) -> None:
    """An update in a transaction that commits."""
    with timed() as clock, db.transaction() as tx:
        changed = tx.update(Airline, Airline.carrier == "FL", name="AirTran Airways")
    expect("airlines renamed", changed, 1)
    airline = db.get(Airline, "FL")
    expect("the new name", airline and airline.name, "AirTran Airways")
    console.print(f"Renamed an airline in a transaction: committed.  [dim]{clock.text}[/dim]")


def change_and_undo(db: Database, console: Console) -> None:
    """An update in a transaction that rolls back."""
    delays = select(avg(Flight.dep_delay)).where(Flight.carrier == "HA")
    with timed() as clock, db.transaction() as tx:
        changed = tx.update(Flight, Flight.carrier == "HA", dep_delay=0)
        expect("flights changed", changed, 342)
        expect("mean delay inside the transaction", tuple(tx.select(delays)[0]), (0.0,))
        tx.rollback()
    expect("mean delay afterwards", tuple(db.select(delays)[0]), (4.900585,))
    console.print(
        f"Cleared the delays of {changed} flights in a transaction: rolled back, all there.  "
        f"[dim]{clock.text}[/dim]"
    )


class Clock:
    """How long a `timed` block took."""

    milliseconds = 0.0

    @property
    def text(self) -> str:
        return f"{self.milliseconds:.1f} ms"


@contextmanager
def timed() -> Iterator[Clock]:
    """Measures its block."""
    clock, start = Clock(), time.perf_counter()
    yield clock
    clock.milliseconds = (time.perf_counter() - start) * 1e3


def as_table(question: Select[Any], rows: Sequence[Any]) -> rich.table.Table:
    """The first rows of an answer, to be printed."""
    table = rich.table.Table()
    for output in question.outline.columns:
        table.add_column(output.label, no_wrap=True)
    for row in rows[:SHOWN_ROWS]:
        table.add_row(*map(as_text, row))
    if len(rows) > SHOWN_ROWS:
        table.add_row(f"[dim]... {len(rows):,} rows[/dim]")
    return table


def as_text(value: object) -> str:
    """A value in a table cell; means are cut to two digits."""
    if value is None:
        return "[dim]NULL[/dim]"
    if isinstance(value, int | str):
        return str(value)
    return f"{value:.2f}"


def main() -> None:
    """Asks the questions of the file named on the command line; with `--json` says only how."""
    file, *options = sys.argv[1:]
    as_json = options == ["--json"]
    try:
        with opening.open(Path(file), tables=TABLES) as db:
            asked = ask_all(db, Console(quiet=as_json))
        if as_json:
            print(json_text(asked))
    except (DbmsError, UnexpectedResult) as error:
        sys.exit(f"wasidb: {error}")


if __name__ == "__main__":
    main()
