"""What a host wants its tables to be: definitions, and what their parts were called before.

    {"name": "users", "renamed_from": ["people"], "primary_key": "id",
     "columns": [{"name": "id", "type": "uint32"},
                 {"name": "email", "type": "text", "renamed_from": ["mail", "e_mail"]}]}

`renamed_from` is the one key that a definition may have on top of `encoding.definition_json`. It
says nothing of the table, so it is not stored; it tells a renamed column from one that is dropped
beside one that is added. Former names can stay in a program forever: one that is not stored, or
that another column has now, means nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wasidb_guest.definitions import TableDefinition, invalid_definition
from wasidb_guest.encoding.definition_json import definition_from_json, definition_to_json
from wasidb_guest.errors import InvalidDefinition
from wasidb_guest.migrations.indexes import with_key_indexes, with_key_indexes_beside
from wasidb_guest.rules.references import Reference, stored_references
from wasidb_guest.rules.table_rules import TableRules

RENAMED_FROM = "renamed_from"

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WantedTable:
    """A table, its former names, those of its columns by the name they have now, and its rules."""

    definition: TableDefinition
    former_names: Names = ()
    former_columns: Mapping[str, Names] = field(default_factory=dict)
    rules: TableRules | None = None

    @property
    def references(self) -> Sequence[Reference]:
        """The foreign keys of the table."""
        return stored_references(self.definition) if self.rules is None else self.rules.references

    def created(self) -> TableDefinition:
        """The definition of the table where there is none."""
        return with_key_indexes(self.definition, self.references)

    def beside(
        self, stored: TableDefinition, names: Mapping[str, str] | None = None
    ) -> TableDefinition:
        """The definition that a stored table gets; `names` has the wanted name of each column of it
        that stays, which is the same one unless said otherwise.
        """
        if names is None:
            names = {column.name: column.name for column in stored.columns}
        return with_key_indexes_beside(self.definition, self.references, stored, names)

    def is_stored_as(self, stored: TableDefinition) -> bool:
        """Whether a stored table is this one."""
        return is_same(stored, self.beside(stored))


def wanted_from_json(value: Any) -> WantedTable:
    """The table a parsed JSON value asks for; InvalidDefinition names table, column and key."""
    if not isinstance(value, dict) or not isinstance(value.get("columns"), list):
        return WantedTable(definition_from_json(value))
    plain, former_names = _split(value, str(value.get("name")), None)
    columns, former_columns = [], {}
    for column in value["columns"]:
        if isinstance(column, dict):
            name = str(column.get("name"))
            column, former_columns[name] = _split(column, str(value.get("name")), name)
        columns.append(column)
    definition = definition_from_json({**plain, "columns": columns})
    return WantedTable(definition, former_names, former_columns)


def _split(value: dict[str, Any], table: str, column: str | None) -> tuple[dict[str, Any], Names]:
    """The object without the former names, and those."""
    names = value.get(RENAMED_FROM, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise invalid_definition("a list of names", table=table, key=RENAMED_FROM, column=column)
    return {key: part for key, part in value.items() if key != RENAMED_FROM}, tuple(names)


def by_name(wanted: Iterable[WantedTable]) -> dict[str, WantedTable]:
    """The tables by name; InvalidDefinition for two that differ and have the same one."""
    tables: dict[str, WantedTable] = {}
    for table in wanted:
        name = table.definition.name
        if not is_same(tables.setdefault(name, table).created(), table.created()):
            raise InvalidDefinition(f"table {name!r} is defined twice", table=name)
    return tables


def is_same(one: TableDefinition, other: TableDefinition) -> bool:
    """Whether two definitions mean the same table."""
    return definition_to_json(one) == definition_to_json(other)


def has_drifted(stored: Iterable[TableDefinition], wanted: Iterable[WantedTable]) -> bool:
    """Whether what is stored is not what is wanted, table by table."""
    found, tables = {table.name: table for table in stored}, by_name(wanted)
    if found.keys() != tables.keys():
        return True
    return not all(table.is_stored_as(found[name]) for name, table in tables.items())
