"""Small random tables whose rows collide: the data of the differential tests.

    Table("b", [Column("id", "uint8"), Column("x", "text", nullable=True)], key="id",
          indexes=[["x"]], rows=[[0, "a"], [1, None]])

Every column draws from a handful of values of its type, so that filters match, keys join and
groups have several rows; NULL is one of them. Column names recur in all tables. `gone` holds rows
that are inserted first and deleted in between, so that rows do not lie in the order in which they
came.

Types are written as in golden scripts, `custom:role:2`; cells as in rows JSON. `in_golden_words`
writes a table as the commands of a golden script that make it.
"""

import base64
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.golden_syntax import parse_type


def base64_of(data: bytes) -> str:
    """Bytes as rows JSON carries them."""
    return base64.b64encode(data).decode()


CELLS: dict[str, list[Any]] = {
    "int8": [-128, -2, -1, 0, 1, 2, 3, 127],
    "int16": [-32768, -1, 0, 1, 2, 3, 256],
    "int32": [-(2**31), -1, 0, 1, 2, 3, 2**31 - 1],
    "int64": [-(2**63), -1, 0, 1, 2, 3, 2**53 + 1, 2**63 - 1],
    "uint8": [0, 1, 2, 3, 255],
    "uint16": [0, 1, 2, 3, 256],
    "uint32": [0, 1, 2, 3, 2**32 - 1],
    "uint64": [0, 1, 2, 3, 2**63 - 1, 2**63, 2**64 - 1],
    "float32": [-1.5, 0.0, 0.25, 1.0, 2.0, 3.0, "NaN"],
    "float64": [-1.5, 0.0, -0.0, 0.25, 1.0, 2.0, 2.0**53, "NaN", "Infinity", "-Infinity"],
    "decimal": [
        "0", "1", "1.0", "1.00", "-1.5", "2", "0.1", "3.0", "0.0000000000000000000000000001",
        "3000000000000000000000000000", "-79228162514264337593543950335",
    ],
    "boolean": [False, True],
    "date": ["1969-12-31", "2024-02-29", "2024-03-01", "2024-03-02", "12024-01-01"],
    "datetime": [
        "2024-03-01T00:00:00.000000+00:00", "2024-03-01T01:00:00.000000+01:00",
        "2024-02-29T23:59:59.999999+00:00", "2024-03-01T00:00:00.000000-01:30",
        "1950-01-01T12:00:00.000001+00:00",
    ],
    "text": ["", "a", "A", "ab", "abc", "b", "é", "😀", "a%", "a_c", "\\", "Z"],
    "blob": list(map(base64_of, [b"", b"\0", b"\0\1", b"a", b"\xff"])),
    "uuid": ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-0000000000ff",
             "ff000000-0000-0000-0000-000000000000"],
    "json": ["null", "true", "1", "1.0", "2.5", '"a"', "[]", "[1,2]", "[null,[1]]", "{}",
             '{"a":1}', '{"a":1.5,"b":[1,{"a":"x"}]}', '{"a":null}', '{"a":"a","b":[]}',
             '{"a":true}', '{"a":{"a":3}}'],
    "custom:pair:2": list(map(base64_of, [b"\0\0", b"\0\1", b"\1\0", b"\xff\xff"])),
    "custom:word": list(map(base64_of, [b"", b"a", b"ab", b"b"])),
}  # fmt: skip
"""What columns of each type draw from."""

KEYS: dict[str, Callable[[int], Any]] = {
    "uint8": int,
    "int32": lambda n: n - 2,
    "int64": int,
    "decimal": lambda n: f"{n}.0",
    "float64": lambda n: n / 4,
    "text": lambda n: f"{'aAé'[n % 3]}{n // 3}",
    "date": lambda n: f"2024-{1 + n // 28:02}-{1 + n % 28:02}",
    "uuid": lambda n: f"00000000-0000-0000-0000-{n:012}",
}
"""Different values for 0, 1, 2, ...: what primary keys and unique columns hold."""

COMMON_TYPES = ["int8", "int32", "int64", "uint8", "uint32", "text", "boolean", "date", "float64"]
RARE_TYPES = [*CELLS, "json", "json", "json", "decimal", "datetime"]
COLUMN_NAMES = ["k", "x", "y", "z"]
ROW_COUNTS = {1: [0, 1, 3, 8, 20, 40], 2: [1, 5, 8, 12], 3: [0, 2, 4, 6, 8]}
"""How many rows tables have, by the number of tables."""


@dataclass
class Column:
    """A column, and the cells it draws from."""

    name: str
    type: str
    nullable: bool = False
    unique: bool = False
    cells: list[Any] = field(default_factory=list)


