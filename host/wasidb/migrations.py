"""Migrations: from the tables that are stored to the models that are wanted.

    for operation in db.pending_migrations(User, Post):
        print(operation)                       rename column users.mail to email
    db.migrate(User, Post, transforms={"users.initial": lambda rows: pc.utf8_slice_codeunits(...)})

The models are the whole schema: a table that is stored and not among them is dropped, if that is
allowed. A transform makes the values of a column from the rows as they are stored, a record batch
at a time. What it makes goes to the engine as a stream of its own, next to the primary keys.
"""

import contextlib
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from wasidb.errors import TableNotFound
from wasidb.rows import dump
from wasidb.runtime.engine import Engine
from wasidb_schema import Table, TableDefinition

Transforms: TypeAlias = Mapping[str, Callable[[Any], Any]]
"""By "table.column", in the wanted names: takes a pyarrow RecordBatch of stored rows, gives as many
values.
"""

NO_TRANSFORMS: Transforms = MappingProxyType({})


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
    return dump([table.__table__.as_json() for table in tables])


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
    by_table: dict[str, dict[str, Callable[[Any], Any]]] = {}
    for place, function in transforms.items():
        table, _, column = place.rpartition(".")
        by_table.setdefault(table, {})[column] = function
    with contextlib.ExitStack() as files:
        supplied = {}
        for name, functions in by_table.items():
            origin = origin_of(name, wanted, stored)
            file = files.enter_context(transformed_file(engine, origin, functions))
            supplied[name] = {"file": engine.exchange.name_of(file), "names": list(functions)}
        yield supplied


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
    engine: Engine, stored: TableDefinition, functions: Mapping[str, Callable[[Any], Any]]
) -> Iterator[Path]:
    """The file with what the functions make of a table; it lasts as long as the block."""
    from wasidb import arrow  # pyarrow takes 0.2 s to import, and few programs need it

    exchange = engine.exchange
    name = secrets.token_hex(8)
    rows, columns = exchange.folder / f"{name}.rows.arrow", exchange.folder / f"{name}.arrow"
    try:
        statement = dump({"from": stored.name})
        engine.call("columns", "select-file", statement, exchange.name_of(rows), None)
        arrow.transform(rows, columns, stored.primary_key, functions)
        rows.unlink()
        yield columns
    finally:
        rows.unlink(missing_ok=True)
        columns.unlink(missing_ok=True)
