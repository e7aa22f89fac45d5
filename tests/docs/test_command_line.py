"""docs/command-line.md shows every command, and what it prints is what it printed here.

The console blocks are one session in an empty folder. `$ cat NAME` shows a file that the session
has from there on; `...` in what is printed stands for anything, and so do figures of time.
"""

import doctest
import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wasidb.cli.command import STATUSES
from wasidb.cli.main import COMMANDS, app

GUIDE = (Path(__file__).parents[2] / "docs/command-line.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
STEP = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
STATUS = re.compile(r"^\| (\d+) \|", re.MULTILINE)
TIME = re.compile(r" *[\d.]+ ms|(?<=\d) +\d+\.\d\d$", re.MULTILINE)
COLUMNS = "100"


def printed(command: str, folder: Path) -> str:
    """What a command prints, and the status of one that fails."""
    line, _, redirected = command.partition(" < ")
    name, *words = shlex.split(line)
    assert name == "wasidb"
    text = (folder / redirected).read_text() if redirected else None
    done = CliRunner(env={"COLUMNS": COLUMNS}).invoke(app, words, input=text)
    failed = f"(status {done.exit_code})\n" if done.exit_code else ""
    return done.output + failed


def steady(text: str) -> str:
    """What is printed, without what differs from run to run."""
    return TIME.sub(" #", text)


def test_session_goes_as_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    checker = doctest.OutputChecker()
    for block in BLOCK.findall(GUIDE):
        for command, wanted in STEP.findall(block):
            if command.startswith("cat "):
                (tmp_path / command.removeprefix("cat ")).write_text(wanted)
                continue
            got = re.sub(r" +$", "", printed(command, tmp_path), flags=re.MULTILINE)
            is_same = checker.check_output(steady(wanted), steady(got), doctest.ELLIPSIS)
            assert is_same, f"$ {command}\n{got}\nbut the guide has\n{wanted}"


def test_every_command_is_shown() -> None:
    shown = {command.split()[1] for command, _ in STEP.findall("".join(BLOCK.findall(GUIDE)))}
    assert set(COMMANDS) - shown == {"demo"}


SHAPE = re.compile(r"^\| `([a-z]+)` \| `\{(.*?)\}`", re.MULTILINE)
SHOWN = {
    "import": "people -  --format csv",
    "export": "people people.csv",
    "query": "people",
    "migrate": "models.py --dry-run",
    "snapshot": "copy.wasidb",
    "dump": "people.dump",
}


@pytest.mark.parametrize(
    ("command", "shape"),
    [each for each in SHAPE.findall(GUIDE) if each[0] not in ("bench", "demo")],
)
def test_json_has_the_shape_that_is_listed(
    command: str, shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    source = ["people.wasidb", "people", "-", "--format", "csv", "--create"]
    run(app, ["import", *source], input="name\nAnn\n")
    (tmp_path / "models.py").write_text(run(app, ["models", "people.wasidb"]).output)
    words = ["people.wasidb", *SHOWN.get(command, "").split()] if command != "component" else []
    done = run(app, [command, *words, "--json"], input="name\nBob\n")
    keys = re.findall(r'"(\w+)"', re.sub(r"\[.*?\]|: \{[^}]*\}", "", shape))
    assert list(json.loads(done.output)) == keys


def test_statuses_are_listed() -> None:
    listed = set(map(int, STATUS.findall(GUIDE)))
    assert listed == {0, 1, 2, 130, *(status for status, _ in STATUSES)}
