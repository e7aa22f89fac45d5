"""`wasidb demo`: real data in, questions out."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def demo(
    directory: Annotated[
        Path | None, typer.Option(help="Where to put the database; a new folder by default.")
    ] = None,
) -> None:
    """Load 336,776 real flights, ask questions, look at the file."""
    from wasidb.cli import demonstration  # its models take time to make

    demonstration.run(directory or Path(tempfile.mkdtemp(prefix="wasidb-demo-")), Console())
