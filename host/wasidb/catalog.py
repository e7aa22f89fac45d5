"""The tables of a database, as the engine has told: asked once, until the host changes them.

    db.insert({"id": 1}, table="people")     asks
    db.insert({"id": 2}, table="people")     knows
    db.migrate(Person)                       forgets

Nobody else can change them: another process cannot write while this one has the file.
"""

import json

from wasidb.errors import TableNotFound
from wasidb.runtime.engine import Engine
from wasidb_schema import TableDefinition


class Catalog:
    """What the tables are, by name."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, TableDefinition] = {}

    def tables(self) -> list[TableDefinition]:
        """All of them, asked anew."""
        forms = json.loads(self._engine.call("catalog", "tables"))
        return list(map(TableDefinition.from_json, forms))

    def table(self, name: str) -> TableDefinition:
        """The one of that name; raises TableNotFound."""
        known = self._known  # if another thread forgets it meanwhile, so is what comes in now
        if name not in known:
            known.update((table.name, table) for table in self.tables())
        if name not in known:
            raise TableNotFound(f"table {name!r} does not exist", table=name)
        return known[name]

    def forget(self) -> None:
        """To be called once tables have changed."""
        self._known = {}
