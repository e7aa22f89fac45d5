"""A database, and the verbs on it.

    with wasidb.open("flights.wasidb", tables=[Airline, Flight]) as db:
        db.insert(Airline(carrier="UA", name="United"))
        with db.transaction() as tx:
            tx.update(Flight, Flight.dep_delay < 0, dep_delay=0)
            tx.delete(Flight, Flight.dest == "XXX")

The verbs live in `Session`. A `Database` is a session whose every call is a transaction of its own;
a `Transaction` is a session whose calls take effect together, when its `with` block ends without an
exception.

A database may be used from several threads; one call at a time enters the engine.
"""

import contextlib
import json
import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, overload

from wasidb.access import Grants
from wasidb.commit_queue import CommitQueue
from wasidb.conditions import bare, filter_json
from wasidb.errors import (
    ComponentFailed,
    DatabaseFileError,
    DbmsError,
    InvalidQuery,
    InvalidValue,
    NotOpen,
    TableNotFound,
)
from wasidb.migrations import (
    NO_TRANSFORMS,
    MigrationOperation,
    Transforms,
    definitions_json,
    operations_of,
    supplied_columns,
)
from wasidb.query import Row, Select
from wasidb.report import PageMap, Problem, Statistics
from wasidb.rows import changes_json, dump, encoded, models_of, rows_of_mappings, rows_of_models
from wasidb.runtime.component import ComponentEngine
from wasidb.runtime.database_file import DatabaseFile
from wasidb.runtime.engine import Engine
from wasidb.statements import Statements, get_statement, select_statement
from wasidb.typed import TypedDatabase
from wasidb_schema import Condition, Table, TableDefinition
from wasidb_schema.cells import decode_column
from wasidb_schema.expressions import condition

if TYPE_CHECKING:
    from wasidb.arrow import ArrowTable

Model = TypeVar("Model", bound=Table)
Durability = Literal["full", "normal", "off"]
Isolation = Literal["serializable", "snapshot"]
CACHE_SIZE = 256 << 20

Progress = Callable[[int, int | None], None]
"""Is told the rows done so far, and how many there are in all where that is known."""


