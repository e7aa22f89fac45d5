"""Draws the pictures of docs/: what the commands show on a terminal, as SVG.

    python docs/images/draw.py

The figures in them are those of the machine that draws.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from rich.console import Console

import wasidb
from wasidb.cli import inspect
from wasidb.cli.language import question_of
from wasidb.cli.nycflights import TABLES, Flight, csv_file, data_folder, read
from wasidb.cli.progress import bars
from wasidb.cli.shell import Shell
from wasidb.cli.stored_table import stored_tables

FOLDER = Path(__file__).parent
QUESTIONS = (
    ".tables",
    """\
select(flights.carrier, count(), avg(flights.dep_delay).as_("delay"))
    .group_by(flights.carrier)
    .order_by(count().desc()).limit(4)""",
    """\
select(airlines.name, flights.dest, flights.arr_delay).from_(flights)
    .join(airlines, on=flights.carrier == airlines.carrier)
    .where(flights.arr_delay > 1000)
    .order_by(flights.arr_delay.desc())""",
    "select(flights.dest).where(flights.dep_dely > 60)",
    'select(flights.tailnum).where((flights.origin == "JFK") & (flights.month == 7)).limit(3)',
)
PLAN = (
    "select(airlines.name, flights.flight, flights.arr_delay).from_(flights)"
    ".join(airlines, on=flights.carrier == airlines.carrier)"
    ".where(flights.dest == 'HNL').order_by(flights.arr_delay.desc()).limit(10)"
)


@contextlib.contextmanager
def picture(name: str, title: str, width: int = 100) -> Iterator[Console]:
    """A terminal, of which a picture is drawn when the block ends."""
    console = Console(record=True, width=width, file=StringIO(), force_terminal=True)
    yield console
    console.save_svg(str(FOLDER / f"{name}.svg"), title=title)


def draw_import(folder: Path) -> None:
    """A CSV file that is half in the table, and one that is there."""
    csv = folder / "flights.csv"
    with csv_file(data_folder(), "flights") as source:
        csv.write_bytes(source.read().replace(b"NA", b""))
    with (
        wasidb.open(folder / "flights.wasidb", tables=TABLES) as db,
        picture("import", "wasidb import flights.wasidb flights flights.csv") as terminal,
    ):
        for table in TABLES[:-1]:
            db.insert_arrow(table, read(table))
        progress = bars(terminal)
        task = progress.add_task("flights", total=None)
        shown: list[int] = []

        def watch(done: int, total: int | None) -> None:
            progress.update(task, completed=done, total=total)
            if total and done * 2 > total and not shown:
                shown.append(done)
                terminal.print(progress.get_renderable())

        rows = db.insert_file(Flight, csv, progress=watch)
        terminal.print(progress.get_renderable())
        terminal.print(f"flights: {rows:,} rows", highlight=False)


def draw_others(file: Path) -> None:
    """What is in the file, how a question is answered, and a talk with the shell."""
    with wasidb.open(file, read_only=True) as db:
        with picture("inspect", f"wasidb inspect {file.name}") as terminal:
            inspect.show(Path(file.name), db.page_map(), terminal)
        question = question_of(PLAN, stored_tables(db))
        with picture("explain", "wasidb query --explain", width=170) as terminal:
            terminal.print(str(db.explain(question, analyze=True)), markup=False, highlight=False)
        with picture("shell", f"wasidb shell {file.name}") as terminal:
            shell = Shell(db, terminal)
            for statement in QUESTIONS:
                terminal.print(f"[bold green]flights>[/] {statement}", highlight=False)
                shell.converse(iter((statement,)))


def main() -> None:
    """Draws all of them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw_import(folder)
        draw_others(folder / "flights.wasidb")


if __name__ == "__main__":
    main()
