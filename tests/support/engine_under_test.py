"""One database file under test, whatever build drives it.

    engine.create(users)
    engine.insert("users", ["id", "name"], [1, "Alice"], [2, "Bob"])   [1, 2]
    engine.select({"from": "users"})                                   [[1, "Alice"], [2, "Bob"]]

Has the shape of `wasidb.runtime.engine.Engine`, can be closed and opened again, and can say whether
its file is sound. Every test ends with `finish`, so that no test passes on a file it has damaged.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from wasidb.errors import NotOpen
from wasidb.runtime.engine import Engine, Exchange

PAGE_SIZE = 65_536


class Start(Protocol):
    """Starts an engine on a file, for reading only or not, for an identity in hexadecimal."""

    def __call__(self, path: Path, read_only: bool, identity: str | None = None) -> Engine: ...


class EngineUnderTest:
    """An engine on the file `path`, started by `start`; open from the beginning."""

    def __init__(self, path: Path, start: Start, *, read_only: bool = False) -> None:
        self.path = path
        self._start = start
        self._identity: str | None = None
        self._engine: Engine | None = start(path, read_only)

    @property
    def engine(self) -> Engine:
        """The engine that is running."""
        assert self._engine is not None, "the test has closed the database"
        return self._engine

    @property
    def exchange(self) -> Exchange:
        return self.engine.exchange

    def call(self, interface: str, function: str, *arguments: Any) -> Any:
        """What the function of the contract gives; raises what `wasidb.errors` has for it."""
        return self.engine.call(interface, function, *arguments)

    def cancel(self) -> None:
        """Ask for the call that another thread is in to be stopped."""
        self.engine.cancel()

    def check_free(self) -> None:
        """Raise InvalidQuery in what has come into a call of this thread."""
        self.engine.check_free()

    def close(self) -> None:
        """Close the file, unless a `Database` has done so, and end the engine."""
        if self._engine is not None:
            with suppress(NotOpen):
                self._engine.call("maintenance", "close")
            self._engine.close()
            self._engine = None

    def open(self, *, read_only: bool = False, identity: str | None = None) -> None:
        """Start a new engine on the same file."""
        assert self._engine is None, "the database is open already"
        self._engine = self._start(self.path, read_only, identity)
        self._identity = identity

    def reopen(self, *, read_only: bool = False, identity: str | None = None) -> None:
        """As a new process would find the file."""
        self.close()
        self.open(read_only=read_only, identity=identity)

    def finish(self) -> None:
        """Check and close; fails when the file is not sound."""
        if self._engine is None or self._identity is not None:
            self.reopen()
        problems = self.check()
        self.close()
        assert problems == []
        assert self.path.stat().st_size % PAGE_SIZE == 0

    def check(self) -> list[dict[str, Any]]:
        """Every violated invariant of the file."""
        problems: list[dict[str, Any]] = json.loads(self.call("maintenance", "check"))
        return problems

    def create(self, *definitions: Mapping[str, Any]) -> None:
        """Register tables; a definition is a JSON table definition."""
        self.call("catalog", "create-tables", json.dumps(definitions))

    def drop(self, *tables: str) -> None:
        """Drop tables together."""
        self.call("catalog", "drop-tables", json.dumps(tables))

    def insert(
        self, table: str, columns: Iterable[str], *rows: Iterable[Any], tx: int | None = None
    ) -> list[Any]:
        """Insert all rows or none; gives their primary keys."""
        text = rows_json(columns, rows)
        keys: list[Any] = json.loads(self.call("rows", "insert", table, text, tx))
        return keys

    def upsert(
        self, table: str, columns: Iterable[str], *rows: Iterable[Any], tx: int | None = None
    ) -> dict[str, Any]:
        """Insert or update all rows or none; gives numbers of rows and primary keys."""
        text = rows_json(columns, rows)
        done: dict[str, Any] = json.loads(self.call("rows", "upsert", table, text, tx))
        return done

    def answer(self, statement: Mapping[str, Any], tx: int | None = None) -> dict[str, Any]:
        """The result of a select statement: `{"columns": [...], "rows": [[...], ...]}`."""
        result: dict[str, Any] = json.loads(self.call("rows", "select", json.dumps(statement), tx))
        return result

    def explain(
        self, statement: Mapping[str, Any], tx: int | None = None, *, execute: bool = False
    ) -> dict[str, Any]:
        """The plan of a select statement, as a tree."""
        text = self.call("rows", "explain", json.dumps(statement), execute, tx)
        tree: dict[str, Any] = json.loads(text)
        return tree

    def select(self, statement: Mapping[str, Any], tx: int | None = None) -> list[list[Any]]:
        """The rows of `answer`."""
        rows: list[list[Any]] = self.answer(statement, tx)["rows"]
        return rows

    def update(
        self, table: str, changes: Mapping[str, Any], where: Any = None, tx: int | None = None
    ) -> int:
        """Change the rows that match the filter; gives their number."""
        count: int = self.call("rows", "update", table, json.dumps(changes), as_filter(where), tx)
        return count

    def delete(
        self, table: str, where: Any = None, tx: int | None = None, behavior: str = "restrict"
    ) -> int:
        """Delete the rows that match the filter; gives the number of all rows that went."""
        count: int = self.call("rows", "delete", table, behavior, as_filter(where), tx)
        return count

    def begin(self, **options: Any) -> int:
        """The id of a new transaction."""
        transaction: int = self.call("rows", "begin-transaction", json.dumps(options))
        return transaction

    def commit(self, tx: int) -> None:
        self.call("rows", "commit", tx)

    def rollback(self, tx: int) -> None:
        self.call("rows", "rollback", tx)


def rows_json(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Rows as the contract takes them."""
    return json.dumps({"columns": list(columns), "rows": [list(row) for row in rows]})


def as_filter(where: Any) -> str | None:
    """Filter JSON as the contract takes it; None means every row."""
    return None if where is None else json.dumps(where)
