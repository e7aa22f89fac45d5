"""The engine in this process, with the shape that `wasidb.Database` expects of an engine.

Stands where the component stands: the same calls by WIT names, the engine's errors turned into the
host's by their code, bulk data through a folder in memory.
"""

import json
import threading
from pathlib import Path
from typing import Any

import wasidb.errors
import wasidb_guest.errors
from wasidb.runtime.cancellation import CANCEL_NAME, Cancellation
from wasidb.runtime.engine import Exchange
from wasidb.runtime.exchange import ExchangeFolder
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.columns import Columns
from wasidb_guest.api.database import Database
from wasidb_guest.api.engine import Engine
from wasidb_guest.api.maintenance import Maintenance
from wasidb_guest.api.rows import Rows


class InProcessEngine:
    """An engine on the file at `path`; a Python object instead of a component instance."""

    def __init__(self, path: Path, *, read_only: bool, identity: str | None) -> None:
        self.engine = engine = Engine()
        self._lock = threading.Lock()
        self._interfaces = {
            "database": Database(engine),
            "rows": Rows(engine),
            "columns": Columns(engine),
            "catalog": Catalog(engine),
            "maintenance": Maintenance(engine),
        }
        self._folder = ExchangeFolder()
        folder = self._folder.path
        self.exchange = Exchange(folder, str(folder))
        self._cancellation = Cancellation(self.exchange.folder)
        options = {
            "read_only": read_only,
            "cancel_file": f"{folder}/{CANCEL_NAME}",
            "identity": identity,
        }
        try:
            self.call("maintenance", "open", str(path), json.dumps(options))
        except BaseException:
            self.close()
            raise

    def call(self, interface: str, function: str, *arguments: Any) -> Any:
        """What the method of the engine's api gives; its errors become the host's."""
        method = getattr(self._interfaces[interface], function.replace("-", "_"))
        try:
            with self._lock:
                self._cancellation.withdraw()
                return method(*arguments)
        except wasidb_guest.errors.DbmsError as error:
            raise wasidb.errors.error_from_wire(
                error.code, error.message, json.dumps(error.details, default=str)
            ) from error

    def cancel(self) -> None:
        """Ask for the call that is going on to be stopped."""
        if self._lock.locked():
            self._cancellation.request()

    def check_free(self) -> None:
        """Nothing to say: no test comes into a call of its own thread."""

    def close(self) -> None:
        """Remove the exchange folder."""
        self._folder.remove()


def start(path: Path, read_only: bool, identity: str | None = None) -> InProcessEngine:
    """The engine as Python code; interpreted or native is a matter of what was imported."""
    return InProcessEngine(path, read_only=read_only, identity=identity)
