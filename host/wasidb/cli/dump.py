"""`wasidb dump`: a database as lines of JSON, and what of it could not be read."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from wasidb.cli.command import AsJson, File, counted, json_text
from wasidb.damaged import salvage
from wasidb.errors import Corrupted


def dump(
    file: File,
    to: Annotated[
        Path,
        typer.Argument(help="The new file, of a line of JSON for each row.", show_default=False),
    ],
    is_salvage: Annotated[
        bool, typer.Option("--salvage", help="Leave out what cannot be read, and list it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write all tables and rows as lines of JSON. Damage is an error, unless it is salvaged."""
    report = salvage(file, to)
    if report.problems and not is_salvage:
        to.unlink()
        page, offset, what = report.problems[0]
        message = f"page {page}, offset {offset}: {what}; --salvage leaves out what is damaged"
        raise Corrupted(message, page=page, offset=offset, what=what)
    if as_json:
        problems = [problem._asdict() for problem in report.problems]
        print(json_text({"rows": dict(report.rows), "problems": problems}))
        return
    for page, offset, what in report.problems:
        print(f"page {page}, offset {offset}: {what}", file=sys.stderr)
    for table, rows in report.rows.items():
        print(f"{table}: {counted(rows, 'row')}")
