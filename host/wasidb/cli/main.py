"""The commands; each is a function of a module, `command` says how they end.

The module is imported when its command is called. `wasidb --help`, and a shell that completes the
name of a command, make do with what stands here.
"""

import atexit
import gc
import importlib
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

COMMANDS = {
    "shell": (
        "shell.shell",
        "Ask a database file questions, one after the other. The file is opened for reading.",
    ),
    "query": (
        "query.query",
        "Ask a database file a question. The file is opened for reading.",
    ),
    "import": (
        "importing.import_",
        "Put the rows of a CSV, JSON lines, Parquet or Arrow file into a table.",
    ),
    "export": (
        "exporting.export",
        "Write a table, or the answer to a question, as CSV, JSON lines, Parquet or Arrow.",
    ),
    "schema": (
        "schema.schema",
        "Show the tables of a database file: columns, keys and indexes.",
    ),
    "models": (
        "schema.models",
        "Print a Python module with a model for each table of a database file.",
    ),
    "migrate": (
        "migrate.migrate",
        "Make the tables of a database file those of a Python module, which are to be all of them.",
    ),
    "inspect": (
        "inspect.inspect",
        "Show the tables of a database file and what each of its pages is for.",
    ),
    "check": (
        "check.check",
        "Read the whole file and list every violated invariant; status 3 when there is one.",
    ),
    "snapshot": (
        "copies.snapshot",
        "Copy a database; the new file appears whole or not at all.",
    ),
    "compact": (
        "copies.compact",
        "Rewrite a database file without holes and unused pages.",
    ),
    "dump": (
        "dump.dump",
        "Write all tables and rows as lines of JSON. Damage is an error, unless it is salvaged.",
    ),
    "bench": (
        "bench.bench",
        "Measure a few workloads, next to sqlite3. Takes some seconds.",
    ),
    "component": (
        "component.component",
        "Show which engine component is used: its path, digest, size and WIT package.",
    ),
    "demo": (
        "demo.demo",
        "Load 336,776 real flights, ask questions, look at the file.",
    ),
}
"""Where the function of each command is, and the first paragraph of what it says of itself."""


def imported(name: str) -> Any:
    """The command of that name, ready to be called."""
    from wasidb.cli.command import Command

    place, _ = COMMANDS[name]
    module, function = place.split(".")
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    home = importlib.import_module(f"wasidb.cli.{module}")
    alone.command(name, cls=Command)(getattr(home, function))
    return get_command(alone)


class Commands(TyperGroup):
    """Imports the command that is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and imported(command.name or ""), rest


def listed() -> None:
    """Stands for a command in the list of them."""


app = typer.Typer(
    name="wasidb",
    help="An embedded database whose engine is a WebAssembly component.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    cls=Commands,
)
for name, (_, summary) in COMMANDS.items():
    app.command(name, help=summary)(listed)


def main() -> None:
    """Runs the command of this process, which has closed everything when it ends: to look once more
    for what Python could finalize would take a seventh of the time of `wasidb query`.
    """
    atexit.register(gc.freeze)
    app()


if __name__ == "__main__":
    main()