class Session(ABC):
    """Reading and writing rows. Use one of its two kinds, `Database` or `Transaction`."""

    def __init__(self, engine: Engine, statements: Statements) -> None:
        self._engine = engine
        self._statements = statements
        self._transaction: int | None = None

    @abstractmethod
    def _check_open(self) -> None:
        """Raises NotOpen when nothing can be asked any more."""

    def _call(self, interface: str, function: str, *arguments: Any) -> Any:
        self._check_open()
        return self._engine.call(interface, function, *arguments)

    @overload
    def insert(self, rows: Table | Mapping[str, Any], table: str | None = None) -> Any: ...

    @overload
    def insert(
        self, rows: Iterable[Table] | Iterable[Mapping[str, Any]], table: str | None = None
    ) -> list[Any]: ...

    def insert(self, rows: Any, table: str | None = None) -> Any:
        """Inserts a model or a list of models of one class; or dicts, whose table is then named.

        All or nothing. Gives the primary key, or the list of them; models left to be numbered have
        their number afterwards.
        """
        is_one = isinstance(rows, Table | Mapping)
        many = [rows] if is_one else list(rows)
        if not many:
            return []
        if all(isinstance(row, Table) for row in many):
            keys = self._insert_models(many, table)
        elif all(isinstance(row, Mapping) for row in many):
            keys = self._insert_mappings(many, table)
        else:
            raise InvalidValue(f"expected models or dicts to insert, got {type(many[0]).__name__}")
        return keys[0] if is_one else keys

    def _insert_models(self, models: Sequence[Table], table: str | None) -> list[Any]:
        definition = type(models[0]).__table__
        if table not in (None, definition.name):
            raise InvalidValue(f"rows of {definition.name!r} cannot go into {table!r}")
        keys = self._insert_rows(definition, rows_of_models(models))
        for model, key in zip(models, keys, strict=True):
            # Past pydantic's own assignment, which frozen models refuse: the row exists, so the key
            # is a fact.
            model.__dict__[definition.primary_key] = key
            model.__pydantic_fields_set__.add(definition.primary_key)
        return keys

    def _insert_mappings(
        self, mappings: Sequence[Mapping[str, Any]], table: str | None
    ) -> list[Any]:
        if table is None:
            raise InvalidValue('dicts need a table: insert(rows, table="users")')
        definition = self.table(table)
        return self._insert_rows(definition, rows_of_mappings(definition, mappings))

    def _insert_rows(self, table: TableDefinition, rows: str) -> list[Any]:
        keys = json.loads(self._call("rows", "insert", table.name, rows, self._transaction))
        key = table.column(table.primary_key)
        return decode_column(key.type_name if key else "", keys)

    def insert_arrow(
        self, table: type[Table] | str, data: Any, progress: Progress | None = None
    ) -> int:
        """Inserts every row of Arrow data: a pyarrow Table, a polars or pandas frame, a stream.

        All or nothing. Columns are matched by name. Gives the number of rows.
        """
        from wasidb import arrow  # pyarrow takes 0.2 s to import, and few programs need it

        name = table if isinstance(table, str) else table.__table__.name
        chunks, total = arrow.chunks(data)
        done = 0
        with self._atomic() as session:
            for chunk in chunks:
                with rows_counted_from(done):
                    done += session._insert_chunk(name, chunk.write)
                if progress:
                    progress(done, total)
        return done

    def _insert_chunk(self, table: str, write: Callable[[Path], None]) -> int:
        """Hands rows over through a file that both sides see."""
        exchange = self._engine.exchange
        with NamedTemporaryFile(dir=exchange.folder, suffix=".arrow") as file:
            path = Path(file.name)
            write(path)
            rows: int = self._call(
                "columns", "insert-file", table, exchange.name_of(path), self._transaction
            )
        return rows

    @abstractmethod
    def _atomic(self) -> contextlib.AbstractContextManager["Session"]:
        """A session in which several calls succeed or fail together."""

    def select(self, question: Select[Row]) -> list[Row]:
        """The answer to a question; see `wasidb.select`."""
        text, parameters = select_statement(question.statement())
        answer = json.loads(self._execute(text, dump(parameters)))
        return question.answer(answer["rows"])

    def select_arrow(self, question: Select[Any]) -> "ArrowTable":
        """The answer to a question as a pyarrow Table, for pandas, polars and duckdb to compute on.

        Its columns are the fields of `select`'s rows; related rows are JSON text. LimitExceeded for
        decimals that have too many digits for one scale.
        """
        from wasidb import arrow  # pyarrow takes 0.2 s to import, and few programs need it

        names = [output.label for output in question.columns]
        exchange = self._engine.exchange
        path = exchange.folder / f"{secrets.token_hex(8)}.arrow"
        try:
            statement = dump(question.statement())
            self._call(
                "columns", "select-file", statement, exchange.name_of(path), self._transaction
            )
            return arrow.mapped_table(path, question.places, names)
        finally:
            path.unlink(missing_ok=True)

    def stream(self, question: Select[Row], *, page_rows: int = 10_000) -> Iterator[Row]:
        """The answer to a question row by row; the host holds `page_rows` of them at a time."""
        statement = dump(question.statement())
        cursor = self._call("rows", "open-cursor", statement, page_rows, self._transaction)
        try:
            while (page := self._call("rows", "fetch", cursor)) is not None:
                yield from question.answer(json.loads(page)["rows"])
        finally:
            with contextlib.suppress(ComponentFailed, NotOpen):
                self._call("rows", "close-cursor", cursor)

    def get(self, model: type[Model], key: Any) -> Model | None:
        """The row with this primary key, or None."""
        return self.get_many(model, [key])[0]

    def get_many(self, model: type[Model], keys: Iterable[Any]) -> list[Model | None]:
        """The row of each primary key, None for one that no row has."""
        column = model.__columns__[model.__table__.primary_key]
        asked = encoded(column.type_name, list(keys), column.table, column.name)
        rows = json.loads(self._execute(get_statement(model), dump(asked)))
        found = iter(models_of(model, list(filter(None, rows))))
        return [next(found) if row else None for row in rows]

    def _execute(self, statement: str, parameters: str) -> str:
        self._check_open()
        return self._statements.execute(statement, parameters, self._transaction)

    def update(self, model: type[Table], where: Condition | bool | None, /, **changes: Any) -> int:
        """Changes columns of the rows for which `where` holds; of every row when it is None.

        Gives their number.
        """
        if not changes:
            raise InvalidQuery("nothing to change; name columns: update(User, where, name='Ann')")
        payload = changes_json(model.__table__, changes)
        changed: int = self._call(
            "rows", "update", model.__table__.name, payload, filter_text(where), self._transaction
        )
        return changed

    def delete(
        self, model: type[Table], where: Condition | bool | None, /, *, cascade: bool = False
    ) -> int:
        """Deletes the rows for which `where` holds, every row when it is None. Gives their number.

        Rows that others point at are an error, unless `cascade` deletes those others as well, which
        then count.
        """
        deleted: int = self._call(
            "rows",
            "delete",
            model.__table__.name,
            "cascade" if cascade else "restrict",
            filter_text(where),
            self._transaction,
        )
        return deleted

    def tables(self) -> list[TableDefinition]:
        """What the tables are, by name."""
        return list(map(TableDefinition.from_json, json.loads(self._call("catalog", "tables"))))

    def table(self, name: str) -> TableDefinition:
        """What the table of that name is."""
        for definition in self.tables():
            if definition.name == name:
                return definition
        raise TableNotFound(f"table {name!r} does not exist", table=name)


