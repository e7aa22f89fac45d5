"""What the documentation shows works: its Python runs, its commands exist.

Every ```python block of a README or guide, and the example in the docstring of `wasidb`, runs in a
fresh process in an empty folder, as a reader would run it.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

import wasidb
from wasidb.cli.main import app

ROOT = Path(__file__).parents[2]
FENCED = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^(?:\$ )?wasidb ([a-z-]+)", re.MULTILINE)


def guides() -> list[Path]:
    """Every Markdown file of ours."""
    folders = ["", "guest", "host", "memory_provider", "schema", "docs"]
    return sorted(path for folder in folders for path in (ROOT / folder).glob("*.md"))


def examples() -> dict[str, str]:
    """Python code by the place where it stands; blocks of one guide continue each other."""
    blocks = {path: FENCED.findall(path.read_text(encoding="utf-8")) for path in guides()}
    found = {str(path.relative_to(ROOT)): "\n".join(code) for path, code in blocks.items() if code}
    assert wasidb.__doc__ is not None
    found["wasidb.__doc__"] = wasidb.__doc__.partition("\n\n")[2]
    return found


@pytest.mark.parametrize("place", examples())
def test_example_runs(place: str, tmp_path: Path) -> None:
    code = examples()[place]
    process = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr


def test_commands_shown_exist() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    shown = {
        name for path in guides() for name in COMMAND.findall(path.read_text(encoding="utf-8"))
    }
    assert shown <= set(commands)


def test_every_command_explains_itself() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert commands
    for command in commands.values():
        assert command.help
        assert all(getattr(parameter, "help", "shown") for parameter in command.params)
