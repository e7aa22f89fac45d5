"""The commands; each has a module, `command` says how they end."""

from collections.abc import Callable
from typing import Any

import typer

from wasidb.cli import (
    bench,
    check,
    component,
    copies,
    demo,
    dump,
    exporting,
    importing,
    inspect,
    migrate,
    query,
    schema,
    shell,
)
from wasidb.cli.command import Command

app = typer.Typer(
    name="wasidb",
    help="An embedded database whose engine is a WebAssembly component.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

COMMANDS: dict[str, Callable[..., Any]] = {
    "shell": shell.shell,
    "query": query.query,
    "import": importing.import_,
    "export": exporting.export,
    "schema": schema.schema,
    "models": schema.models,
    "migrate": migrate.migrate,
    "inspect": inspect.inspect,
    "check": check.check,
    "snapshot": copies.snapshot,
    "compact": copies.compact,
    "dump": dump.dump,
    "bench": bench.bench,
    "component": component.component,
    "demo": demo.demo,
}

for name, function in COMMANDS.items():
    app.command(name, cls=Command)(function)

if __name__ == "__main__":
    app()
