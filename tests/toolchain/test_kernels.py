"""A kernel is a .pxd with its .py, wherever it lies."""

from pathlib import Path

import pytest

from tests.toolchain.kernel_sources import write_sources
from toolchain.failure import BuildFailed
from toolchain.kernels import Kernel, declarations, find_kernels


def test_finds_every_pxd_with_its_module_name(tmp_path: Path) -> None:
    root = write_sources(tmp_path)
    assert find_kernels(root) == [Kernel(root, "pack.deep.far"), Kernel(root, "pack.near")]


def test_a_module_without_pxd_is_no_kernel(tmp_path: Path) -> None:
    names = {kernel.module for kernel in find_kernels(write_sources(tmp_path))}
    assert "pack.plain" not in names


def test_a_pxd_alone_is_an_error_that_names_it(tmp_path: Path) -> None:
    root = write_sources(tmp_path)
    (root / "pack/near.py").unlink()
    with pytest.raises(BuildFailed, match=r"pack/near\.pxd has no near\.py beside it"):
        find_kernels(root)


def test_sources_are_its_own_two_files_and_what_it_cimports(tmp_path: Path) -> None:
    root = write_sources(tmp_path)
    places = [path.relative_to(root).as_posix() for path in Kernel(root, "pack.deep.far").sources]
    assert places == ["pack/deep/far.py", "pack/deep/far.pxd", "pack/near.pxd"]


def test_cimports_are_followed_in_circles_and_cythons_own_are_not(tmp_path: Path) -> None:
    (tmp_path / "a.pxd").write_text("cimport cython\nfrom libc.stdint cimport int32_t\ncimport b\n")
    (tmp_path / "b.pxd").write_text("from a cimport Thing as Other\n")
    assert declarations(tmp_path, "a") == [tmp_path / "a.pxd", tmp_path / "b.pxd"]


def test_a_pxd_says_what_its_kernel_alone_is_compiled_with_for_webassembly(tmp_path: Path) -> None:
    root = write_sources(tmp_path)
    declared = root / "pack/near.pxd"
    declared.write_text("# wasm: -msimd128 -g0\n" + declared.read_text())
    assert Kernel(root, "pack.near").wasm_flags == ("-msimd128", "-g0")
    assert Kernel(root, "pack.deep.far").wasm_flags == ()