class Transaction(Session):
    """Calls that take effect together; made by `Database.transaction`.

    Leaving the `with` block commits, leaving it by an exception rolls back. Other transactions do
    not see its rows before.
    """

    def __init__(
        self, engine: Engine, statements: Statements, commits: CommitQueue, options: str
    ) -> None:
        super().__init__(engine, statements)
        self._commits = commits
        self._options = options
        self._has_begun = False

    def _check_open(self) -> None:
        if self._transaction is None:
            state = "has ended" if self._has_begun else "has not begun"
            raise NotOpen(f"the transaction {state}; use it inside its with block")

    @contextlib.contextmanager
    def _atomic(self) -> Iterator[Session]:
        yield self

    def __enter__(self) -> Self:
        if self._has_begun:
            raise NotOpen("a transaction is used once; ask the database for another")
        self._transaction = self._engine.call("rows", "begin-transaction", self._options)
        self._has_begun = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._transaction is None:
            return
        if error is None:
            self._commits.commit(self._end())
            return
        # When the engine is gone so is the transaction, and the exception on its way out is the one
        # to see.
        with contextlib.suppress(ComponentFailed, NotOpen):
            self.rollback()

    def rollback(self) -> None:
        """Undoes everything and ends the transaction before its block does."""
        self._call("rows", "rollback", self._transaction)
        self._end()

    def _end(self) -> int:
        """Gives the transaction up."""
        self._check_open()
        transaction, self._transaction = self._transaction, None
        assert transaction is not None
        return transaction


class Database(Session):
    """An open database; made by `wasidb.open`. Use it in a `with` block, or `close` it."""

    def __init__(self, engine: Engine, file: DatabaseFile | None = None) -> None:
        """A database on an engine that has opened `file`, or one that is no file of the host's."""
        super().__init__(engine, Statements(engine))
        self._commits = CommitQueue(engine)
        self._file = file
        self._closing = contextlib.ExitStack()
        if file is not None:
            self._closing.callback(file.release)
        self._closing.callback(engine.close)
        self._closing.callback(self._close_file)
        self._is_open = True

    @property
    def typed(self) -> TypedDatabase:
        """The same database through the interface of the Rust engine."""
        return TypedDatabase(self._engine)

    def transaction(
        self, *, isolation: Isolation = "serializable", read_only: bool = False
    ) -> Transaction:
        """`with db.transaction() as tx:`

        It is as if transactions had run one after the other; at the level `snapshot`, two that each
        read what the other one changes may both commit. One that cannot be kept raises Conflict, at
        its end or before, and can be run again. One for reading only never does.
        """
        self._check_open()
        options = dump({"isolation": isolation, "read_only": read_only})
        return Transaction(self._engine, self._statements, self._commits, options)

    def create_tables(self, *tables: type[Table]) -> None:
        """Creates those that are new; InvalidDefinition for one that exists and differs."""
        definitions = [table.__table__.as_json() for table in tables]
        self._call("catalog", "create-tables", dump(definitions))

    def drop_tables(self, *tables: type[Table] | str) -> None:
        """Drops tables, given as models or by name, with all their rows.

        InvalidDefinition while a table that stays references one of them.
        """
        names = [table if isinstance(table, str) else table.__table__.name for table in tables]
        self._call("catalog", "drop-tables", dump(names))

    def pending_migrations(self, *tables: type[Table]) -> list[MigrationOperation]:
        """What `migrate` would do; nothing when the stored tables are these already."""
        text = self._call("catalog", "pending-migrations", definitions_json(tables))
        return operations_of(text)

    def migrate(
        self,
        *tables: type[Table],
        allow_destructive: bool = False,
        transforms: Transforms = NO_TRANSFORMS,
    ) -> list[MigrationOperation]:
        """Makes the stored tables these, which are to be all there are; gives what was done.

        As a whole or not at all. InvalidDefinition for what would lose data, unless
        `allow_destructive`, and for what has no conversion; the errors of inserting rows for rows
        that are in the way; Conflict while transactions are open. A transform, under
        "table.column", makes the values of a column from pyarrow batches of the stored rows.
        """
        definitions = definitions_json(tables)
        with supplied_columns(self._engine, self.tables(), tables, transforms) as columns:
            options = dump({"allow_destructive": allow_destructive, "columns": columns})
            return operations_of(self._call("catalog", "migrate", definitions, options))

    def check(self) -> list[Problem]:
        """Reads the whole file and gives every violated invariant; an empty list is good news."""
        return [Problem(**problem) for problem in json.loads(self._call("maintenance", "check"))]

    def page_map(self) -> PageMap:
        """What each page of the file is for."""
        return PageMap.from_json(json.loads(self._call("maintenance", "page-map")))

    def statistics(self) -> Statistics:
        """How large everything is."""
        return Statistics.from_json(json.loads(self._call("maintenance", "statistics")))

    def access_list(self) -> list[Grants]:
        """Who may do what, by identity; for other engines, as wasidb enforces nothing."""
        return list(map(Grants.from_json, json.loads(self._call("maintenance", "access-list"))))

    def grant(self, grants: Grants) -> None:
        """Gives an identity these grants, on top of what it has.

        TableNotFound for a table that does not exist, LimitExceeded when the list is full.
        """
        self._call("maintenance", "grant", dump(grants.as_json()))

    def revoke(self, grants: Grants) -> None:
        """Takes these grants from an identity; those it has not are passed over.

        RuleViolated when nobody could manage the list any more.
        """
        self._call("maintenance", "revoke", dump(grants.as_json()))

    def checkpoint(self) -> None:
        """Brings everything committed from the redo log to the file, and empties the log."""
        self._call("maintenance", "checkpoint")

    def snapshot(self, path: str | os.PathLike[str]) -> None:
        """Copies everything committed to the new file `path`, while transactions may be open.

        The file appears whole or not at all; one that exists is an error.
        """
        self._open_file().snapshot(self._engine, Path(path).resolve())

    def compact(self) -> None:
        """Rewrites the file without holes and unused pages.

        The new file is checked and then takes the place of the old one in a single step. While that
        goes on, other threads meet NotOpen. Conflict while transactions are open.
        """
        self._open_file().compact(self._engine)

    def close(self) -> None:
        """Rolls back what is not committed and closes the file. Doing so twice is allowed."""
        self._is_open = False
        self._closing.close()

    def __enter__(self) -> Self:
        self._check_open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _check_open(self) -> None:
        if not self._is_open:
            raise NotOpen("the database has been closed")

    def _open_file(self) -> DatabaseFile:
        self._check_open()
        if self._file is None:
            raise DatabaseFileError("the database is no file of this host")
        return self._file

    def _close_file(self) -> None:
        # An engine that failed has nothing left to write; the next open recovers from the file.
        with contextlib.suppress(ComponentFailed):
            self._engine.call("maintenance", "close")

    def _atomic(self) -> Transaction:
        return self.transaction()


