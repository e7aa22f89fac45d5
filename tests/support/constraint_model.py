"""Tables with foreign keys as plain dictionaries, and what statements do to them, by definition.

    Schema   tables ──> columns, keys ──> what they point at, their actions, when they have to hold
    State    {"t0": {7: {"id": 1, "code": None, "a": 3}}}      rows by a number that nobody sees

The columns are small numbers: `id` and `code`, unique; `a` and `b`, which may be foreign keys; in
some tables `p` and `q`, unique together, and `c` and `d`, which point at such a pair. The primary
key is `id`, or the pair. A statement gives the state afterwards, or Refused. It takes rows one by
one and goes on until nothing changes any more: slow, and easy to believe.
"""

import itertools
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, int | None]
Names: TypeAlias = tuple[str, ...]
Cells: TypeAlias = tuple[int | None, ...]
State: TypeAlias = dict[str, dict[int, Row]]

NUMBERS = itertools.count()


class Refused(Exception):
    """The statement would break a constraint."""


@dataclass(frozen=True)
class Key:
    """A foreign key: its columns, what they point at, and what becomes of them."""

    columns: Names
    table: str
    target: Names
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


@dataclass(frozen=True)
class TableSchema:
    """A table: its columns, the primary key, columns that are unique together, foreign keys."""

    columns: tuple[Column, ...]
    primary_key: Names = ("id",)
    unique: tuple[Names, ...] = ()
    keys: tuple[Key, ...] = ()

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def key_of(self, column: str) -> Key | None:
        """The foreign key that a column belongs to."""
        return next((key for key in self.keys if column in key.columns), None)


@dataclass(frozen=True)
class Schema:
    """Tables by name."""

    tables: Mapping[str, TableSchema] = field(default_factory=dict)

    def keys(self) -> Iterator[tuple[str, Key]]:
        """Every foreign key with its table."""
        for name, table in self.tables.items():
            for key in table.keys:
                yield name, key

    def definition(self, name: str) -> dict[str, Any]:
        """A table as the engine is told of it; an index finds rows by `b`, none those by `a`."""
        table = self.tables[name]
        single = {key.columns[0]: key for key in table.keys if len(key.columns) == 1}
        primary = table.primary_key
        return {
            "name": name,
            "primary_key": primary[0] if len(primary) == 1 else list(primary),
            "columns": [_column_form(each, table, single.get(each.name)) for each in table.columns],
            "indexes": [["b", "a"]],
            "unique": [list(names) for names in table.unique],
            "foreign_keys": [_key_form(key) for key in table.keys if len(key.columns) > 1],
        }

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
            for source, key, number, target in self._held(state)
            if target in gone
            and (source, number) not in gone
            and (key.on_delete == "cascade" or (cascades and key.on_delete == "restrict"))
        }:
            gone |= grown
        after = {
            name: {number: dict(row) for number, row in rows.items() if (name, number) not in gone}
            for name, rows in state.items()
        }
        for source, key, number, target in self._held(state):
            if target in gone and number in after[source] and key.on_delete.startswith("set"):
                after[source][number].update(self._emptied(source, key, key.on_delete))
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

    def _held(self, state: State) -> Iterator[tuple[str, Key, int, tuple[str, int]]]:
        """Every row that points at another: table, key, row, and the other one."""
        for source, key in self.keys():
            targets = {cells(row, key.target): number for number, row in state[key.table].items()}
            for number, row in state[source].items():
                held = cells(row, key.columns)
                if None not in held and held in targets:
                    yield source, key, number, (key.table, targets[held])

    def _emptied(self, table: str, key: Key, action: str) -> Row:
        """What `set_null` or `set_default` makes of the columns of a key."""
        columns = map(self.tables[table].column, key.columns)
        return {each.name: None if action == "set_null" else each.default for each in columns}

    def _follow(self, before: State, after: State) -> None:
        """Let rows that still hold what they held before follow the rows they point at."""
        has_changed = True
        while has_changed:
            has_changed = False
            for source, key, number, (table, target) in self._held(before):
                row, old = after[source].get(number), cells(before[source][number], key.columns)
                if row is None or cells(row, key.columns) != old or target not in after[table]:
                    continue
                new = cells(after[table][target], key.target)
                if new == old or key.on_update == "restrict":
                    continue
                if key.on_update == "cascade":
                    row.update(zip(key.columns, new, strict=True))
                else:
                    row.update(self._emptied(source, key, key.on_update))
                has_changed = has_changed or cells(row, key.columns) != old

    # Constraints

    def check(self, state: State) -> None:
        """Refuse a state that breaks what must hold at the end of a statement."""
        for name, table in self.tables.items():
            rows = list(state[name].values())
            for column in table.columns:
                if not column.is_nullable and any(row[column.name] is None for row in rows):
                    raise Refused
            alone = [(column.name,) for column in table.columns if column.is_unique]
            for names in (*alone, table.primary_key, *table.unique):
                present = [held for row in rows if None not in (held := cells(row, names))]
                if len(set(present)) < len(present):
                    raise Refused
        if any(not key.is_deferred for key in self.dangling(state)):
            raise Refused

    def dangling(self, state: State) -> Iterator[Key]:
        """The foreign keys that a row breaks."""
        for table, key in self.keys():
            held = {cells(row, key.columns) for row in state[table].values()}
            there = {cells(row, key.target) for row in state[key.table].values()}
            if any(None not in each for each in held - there):
                yield key


def cells(row: Row, columns: Names) -> Cells:
    """Some cells of a row."""
    return tuple(row[name] for name in columns)


def _column_form(column: Column, table: TableSchema, key: Key | None) -> dict[str, Any]:
    form: dict[str, Any] = {"name": column.name, "type": "uint8"}
    if column.is_nullable:
        form["nullable"] = True
    if column.is_unique and table.primary_key != (column.name,):
        form["unique"] = True
    if column.default is not None:
        form["default"] = column.default
    if key is not None:
        form["references"] = {"table": key.table, "column": key.target[0], **_actions(key)}
    return form


def _key_form(key: Key) -> dict[str, Any]:
    target = {"table": key.table, "columns": list(key.target)}
    return {"columns": list(key.columns), "references": target, **_actions(key)}


def _actions(key: Key) -> dict[str, Any]:
    return {"on_delete": key.on_delete, "on_update": key.on_update, "deferred": key.is_deferred}
