"""The three builds of the engine that one suite runs on.

    interpreted   guest/ as it is, in this process
    native        build/native, in this process: the same files, every kernel compiled
    component     build/wasidb.wasm through wasidb.runtime

`select` must come before anything of the engine is imported: it decides what an import finds.
"""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILDS = ("interpreted", "native", "component")
SOURCE_ROOTS = [ROOT / name for name in ("guest", "memory_provider", "schema", "host")]
NATIVE = ROOT / "build/native"
COMPONENT = ROOT / "build/wasidb.wasm"


class BuildMissing(Exception):
    """The build asked for has not been made, or is not what it says."""


def select(build: str) -> None:
    """Make imports find `build`, and prove that they do; raises BuildMissing."""
    roots = [NATIVE, *SOURCE_ROOTS] if build == "native" else SOURCE_ROOTS
    sys.path[:0] = [str(root) for root in (*roots, ROOT)]
    if build == "native" and not NATIVE.is_dir():
        raise BuildMissing(f"{NATIVE} is missing: run `just native`")
    if build == "component" and not COMPONENT.is_file():
        raise BuildMissing(f"{COMPONENT} is missing: run `just component`")
    wrong = [name for name in kernels() if is_compiled(name) != (build == "native")]
    if wrong:
        state = "not compiled" if build == "native" else "compiled"
        raise BuildMissing(f"in the {build} build these kernels are {state}: {', '.join(wrong)}")


def kernels() -> list[str]:
    """The module names of all kernels: a kernel is a module with a .pxd beside it."""
    guest = ROOT / "guest"
    found = sorted((guest / "wasidb_guest").rglob("*.pxd"))
    return [".".join(path.relative_to(guest).with_suffix("").parts) for path in found]


def is_compiled(module_name: str) -> bool:
    """Whether importing the module gives a compiled extension."""
    spec = importlib.util.find_spec(module_name)
    return spec is not None and isinstance(spec.loader, importlib.machinery.ExtensionFileLoader)
