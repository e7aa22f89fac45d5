"""From a kernel to a shared library: Cython writes C, then a compiler per target.

                     native                              wasm32
    compiler         cc, or zig when there is none       zig, whose clang knows wasm32-wasi
    linker           the same                            zig's wasm-ld, for loading at run time
    headers          CPython's                           CPython's, with guest/headers over them
    gives            keys.abi3.so                        keys.abi3.so

Both keep to the Limited API, natively that of CPython 3.11, in the component that of the
interpreter there: kernels are called without tuples then. See `headers/interpreter.h`.
The C text is the same for both and is cached by the content of the kernel's sources; a library is
cached by the C text, the flags and the versions of the tools. A cached file is complete: it is
written under another name and renamed.

A C compiler's error names the line of the `.py`, because Cython writes `#line` directives.
"""

import shlex
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from .cache import cached, content_key, replacing
from .failure import BuildFailed, run
from .kernels import Kernel

HEADERS = Path(__file__).parents[1] / "headers"
DIRECTIVES = {
    "language_level": "3",
    "boundscheck": "True",
    "wraparound": "False",
    "annotation_typing": "False",
}
DEFINITIONS = ["-DCYTHON_LIMITED_API=1", "-DPy_LIMITED_API=0x030B0000", "-DNDEBUG"]
# A shift by the operand's width or more is fine in Python and undefined in C.
CODE = ["-O3", "-fPIC", "-fwrapv", "-Werror=shift-count-overflow"]
ZIG = [sys.executable, "-m", "ziglang"]


class Target(Protocol):
    """A machine to compile for: its name, its identity for the cache, its way from C to library."""

    @property
    def name(self) -> str: ...

    @property
    def identity(self) -> str: ...

    def compile(self, kernel: Kernel, source: Path, library: Path) -> None: ...


@dataclass(frozen=True)
class Native:
    """The machine and the interpreter that run the build."""

    headers: Path
    compiler: tuple[str, ...]
    link_flags: tuple[str, ...]
    scratch: Path
    name: str = "native"

    @cached_property
    def identity(self) -> str:
        release = run(
            "asking the compiler for its version",
            [*self.compiler, "--version"],
            folder=self.scratch,
            environment=zig_environment(self.scratch),
        )
        return repr((self.compiler, release, self.link_flags, sys.version))

    def compile(self, kernel: Kernel, source: Path, library: Path) -> None:
        command = [*self.compiler, *CODE, *DEFINITIONS, f"-I{self.headers}", *self.link_flags]
        run(
            f"compiling {kernel.module}",
            [*command, str(source), "-o", str(library)],
            folder=kernel.root,
            environment=zig_environment(self.scratch),
        )


@dataclass(frozen=True)
class Wasm32:
    """The inside of the component: wasm32, CPython 3.14."""

    headers: Path
    scratch: Path
    name: str = "wasm32"

    @cached_property
    def identity(self) -> str:
        own = [path.read_text("utf-8") for path in sorted(HEADERS.iterdir())]
        return repr(("wasm32-wasi", version("ziglang"), own, sys.version))

    def compile(self, kernel: Kernel, source: Path, library: Path) -> None:
        target = ["-target", "wasm32-wasi", *CODE, *kernel.wasm_flags, "-include", "interpreter.h"]
        paths = [f"-I{HEADERS}", f"-I{self.headers}"]
        compiled = library.with_suffix(".o")
        environment = zig_environment(self.scratch)
        run(
            f"compiling {kernel.module}",
            [*ZIG, "cc", *target, *DEFINITIONS, *paths, "-c", str(source), "-o", str(compiled)],
            folder=kernel.root,
            environment=environment,
        )
        shared = ["-shared", "--experimental-pic", "--unresolved-symbols=import-dynamic"]
        entry = ["--no-entry", "--strip-debug", f"--export=PyInit_{kernel.name}"]
        run(
            f"linking {kernel.module}",
            [*ZIG, "wasm-ld", *shared, *entry, str(compiled), "-o", str(library)],
            folder=kernel.root,
            environment=environment,
        )
        compiled.unlink()


def native_target(cache: Path, include: Path) -> Native:
    """The compiler called `cc`, else zig; the interpreter knows how extensions are linked."""
    system = shutil.which("cc")
    link = shlex.split(sysconfig.get_config_var("LDSHARED") or "cc -shared")[1:]
    compiler = (system,) if system else (*ZIG, "cc")
    return Native(checked_headers(include), compiler, tuple(link), cache)


def wasm32_target(cache: Path, include: Path) -> Wasm32:
    """Zig, with CPython's headers copied: a pyconfig.h beside Python.h would win over ours."""
    headers = cache / "headers" / content_key(sys.version, str(include))[:16]
    checked_headers(include)
    if not headers.is_dir():
        with replacing(headers) as copy:
            shutil.copytree(include, copy, ignore=shutil.ignore_patterns("pyconfig*.h"))
    return Wasm32(headers, cache)


def python_headers() -> Path:
    """The folder in which this interpreter's headers belong."""
    return Path(sysconfig.get_path("include"))


def checked_headers(include: Path) -> Path:
    if not (include / "Python.h").is_file():
        raise BuildFailed(
            f"CPython's headers are missing: no Python.h in {include}; install the package "
            f"python3-dev (Debian), python3-devel (Fedora) or a Python {sys.version_info[0]}."
            f"{sys.version_info[1]} that brings them"
        )
    return include


def zig_environment(cache: Path) -> dict[str, str]:
    """Keep zig's caches out of the home folder, which need not exist."""
    return {f"ZIG_{kind}_CACHE_DIR": str(cache / "zig") for kind in ("GLOBAL", "LOCAL")}


def compile_kernel(kernel: Kernel, target: Target, cache: Path) -> Path:
    """The kernel's library for `target`, from the cache when nothing it depends on has changed."""
    source = c_source(kernel, cache)
    key = content_key(
        kernel.module,
        source.read_text("utf-8"),
        target.identity,
        *CODE,
        *DEFINITIONS,
        *kernel.wasm_flags,
    )
    return cached(
        cache / f"{kernel.module}.{target.name}.so",
        key,
        lambda library: target.compile(kernel, source, library),
    )


def c_source(kernel: Kernel, cache: Path) -> Path:
    """The kernel as C, written by Cython."""
    flags = [f"-X{name}={value}" for name, value in DIRECTIVES.items()]
    texts = [path.read_text("utf-8") for path in kernel.sources]
    key = content_key(kernel.module, version("Cython"), *flags, *texts)
    command = [sys.executable, "-m", "cython", "-3", "--line-directives", *flags]

    def translate(output: Path) -> None:
        said = run(
            f"translating {kernel.module}",
            [*command, f"{kernel.path}.py", "-o", str(output)],
            folder=kernel.root,
        )
        sys.stderr.write(said)

    return cached(cache / f"{kernel.module}.c", key, translate)
