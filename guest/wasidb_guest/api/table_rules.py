"""From the rules that a host declares to those that statements keep.

The rules of columns are self-contained. A check is a filter, and filters are bound where queries
are known: here.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from wasidb_guest.definitions import TableDefinition, invalid_definition
from wasidb_guest.errors import InvalidInput, InvalidQuery
from wasidb_guest.migrations.wanted import WantedTable, wanted_from_json
from wasidb_guest.query.binding import bind
from wasidb_guest.query.filter_json import parse_filter
from wasidb_guest.query.predicates import Predicate
from wasidb_guest.query.scope import Scope
from wasidb_guest.rules.declaration import (
    Declaration,
    column_rules,
    split_rules,
    table_references,
)
from wasidb_guest.rules.references import stored_references
from wasidb_guest.rules.table_rules import Check, TableRules

CHECK_KEYS = {"name", "where"}


def wanted_table(value: Any) -> WantedTable:
    """The table that a parsed JSON value asks for, and its rules; InvalidDefinition if it makes no
    sense.
    """
    plain, declaration = split_rules(value)
    table = wanted_from_json(plain)
    return replace(table, rules=_bound_rules(declaration, table.definition))


def _bound_rules(declaration: Declaration, definition: TableDefinition) -> TableRules | None:
    """The declared rules of a table; None if there are none."""
    columns = column_rules(declaration, definition)
    checks = list(_checks(declaration, definition))
    references = table_references(declaration, definition)
    if not columns and not checks and references == stored_references(definition):
        return None
    return TableRules(definition, columns, checks, references, declaration)


def _checks(declaration: Declaration, definition: TableDefinition) -> Iterator[Check]:
    table = definition.name
    if not isinstance(declaration.checks, list):
        raise invalid_definition("a list", table=table, key="checks")
    seen = set()
    for position, check in enumerate(declaration.checks):
        if not isinstance(check, Mapping) or check.keys() != CHECK_KEYS:
            expected = 'an object with "name" and "where"'
            raise invalid_definition(expected, table=table, key=f"checks[{position}]")
        name = check["name"]
        if not isinstance(name, str) or not name or name in seen:
            expected = f"a text, different from every other check's, not {name!r}"
            raise invalid_definition(expected, table=table, key=f"checks[{position}].name")
        seen.add(name)
        try:
            condition = _condition(check["where"], definition)
        except InvalidInput as problem:
            expected, key = f"a filter on the table: {problem.message}", f"checks[{position}].where"
            raise invalid_definition(expected, table=table, key=key) from None
        yield Check(name, condition.evaluate)


def _condition(where: object, definition: TableDefinition) -> Predicate:
    """The predicate of a filter, on batches of all columns."""
    try:
        text = json.dumps(where)
    except RecursionError:
        raise InvalidQuery("filters are nested less deeply") from None
    return bind(parse_filter(text), Scope.of_table(definition))
