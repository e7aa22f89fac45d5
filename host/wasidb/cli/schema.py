"""`wasidb schema` and `wasidb models`: what the tables of a file are, to be read or to be run."""

from typing import Annotated

import rich.box
import typer
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

import wasidb
from wasidb.cli.command import AsJson, File, json_text
from wasidb.errors import InvalidDefinition
from wasidb_schema import InvalidModel, TableDefinition
from wasidb_schema.definition import ColumnDefinition
from wasidb_schema.source import module_source


def schema(
    file: File,
    table: Annotated[str | None, typer.Argument(help="One table; else all of them.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the tables of a database file: columns, keys and indexes."""
    with wasidb.open(file, read_only=True) as db:
        tables = db.tables() if table is None else [db.table(table)]
    if as_json:
        print(json_text({"tables": [definition.as_json() for definition in tables]}))
        return
    console = Console()
    for definition in tables:
        console.print(drawing_of(definition))


def models(file: File, as_json: AsJson = False) -> None:
    """Print a Python module with a model for each table of a database file."""
    with wasidb.open(file, read_only=True) as db:
        try:
            source = module_source(db.tables(), f"The tables of {file.name}.")
        except InvalidModel as error:
            raise InvalidDefinition(str(error)) from error
    print(json_text({"module": source}) if as_json else source, end="\n" if as_json else "")


def drawing_of(definition: TableDefinition) -> Group:
    """A table and its columns, to be printed."""
    grid = Table(
        box=rich.box.SIMPLE_HEAD, title=Text(definition.name, "bold"), title_justify="left"
    )
    for title in ("column", "type", ""):
        grid.add_column(title)
    for column in definition.columns:
        grid.add_row(Text(column.name), Text(type_of(column), "cyan"), marks_of(definition, column))
    several = [
        *(f"unique ({', '.join(columns)})" for columns in definition.unique),
        *(f"index ({', '.join(index)})" for index in definition.indexes if len(index) > 1),
    ]
    return Group(grid, *(Text(f"  {line}") for line in several))


def type_of(column: ColumnDefinition) -> str:
    """The type, with a question mark where the column takes NULL."""
    name = column.type if isinstance(column.type, str) else f"custom {column.type['custom']}"
    return f"{name}?" if column.nullable else name


def marks_of(definition: TableDefinition, column: ColumnDefinition) -> Text:
    """What there is to say of a column beyond its type."""
    marks = {
        "primary key": column.name in definition.key,
        "numbered": column.autoincrement,
        "unique": column.unique and (column.name,) != definition.key,
        "index": (column.name,) in definition.indexes,
        f"default {column.default!r}": column.default is not None,
    }
    said = [mark for mark, is_set in marks.items() if is_set]
    if key := column.references:
        action = "" if key.on_delete == "restrict" else f" on delete {key.on_delete}"
        said.append(f"references {key.table}.{key.column}{action}")
    return Text(", ".join(said))
