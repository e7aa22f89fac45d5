"""Opening a database: its file, an engine for it, and the tables that the program works with.

    wasidb.open("flights.wasidb", tables=[Flight], cache=64 << 20)
    wasidb.open(":memory:", tables=[Flight])

A database in memory is a file in a folder of its own, which lies in memory and goes when it is
closed; so everything that can be done with a file can be done with it.

wasmtime and file locks are imported here and not before, because not every platform has them.
"""

import contextlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from wasidb.arguments import expected, iterated, path_of, table_of
from wasidb.database import Database
from wasidb.errors import DatabaseFileError, DbmsError, InvalidDefinition
from wasidb.runtime.platform import supported_platform
from wasidb_schema import Table

Durability = Literal["full", "normal", "off"]
IN_MEMORY = ":memory:"
CACHE_SIZE = QUERY_MEMORY = 256 << 20
MEMORY = 4 << 30


def open(
    path: str | os.PathLike[str],
    *,
    tables: Iterable[type[Table]] = (),
    read_only: bool = False,
    durability: Durability = "full",
    cache: int = CACHE_SIZE,
    query_memory: int = QUERY_MEMORY,
    memory: int = MEMORY,
    transaction_idle: float | None = None,
    transaction_age: float | None = None,
    statement_seconds: float | None = None,
    result_rows: int | None = None,
    identity: bytes | None = None,
) -> Database:
    """Opens the database file `path`, creating it when absent, and creates `tables` that are new.

    The path ":memory:" is a new database in memory, which is gone when it is closed.

    Raises DatabaseLocked while another process writes to it, and DatabaseFileError for a path that
    cannot be a database. With `read_only` nothing is created and every change is a ReadOnly error;
    several processes may read at once. InvalidDefinition, with what a migration would do, for a
    table that is stored and is not like its model.

    `durability` says what survives when the machine stops: with "full" every commit, with "normal"
    what the last checkpoint has brought to the file; with "off" nothing is promised, and the file
    may be damaged. `cache` is how many bytes of the file are kept in memory, at least 1 MiB; what
    open transactions have changed comes on top. `query_memory` is how many bytes a statement holds
    to sort, group and join before it goes on in files beside the database. `memory` is the most
    bytes that the engine may have in all. One that needs more fails and is replaced, so neither a
    large transaction nor a damaged file can take all the memory of the machine.

    A transaction that nobody has used for `transaction_idle` seconds, or that has been open for
    `transaction_age`, is rolled back. A statement that takes longer than `statement_seconds` gets
    DeadlineExceeded, one whose result has more than `result_rows` rows, or that updates or deletes
    more, LimitExceeded; see also `Select.within` and `Database.transaction`.

    `identity` says who is asking: every call needs what the access-control list grants to it, and
    is AccessDenied without. By default nobody asks, and everything is allowed.
    """
    models = tuple(iterated(tables, "models, as in tables=[Flight]"))
    for model in models:
        table_of(model)
    with supported_platform():
        from wasidb.runtime.component import CANCEL_FILE, ComponentEngine
        from wasidb.runtime.database_file import DatabaseFile, MemoryFile

    options = {
        "read_only": read_only,
        "durability": durability,
        "cache_size": cache,
        "query_memory": query_memory,
        "transaction_idle": transaction_idle,
        "transaction_age": transaction_age,
        "statement_seconds": statement_seconds,
        "result_rows": result_rows,
        "cancel_file": CANCEL_FILE,
        "identity": None if identity is None else expected(bytes, identity, "bytes").hex(),
    }
    with contextlib.ExitStack() as undo:
        if path != IN_MEMORY:
            # The component sees one folder, and no link out of it.
            file = DatabaseFile(path_of(path), read_only=read_only, options=options)
        elif read_only:
            raise DatabaseFileError("a new database in memory has nothing to read", path=IN_MEMORY)
        else:
            file = MemoryFile(options)
        undo.callback(file.release, discard=True)
        engine = ComponentEngine(
            file.path.parent, read_only=read_only, memory=memory, restore=file.open
        )
        undo.callback(engine.close)
        file.open(engine.call)
        database = Database(engine, file)
        undo.callback(database.close)
        create_missing(database, file.path, models)
        undo.pop_all()
    return database


def create_missing(database: Database, path: Path, tables: tuple[type[Table], ...]) -> None:
    """Creates tables that are new; says what a migration would do when one differs."""
    try:
        if tables:
            database.create_tables(*tables)
    except InvalidDefinition as error:
        with contextlib.suppress(DbmsError):
            if steps := database.migrate(*tables, dry_run=True):
                is_destructive = any(step.is_destructive for step in steps)
                advice = way_to_migrate(path, tables, is_destructive=is_destructive)
                plan = (f"  {step}" for step in steps)
                error.restate("\n".join((error.message, *advice, *plan)))
        raise


def way_to_migrate(
    path: Path, tables: tuple[type[Table], ...], *, is_destructive: bool
) -> tuple[str, str, str]:
    """What to call, and the command that does the same."""
    import shlex

    names = ", ".join(table.__name__ for table in tables)
    call = f"{names}, allow_destructive=True" if is_destructive else names
    option = "--allow-destructive " if is_destructive else ""
    file, models = shlex.quote(str(path)), shlex.quote(file_of_models(tables))
    return (
        f"open it without tables and call db.migrate({call}), or run",
        f"  wasidb migrate {option}{file} {models}",
        "which would",
    )


def file_of_models(tables: tuple[type[Table], ...]) -> str:
    """The Python file of the models, where it can be run for them alone; a word for it if not."""
    modules = {table.__module__ for table in tables}
    name = modules.pop()
    is_alone = not modules and name != "__main__" and "." not in name
    file = getattr(sys.modules.get(name), "__file__", None)
    return str(file) if is_alone and file else "MODELS.py"
