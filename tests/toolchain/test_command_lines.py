"""`guest/build.py` and `justw` as they are called: exit codes, and messages a person can act on."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.toolchain.kernel_sources import write_sources

ROOT = Path(__file__).parents[2]


def run(command: list[str], folder: Path, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env={"PATH": path}, capture_output=True, text=True, check=False
    )


def test_a_broken_kernel_ends_the_build_with_an_error(tmp_path: Path) -> None:
    guest = write_sources(tmp_path / "guest")
    for part in ("toolchain", "headers"):
        shutil.copytree(ROOT / "guest" / part, guest / part)
    shutil.copy(ROOT / "guest/build.py", guest)
    (guest / "pack/near.py").write_text("def byte_at(page, offset)\n")
    done = run([sys.executable, "guest/build.py", "native"], tmp_path, path="/usr/bin:/bin")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("build failed: translating pack.near failed with exit code 1")
    assert "pack/near.py:1:" in done.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with justw and what it reads, and programs in bin/ that it may find."""
    for name in ("justw", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    for name in ("cat", "cksum", "dirname", "sh"):
        program = shutil.which(name)
        assert program is not None
        (tmp_path / "bin" / name).symlink_to(program)
    return tmp_path


def test_justw_says_that_python_is_missing(checkout: Path) -> None:
    done = run(["./justw"], checkout, path=str(checkout / "bin"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "no python3 on PATH; Python 3.11 or newer is needed" in done.stderr


def test_justw_refuses_an_old_python(checkout: Path) -> None:
    python = checkout / "bin/python3"
    python.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2"\nexit 1\n')
    python.chmod(0o755)
    done = run(["./justw"], checkout, path=str(checkout / "bin"))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"must be Python 3.11 or newer; {python} is Python 3.9.2" in done.stderr
    assert not (checkout / ".venv").exists()
