"""Foreign keys as statements keep them: what the file says of one, and what is declared beyond it.

    {"name": "author", "type": "uint32", "nullable": true,
     "references": {"table": "users", "column": "id", "on_delete": "set_null",
                    "on_update": "restrict", "deferred": true}}

    "foreign_keys": [{"columns": ["row", "place"], "on_delete": "cascade",
                      "references": {"table": "seats", "columns": ["row", "place"]}}]

The layout of the file knows keys of one column, and on delete `restrict` and `cascade`. `author` is
stored there as `restrict`, so whoever opens the file without the declaration keeps too much and not
too little; on update every stored key is one that cascades, as in the Rust engine. A key of several
columns is not stored at all.

A key points at columns that are unique together and have the same types. It points nowhere as soon
as one of its columns is NULL.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, get_args

from wasidb_guest.definitions import (
    Action,
    ColumnDefinition,
    ForeignKey,
    OnDelete,
    TableDefinition,
    invalid_definition,
)
from wasidb_guest.errors import InvalidDefinition

ACTIONS = get_args(Action)

BEYOND_THE_FILE = tuple(action for action in ACTIONS if action not in get_args(OnDelete))
FLAGS = ("deferred", "index")
KEY_FIELDS = ("columns", "references", "on_delete", "on_update", *FLAGS)
TARGET_FIELDS = {"table", "columns"}

JsonObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """`columns` of `table` hold what `target_columns` of some row of `target` hold, or a NULL.

    `on_delete` and `on_update` say what becomes of a row when the key it holds goes or changes. A
    deferred key need not hold before the transaction commits. An indexed one brings an index by
    which the rows that point somewhere are found.
    """

    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: Action = "restrict"
    on_update: Action = "cascade"
    is_deferred: bool = False
    is_indexed: bool = True

    @property
    def name(self) -> str:
        """What violations call it."""
        return "_".join((self.table, *self.columns, "fkey"))


@lru_cache(maxsize=1024)
def stored_references(definition: TableDefinition) -> tuple[Reference, ...]:
    """The foreign keys of a table for which nothing is declared beyond its definition."""
    return tuple(_stored(definition, column, key, {}) for column, key in definition.foreign_keys)


def split_reference(value: JsonObject) -> tuple[dict[str, Any], dict[str, Any]]:
    """The `references` of a column as far as the file knows them, and the rest."""
    beyond = {
        key: part
        for key, part in value.items()
        if key in FLAGS or key == "on_update" or (key == "on_delete" and part in BEYOND_THE_FILE)
    }
    return {key: part for key, part in value.items() if key not in beyond}, beyond


def references_from_json(
    definition: TableDefinition, by_column: Mapping[str, JsonObject], keys: object
) -> tuple[Reference, ...]:
    """All foreign keys of a table: of one column, with what is declared `by_column` beyond the
    definition, then of several; InvalidDefinition names table, column and key.
    """
    stored = [
        _stored(definition, column, key, by_column.get(column.name, {}))
        for column, key in definition.foreign_keys
    ]
    return (*stored, *_composite_keys(definition, keys))


def _stored(
    definition: TableDefinition, column: ColumnDefinition, key: ForeignKey, beyond: JsonObject
) -> Reference:
    fields = {"on_delete": key.on_delete, **beyond}
    return _reference(
        _Place(definition, "references", column.name),
        fields,
        (column.name,),
        (key.table, (key.column,)),
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a definition a key is declared."""

    definition: TableDefinition
    path: str
    column: str | None = None

    def invalid(self, key: str, expected: str) -> InvalidDefinition:
        path, table = f"{self.path}.{key}" if key else self.path, self.definition.name
        return invalid_definition(expected, table=table, key=path, column=self.column)


