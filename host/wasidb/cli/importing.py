"""`wasidb import`: the rows of a file into a table."""

import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Annotated, Any

import typer

import wasidb
from wasidb.cli.command import AsJson, File, counted, existing, json_text
from wasidb.cli.progress import watched
from wasidb.database import Database
from wasidb.errors import DataFileError, DbmsError, InvalidDefinition
from wasidb.files import FORMATS, Dialect, Format, delimiter_of, format_of

STANDARD = Path("-")
Delimiter = Annotated[
    str | None,
    typer.Option(help="Between the cells of a CSV file; else a comma, in .tsv a tab."),
]
FormatName = Annotated[
    str | None,
    typer.Option("--format", help=f"One of {', '.join(FORMATS)}; else the suffix decides."),
]


def import_(
    file: File,
    table: Annotated[str, typer.Argument(help="The table.", show_default=False)],
    source: Annotated[
        Path, typer.Argument(help="The file to read; - is standard input.", show_default=False)
    ],
    format: FormatName = None,
    delimiter: Delimiter = None,
    create: Annotated[
        bool, typer.Option("--create", help="Create the table, for the columns of the file.")
    ] = False,
    primary_key: Annotated[
        str | None,
        typer.Option(help="With --create: the column that is the key; else rows are numbered."),
    ] = None,
    null: Annotated[str, typer.Option(help="What NULL looks like in a CSV file.")] = "",
    reject: Annotated[
        Path | None,
        typer.Option(
            help="Write rows that cannot be stored to this file, as JSON lines, and go on."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put the rows of a CSV, JSON lines, Parquet or Arrow file into a table.

    All rows or none, unless --reject says where the bad ones go.
    """
    if primary_key is not None and not create:
        raise typer.BadParameter("--primary-key goes with --create")
    with ExitStack() as closing:
        rows = sys.stdin.buffer if source == STANDARD else source
        known = format_of(rows, format)
        if source == STANDARD and create:
            rows = closing.enter_context(put_aside(sys.stdin.buffer))
        is_new = create and not file.exists()
        undo_file = closing.enter_context(ExitStack())
        db = closing.enter_context(wasidb.open(file if create else existing(file)))
        undo = closing.enter_context(ExitStack())
        if is_new:
            undo_file.callback(file.unlink)
        if create:
            dialect = Dialect(delimiter_of(rows, delimiter), null)
            create_table(db, table, rows, known, dialect, primary_key=primary_key)
            undo.callback(db.drop_tables, table)
        rejects = Rejects(closing.enter_context(created(reject)) if reject else None)
        progress = closing.enter_context(watched(table))
        stored = db.insert_file(
            table,
            rows,
            format=known,
            delimiter=delimiter,
            null=null,
            rejected=rejects.add if reject else None,
            progress=progress,
        )
        undo.pop_all()
        undo_file.pop_all()
    if as_json:
        print(json_text({"table": table, "rows": stored, "rejected": rejects.count}))
    else:
        rejected = f", {rejects.count:,} rejected: see {reject}" if rejects.count else ""
        print(f"{table}: {counted(stored, 'row')}{rejected}")


class Rejects:
    """The file of rows that could not be stored, a line each: why, and what was in it."""

    def __init__(self, file: IO[str] | None) -> None:
        self._file = file
        self.count = 0

    def add(self, error: DbmsError, data: Mapping[str, Any]) -> None:
        """Writes one."""
        self.count += 1
        facts = {name: error.details.get(name) for name in ("row", "column", "value", "expected")}
        line = {"code": error.code, "message": error.message, **facts, "data": data}
        print(json.dumps(line, ensure_ascii=False, default=str), file=self._file)


def created(path: Path) -> IO[str]:
    """A new file."""
    try:
        return path.open("x", encoding="utf-8")
    except FileExistsError:
        raise DataFileError(f"cannot create {path}: it exists", path=str(path)) from None
    except OSError as error:
        raise DataFileError(f"cannot create {path}: {error.strerror}", path=str(path)) from error


def create_table(
    db: Database,
    name: str,
    rows: Path | IO[bytes],
    format: Format,
    dialect: Dialect,
    *,
    primary_key: str | None,
) -> None:
    """Creates a table for the columns of a file."""
    from wasidb.files import inference, reading  # pyarrow takes 0.2 s to import

    if any(table.name == name for table in db.tables()):
        raise InvalidDefinition(f"table {name!r} exists; leave out --create", table=name)
    schema = reading.schema_of(rows, format, dialect)
    if not isinstance(rows, Path):
        rows.seek(0)
    path = rows if isinstance(rows, Path) else STANDARD
    db.create_tables(inference.inferred_table(schema, name, str(path), primary_key))


def put_aside(stream: IO[bytes]) -> IO[bytes]:
    """What a stream gives as a temporary file, which can be read twice."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    shutil.copyfileobj(stream, file)
    file.seek(0)
    return file
