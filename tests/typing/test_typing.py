"""mypy --strict and pyright, strict, take the examples, and refuse what is wrong where it is.

Each of them looks once at `good.py`, `bad.py` and the examples of README, guides and docstring.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.guides import examples

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
CHECKERS = {
    "mypy": ["mypy", "--strict", "--no-error-summary"],
    "pyright": ["pyright"],
}
PLACE = re.compile(r"^\s*(.+?\.py):(\d+):.*error", re.MULTILINE)


@pytest.mark.parametrize("checker", CHECKERS)
def test_examples_are_taken_and_mistakes_found(checker: str, tmp_path: Path) -> None:
    for place, code in examples().items():
        name = re.sub(r"\W", "_", place)
        (tmp_path / f"{name}.py").write_text(f"# pyright: strict\n{code}")
    good = [HERE / "good.py", *sorted(tmp_path.glob("*.py"))]
    bad = HERE / "bad.py"
    command = [sys.executable, "-m", *CHECKERS[checker], *map(str, (*good, bad))]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    found = {(Path(path).name, int(line)) for path, line in PLACE.findall(done.stdout)}
    lines = enumerate(bad.read_text().splitlines(), start=1)
    marked = {(bad.name, number) for number, line in lines if "# wrong: " in line}
    assert found == marked, done.stdout + done.stderr