def _composite_keys(definition: TableDefinition, keys: object) -> Iterator[Reference]:
    if not isinstance(keys, list):
        raise invalid_definition("a list", table=definition.name, key="foreign_keys")
    seen = set()
    for position, fields in enumerate(keys):
        place = _Place(definition, f"foreign_keys[{position}]")
        reference = _composite_key(place, fields)
        if reference.columns in seen:
            raise place.invalid("columns", "those of no other foreign key")
        seen.add(reference.columns)
        yield reference


def _composite_key(place: _Place, fields: object) -> Reference:
    if not isinstance(fields, Mapping) or not {"columns", "references"} <= fields.keys():
        raise place.invalid("", 'an object with "columns" and "references"')
    for key in fields:
        if key not in KEY_FIELDS:
            raise place.invalid(str(key), f"left out: the keys are {', '.join(KEY_FIELDS)}")
    columns, target = _names(fields["columns"]), fields["references"]
    known = {column.name for column in place.definition.columns}
    if len(set(columns)) < 2 or len(set(columns)) < len(columns) or not known.issuperset(columns):
        expected = "several different columns of the table; a key of one column is declared there"
        raise place.invalid("columns", expected)
    if not isinstance(target, Mapping) or target.keys() != TARGET_FIELDS:
        raise place.invalid("references", 'an object with "table" and "columns"')
    target_columns = _names(target["columns"])
    if not isinstance(target["table"], str) or len(target_columns) != len(columns):
        raise place.invalid("references", f"a table and {len(columns)} of its columns")
    return _reference(place, fields, columns, (target["table"], target_columns))


def _names(value: object) -> tuple[str, ...]:
    """A list of names; nothing if it is none."""
    is_list = isinstance(value, list) and all(isinstance(name, str) for name in value)
    return tuple(value) if is_list and isinstance(value, list) else ()


def _reference(
    place: _Place,
    fields: JsonObject,
    columns: tuple[str, ...],
    target: tuple[str, tuple[str, ...]],
) -> Reference:
    on_delete = _action(place, fields, "on_delete", columns, "restrict")
    on_update = _action(place, fields, "on_update", columns, "cascade")
    for key in FLAGS:
        if not isinstance(fields.get(key, False), bool):
            raise place.invalid(key, "true or false")
    flags = fields.get("deferred", False), fields.get("index", True)
    return Reference(place.definition.name, columns, *target, on_delete, on_update, *flags)


def _action(
    place: _Place, fields: JsonObject, key: str, columns: Sequence[str], otherwise: Action
) -> Action:
    action: Action = fields.get(key, otherwise)
    if action not in ACTIONS:
        raise place.invalid(key, f"one of {', '.join(ACTIONS)}")
    for column in map(place.definition.column, columns):
        if action == "set_null" and not column.nullable:
            raise place.invalid(key, f"another action: {column.name!r} may not be NULL")
        if action == "set_default" and column.default is None:
            raise place.invalid(key, f"another action: {column.name!r} has no constant default")
    return action


def check_targets(references: Iterable[Reference], known: Mapping[str, TableDefinition]) -> None:
    """Raise InvalidDefinition for a key of several columns that points at none that are unique
    together and have the same types. Those of one column are the catalog's to check.
    """
    for reference in references:
        if len(reference.columns) == 1:
            continue
        target, columns = known.get(reference.target), ", ".join(reference.target_columns)
        if target is None:
            problem = f"table {reference.target!r} does not exist"
        elif reference.target_columns not in target.unique_keys:
            problem = f"{reference.target!r} has no unique columns ({columns})"
        elif _types(target, reference.target_columns) != _types(
            known[reference.table], reference.columns
        ):
            problem = "their types differ"
        else:
            continue
        source = f"{reference.table} ({', '.join(reference.columns)})"
        message = f"foreign key {source} cannot reference {reference.target} ({columns}): {problem}"
        raise InvalidDefinition(message, table=reference.table, constraint=reference.name)


def _types(definition: TableDefinition, columns: Iterable[str]) -> list[object]:
    return [definition.column(name).type for name in columns]
