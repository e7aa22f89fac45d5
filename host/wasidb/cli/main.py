"""The commands. Errors are one line on standard error: status 1, or 2 for a command mistyped."""

import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from wasidb.cli import demo as demonstration
from wasidb.cli import dump as dumping
from wasidb.cli import inspect as inspection
from wasidb.cli.expectation import UnexpectedResult
from wasidb.errors import DatabaseFileError, DbmsError
from wasidb.opening import open_database


class Commands(TyperGroup):
    """Ends a command whose error is known with that error alone."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (DbmsError, UnexpectedResult) as error:
            print(f"wasidb: {error}", file=sys.stderr)
            raise typer.Exit(1) from error


app = typer.Typer(
    name="wasidb",
    cls=Commands,
    help="An embedded database whose engine is a WebAssembly component.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="The database file; it is opened for reading.")],
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the tables of a database file and what each of its pages is for."""
    inspection.show(file, Console(), as_json=json)


@app.command()
def snapshot(
    file: Annotated[Path, typer.Argument(help="The database file; it is opened for reading.")],
    to: Annotated[Path, typer.Argument(help="The new file.")],
) -> None:
    """Copy a database; the new file appears whole or not at all."""
    with open_database(file, read_only=True) as db:
        db.snapshot(to)


@app.command()
def compact(file: Annotated[Path, typer.Argument(help="The database file.")]) -> None:
    """Rewrite a database file without holes and unused pages."""
    with open_database(existing(file)) as db:
        before = db.statistics().pages
        db.compact()
        print(f"{before:,} pages before, {db.statistics().pages:,} pages now")


@app.command()
def dump(
    file: Annotated[Path, typer.Argument(help="The database file, damaged or not.")],
    to: Annotated[Path, typer.Argument(help="The new file, of a line of JSON for each row.")],
    salvage: Annotated[
        bool, typer.Option("--salvage", help="Leave out what cannot be read, and list it.")
    ] = False,
) -> None:
    """Write all tables and rows as lines of JSON. Damage is an error, unless it is salvaged."""
    dumping.run(file, to, is_salvage=salvage)


@app.command()
def demo(
    directory: Annotated[
        Path | None, typer.Option(help="Where to put the database; a new folder by default.")
    ] = None,
) -> None:
    """Load 336,776 real flights, ask questions, look at the file."""
    folder = directory or Path(tempfile.mkdtemp(prefix="wasidb-demo-"))
    demonstration.run(folder, Console())


def existing(file: Path) -> Path:
    """The file; a command that changes one does not create it."""
    if not file.exists():
        raise DatabaseFileError(f"{file} does not exist", path=str(file))
    return file


if __name__ == "__main__":
    app()
