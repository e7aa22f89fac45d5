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

What not every program asks for, such as migrations and reports, is imported when it is.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from wasidb.arguments import name_of, path_of, table_of
from wasidb.catalog import Catalog
from wasidb.commit_queue import CommitQueue
from wasidb.errors import ComponentFailed, Conflict, DatabaseFileError, ForkedProcess, NotOpen
from wasidb.reading import Progress
from wasidb.retries import ATTEMPTS, pauses
from wasidb.rows import dump
from wasidb.runtime.engine import Engine
from wasidb.session import Session
from wasidb.statements import Statements
from wasidb.transaction import Transaction
from wasidb_schema import Table, TableDefinition

if TYPE_CHECKING:
    from wasidb.access import Grants
    from wasidb.migrations import MigrationOperation, Transforms
    from wasidb.report import PageMap, Problem, Statistics
    from wasidb.runtime.database_file import DatabaseFile
    from wasidb.typed import TypedDatabase

NO_TRANSFORMS: "Transforms" = MappingProxyType({})
SERIALIZABLE = dump({"isolation": "serializable", "read_only": False})
"""What most transactions begin with."""
Isolation = Literal["serializable", "snapshot"]
Result = TypeVar("Result")


class Database(Session):
    """An open database; made by `wasidb.open`. Use it in a `with` block, or `close` it."""

    def __init__(self, engine: Engine, file: "DatabaseFile | None" = None) -> None:
        """A database on an engine that has opened `file`, or one that is no file of the host's."""
        super().__init__(engine, Statements(engine), Catalog(engine))
        self._commits = CommitQueue(engine)
        self._file = file
        self._definitions = {} if file is None else file.definitions
        self._closing = contextlib.ExitStack()
        if file is not None:
            self._closing.callback(file.release)
        self._closing.callback(engine.close)
        self._closing.callback(self._close_file)
        self._is_open = True

    @property
    def typed(self) -> "TypedDatabase":
        """The same database through the interface of the Rust engine."""
        from wasidb.typed import TypedDatabase

        self._check_open()
        return TypedDatabase(self._engine, self._catalog.forget)

    def transaction(
        self,
        *,
        isolation: Isolation = "serializable",
        read_only: bool = False,
        statement_seconds: float | None = None,
        result_rows: int | None = None,
        query_memory: int | None = None,
    ) -> Transaction:
        """`with db.transaction() as tx:`

        It is as if transactions had run one after the other; at the level `snapshot`, two that each
        read what the other one changes may both commit. One that cannot be kept raises Conflict, at
        its end or before, and can be run again. One for reading only never does. The others are the
        limits of each of its statements, as `wasidb.open` has them; of two the lower one counts.
        """
        self._check_open()
        limits = {
            "statement_seconds": statement_seconds,
            "result_rows": result_rows,
            "query_memory": query_memory,
        }
        given = {name: limit for name, limit in limits.items() if limit is not None}
        if isolation == "serializable" and read_only is False and not given:
            options = SERIALIZABLE
        else:
            options = dump({"isolation": isolation, "read_only": read_only, **given})
        return Transaction(self._engine, self._statements, self._catalog, self._commits, options)

    def run(
        self,
        work: Callable[[Transaction], Result],
        *,
        attempts: int = ATTEMPTS,
        isolation: Isolation = "serializable",
    ) -> Result:
        """What `work(tx)` gives in a transaction, which is run again when it meets Conflict.

        So `work` may be called several times, and should change nothing outside the transaction.
        The Conflict of the last of so many `attempts` comes out, and so does every other exception.
        """
        for pause in pauses(attempts):
            with contextlib.suppress(Conflict), self.transaction(isolation=isolation) as tx:
                return work(tx)
            time.sleep(pause)
        with self.transaction(isolation=isolation) as tx:
            return work(tx)

    def create_tables(self, *tables: type[Table] | TableDefinition) -> None:
        """Creates those that are new; InvalidDefinition for one that exists and differs."""
        definitions = [
            (table if isinstance(table, TableDefinition) else table_of(table)).as_json()
            for table in tables
        ]
        self._call("catalog", "create-tables", dump(definitions))
        self._catalog.forget()
        self._definitions |= {each["name"]: each for each in definitions}

    def drop_tables(self, *tables: type[Table] | str) -> None:
        """Drops tables, given as models or by name, with all their rows.

        InvalidDefinition while a table that stays references one of them.
        """
        names = list(map(name_of, tables))
        self._call("catalog", "drop-tables", dump(names))
        self._catalog.forget()
        for name in names:
            self._definitions.pop(name, None)

    def migrate(
        self,
        *tables: type[Table],
        allow_destructive: bool = False,
        transforms: "Transforms" = NO_TRANSFORMS,
        progress: Progress | None = None,
        dry_run: bool = False,
    ) -> "list[MigrationOperation]":
        """Makes the stored tables these, which are to be all there are; gives what was done.

        With `dry_run` nothing is: what would be is given, nothing when the tables are these
        already. As a whole or not at all. InvalidDefinition for what would lose data, unless
        `allow_destructive`, and for what has no conversion; the errors of inserting rows for rows
        that are in the way; Conflict while transactions are open. A transform, under
        "table.column", makes the values of a column: an expression, or a function of pyarrow
        batches of the stored rows. `progress` is called in a thread of its own.
        """
        from wasidb import migrations

        definitions = migrations.definitions_json(tables)
        if dry_run:
            wanted = self._call("catalog", "pending-migrations", definitions)
            return migrations.operations_of(wanted)
        stored = self.tables() if transforms else []
        options: dict[str, Any] = {
            "allow_destructive": allow_destructive,
            "expressions": migrations.expressions(transforms),
        }
        with contextlib.ExitStack() as files:
            columns = migrations.supplied_columns(self._engine, stored, tables, transforms)
            options["columns"] = files.enter_context(columns)
            if progress is not None:
                file = migrations.watched_file(self._engine, progress)
                options["progress"] = files.enter_context(file)
            done = self._call("catalog", "migrate", definitions, dump(options))
        self._catalog.forget()
        self._definitions.clear()
        self._definitions |= {table.__table__.name: table.__table__.as_json() for table in tables}
        return migrations.operations_of(done)

    def check(self) -> "list[Problem]":
        """Reads the whole file and gives every violated invariant; an empty list is good news."""
        from wasidb.report import Problem

        return [Problem(**problem) for problem in json.loads(self._call("maintenance", "check"))]

    def page_map(self) -> "PageMap":
        """What each page of the file is for."""
        from wasidb.report import PageMap

        return PageMap.from_json(json.loads(self._call("maintenance", "page-map")))

    def stats(self) -> "Statistics":
        """How large everything is."""
        from wasidb.report import Statistics

        return Statistics.from_json(json.loads(self._call("maintenance", "statistics")))

    def access_list(self) -> "list[Grants]":
        """Who may do what; to an identity that may not manage the list, only what is about it."""
        from wasidb.access import Grants

        return list(map(Grants.from_json, json.loads(self._call("maintenance", "access-list"))))

    def grant(self, grants: "Grants") -> None:
        """Gives an identity these grants, on top of what it has.

        TableNotFound for a table that does not exist, LimitExceeded when the list is full.
        """
        self._call("maintenance", "grant", dump(grants.as_json()))

    def revoke(self, grants: "Grants") -> None:
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
        self._open_file().snapshot(self._engine, path_of(path))

    def compact(self) -> None:
        """Rewrites the file without holes and unused pages.

        The new file is checked and then takes the place of the old one in a single step. While that
        goes on, other threads meet NotOpen. Conflict while transactions are open.
        """
        self._open_file().compact(self._engine)

    def cancel(self) -> None:
        """Stops the statement that another thread is running: it gets Cancelled.

        When none is running nothing happens. A commit is not stopped once it writes.
        """
        self._engine.cancel()

    def close(self) -> None:
        """Rolls back what is not committed and closes the file. Doing so twice is allowed.

        In a signal handler that has come into a call of this thread it is InvalidQuery.
        """
        self._engine.check_free()
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

    def _open_file(self) -> "DatabaseFile":
        self._check_open()
        if self._file is None:
            raise DatabaseFileError("the database is no file of this host")
        return self._file

    def _close_file(self) -> None:
        # What an engine that fails has not written is recovered by the next open. In a forked
        # process nothing is open.
        with contextlib.suppress(ComponentFailed, ForkedProcess):
            self._engine.call("maintenance", "close")

    def _atomic(self) -> Transaction:
        return self.transaction()