def open_database(
    path: str | os.PathLike[str],
    *,
    tables: Iterable[type[Table]] = (),
    read_only: bool = False,
    durability: Durability = "full",
    cache: int = CACHE_SIZE,
) -> Database:
    """Opens the database file `path`, creating it when absent, and creates `tables` that are new.

    Raises DatabaseLocked while another process writes to it, and DatabaseFileError for a path that
    cannot be a database. With `read_only` nothing is created and every change is a ReadOnly error;
    several processes may read at once.

    `durability` says what survives when the machine stops: with "full" every commit, with "normal"
    what the last checkpoint has brought to the file; with "off" nothing is promised, and the file
    may be damaged. `cache` is how many bytes of the file are kept in memory, at least 1 MiB; what
    has been changed and is not yet in the file comes on top.
    """
    place = Path(path).resolve()  # the component sees one folder, and no link out of it
    with contextlib.ExitStack() as undo:
        options = dump({"read_only": read_only, "durability": durability, "cache_size": cache})
        file = DatabaseFile(place, read_only=read_only, options=options)
        undo.callback(file.release, discard=True)
        engine = ComponentEngine(place.parent, read_only=read_only)
        undo.callback(engine.close)
        file.open(engine)
        database = Database(engine, file)
        undo.callback(database.close)
        models = tuple(tables)
        if models:
            database.create_tables(*models)
        undo.pop_all()
    return database


@contextlib.contextmanager
def rows_counted_from(start: int) -> Iterator[None]:
    """Makes an error about a row of a piece an error about a row of the whole."""
    try:
        yield
    except DbmsError as error:
        row = error.details.get("row")
        if start and isinstance(row, int):
            message = f"{error.message}, counted from row {start} of the data"
            error.restate(message, row=start + row)
        raise


def filter_text(where: Condition | bool | None) -> str | None:
    """A condition on one table as filter JSON."""
    return None if where is None else dump(filter_json(condition(where), bare))
