"""The rules in a table definition as JSON has it, and the definition without them.

    {"name": "people", "primary_key": "id",
     "columns": [
       {"name": "id", "type": "uuid", "default": {"function": "uuid"}},
       {"name": "mail", "type": "text", "sanitizers": ["trim", "lower_case"],
                                        "validators": ["email", {"max_length": 80}]},
       {"name": "age", "type": "uint8", "sanitizers": [{"clamp": [0, 150]}]}],
     "checks": [{"name": "adult", "where": {"Ge": ["age", 18]}}]}

The file has no place for rules, so they are no part of what a table is: two definitions that differ
in them mean the same table. They are taken out before a definition is read, and put back where it
is shown. What foreign keys do beyond what the file knows is among them: see `references`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wasidb_guest.definitions import TableDefinition, invalid_definition
from wasidb_guest.rules.column_rules import ColumnRules
from wasidb_guest.rules.generated import generator_from_json
from wasidb_guest.rules.references import Reference, references_from_json, split_reference
from wasidb_guest.rules.rule import BadRule, rules_from_json
from wasidb_guest.rules.sanitizers import SANITIZERS
from wasidb_guest.rules.validators import VALIDATORS

ColumnKeys = Mapping[str, Any]

TABLE_KEYS = ("checks", "foreign_keys")


@dataclass(frozen=True, slots=True)
class Declaration:
    """The keys with rules of each column that has any, by name, the same of what it references, and
    what is declared of the whole table; all still JSON.
    """

    columns: Mapping[str, ColumnKeys] = field(default_factory=dict)
    references: Mapping[str, ColumnKeys] = field(default_factory=dict)
    checks: object = ()
    foreign_keys: object = ()

    def put_back(self, form: dict[str, Any]) -> dict[str, Any]:
        """A definition's JSON with these rules in it."""
        columns = list(map(self._put_back_in_column, form["columns"]))
        tables = {"foreign_keys": self.foreign_keys, "checks": self.checks}
        return {**form, "columns": columns, **{key: part for key, part in tables.items() if part}}

    def _put_back_in_column(self, form: dict[str, Any]) -> dict[str, Any]:
        whole = {**form, **self.columns.get(form["name"], {})}
        if form["name"] in self.references:
            whole["references"] = {**form["references"], **self.references[form["name"]]}
        return whole


def split_rules(value: Any) -> tuple[Any, Declaration]:
    """A definition's JSON without rules, and those.

    What is no definition is left as it is, for those who read it to say so.
    """
    if not isinstance(value, dict) or not isinstance(value.get("columns"), list):
        return value, Declaration()
    columns, rules, references = [], {}, {}
    for column in value["columns"]:
        if isinstance(column, dict):
            name = str(column.get("name"))
            keys = {key: part for key, part in column.items() if _is_rule(key, part)}
            column = {key: part for key, part in column.items() if key not in keys}
            if keys:
                rules[name] = keys
            if isinstance(column.get("references"), dict):
                stored, beyond = split_reference(column["references"])
                column = {**column, "references": stored}
                if beyond:
                    references[name] = beyond
        columns.append(column)
    plain = {key: part for key, part in value.items() if key not in TABLE_KEYS}
    of_table = (value.get(key, []) for key in TABLE_KEYS)
    return {**plain, "columns": columns}, Declaration(rules, references, *of_table)


def _is_rule(key: str, value: object) -> bool:
    """Whether a key of a column is about rules. A default is when it is a function."""
    return key in ("sanitizers", "validators") or (key == "default" and isinstance(value, dict))


def column_rules(declaration: Declaration, definition: TableDefinition) -> Sequence[ColumnRules]:
    """The rules of the columns that have any; InvalidDefinition names table, column and key."""
    return [
        _column_rules(definition, column.name, declaration.columns[column.name])
        for column in definition.columns
        if column.name in declaration.columns
    ]


def table_references(
    declaration: Declaration, definition: TableDefinition
) -> tuple[Reference, ...]:
    """All foreign keys of a table; InvalidDefinition names table, column and key."""
    return references_from_json(definition, declaration.references, declaration.foreign_keys)


def _column_rules(definition: TableDefinition, name: str, keys: ColumnKeys) -> ColumnRules:
    data_type = definition.column(name).type
    key = ""
    try:
        sanitizers = rules_from_json(keys.get(key := "sanitizers", []), SANITIZERS, data_type)
        validators = rules_from_json(keys.get(key := "validators", []), VALIDATORS, data_type)
        generator = None
        if (key := "default") in keys:
            generator = generator_from_json(keys[key], data_type)
    except BadRule as problem:
        expected, table = problem.expected, definition.name
        raise invalid_definition(expected, table=table, key=key, column=name) from None
    return ColumnRules(definition.name, name, data_type, sanitizers, validators, generator)
