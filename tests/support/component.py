"""The engine as a component instance, started on a file."""

import json
from pathlib import Path

from tests.support.builds import COMPONENT
from wasidb.runtime.component import CANCEL_FILE, ComponentEngine
from wasidb.runtime.engine import Engine


def start(path: Path, read_only: bool, identity: str | None = None) -> Engine:
    """An instance of the component that sees the file's folder as its root."""
    engine = ComponentEngine(path.parent, read_only=read_only, component=COMPONENT)
    options = {"read_only": read_only, "cancel_file": CANCEL_FILE, "identity": identity}
    engine.call("maintenance", "open", f"/{path.name}", json.dumps(options))
    return engine
