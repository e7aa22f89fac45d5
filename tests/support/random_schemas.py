"""Random tables, and random changes of their definitions.

    t0: c1 uint64 key, c2 text null
    t0: c1 uint64, c2 text, c5 date null, c6 int64 key was c2        made by some changes

Definitions are JSON, as in docs/definitions.md. A name is never used again, so that changes one
after the other say what their difference says. Many a change is impossible, or is with the rows
there are: `migration_model` knows.
"""

import copy
import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

Definition: TypeAlias = dict[str, Any]
Column: TypeAlias = dict[str, Any]

CELLS: dict[str, list[Any]] = {
    "int16": [-1, 0, 1, 2, 300],
    "int64": [-(2**40), -1, 0, 1, 2, 255],
    "uint8": [0, 1, 2, 255],
    "uint64": [0, 1, 2, 3, 300, 2**63],
    "boolean": [False, True],
    "text": ["", "1", "-1", "2", "true", "2024-02-29", "x" * 300],
    "decimal": ["0", "1", "2.50"],
    "date": ["1969-12-31", "2024-02-29"],
}
TYPES = list(CELLS)
KEY_TYPES = ["int64", "uint64", "text"]
ALIGNMENTS = [8, 32, 64, 512]
COLUMNS_MAX = 6
ROWS_MAX = 7


class Schema:
    """Definitions of tables, to be changed at random."""

    def __init__(self, chance: random.Random) -> None:
        self.tables: list[Definition] = []
        self._chance = chance
        self._names: Iterator[int] = itertools.count()

    def wanted(self) -> "Schema":
        """The same tables, not yet changed."""
        wanted = Schema(self._chance)
        wanted._names = self._names
        wanted.tables = copy.deepcopy(self.tables)
        for table in wanted.tables:
            for named in (table, *table["columns"]):
                named.pop("renamed_from", None)
        return wanted

    def draw_rows(self, table: Definition, count_max: int = ROWS_MAX) -> list[list[Any]]:
        """Some rows of a table, whose keys differ."""
        keys = CELLS[column_of(table, table["primary_key"])["type"]]
        keys = self._chance.sample(keys, self._chance.randint(0, min(count_max, len(keys))))
        return [
            [
                key
                if column["name"] == table["primary_key"]
                else self._chance.choice(CELLS[column["type"]] + [None] * column.get("nullable", 0))
                for column in table["columns"]
            ]
            for key in keys
        ]

    def change(self) -> None:
        """Change anything, or nothing where the change drawn has no place."""
        self._chance.choice(CHANGES)(self, self._chance.choice(self.tables))

    def add_table(self, _: Definition | None = None) -> None:
        key = {"name": self._name("c"), "type": self._chance.choice(KEY_TYPES)}
        table = {"name": self._name("t"), "primary_key": key["name"], "columns": [key]}
        self.tables.append({**table, "indexes": []})
        for _ in range(self._chance.randint(0, 3)):
            self.add_column(self.tables[-1])

    def drop_table(self, table: Definition) -> None:
        if len(self.tables) > 1 and not list(self._references(table)):
            self.tables.remove(table)

    def rename_table(self, table: Definition) -> None:
        for key in self._references(table):
            key["table"] = f"{table['name']}x"
        table.setdefault("renamed_from", [table["name"]])
        table["name"] = f"{table['name']}x"

    def add_column(self, table: Definition) -> None:
        if len(table["columns"]) < COLUMNS_MAX:
            column: Column = {"name": self._name("c"), "type": self._chance.choice(TYPES)}
            if self._is(0.7):
                column["nullable"] = True
            if self._is(0.5):
                column["default"] = self._chance.choice(CELLS[column["type"]])
            table["columns"].insert(self._chance.randint(0, len(table["columns"])), column)

    def drop_column(self, table: Definition) -> None:
        column = self._column(table)
        if column is not None:
            table["columns"].remove(column)
            table["indexes"] = [each for each in table["indexes"] if column["name"] not in each]

    def rename_column(self, table: Definition) -> None:
        column = self._chance.choice(table["columns"])
        old, new = column["name"], self._name("c")
        column.setdefault("renamed_from", [old])
        column["name"] = new
        table["indexes"] = [
            [new if name == old else name for name in index] for index in table["indexes"]
        ]
        for key in self._references(table):
            if key["column"] == old:
                key["column"] = new
        if table["primary_key"] == old:
            table["primary_key"] = new

    def reorder_columns(self, table: Definition) -> None:
        self._chance.shuffle(table["columns"])

    def change_type(self, table: Definition) -> None:
        column = self._chance.choice(table["columns"])
        column["type"] = self._chance.choice(TYPES)
        column.pop("default", None)

    def change_nullability(self, table: Definition) -> None:
        column = self._column(table)
        if column is not None:
            column["nullable"] = not column.get("nullable", False)

    def change_uniqueness(self, table: Definition) -> None:
        column = self._column(table)
        if column is not None:
            column["unique"] = not column.get("unique", False)

    def change_default(self, table: Definition) -> None:
        column = self._column(table)
        if column is not None and column.pop("default", None) is None:
            column["default"] = self._chance.choice(CELLS[column["type"]])

    def change_key(self, table: Definition) -> None:
        column = self._column(table)
        if column is not None and not any(self._references(table)):
            for rule in ("nullable", "references", "unique"):
                column.pop(rule, None)
            table["primary_key"] = column["name"]

    def change_reference(self, table: Definition) -> None:
        column, target = self._column(table), self._chance.choice(self.tables)
        if column is None:
            return
        if column.pop("references", None) is None:
            key = column_of(target, target["primary_key"])
            column["references"] = {"table": target["name"], "column": key["name"]}
            if column["type"] != key["type"]:
                column["type"] = key["type"]
                column.pop("default", None)

    def add_index(self, table: Definition) -> None:
        if len(table["columns"]) > 1:
            names = [each["name"] for each in self._chance.sample(table["columns"], 2)]
            if names not in table["indexes"]:
                table["indexes"].append(names)

    def drop_index(self, table: Definition) -> None:
        if table["indexes"]:
            table["indexes"].remove(self._chance.choice(table["indexes"]))

    def change_alignment(self, table: Definition) -> None:
        table["alignment"] = self._chance.choice(ALIGNMENTS)

    def _name(self, prefix: str) -> str:
        return f"{prefix}{next(self._names)}"

    def _is(self, share: float) -> bool:
        return self._chance.random() < share

    def _column(self, table: Definition) -> Column | None:
        """One that is not the primary key."""
        others = [each for each in table["columns"] if each["name"] != table["primary_key"]]
        return self._chance.choice(others) if others else None

    def _references(self, table: Definition) -> Iterator[dict[str, str]]:
        """The foreign keys that point at a table."""
        for each in self.tables:
            for column in each["columns"]:
                key: dict[str, str] | None = column.get("references")
                if key is not None and key["table"] == table["name"]:
                    yield key


CHANGES: list[Callable[[Schema, Definition], None]] = [
    Schema.add_table, Schema.drop_table, Schema.rename_table,
    Schema.add_column, Schema.add_column, Schema.drop_column, Schema.rename_column,
    Schema.reorder_columns, Schema.change_type, Schema.change_type, Schema.change_type,
    Schema.change_nullability, Schema.change_nullability, Schema.change_uniqueness,
    Schema.change_default, Schema.change_key, Schema.change_reference, Schema.add_index,
    Schema.drop_index, Schema.change_alignment,
]  # fmt: skip


def column_of(table: Definition, name: str) -> Column:
    """The column of this name."""
    column: Column = next(each for each in table["columns"] if each["name"] == name)
    return column
