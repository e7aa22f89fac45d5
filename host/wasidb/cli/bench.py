"""`wasidb bench`: what this machine makes of a few workloads, next to sqlite3."""

import sqlite3
from typing import Annotated

import rich.box
import typer
from rich.console import Console
from rich.table import Table

from wasidb.cli.command import AsJson, json_text

ROWS, TURNS = 20_000, 3


def bench(
    rows: Annotated[int, typer.Option(min=1000, help="How many rows the table has.")] = ROWS,
    turns: Annotated[int, typer.Option(min=1, help="How often; the middle one counts.")] = TURNS,
    as_json: AsJson = False,
) -> None:
    """Measure a few workloads, next to sqlite3. Takes some seconds."""
    from wasidb.cli.workloads import measure  # its model takes time to make

    measured = measure(rows, turns)
    if as_json:
        forms = [each._asdict() for each in measured]
        print(json_text({"rows": rows, "sqlite": sqlite3.sqlite_version, "workloads": forms}))
        return
    grid = Table(box=rich.box.SIMPLE_HEAD)
    grid.add_column(f"{rows:,} rows")
    for title in ("wasidb", "sqlite3", "times as fast"):
        grid.add_column(title, justify="right")
    for name, ours, theirs in measured:
        grid.add_row(name, f"{ours * 1e3:.1f} ms", f"{theirs * 1e3:.1f} ms", f"{theirs / ours:.2f}")
    Console().print(grid)
