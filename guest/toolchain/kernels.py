"""Kernels: which modules are compiled, and what each one is made from.

    encoding/keys.py     plain typed Python: what runs when nothing is compiled
    encoding/keys.pxd    beside it: the C types; its presence is what makes `keys` a kernel

There is no list to forget an entry in: a kernel is whatever the glob finds. A `.pxd` without its
`.py` is an error.

A kernel's C text depends on its two files, on the `.pxd` files it cimports, and on theirs in turn.
That closure is found by reading the cimport lines, which must therefore be absolute and stand
alone on a line.

A `.pxd` may ask the compiler for WebAssembly for more than all kernels get: `# wasm: -msimd128`
lets loops over bytes run on sixteen of them at once. It is for kernels that are measured to gain by
it; groups are made more slowly with it.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .failure import BuildFailed

CIMPORT = re.compile(r"^\s*(?:from\s+([\w.]+)\s+cimport|cimport\s+([\w.]+))", re.MULTILINE)

WASM_FLAGS = re.compile(r"^# wasm: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Kernel:
    """One compiled module; `root` is the folder its dotted name starts in."""

    root: Path
    module: str

    @property
    def path(self) -> Path:
        """The module's place below the root, without a suffix: `wasidb_guest/encoding/keys`."""
        return Path(*self.module.split("."))

    @property
    def name(self) -> str:
        return self.path.name

    @cached_property
    def sources(self) -> tuple[Path, ...]:
        """All files whose content decides the C text: the `.py`, then the `.pxd` files, sorted."""
        return (self.root / self.path.with_suffix(".py"), *declarations(self.root, self.module))

    @cached_property
    def wasm_flags(self) -> tuple[str, ...]:
        """What this kernel alone is compiled with for WebAssembly."""
        declared = (self.root / self.path.with_suffix(".pxd")).read_text("utf-8")
        return tuple(flag for flags in WASM_FLAGS.findall(declared) for flag in flags.split())


def find_kernels(root: Path) -> list[Kernel]:
    """Every kernel below `root`, sorted; raises BuildFailed for a `.pxd` that stands alone."""
    kernels = []
    for declaration in sorted(root.rglob("*.pxd")):
        if not declaration.with_suffix(".py").is_file():
            raise BuildFailed(f"{declaration} has no {declaration.stem}.py beside it")
        kernels.append(Kernel(root, ".".join(declaration.relative_to(root).with_suffix("").parts)))
    return kernels


def declarations(root: Path, module: str) -> list[Path]:
    """The `.pxd` of `module` and of all it cimports below `root`; Cython's own are left out."""
    found: dict[Path, None] = {}
    waiting = [module]
    while waiting:
        path = root.joinpath(*waiting.pop().split(".")).with_suffix(".pxd")
        if path not in found and path.is_file():
            found[path] = None
            waiting += [source or name for source, name in CIMPORT.findall(path.read_text("utf-8"))]
    return sorted(found)
