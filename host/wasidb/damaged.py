"""What can be read from a database file that does not open any more."""

import contextlib
import json
import os
from pathlib import Path

from wasidb.report import SalvageReport
from wasidb.runtime.platform import supported_platform


def salvage(path: str | os.PathLike[str], to: str | os.PathLike[str]) -> SalvageReport:
    """Writes what can be read from the file `path`, which is not changed, to the new file `to`.

    The lines of `to` are JSON: a `{"definition": ...}` for each table, then a `{"table": ...,
    "row": [...]}` for each row. The problems of the report are all that is not there.
    """
    with supported_platform():
        from wasidb.runtime.component import ComponentEngine
        from wasidb.runtime.database_file import file_through_exchange, path_as_the_host_has_it
        from wasidb.runtime.lock import FileLock

    place = Path(path).resolve()
    with contextlib.ExitStack() as closing:
        closing.callback(FileLock(place, read_only=True).release)
        engine = ComponentEngine(place.parent, read_only=True)
        closing.callback(engine.close)
        output = closing.enter_context(file_through_exchange(engine, Path(to).resolve()))
        name = f"/{place.name}"
        with path_as_the_host_has_it(name, place):
            form = engine.call("maintenance", "salvage", name, output)
    return SalvageReport.from_json(json.loads(form))
