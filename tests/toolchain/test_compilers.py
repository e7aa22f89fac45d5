"""Kernels become libraries, again only when needed; errors name the kernel and its line."""

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.toolchain.kernel_sources import write_sources
from toolchain.compilers import (
    c_source,
    compile_kernel,
    native_target,
    python_headers,
    wasm32_target,
)
from toolchain.failure import BuildFailed
from toolchain.kernels import Kernel


@dataclass
class Recorder:
    """A target that compiles nothing and remembers what it was asked for."""

    name: str = "recorder"
    identity: str = "one"
    asked: list[str] = field(default_factory=list)

    def compile(self, kernel: Kernel, source: Path, library: Path) -> None:
        self.asked.append(kernel.module)
        library.write_bytes(source.read_bytes())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_sources(tmp_path / "sources")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


def test_compiled_again_only_when_something_it_is_made_from_changes(
    root: Path, cache: Path
) -> None:
    target = Recorder()

    def compiled() -> list[str]:
        target.asked.clear()
        for module in ("pack.near", "pack.deep.far"):
            compile_kernel(Kernel(root, module), target, cache)
        return list(target.asked)

    assert compiled() == ["pack.near", "pack.deep.far"]
    assert compiled() == []
    append(root / "pack/plain.py", "\n\nTWO = 2\n")
    assert compiled() == []
    append(root / "pack/near.py", "\n\ndef none() -> None:\n    pass\n")
    assert compiled() == ["pack.near"]
    declaration = root / "pack/near.pxd"
    declaration.write_text(declaration.read_text().replace("Py_ssize_t offset", "int offset"))
    assert compiled() == ["pack.near", "pack.deep.far"]
    target.identity = "another compiler"
    assert compiled() == ["pack.near", "pack.deep.far"]


def test_a_native_library_is_what_an_import_finds(root: Path, cache: Path) -> None:
    target = native_target(cache, python_headers())
    for module in ("pack.near", "pack.deep.far"):
        library = compile_kernel(Kernel(root, module), target, cache)
        place = root.joinpath(*module.split(".")).with_suffix(".abi3.so")
        place.write_bytes(library.read_bytes())
    program = (
        "from pack.deep import far; from pack import near\n"
        "assert far.__file__.endswith('.abi3.so') and near.__file__.endswith('.abi3.so')\n"
        "print(far.last_byte(bytes([1, 2, 7])))\n"
        "try: near.byte_at(b'', 0)\n"
        "except IndexError: print('out of bounds')\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(root)!r})\n{program}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("7\nout of bounds\n", "")


def test_a_wasm32_library_exports_its_module(root: Path, cache: Path) -> None:
    kernel = Kernel(root, "pack.near")
    library = compile_kernel(kernel, wasm32_target(cache, python_headers()), cache).read_bytes()
    assert library[:8] == b"\0asm\1\0\0\0"
    assert b"PyInit_near" in library
    assert b"Py_IncRef" in library


def test_a_mistake_in_a_kernel_names_kernel_and_line(root: Path, cache: Path) -> None:
    append(root / "pack/near.py", "\n\ndef wrong() -> int:\n    return nowhere\n")
    with pytest.raises(BuildFailed) as caught:
        c_source(Kernel(root, "pack.near"), cache)
    assert "translating pack.near failed" in str(caught.value)
    assert "pack/near.py:6:11: undeclared name not builtin: nowhere" in str(caught.value)


@pytest.mark.parametrize("make_target", [native_target, wasm32_target])
def test_what_only_the_c_compiler_sees_names_kernel_and_line(
    root: Path, cache: Path, make_target: type
) -> None:
    append(root / "pack/near.py", "\n\ndef shifted(high: int) -> int:\n    return high << 32\n")
    append(
        root / "pack/near.pxd",
        "from libc.stdint cimport uint32_t\ncpdef uint32_t shifted(uint32_t high) except? 1\n",
    )
    target = make_target(cache, python_headers())
    with pytest.raises(BuildFailed) as caught:
        compile_kernel(Kernel(root, "pack.near"), target, cache)
    assert "compiling pack.near failed" in str(caught.value)
    assert "pack/near.py:6" in str(caught.value)
    assert "shift" in str(caught.value)


@pytest.mark.parametrize("make_target", [native_target, wasm32_target])
def test_missing_headers_name_the_package_and_the_place(
    cache: Path, tmp_path: Path, make_target: type
) -> None:
    with pytest.raises(BuildFailed) as caught:
        make_target(cache, tmp_path / "nothing")
    assert "python3-dev" in str(caught.value)
    assert f"no Python.h in {tmp_path / 'nothing'}" in str(caught.value)


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)
