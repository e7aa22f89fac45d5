"""Tables with foreign keys as plain dictionaries, and what statements do to them, by definition.

    Schema   tables ──> columns ──> maybe a key: what it points at, its actions, when it has to hold
    State    {"t0": {7: {"id": 1, "code": None, "a": 3}}}      rows by a number that nobody sees

There are three or four columns of small numbers to a table: `id`, the primary key; `code`, unique;
`a` and `b`, which may be foreign keys. A statement gives the state afterwards, or Refused. It takes
rows one by one and goes on until nothing changes any more: slow, and easy to believe.
"""

import itertools
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, int | None]
State: TypeAlias = dict[str, dict[int, Row]]

NUMBERS = itertools.count()


class Refused(Exception):
    """The statement would break a constraint."""


@dataclass(frozen=True)
class Key:
    """What a column points at, and what becomes of it."""

    table: str
    column: str
    on_delete: str
    on_update: str
    is_deferred: bool


@dataclass(frozen=True)
class Column:
    """A column of small numbers."""

    name: str
    is_nullable: bool = False
    is_unique: bool = False
    default: int | None = None
    key: Key | None = None


@dataclass(frozen=True)
class Schema:
    """The columns of each table."""

    tables: Mapping[str, tuple[Column, ...]] = field(default_factory=dict)

    def keys(self) -> Iterator[tuple[str, Column, Key]]:
        """Every foreign key: its table, its column, and itself."""
        for table, columns in self.tables.items():
            for column in columns:
                if column.key is not None:
                    yield table, column, column.key

    def definition(self, table: str) -> dict[str, Any]:
        """A table as the engine is told of it; an index finds rows by `b`, none those by `a`."""
        columns = [_column_form(column) for column in self.tables[table]]
        return {"name": table, "primary_key": "id", "columns": columns, "indexes": [["b", "a"]]}

    def empty(self) -> State:
        return {table: {} for table in self.tables}

    # Statements

    def insert(self, state: State, table: str, rows: list[Row]) -> State:
        after = deepcopy(state)
        after[table].update((next(NUMBERS), dict(row)) for row in rows)
        self.check(after)
        return after

    def delete(self, state: State, table: str, doomed: set[int], *, cascades: bool) -> State:
        gone = {(table, number) for number in doomed}
        while grown := {
            (source, number)
            for source, column, key, number, target in self._held(state)
            if target in gone
            and (source, number) not in gone
            and (key.on_delete == "cascade" or (cascades and key.on_delete == "restrict"))
        }:
            gone |= grown
        after = {
            name: {number: dict(row) for number, row in rows.items() if (name, number) not in gone}
            for name, rows in state.items()
        }
        for source, column, key, number, target in self._held(state):
            if target in gone and number in after[source] and key.on_delete.startswith("set"):
                after[source][number][column.name] = _emptied(column, key.on_delete)
        self._follow(state, after)
        self.check(after)
        return after

    def update(
        self, state: State, table: str, chosen: set[int], column: str, value: int | None
    ) -> State:
        after = deepcopy(state)
        for number in chosen:
            after[table][number][column] = value
        self._follow(state, after)
        self.check(after)
        return after

    def _held(self, state: State) -> Iterator[tuple[str, Column, Key, int, tuple[str, int]]]:
        """Every row that points at another: table, column, key, row, and the other one."""
        for source, column, key in self.keys():
            targets = {row[key.column]: number for number, row in state[key.table].items()}
            for number, row in state[source].items():
                value = row[column.name]
                if value is not None and value in targets:
                    yield source, column, key, number, (key.table, targets[value])

    def _follow(self, before: State, after: State) -> None:
        """Let rows that still hold what they held before follow the rows they point at."""
        has_changed = True
        while has_changed:
            has_changed = False
            for source, column, key, number, (table, target) in self._held(before):
                row, old = after[source].get(number), before[source][number][column.name]
                if row is None or row[column.name] != old or target not in after[table]:
                    continue
                new = after[table][target][key.column]
                if new == old or key.on_update == "restrict":
                    continue
                row[column.name] = (
                    new if key.on_update == "cascade" else _emptied(column, key.on_update)
                )
                has_changed = has_changed or row[column.name] != old

    # Constraints

    def check(self, state: State) -> None:
        """Refuse a state that breaks what must hold at the end of a statement."""
        for table, columns in self.tables.items():
            for column in columns:
                values = [row[column.name] for row in state[table].values()]
                present = [value for value in values if value is not None]
                if len(present) < len(values) and not column.is_nullable:
                    raise Refused
                if column.is_unique and len(set(present)) < len(present):
                    raise Refused
        if any(not key.is_deferred for _, _, key in self.dangling(state)):
            raise Refused

    def dangling(self, state: State) -> Iterator[tuple[str, Column, Key]]:
        """The foreign keys that a row breaks."""
        for table, column, key in self.keys():
            held = {row[column.name] for row in state[table].values()} - {None}
            if not held <= {row[key.column] for row in state[key.table].values()}:
                yield table, column, key


def _emptied(column: Column, action: str) -> int | None:
    return None if action == "set_null" else column.default


def _column_form(column: Column) -> dict[str, Any]:
    form: dict[str, Any] = {"name": column.name, "type": "uint8"}
    if column.is_nullable:
        form["nullable"] = True
    if column.is_unique and column.name != "id":
        form["unique"] = True
    if column.default is not None:
        form["default"] = column.default
    if column.key is not None:
        form["references"] = {
            "table": column.key.table,
            "column": column.key.column,
            "on_delete": column.key.on_delete,
            "on_update": column.key.on_update,
            "deferred": column.key.is_deferred,
        }
    return form
