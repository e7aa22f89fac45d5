"""`wasidb component`: the engine that this program runs."""

import hashlib
from importlib.metadata import version

from wasidb.cli.command import AsJson, json_text
from wasidb.runtime.contract import PACKAGE
from wasidb.runtime.platform import supported_platform


def component(as_json: AsJson = False) -> None:
    """Show which engine component is used: its path, digest, size and WIT package."""
    with supported_platform():
        from wasidb.runtime import artifact
    path = artifact.locate()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    facts = {
        "path": str(path),
        "sha256": digest,
        "size": path.stat().st_size,
        "package": PACKAGE,
        "wasidb": version("wasidb"),
        "wasmtime": version("wasmtime"),
    }
    if as_json:
        print(json_text(facts))
    else:
        for name, value in facts.items():
            print(f"{name:16}{value:,}" if isinstance(value, int) else f"{name:16}{value}")
