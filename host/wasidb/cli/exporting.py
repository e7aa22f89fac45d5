"""`wasidb export`: a table, or the answer to a question, into a file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

import wasidb
from wasidb.cli.command import AsJson, File, counted, json_text
from wasidb.cli.importing import STANDARD, Delimiter, FormatName
from wasidb.cli.language import question_of
from wasidb.cli.progress import watched
from wasidb.cli.stored_table import stored_tables
from wasidb.files import format_of


def export(
    file: File,
    what: Annotated[str, typer.Argument(help="A table or a question.", show_default=False)],
    target: Annotated[
        Path, typer.Argument(help="The new file; - is standard output.", show_default=False)
    ],
    format: FormatName = None,
    delimiter: Delimiter = None,
    as_json: AsJson = False,
) -> None:
    """Write a table, or the answer to a question, as CSV, JSON lines, Parquet or Arrow.

    The new file appears whole or not at all.
    """
    with wasidb.open(file, read_only=True) as db:
        tables = stored_tables(db)
        question = tables[what].everything() if what in tables else question_of(what, tables)
        place = sys.stdout.buffer if target == STANDARD else target
        with watched(target.name) as progress:
            known = format_of(place, format)
            rows = db.select_file(
                question, place, format=known, delimiter=delimiter, progress=progress
            )
    if target != STANDARD:
        print(json_text({"path": str(target), "rows": rows}) if as_json else counted(rows, "row"))
