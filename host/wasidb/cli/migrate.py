"""`wasidb migrate`: from the tables of a file to the models of a Python module."""

import runpy
from pathlib import Path
from typing import Annotated

import typer

import wasidb
from wasidb.cli.command import AsJson, File, existing, json_text
from wasidb.cli.progress import watched
from wasidb.errors import InvalidDefinition
from wasidb_schema import Table


def migrate(
    file: File,
    models: Annotated[
        Path,
        typer.Argument(help="A Python file with the models; it is run.", show_default=False),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")
    ] = False,
    allow_destructive: Annotated[
        bool, typer.Option("--allow-destructive", help="Drop tables and columns if need be.")
    ] = False,
    create: Annotated[
        bool, typer.Option("--create", help="Create the database file if there is none.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the tables of a database file those of a Python module, which are to be all of them."""
    wanted = tables_of(models)
    with wasidb.open(file if create else existing(file), read_only=dry_run) as db:
        if dry_run:
            operations = db.migrate(*wanted, dry_run=True)
        else:
            with watched(file.name) as progress:
                operations = db.migrate(
                    *wanted, allow_destructive=allow_destructive, progress=progress
                )
    if as_json:
        forms = [
            {
                "operation": each.kind,
                "text": each.text,
                "destructive": each.is_destructive,
                "details": each.details,
            }
            for each in operations
        ]
        print(json_text({"operations": forms, "done": not dry_run}))
    else:
        print("\n".join(map(str, operations)) or "nothing to do")


def tables_of(path: Path) -> list[type[Table]]:
    """The models that a Python file defines; InvalidDefinition when it cannot be run."""
    try:
        module = runpy.run_path(str(path), run_name=path.stem)
    except Exception as error:  # whatever the module raises
        reason = f"{type(error).__name__}: {error}"
        raise InvalidDefinition(f"cannot run {path}: {reason}", path=str(path)) from error
    found = [
        each
        for each in module.values()
        if isinstance(each, type) and issubclass(each, Table) and each.__module__ == path.stem
    ]
    if not found:
        raise InvalidDefinition(f"{path} defines no models", path=str(path))
    return found
