"""What the documentation shows works: its Python runs and prints what it says, its commands exist.

The program of every guide, and the example in the docstring of `wasidb`, runs in a fresh process in
an empty folder, as a reader would run it. README and tutorial are tried in `tests/packaging`.
"""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.guides import FIRST_STEPS, examples, guide, guides
from wasidb.cli.main import COMMANDS, imported

COMMAND = re.compile(r"^(?:\$ )?wasidb ([a-z-]+)", re.MULTILINE)


def run(code: str, folder: Path) -> str:
    process = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


@pytest.mark.parametrize(
    "path",
    [path for path in guides() if guide(path).code and path not in FIRST_STEPS],
    ids=lambda path: path.name,
)
def test_program_of_a_guide_prints_what_it_says(path: Path, tmp_path: Path) -> None:
    promised = guide(path)
    printed = run(promised.code, tmp_path)
    assert not promised.output or printed == promised.output


def test_example_of_the_package_runs(tmp_path: Path) -> None:
    assert run(examples()["wasidb.__doc__"], tmp_path)


def test_commands_shown_exist() -> None:
    shown = {
        name for path in guides() for name in COMMAND.findall(path.read_text(encoding="utf-8"))
    }
    assert shown <= set(COMMANDS)


def test_every_command_explains_itself() -> None:
    for name, (_, summary) in COMMANDS.items():
        command = imported(name)
        assert inspect.cleandoc(command.help).split("\n\n")[0] == summary
        assert all(getattr(parameter, "help", "shown") for parameter in command.params)
