"""`wasidb demo`: real data in, questions out."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from wasidb.cli.command import AsJson


def demo(
    directory: Annotated[
        Path | None, typer.Option(help="Where to put the database; a new folder by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Load 336,776 real flights, ask questions, look at the file."""
    from wasidb.cli import demonstration  # its models take time to make

    folder = directory or Path(tempfile.mkdtemp(prefix="wasidb-demo-"))
    demonstration.run(folder, as_json=as_json)
