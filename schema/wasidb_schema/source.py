"""Definitions as the source of a Python module, the way back from a file to models.

    {"name": "users", "primary_key": "id",                 class Users(Table, table="users"):
     "columns": [{"name": "id", "type": "uint32"},   -->       id: UInt32 = Field(primary_key=True)
                 {"name": "bio", "type": "text",                bio: str | None = None
                  "nullable": true}]}

The models have the definitions they were made of. Rules are not among them, for files do not keep
them. A type whose name some column has is imported under another one, because inside a class the
field would stand for it. What no model can say, such as a column whose name is none in Python, is
an InvalidModel.
"""

import keyword
import re
from collections.abc import Iterable, Mapping
from typing import Any

from wasidb_schema.cells import decode_column
from wasidb_schema.column_types import NATURAL_TYPES
from wasidb_schema.definition import ColumnDefinition, TableDefinition
from wasidb_schema.table import InvalidModel

OURS = {
    "int8": "Int8",
    "int16": "Int16",
    "int32": "Int32",
    "uint8": "UInt8",
    "uint16": "UInt16",
    "uint32": "UInt32",
    "uint64": "UInt64",
    "float32": "Float32",
    "json": "Json",
}
PYTHON_TYPES = {name: kind.__name__ for kind, name in NATURAL_TYPES.items()} | OURS
MODULES = {
    **{kind.__name__: kind.__module__ for kind in NATURAL_TYPES},
    **{name: "wasidb" for name in (*OURS.values(), "Field", "Custom", "Table")},
    "Annotated": "typing",
}
DEFAULT_ALIGNMENT = 32
"""What the engine takes where a model says nothing."""

CONSTRUCTORS = {**PYTHON_TYPES, "float32": "float"}


def module_source(tables: Iterable[TableDefinition], title: str) -> str:
    """A module with a model for each table; `title` is its docstring."""
    return Module(list(tables)).source(title)


class Module:
    """A module while it is written: the names that it needs from elsewhere."""

    def __init__(self, tables: list[TableDefinition]) -> None:
        self._tables = tables
        self._fields = {column.name for table in tables for column in table.columns}
        self._used: set[str] = set()

    def source(self, title: str) -> str:
        """All of it."""
        names = class_names(table.name for table in self._tables)
        classes = [self.class_(names[table.name], table) for table in self._tables]
        body = "".join(f"\n\n{each}" for each in classes)
        return f'"""{title}"""\n\n{self.imports()}\n{body}'

    def name(self, symbol: str) -> str:
        """How the module calls something that is defined elsewhere."""
        self._used.add(symbol)
        return f"{symbol}_type" if symbol in self._fields else symbol

    def imports(self) -> str:
        """The lines that import what is used; those of wasidb come last."""
        by_module: dict[str, list[str]] = {}
        for symbol in sorted(self._used):
            local = self.name(symbol)
            if local != symbol or MODULES[symbol] != "builtins":
                line = symbol if local == symbol else f"{symbol} as {local}"
                by_module.setdefault(MODULES[symbol], []).append(line)
        lines = [f"from {each} import {', '.join(by_module[each])}" for each in sorted(by_module)]
        return "\n".join([*lines[:-1], *([""] if lines[:-1] else []), *lines[-1:]])

    def class_(self, name: str, table: TableDefinition) -> str:
        """One model."""
        options: dict[str, Any] = {
            "table": table.name,
            "indexes": [index for index in table.indexes if len(index) > 1],
            "unique": list(table.unique),
            "alignment": None if table.alignment == DEFAULT_ALIGNMENT else table.alignment,
        }
        given = "".join(f", {key}={literal(value)}" for key, value in options.items() if value)
        fields = "".join(f"    {self.field(table, column)}\n" for column in fields_of(table))
        return f"class {name}({self.name('Table')}{given}):\n{fields}"

    def field(self, table: TableDefinition, column: ColumnDefinition) -> str:
        """One field."""
        name = column.name
        if not name.isidentifier() or keyword.iskeyword(name) or name.startswith(("_", "model_")):
            raise InvalidModel(f"{table.name}: no model can have a column that is called {name!r}")
        default = self.default(column)
        annotation = f"{name}: {self.annotation(column)}{' | None' if column.nullable else ''}"
        marks = [f"{key}={literal(value)}" for key, value in marks_of(table, column).items()]
        if marks:
            arguments = marks if default is None else [default, *marks]
            return f"{annotation} = {self.name('Field')}({', '.join(arguments)})"
        return annotation if default is None else f"{annotation} = {default}"

    def annotation(self, column: ColumnDefinition) -> str:
        """The Python type that is stored as the column's."""
        if isinstance(column.type, Mapping):
            arguments = ", ".join(map(literal, column.type.values()))
            mark = f"{self.name('Custom')}({arguments})"
            return f"{self.name('Annotated')}[{self.name('bytes')}, {mark}]"
        return self.name(PYTHON_TYPES[column.type])

    def default(self, column: ColumnDefinition) -> str | None:
        """The default as source; None for a column that needs a value."""
        if column.default is None:
            return "None" if column.nullable else None
        kind = column.type_name
        if kind in ("date", "datetime"):
            return f"{self.name(kind)}.fromisoformat({literal(column.default)})"
        is_text = isinstance(column.default, str)
        if kind in ("decimal", "uuid") or (is_text and kind in ("float32", "float64")):
            return f"{self.name(CONSTRUCTORS[kind])}({literal(column.default)})"
        return literal(*decode_column(column.codec, [column.default]))


