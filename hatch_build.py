"""The engine's component goes into what is published, as it was built here.

    wheel   wasidb/wasidb.wasm, where `wasidb.runtime.artifact` looks first
    sdist   build/wasidb.wasm, so that pip makes the same wheel of it with no compiler at hand

An editable install takes nothing along: it finds build/wasidb.wasm in its place, once it is there.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPONENT = "build/wasidb.wasm"
PLACES = {"wheel": "wasidb/wasidb.wasm", "sdist": COMPONENT}


class ComponentHook(BuildHookInterface[Any]):
    """Adds the component to the files of a build, which fails when there is none."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        component = Path(self.root, COMPONENT)
        if not component.is_file():
            self.app.abort(f"{component} is missing: run `./justw component` first")
        build_data["force_include"][str(component)] = PLACES[self.target_name]
