"""Table definitions as JSON, the form users write.

    {"name": "posts",
     "primary_key": "id",
     "columns": [
       {"name": "id", "type": "uint32", "autoincrement": true},
       {"name": "title", "type": "text", "unique": true, "default": "untitled"},
       {"name": "role", "type": {"custom": "role", "width": 1}, "nullable": true},
       {"name": "author", "type": "uint32",
        "references": {"table": "users", "column": "id", "on_delete": "restrict"}}],
     "indexes": [["author"]],
     "unique": [["author", "title"]],
     "alignment": 32}

    {"name": "lines", "primary_key": ["order", "line"], ...}    a key of several columns

Required are name, primary_key and columns, a column's name and type, and the table and column of
`references`. A custom type without width is of variable width. A default is a cell in rows-JSON
form; `"default": null` is NULL, no `default` is none. `unique` are lists of several columns that no
two rows share, and `indexes` leaves out what these, the primary key and unique columns imply;
`alignment` means nothing for a table of fixed-size columns. With a key of several columns comes the
column `rowid` (see `definitions`), which may be left out.

Unknown keys are refused: a misspelt one would otherwise be a property silently lost. Two
definitions mean the same table exactly when `definition_to_json` gives the same for both.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from wasidb_guest.definitions import (
    DEFAULT_ALIGNMENT,
    Action,
    ColumnDefinition,
    Default,
    ForeignKey,
    OnDelete,
    TableDefinition,
    declared_indexes,
    declared_unique,
    define_table,
    invalid_definition,
)
from wasidb_guest.encoding.cells import BadCell, cell_to_json, json_to_cell
from wasidb_guest.errors import InvalidDefinition
from wasidb_guest.values import BUILT_IN, DataType, custom

KINDS = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    list: "a list",
    dict: "an object",
}

TABLE = {
    "name": str,
    "primary_key": object,
    "columns": list,
    "indexes": list,
    "unique": list,
    "alignment": int,
}
COLUMN = {
    "name": str,
    "type": object,
    "nullable": bool,
    "autoincrement": bool,
    "unique": bool,
    "references": dict,
    "default": object,
}
CUSTOM_TYPE = {"custom": str, "width": int}
REFERENCES = {"table": str, "column": str, "on_delete": str}


@dataclass(frozen=True)
class Place:
    """Where in a definition we are: a table, perhaps a column of it, and the keys that led here."""

    table: str
    column: str | None = None
    path: str = ""

    def invalid(self, key: str, expected: str) -> InvalidDefinition:
        """The error that says what `key` at this place must be."""
        path = ".".join(filter(None, (self.path, key)))
        return invalid_definition(expected, table=self.table, column=self.column, key=path)


def definition_from_json(value: object) -> TableDefinition:
    """The table a parsed JSON value defines; InvalidDefinition names table, column and key."""
    place = Place(_name_in(value))
    fields = _fields(value, TABLE, ("name", "primary_key", "columns"), place)
    columns = [_column(column, place, i) for i, column in enumerate(fields["columns"])]
    indexes, unique = (
        [_index(index, place, key, i) for i, index in enumerate(fields.get(key, []))]
        for key in ("indexes", "unique")
    )
    alignment = fields.get("alignment", DEFAULT_ALIGNMENT)
    key = _primary_key(fields["primary_key"], place)
    return define_table(fields["name"], key, columns, indexes, alignment, unique)


def definition_to_json(definition: TableDefinition) -> dict[str, Any]:
    """The definition as JSON has it, without what follows from the rest."""
    key = definition.key
    result: dict[str, Any] = {
        "name": definition.name,
        "primary_key": key[0] if len(key) == 1 else list(key),
        "columns": [column_to_json(column) for column in definition.columns],
        "indexes": [list(columns) for columns in declared_indexes(definition)],
    }
    unique = [list(columns) for columns in declared_unique(definition) if columns != key]
    if unique:
        result["unique"] = unique
    if not definition.is_fixed_size:
        result["alignment"] = definition.alignment
    return result


def _fields(
    value: object, kinds: Mapping[str, type], required: Collection[str], place: Place
) -> dict[str, Any]:
    """The object `value`, once it has all required keys, no unknown one, and their kinds."""
    if not isinstance(value, dict):
        raise place.invalid("definition", "an object")
    for key in value:
        if key not in kinds:
            raise place.invalid(str(key), f"left out: the keys are {', '.join(kinds)}")
    for key in required:
        if key not in value:
            raise place.invalid(key, "given")
    for key, kind in kinds.items():
        if key in value and kind is not object and type(value[key]) is not kind:
            raise place.invalid(key, KINDS[kind])
    return value


def _name_in(value: object, otherwise: str = "") -> str:
    """The name an object gives itself, for errors about the rest of it."""
    name = value.get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) else otherwise


def _column(value: object, table: Place, position: int) -> ColumnDefinition:
    place = Place(table.table, _name_in(value, f"#{position}"))
    fields = _fields(value, COLUMN, ("name", "type"), place)
    data_type = _type(fields["type"], place)
    references = fields.get("references")
    return ColumnDefinition(
        fields["name"],
        data_type,
        nullable=fields.get("nullable", False),
        autoincrement=fields.get("autoincrement", False),
        unique=fields.get("unique", False),
        references=None if references is None else _foreign_key(references, place),
        default=_default(data_type, fields["default"], place) if "default" in fields else None,
    )


def _type(value: object, place: Place) -> DataType:
    if isinstance(value, str) and value in BUILT_IN:
        return BUILT_IN[value]
    if not isinstance(value, dict):
        expected = f'{{"custom": ...}} or one of {", ".join(sorted(BUILT_IN))}'
        raise place.invalid("type", expected)
    place = Place(place.table, place.column, "type")
    fields = _fields(value, CUSTOM_TYPE, ("custom",), place)
    if fields.get("width") == 0:
        raise place.invalid("width", "at least 1; a type of variable width has none")
    return custom(fields["custom"], fields.get("width", 0))


def _foreign_key(value: object, place: Place) -> ForeignKey:
    place = Place(place.table, place.column, "references")
    fields = _fields(value, REFERENCES, ("table", "column"), place)
    on_delete = fields.get("on_delete", "restrict")
    if on_delete not in get_args(OnDelete):
        raise place.invalid("on_delete", f"one of {', '.join(get_args(Action))}")
    return ForeignKey(fields["table"], fields["column"], on_delete)


def _default(data_type: DataType, value: object, place: Place) -> Default:
    try:
        return Default(json_to_cell(data_type, value), data_type)
    except BadCell as problem:
        raise place.invalid("default", problem.expected) from None


def _primary_key(value: object, place: Place) -> str | list[str]:
    if isinstance(value, str):
        return value
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise place.invalid("primary_key", "the name of a column or a list of several")
    return value


def _index(value: object, place: Place, key: str, position: int) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise place.invalid(f"{key}[{position}]", "a list of column names")
    return value


def column_to_json(column: ColumnDefinition) -> dict[str, Any]:
    """A column as JSON has it, without flags that are off, and unique that the primary key
    implies.
    """
    result: dict[str, Any] = {"name": column.name, "type": type_to_json(column.type)}
    if column.nullable:
        result["nullable"] = True
    if column.autoincrement:
        result["autoincrement"] = True
    if column.unique and not column.primary_key:
        result["unique"] = True
    key = column.references
    if key is not None:
        result["references"] = foreign_key_to_json(key)
    if column.default is not None:
        cell: Any = column.default.cell
        result["default"] = cell_to_json(column.type, cell)
    return result


def foreign_key_to_json(key: ForeignKey) -> dict[str, str]:
    """A foreign key as JSON has it."""
    return {"table": key.table, "column": key.column, "on_delete": key.on_delete}


def type_to_json(data_type: DataType) -> str | dict[str, Any]:
    """A type as JSON has it."""
    if not data_type.custom_tag:
        return data_type.name
    width = {"width": data_type.width} if data_type.is_fixed else {}
    return {"custom": data_type.custom_tag, **width}
