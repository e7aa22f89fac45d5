"""Interface `catalog`: table definitions as JSON."""

import json
from typing import Any

from wasidb_guest.api.engine import Engine
from wasidb_guest.encoding.definition_json import definition_from_json, definition_to_json
from wasidb_guest.errors import InvalidDefinition


class Catalog:
    """The functions of interface `catalog`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create_tables(self, definitions: str) -> None:
        parsed = _parse_list(definitions, "definitions", "table definitions")
        tables = [definition_from_json(table) for table in parsed]
        with self._engine.store.session(None) as transaction:
            transaction.create_tables(tables)

    def drop_tables(self, names: str) -> None:
        doomed = _parse_names(names)
        with self._engine.store.session(None) as transaction:
            transaction.drop_tables(doomed)

    def tables(self) -> str:
        definitions = self._engine.store.catalog.definitions()
        return json.dumps([definition_to_json(definition) for definition in definitions])


def _parse_names(names: str) -> list[str]:
    """Different table names."""
    parsed = _parse_list(names, "names", "table names")
    for position, name in enumerate(parsed):
        if not isinstance(name, str):
            raise InvalidDefinition(f"invalid names JSON: expected a table name, not {name!r}")
        if name in parsed[:position]:
            raise InvalidDefinition(f"invalid names JSON: {name!r} is named twice", table=name)
    return parsed


def _parse_list(text: str, document: str, items: str) -> list[Any]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise InvalidDefinition(f"invalid {document} JSON: {problem}") from None
    if not isinstance(parsed, list):
        raise InvalidDefinition(f"invalid {document} JSON: expected an array of {items}")
    return parsed
