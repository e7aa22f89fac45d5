"""How a migration is done: the options of `catalog.migrate` and their JSON.

    {"allow_destructive": false,
     "columns": {"users": {"file": "/exchange/users.arrow", "names": ["level"]}}}

All may be left out. `columns` says where the values of some columns of a wanted table are, see
`migrations.supplies`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wasidb_guest.errors import InvalidQuery
from wasidb_guest.migrations.supplies import Supply

KEYS = {"allow_destructive", "columns"}


@dataclass(frozen=True, slots=True)
class MigrationOptions:
    """Whether data may be lost, and the columns whose values are given, by table."""

    allow_destructive: bool = False
    supplies: Mapping[str, Supply] = field(default_factory=dict)


def parse_migration_options(text: str) -> MigrationOptions:
    """The options a JSON object says. Raises InvalidQuery naming what is wrong with it."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise InvalidQuery(f"invalid options JSON: {problem}") from None
    if not isinstance(given, dict) or not given.keys() <= KEYS:
        raise _refused(f"an object with keys among {', '.join(sorted(KEYS))}")
    allow_destructive = given.get("allow_destructive", False)
    if not isinstance(allow_destructive, bool):
        raise _refused("true or false for allow_destructive")
    columns = given.get("columns", {})
    if not isinstance(columns, dict):
        raise _refused("an object from tables to files for columns")
    return MigrationOptions(allow_destructive, {each: _supply(columns[each]) for each in columns})


def _supply(given: Any) -> Supply:
    if isinstance(given, dict) and given.keys() == {"file", "names"}:
        file, names = given["file"], given["names"]
        is_list = isinstance(names, list) and all(isinstance(name, str) for name in names)
        if isinstance(file, str) and is_list and len(set(names)) == len(names) > 0:
            return Supply(file, tuple(names))
    raise _refused("a file and different column names for each table of columns")


def _refused(expected: str) -> InvalidQuery:
    return InvalidQuery(f"invalid options JSON: expected {expected}", expected=expected)