@dataclass
class Table:
    """A table and its rows; the first column is the primary key."""

    name: str
    columns: list[Column]
    indexes: list[list[str]]
    rows: list[list[Any]]
    gone: list[list[Any]] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.columns[0].name

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def without_indexes(self) -> "Table":
        """The same rows with no index but the primary key's."""
        columns = [Column(each.name, each.type, each.nullable) for each in self.columns]
        return Table(self.name, columns, [], self.rows, self.gone)

    def definition(self) -> dict[str, Any]:
        """The JSON that `catalog.create-tables` takes."""
        columns = [
            {"name": each.name, "type": parse_type(each.type)}
            | ({"nullable": True} if each.nullable else {})
            | ({"unique": True} if each.unique else {})
            for each in self.columns
        ]
        return {
            "name": self.name, "primary_key": self.key, "columns": columns, "indexes": self.indexes,
        }  # fmt: skip

    def in_golden_words(self) -> str:
        """The commands of a golden script that make this table."""
        flags = [
            f"{each.name} {each.type}"
            + " key" * (number == 0)
            + " null" * each.nullable
            + " unique" * each.unique
            for number, each in enumerate(self.columns)
        ]
        indexes = [f"; index {', '.join(names)}" for names in self.indexes]
        lines = [f"create {self.name}: {', '.join(flags)}{''.join(indexes)}"]
        target = f"insert {self.name}({', '.join(self.names)}): "
        early, late = halves(self)
        if early:
            lines.append(target + as_golden_cells(early))
        if self.gone:
            doomed = json.dumps({"In": [self.key, [row[0] for row in self.gone]]})
            lines.append(f"delete {self.name} where {doomed}")
        if late:
            lines.append(target + as_golden_cells(late))
        return "\n".join(lines)


def halves(table: Table) -> tuple[list[list[Any]], list[list[Any]]]:
    """The rows inserted before some are deleted, and after."""
    if not table.gone:
        return table.rows, []
    middle = len(table.rows) // 2
    return table.gone + table.rows[:middle], table.rows[middle:]


def as_golden_cells(rows: list[list[Any]]) -> str:
    return ", ".join(json.dumps(row, ensure_ascii=False) for row in rows)


def draw_tables(chance: random.Random) -> list[Table]:
    """One to three tables, called otherwise than those of other databases: the engine's caches,
    which all databases of a process share, find definitions by name.
    """
    count = chance.choice([1, 1, 2, 2, 3])
    names = [f"{letter}{chance.randrange(10_000)}" for letter in "abc"[:count]]
    return [draw_table(chance, name, ROW_COUNTS[count]) for name in names]


def draw_table(chance: random.Random, name: str, row_counts: list[int]) -> Table:
    key_type = chance.choice(["uint8", "int32", "int64", *KEYS])
    columns = [Column("id", key_type)]
    columns += [
        draw_column(chance, each) for each in chance.sample(COLUMN_NAMES, chance.randint(1, 4))
    ]
    names = [column.name for column in columns]
    indexes = [
        chance.sample(names, chance.randint(1, min(3, len(names))))
        for _ in range(chance.choice([0, 1, 1, 2, 3]))
    ]
    count = chance.choice(row_counts)
    gone_count = chance.choice([0, 0, 1, 5])
    drawn = [
        draw_cells(chance, column, number == 0, count + gone_count)
        for number, column in enumerate(columns)
    ]
    rows = [list(row) for row in zip(*drawn, strict=True)]
    different = [each for n, each in enumerate(indexes) if each not in indexes[:n]]
    return Table(name, columns, different, rows[:count], rows[count:])


def draw_column(chance: random.Random, name: str) -> Column:
    """A column that is unique now and then."""
    is_unique = chance.random() < 0.12
    types = list(KEYS) if is_unique else COMMON_TYPES if chance.random() < 0.55 else RARE_TYPES
    type = chance.choice(types)
    cells = chance.sample(CELLS[type], min(len(CELLS[type]), chance.randint(2, 6)))
    return Column(name, type, chance.random() < 0.75, is_unique, cells)


def draw_cells(chance: random.Random, column: Column, is_key: bool, count: int) -> list[Any]:
    """A cell for each of `count` rows."""
    if is_key or column.unique:
        numbers = chance.sample(range(max(2 * count, 4)), count)
        cells = list(map(KEYS[column.type], numbers))
    else:
        cells = chance.choices(column.cells, k=count)
    is_null = [column.nullable and chance.random() < 0.25 for _ in range(count)]
    return [None if null else cell for cell, null in zip(cells, is_null, strict=True)]