def class_names(tables: Iterable[str]) -> dict[str, str]:
    """A class name for each table: `user_roles` is `UserRoles`."""
    names: dict[str, str] = {}
    for table in tables:
        name = "".join(part[:1].upper() + part[1:] for part in re.split(r"[\W_]+", table))
        name = name if name.isidentifier() else f"Table{name}"
        while name in MODULES or name in names.values() or keyword.iskeyword(name):
            name += "_"
        names[table] = name
    return names


def fields_of(table: TableDefinition) -> list[ColumnDefinition]:
    """The columns that a model has: all but the one that numbers rows beside a key of several.

    InvalidModel for such a key whose columns come in another order: a model has no way to say it.
    """
    if len(table.key) == 1:
        return list(table.columns)
    fields = [column for column in table.columns if column.name != table.row_key]
    if table.key != tuple(column.name for column in fields if column.name in table.key):
        key = ", ".join(table.key)
        raise InvalidModel(
            f"{table.name}: no model can have the primary key ({key}), whose columns"
            " come in another order"
        )
    return fields


def marks_of(table: TableDefinition, column: ColumnDefinition) -> dict[str, Any]:
    """What `Field` has to say."""
    reference = column.references
    is_key = column.name in table.key
    index = True if (column.name,) in table.indexes else None
    if reference:  # which brings an index, so what is said is that there is none
        index = None if has_leading_index(table, column.name) else False
    marks = {
        "primary_key": is_key or None,
        "autoincrement": column.autoincrement or None,
        "unique": (column.unique and table.key != (column.name,)) or None,
        "index": index,
        "references": reference and f"{reference.table}.{reference.column}",
    }
    if reference and reference.on_delete != "restrict":
        marks["on_delete"] = reference.on_delete
    return {key: value for key, value in marks.items() if value is not None}


def has_leading_index(table: TableDefinition, column: str) -> bool:
    """Whether an index begins with a column."""
    is_unique = any(each.unique for each in table.columns if each.name == column)
    indexes = (table.key, *table.unique, *table.indexes)
    return is_unique or any(index[0] == column for index in indexes)


def literal(value: Any) -> str:
    """A constant as source; text in double quotes."""
    if isinstance(value, str) and '"' not in value and "'" not in value:
        return f'"{repr(value)[1:-1]}"'
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
    return repr(value)
