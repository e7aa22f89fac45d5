"""Migrations: from the tables that are stored to the models that are wanted.

    for operation in db.migrate(User, Post, dry_run=True):
        print(operation)                       rename column users.mail to email
    db.migrate(User, Post, transforms={"users.initial": {"Slice": [{"Column": "name"}, 0, 1]}})

The models are the whole schema: a table that is stored and not among them is dropped, if that is
allowed. A transform makes the values of a column from the rows as they are stored. It is an
expression, which the engine computes, or a function of a record batch at a time; what that makes
goes to the engine as a stream of its own, next to the primary keys.
"""

import contextlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import Any, TypeAlias

from wasidb.arguments import table_of
from wasidb.errors import TableNotFound
from wasidb.reading import Progress
from wasidb.rows import dump
from wasidb.runtime.engine import Engine
from wasidb_schema import Table, TableDefinition

Function: TypeAlias = Callable[[Any], Any]
"""Takes a pyarrow RecordBatch of stored rows, gives as many values."""

Expression: TypeAlias = Mapping[str, Any]
"""How a value follows from others of its row; see docs/migrations.md."""

Transforms: TypeAlias = Mapping[str, Function | Expression]
"""By "table.column", in the wanted names."""

NUMBERS = Struct("<QQ")
WATCHED_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class MigrationOperation:
    """One thing a migration does; `str` says it in a line.

    `kind` is one of those in docs/migrations.md, `details` has the parts that the kind has.
    """

    kind: str
    text: str
    is_destructive: bool
    details: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.text} (destructive)" if self.is_destructive else self.text


def definitions_json(tables: Iterable[type[Table]]) -> str:
    """The definitions of models, as `catalog` takes them."""
    return dump([table_of(table).as_json() for table in tables])


def operations_of(text: str) -> list[MigrationOperation]:
    """What `catalog` gives for a migration."""
    return [
        MigrationOperation(
            form.pop("operation"), form.pop("text"), form.pop("destructive"), details=form
        )
        for form in json.loads(text)
    ]


@contextlib.contextmanager
def supplied_columns(
    engine: Engine,
    stored: Sequence[TableDefinition],
    tables: Iterable[type[Table]],
    transforms: Transforms,
) -> Iterator[dict[str, Any]]:
    """What transforms make of the stored rows, as `catalog.migrate` takes it; the files last as
    long as the block.

    TableNotFound for a table that is not stored.
    """
    wanted = {table.__table__.name: table.__table__ for table in tables}
    by_table: dict[str, dict[str, Function]] = {}
    for place, transform in transforms.items():
        table, _, column = place.rpartition(".")
        if callable(transform):
            by_table.setdefault(table, {})[column] = transform
    with contextlib.ExitStack() as files:
        supplied = {}
        for name, functions in by_table.items():
            origin = origin_of(name, wanted, stored)
            file = files.enter_context(transformed_file(engine, origin, functions))
            supplied[name] = {"file": engine.exchange.name_of(file), "names": list(functions)}
        yield supplied


def expressions(transforms: Transforms) -> dict[str, dict[str, Expression]]:
    """The transforms that the engine computes, as `catalog.migrate` takes them."""
    by_table: dict[str, dict[str, Expression]] = {}
    for place, transform in transforms.items():
        table, _, column = place.rpartition(".")
        if not callable(transform):
            by_table.setdefault(table, {})[column] = transform
    return by_table


@contextlib.contextmanager
def watched_file(engine: Engine, progress: Progress) -> Iterator[str]:
    """The name of a file whose numbers `progress` is told while the block lasts, by a thread: the
    one that made the call is in the engine.
    """
    path = engine.exchange.new_path(".progress")
    path.touch()
    is_over = threading.Event()
    watcher = threading.Thread(target=watch, args=(path, is_over, progress), daemon=True)
    watcher.start()
    try:
        yield engine.exchange.name_of(path)
    finally:
        is_over.set()
        watcher.join()
        path.unlink()


def watch(path: Path, is_over: threading.Event, progress: Progress) -> None:
    """Tells `progress` the numbers in a file each time that they are others."""
    told = b""
    is_last = False
    while not is_last:
        is_last = is_over.wait(WATCHED_SECONDS)
        numbers = path.read_bytes()
        if len(numbers) == NUMBERS.size and numbers != told:
            told = numbers
            progress(*NUMBERS.unpack(numbers))


def origin_of(
    name: str, wanted: Mapping[str, TableDefinition], stored: Sequence[TableDefinition]
) -> TableDefinition:
    """The stored table that becomes the wanted one of this name."""
    known = {table.name: table for table in stored}
    former = wanted[name].renamed_from if name in wanted else ()
    for each in (name, *former):
        if each in known:
            return known[each]
    raise TableNotFound(f"table {name!r} is not stored: there is nothing to transform", table=name)


@contextlib.contextmanager
def transformed_file(
    engine: Engine, stored: TableDefinition, functions: Mapping[str, Function]
) -> Iterator[Path]:
    """The file with what the functions make of a table; it lasts as long as the block."""
    from wasidb import arrow  # pyarrow takes 0.2 s to import, and few programs need it

    exchange = engine.exchange
    rows, columns = exchange.new_path(".arrow"), exchange.new_path(".arrow")
    try:
        statement = dump({"from": stored.name})
        engine.call("columns", "select-file", statement, exchange.name_of(rows), None)
        arrow.transform(rows, columns, stored.row_key, functions)
        rows.unlink()
        yield columns
    finally:
        rows.unlink(missing_ok=True)
        columns.unlink(missing_ok=True)
