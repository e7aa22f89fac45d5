"""The engine as a component instance, started on a file."""

import json
from pathlib import Path

from tests.support.builds import COMPONENT
from wasidb.runtime.component import ComponentEngine
from wasidb.runtime.engine import Engine


def start(path: Path, read_only: bool) -> Engine:
    """An instance of the component that sees the file's folder as its root."""
    engine = ComponentEngine(path.parent, read_only=read_only, component=COMPONENT)
    engine.call("maintenance", "open", f"/{path.name}", json.dumps({"read_only": read_only}))
    return engine
