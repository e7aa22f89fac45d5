"""A new virtual environment that knows nothing of this checkout.

In it are the packages that `wasidb` says it needs, with what these need, and nothing else: links to
those installed here, because a test has no network. `pip install --no-index` then finds them, and
refuses a wheel that needs more.
"""

import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement


@dataclass(frozen=True)
class CleanEnvironment:
    """The environment in `folder`; its programs run in `desk`, which begins empty."""

    folder: Path
    desk: Path

    def install(self, wheel: Path) -> None:
        """What `pip install` does, without a network."""
        pip = [sys.executable, "-m", "pip", "--python", str(self.folder / "bin/python")]
        self._done([*pip, "--disable-pip-version-check", "install", "--no-index", str(wheel)])

    def run(self, program: str, *arguments: str) -> str:
        """What one of its programs prints."""
        return self._done([str(self.folder / "bin" / program), *arguments])

    def _done(self, command: list[str]) -> str:
        foreign = ("PYTHONPATH", "WASIDB_COMPONENT")
        process = subprocess.run(
            command,
            cwd=self.desk,
            env={name: value for name, value in os.environ.items() if name not in foreign},
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        return process.stdout


def clean_environment(folder: Path) -> CleanEnvironment:
    """One with everything that wasidb needs, but without wasidb."""
    made, desk = folder / "environment", folder / "desk"
    desk.mkdir(parents=True)
    venv.create(made, symlinks=True, with_pip=False)
    [packages] = made.glob("lib/python*/site-packages")
    for name in needed("wasidb", set()):
        here = distribution(name)
        tops = {file.parts[0] for file in here.files or () if file.parts[0] not in ("..", ".")}
        for top in sorted(tops - {"__pycache__"}):
            link = packages / top
            if not link.exists():  # several distributions may share a folder
                link.symlink_to(Path(str(here.locate_file(top))))
    return CleanEnvironment(made, desk)


def needed(name: str, seen: set[str]) -> Iterator[str]:
    """The names of what a package needs here, directly or not, each once."""
    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if applies and requirement.name not in seen:
            seen.add(requirement.name)
            yield requirement.name
            yield from needed(requirement.name, seen)
