"""How a command ends, and the arguments that many have.

    0     fine
    1     an error of the user or of the data
    2     mistyped: no such command, an option that is missing
    3     a damaged file
    4     somebody else has the database, or a transaction was in the way: try again
    5     the engine failed, or the machine: no component, no wasmtime, no space
    130   stopped by Ctrl-C

An error is one line on standard error, with `--json` one object:

    {"error": {"code": "database-locked", "message": "... is open in process 12", "details": {...}}}
"""

import errno
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from wasidb.cli.expectation import UnexpectedResult
from wasidb.errors import (
    ComponentDamaged,
    ComponentFailed,
    ComponentMissing,
    Conflict,
    Corrupted,
    DatabaseFileError,
    DatabaseLocked,
    DataFileError,
    DbmsError,
    Internal,
    MemoryFailed,
    PlatformUnsupported,
)

FULL_OR_BROKEN = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
FAILED, DAMAGED, TRY_AGAIN, ENGINE_FAILED = 1, 3, 4, 5
STATUSES: tuple[tuple[int, tuple[type[DbmsError], ...]], ...] = (
    (DAMAGED, (Corrupted,)),
    (TRY_AGAIN, (DatabaseLocked, Conflict)),
    (
        ENGINE_FAILED,
        (
            ComponentMissing,
            ComponentDamaged,
            ComponentFailed,
            Internal,
            MemoryFailed,
            PlatformUnsupported,
        ),
    ),
)

File = Annotated[Path, typer.Argument(help="The database file.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


class Command(TyperCommand):
    """Ends with the status of the error, if there is one that is known."""

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()  # while there is somebody to tell that it does not fit
            return result
        except BrokenPipeError:
            raise  # whoever reads has had enough
        except (DbmsError, UnexpectedResult, OSError, UnicodeEncodeError) as error:
            known = error if isinstance(error, DbmsError | UnexpectedResult) else unwritten(error)
            print(told(known, as_json=bool(ctx.params.get("as_json"))), file=sys.stderr)
            end_output()
            raise typer.Exit(status_of(error)) from error


def end_output() -> None:
    """Writes what is left; what cannot be written Python would try again at its end, and end with a
    status of its own.
    """
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def unwritten(error: OSError | UnicodeEncodeError) -> DataFileError:
    """The error of standard output, where no file is named."""
    path: str = getattr(error, "filename", None) or "standard output"
    if isinstance(error, OSError):
        reason = str(error.strerror)
    else:
        reason = (
            f"{error.encoding} has no {error.object[error.start]!a}: set PYTHONIOENCODING=utf-8"
        )
    return DataFileError(f"cannot write {path}: {reason}", path=path)


def status_of(error: BaseException) -> int:
    """The exit status that stands for an error."""
    for reason in (error, error.__cause__):
        if isinstance(reason, OSError) and reason.errno in FULL_OR_BROKEN:
            return ENGINE_FAILED
    return next((status for status, kinds in STATUSES if isinstance(error, kinds)), FAILED)


def told(error: Exception, *, as_json: bool) -> str:
    """An error as a line, or as JSON."""
    if not as_json or not isinstance(error, DbmsError):
        return f"wasidb: {error}"
    facts = {"code": error.code, "message": error.message, "details": error.details}
    return json_text({"error": facts})


def json_text(value: Any) -> str:
    """JSON, in which what it has no form for is text."""
    return json.dumps(value, ensure_ascii=False, default=str)


def counted(number: int, thing: str) -> str:
    """`1 row`, `1,234 rows`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def existing(file: Path) -> Path:
    """The file; a command that changes one does not create it."""
    if not file.exists():
        raise DatabaseFileError(f"{file} does not exist", path=str(file))
    return file
