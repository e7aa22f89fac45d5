"""The engine in this process on memory instead of a file: quick to make, gone when closed.

EngineUnderTest(path, in_memory.start)      the path stands for nothing
"""

import json
from pathlib import Path
from typing import Any

import wasidb.errors
import wasidb_guest.errors
from tests.support.engine_on_memory import EngineOnMemory
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.columns import Columns
from wasidb_guest.api.maintenance import Maintenance
from wasidb_guest.api.rows import Rows
from wasidb_memory import HeapMemory


class InMemoryEngine:
    """The shape of `wasidb.runtime.engine.Engine`, without the folder for bulk data."""

    def __init__(self) -> None:
        engine = EngineOnMemory(HeapMemory())
        self._interfaces = {
            "rows": Rows(engine),
            "columns": Columns(engine),
            "catalog": Catalog(engine),
            "maintenance": Maintenance(engine),
        }

    def call(self, interface: str, function: str, *arguments: Any) -> Any:
        """What the method of the engine's api gives; its errors become the host's."""
        method = getattr(self._interfaces[interface], function.replace("-", "_"))
        try:
            return method(*arguments)
        except wasidb_guest.errors.DbmsError as error:
            raise wasidb.errors.error_from_wire(
                error.code, error.message, json.dumps(error.details, default=str)
            ) from error

    def close(self) -> None:
        """Nothing is kept that needs closing."""


def start(path: Path, read_only: bool) -> InMemoryEngine:
    """A new, empty database."""
    return InMemoryEngine()
