"""The same tables in sqlite3, as a second judge of what foreign keys do.

What restricts here is NO ACTION there, which is looked at when a statement is done; RESTRICT of
sqlite is in more of a hurry. Unique keys are looked at row by row there, so a statement that passes
through a state it would not stay in is refused by sqlite alone: `UniqueOnTheWay`.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from tests.support.constraint_model import Column, Key, Schema, TableSchema

ACTIONS = {
    "restrict": "no action",
    "cascade": "cascade",
    "set_null": "set null",
    "set_default": "set default",
}


class RefusedBySqlite(Exception):
    """A constraint of sqlite is violated."""


class UniqueOnTheWay(RefusedBySqlite):
    """It is a unique key, perhaps only for the moment."""


class Sqlite:
    """A database of sqlite3 with the tables of a schema."""

    def __init__(self, schema: Schema) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.execute("pragma foreign_keys = on")
        for name, table in schema.tables.items():
            self.connection.execute(f"create table {name} ({', '.join(parts_sql(table))})")

    def close(self) -> None:
        self.connection.close()

    def change(self, statement: str, values: Sequence[Any]) -> None:
        """Run a statement that changes rows. Of one that is refused sqlite 3.40 keeps count of the
        deferred keys that it would have broken; going back to a savepoint forgets that.
        """
        is_alone = not self.connection.in_transaction
        self.run("begin" if is_alone else "savepoint statement")
        try:
            self.run(statement, values)
        except RefusedBySqlite:
            self.run("rollback" if is_alone else "rollback to statement")
            raise
        finally:
            if not is_alone:
                self.run("release statement")
        if is_alone:
            self.commit()

    def commit(self) -> None:
        """End a transaction, whose changes are gone if sqlite refuses them."""
        try:
            self.run("commit")
        except RefusedBySqlite:
            self.run("rollback")
            raise

    def run(self, statement: str, values: Sequence[Any] = ()) -> None:
        try:
            self.connection.execute(statement, values)
        except sqlite3.IntegrityError as error:
            is_unique = "UNIQUE" in str(error)
            raise (UniqueOnTheWay if is_unique else RefusedBySqlite)(str(error)) from error

    def rows(self, table: str) -> list[list[Any]]:
        """All rows by primary key."""
        return list(map(list, self.connection.execute(f"select * from {table} order by id")))


def parts_sql(table: TableSchema) -> Iterator[str]:
    """The definition of a table, part by part."""
    yield from map(column_sql, table.columns)
    for names in (table.primary_key, *table.unique):
        yield f"unique ({', '.join(names)})"
    yield from map(key_sql, table.keys)


def column_sql(column: Column) -> str:
    """The definition of a column."""
    words = [column.name, "int"]
    words += [] if column.is_nullable else ["not null"]
    words += ["unique"] if column.is_unique else []
    words += [] if column.default is None else [f"default {column.default}"]
    return " ".join(words)


def key_sql(key: Key) -> str:
    """The definition of a foreign key."""
    words = [f"foreign key ({', '.join(key.columns)})"]
    words.append(f"references {key.table} ({', '.join(key.target)})")
    words.append(f"on delete {ACTIONS[key.on_delete]}")
    words.append(f"on update {ACTIONS[key.on_update]}")
    words += ["deferrable initially deferred"] if key.is_deferred else []
    return " ".join(words)
