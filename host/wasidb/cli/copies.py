"""`wasidb snapshot` and `wasidb compact`: a file beside, and a file without holes."""

from pathlib import Path
from typing import Annotated

import typer

import wasidb
from wasidb.cli.command import AsJson, File, existing, json_text


def snapshot(
    file: File,
    to: Annotated[Path, typer.Argument(help="The new file.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Copy a database; the new file appears whole or not at all."""
    with wasidb.open(file, read_only=True) as db:
        db.snapshot(to)
    if as_json:
        print(json_text({"path": str(to)}))


def compact(file: File, as_json: AsJson = False) -> None:
    """Rewrite a database file without holes and unused pages."""
    with wasidb.open(existing(file)) as db:
        before = db.stats().pages
        db.compact()
        after = db.stats().pages
    if as_json:
        print(json_text({"pages_before": before, "pages": after}))
    else:
        print(f"{before:,} pages before, {after:,} pages now")
