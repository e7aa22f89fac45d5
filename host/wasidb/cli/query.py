"""`wasidb query`: one question, answered for people or for programs."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import wasidb
from wasidb.cli.answers import ROWS_SHOWN, Answer
from wasidb.cli.command import AsJson, File, json_text
from wasidb.cli.language import question_of
from wasidb.cli.stored_table import stored_tables
from wasidb.query import Select
from wasidb.session import Session
from wasidb_schema.cells import encode_cell

Question = Annotated[
    str, typer.Argument(help="A question, such as 'select(flights).limit(3)'.", show_default=False)
]


def query(
    file: File,
    question: Question,
    as_json: AsJson = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, with a header line.")] = False,
    arrow: Annotated[
        Path | None, typer.Option(help="Write an Arrow file; - prints an Arrow stream.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show how it is answered, and what each step took.")
    ] = False,
    rows: Annotated[
        int, typer.Option(min=0, help="How many rows to show as a table; 0 is all of them.")
    ] = ROWS_SHOWN,
) -> None:
    """Ask a database file a question. The file is opened for reading."""
    if as_json + csv + (arrow is not None) > 1:
        raise typer.BadParameter("choose one of --json, --csv and --arrow")
    with wasidb.open(file, read_only=True) as db:
        asked = question_of(question, stored_tables(db))
        if explain:
            show_plan(db, asked, as_json=as_json)
        elif as_json:
            print_json(db, asked)
        elif csv:
            db.select_file(asked, sys.stdout.buffer, format="csv")
        elif arrow is not None:
            is_stream = arrow == Path("-")
            target = sys.stdout.buffer if is_stream else arrow
            db.select_file(asked, target, format="arrows" if is_stream else "arrow")
        else:
            Answer(db, asked, rows or None).show(Console())


def show_plan(session: Session, question: Select[object], *, as_json: bool) -> None:
    """Prints the steps that a question takes, having taken them."""
    plan = session.explain(question, analyze=True)
    print(json_text(asdict(plan)) if as_json else plan)


def print_json(
    session: Session, question: Select[tuple[object, ...]], *, line_break: str = "\n"
) -> None:
    """Prints the answer as `{"columns": [...], "rows": [[...], ...]}`, each row after a break."""
    codecs = [output.codec for output in question.outline.columns]
    begun = f'{{"columns": {json_text(question.outline.names)}, "rows": ['
    for row in session.stream(question):
        cells = [encode_cell(codec, value) for codec, value in zip(codecs, row, strict=True)]
        print(f"{begun}{line_break}{json_text(cells)}", end="")
        begun = "," if line_break else ", "
    print("]}" if begun.startswith(",") else f"{begun}]}}")
