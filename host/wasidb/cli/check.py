"""`wasidb check`: whether a file is in order."""

import typer

import wasidb
from wasidb.cli.command import DAMAGED, AsJson, File, counted, json_text


def check(file: File, as_json: AsJson = False) -> None:
    """Read the whole file and list every violated invariant; status 3 when there is one."""
    with wasidb.open(file, read_only=True) as db:
        problems = db.check()
    if as_json:
        print(json_text({"problems": [problem._asdict() for problem in problems]}))
    else:
        for page, offset, what in problems:
            print(f"page {page}, offset {offset}: {what}")
        print(counted(len(problems), "problem"))
    if problems:
        raise typer.Exit(DAMAGED)
