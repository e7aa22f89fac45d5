"""Staged folders hold exactly what they should, and stay when nothing changed."""

from pathlib import Path, PurePath

import pytest

from toolchain.component import Files, stage
from toolchain.failure import BuildFailed, run


@pytest.fixture
def files(tmp_path: Path) -> Files:
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
    return {PurePath("pack/one.py"): tmp_path / "one", PurePath("two.py"): tmp_path / "two"}


def contents(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in found}


def test_holds_what_it_was_given_and_nothing_older(tmp_path: Path, files: Files) -> None:
    folder = stage(tmp_path / "build/native", files, tmp_path / "build")
    assert contents(folder) == {"pack/one.py": "one", "two.py": "two"}
    (tmp_path / "one").write_text("changed")
    del files[PurePath("two.py")]
    stage(folder, files, tmp_path / "build")
    assert contents(folder) == {"pack/one.py": "changed"}


def test_is_left_alone_when_nothing_changed(tmp_path: Path, files: Files) -> None:
    folder = stage(tmp_path / "build/native", files, tmp_path / "build")
    before = folder.stat().st_ino
    stage(folder, files, tmp_path / "build")
    assert folder.stat().st_ino == before


def test_is_made_again_when_it_is_gone(tmp_path: Path, files: Files) -> None:
    folder = stage(tmp_path / "build/native", files, tmp_path / "build")
    folder.rename(tmp_path / "elsewhere")
    stage(folder, files, tmp_path / "build")
    assert contents(folder) == contents(tmp_path / "elsewhere")


def test_a_failing_tool_is_named_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match=r"(?s)asking failed with exit code 3\n.*why"):
        run("asking", ["sh", "-c", "echo why; exit 3"], folder=tmp_path)
