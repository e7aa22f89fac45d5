"""Interface `catalog`: table definitions as JSON."""

import json

from wasidb_guest.api.engine import Engine
from wasidb_guest.encoding.definition_json import definition_from_json, definition_to_json
from wasidb_guest.errors import InvalidDefinition


class Catalog:
    """The functions of interface `catalog`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create_tables(self, definitions: str) -> None:
        try:
            parsed = json.loads(definitions)
        except (ValueError, RecursionError) as problem:
            raise InvalidDefinition(f"invalid definitions JSON: {problem}") from None
        if not isinstance(parsed, list):
            raise InvalidDefinition(
                "invalid definitions JSON: expected an array of table definitions"
            )
        tables = [definition_from_json(table) for table in parsed]
        with self._engine.store.session(None) as transaction:
            transaction.create_tables(tables)

    def tables(self) -> str:
        definitions = self._engine.store.catalog.definitions()
        return json.dumps([definition_to_json(definition) for definition in definitions])
