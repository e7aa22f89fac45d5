"""How every command ends, when all is well and when it is not: docs/command-line.md lists it.

What goes wrong is one line on standard error, with --json one object, and never a traceback.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import wasidb
from wasidb import Field, Table
from wasidb.cli import demonstration
from wasidb.cli.expectation import UnexpectedResult
from wasidb.cli.main import COMMANDS, app

FINE, FAILED, MISTYPED, DAMAGED, TRY_AGAIN, ENGINE_FAILED = 0, 1, 2, 3, 4, 5


class City(Table, table="cities"):
    name: str = Field(primary_key=True)
    inhabitants: int | None = None


MODELS = """\
from wasidb import Field, Table

class City(Table, table="cities"):
    name: str = Field(primary_key=True)
"""

FILES = {
    "good.csv": "name,inhabitants\nOslo,1\n",
    "bad.csv": "name,inhabitants\nOslo,many\n",
    "models.py": MODELS,
    "text.wasidb": "no database",
    "empty.wasidb": "",
}
IMPORT = "import cities.wasidb cities"

ENDINGS: dict[str, list[tuple[str, int]]] = {
    "shell": [("cities.wasidb", FINE), ("none.wasidb", FAILED)],
    "query": [
        ("cities.wasidb cities", FINE),
        ("cities.wasidb towns", FAILED),
        ("cities.wasidb select(cities.nam)", FAILED),
        ("cities.wasidb cities --explain", FINE),
    ],
    "import": [
        ("cities.wasidb cities bad.csv", FAILED),
        ("cities.wasidb cities none.csv", FAILED),
        ("cities.wasidb towns good.csv", FAILED),
        ("none.wasidb cities good.csv", FAILED),
        ("cities.wasidb cities garbage.csv", FAILED),
        ("cities.wasidb cities bad.csv --reject rejected", FINE),
        ("cities.wasidb cities good.csv", FINE),
    ],
    "export": [
        ("cities.wasidb cities new.csv", FINE),
        ("cities.wasidb cities good.csv", FAILED),
        ("cities.wasidb cities new.xlsx", FAILED),
        ("cities.wasidb towns - --format csv", FAILED),
        ("cities.wasidb cities /none/new.csv", FAILED),
    ],
    "schema": [("cities.wasidb", FINE), ("cities.wasidb towns", FAILED)],
    "models": [("cities.wasidb", FINE), ("none.wasidb", FAILED)],
    "migrate": [
        ("cities.wasidb none.py", FAILED),
        ("cities.wasidb models.py", FAILED),
        ("cities.wasidb models.py --dry-run", FINE),
        ("cities.wasidb models.py --allow-destructive", FINE),
    ],
    "inspect": [("cities.wasidb", FINE), ("cities.wasidb --svg /none/new.svg", FAILED)],
    "check": [("cities.wasidb", FINE), ("damaged.wasidb", DAMAGED), ("empty.wasidb", DAMAGED)],
    "snapshot": [
        ("cities.wasidb copy.wasidb", FINE),
        ("cities.wasidb good.csv", FAILED),
        ("cities.wasidb /none/copy.wasidb", FAILED),
    ],
    "compact": [("cities.wasidb", FINE), ("none.wasidb", FAILED), (".", FAILED)],
    "dump": [("cities.wasidb new.dump", FINE), ("cities.wasidb good.csv", FAILED)],
    "bench": [("--rows ten", MISTYPED)],
    "component": [("", FINE)],
    "demo": [("--directory .", FAILED)],
}
"""For each command its arguments, and how it ends."""

FIRST = {name: endings[0][0] for name, endings in ENDINGS.items() if name not in ("bench", "demo")}
"""A use of each command that has a database."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a database, and what else the commands ask for."""
    with wasidb.open(tmp_path / "cities.wasidb", tables=[City]) as db:
        db.insert([City(name="Bergen"), City(name="Aarhus")])
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "garbage.csv").write_bytes(b"\xb2\xff,name\n")
    (tmp_path / "flights.wasidb").touch()
    damaged = bytearray((tmp_path / "cities.wasidb").read_bytes())
    damaged[2 * 65536] ^= 9
    (tmp_path / "damaged.wasidb").write_bytes(damaged)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ended(words: str, wanted: int) -> None:
    """Runs a command for people and for programs; it must end so."""
    for as_json in (False, True):
        done = CliRunner().invoke(app, [*words.split(), *(["--json"] if as_json else [])], input="")
        assert done.exit_code == wanted, f"{words}\n{done.output}{done.exception!r}"
        assert done.exception is None or isinstance(done.exception, SystemExit), words
        if wanted in (FAILED, TRY_AGAIN, ENGINE_FAILED):
            error = done.stderr.removesuffix("\n")
            assert "\n" not in error, words
            if as_json:
                assert json.loads(error)["error"]["message"], words
            else:
                assert error.startswith("wasidb: "), words
        if as_json and wanted == FINE and done.stdout:
            json.loads(done.stdout)
        for name in ("new.csv", "rejected", "copy.wasidb", "new.dump"):
            Path(name).unlink(missing_ok=True)
        if words == f"{IMPORT} good.csv" and wanted == FINE:
            with wasidb.open("cities.wasidb") as db:
                db.delete(City, City.name == "Oslo")


def test_every_command_has_endings() -> None:
    assert ENDINGS.keys() == COMMANDS.keys()


@pytest.mark.parametrize("command", ENDINGS)
def test_command_ends_as_it_should(folder: Path, command: str) -> None:
    for arguments, wanted in ENDINGS[command]:
        ended(f"{command} {arguments}", wanted)


@pytest.mark.parametrize("command", sorted({*FIRST} - {"component"}))
def test_commands_need_arguments_that_are_none_else(folder: Path, command: str) -> None:
    ended(command, MISTYPED)
    ended(f"{command} {FIRST[command]} --colour red", MISTYPED)


def test_file_that_somebody_has_open_is_to_be_tried_again(folder: Path) -> None:
    with wasidb.open("cities.wasidb"):
        for command in {*FIRST} - {"component", "migrate"}:
            ended(f"{command} {FIRST[command].replace('bad.csv', 'good.csv')}", TRY_AGAIN)
        ended("migrate cities.wasidb models.py", TRY_AGAIN)


def test_file_that_is_no_database(folder: Path) -> None:
    for command in {*FIRST} - {"component", "migrate", "dump"}:
        ended(f"{command} {FIRST[command]}".replace("cities.wasidb", "text.wasidb"), ENGINE_FAILED)
    ended("dump text.wasidb new.dump", DAMAGED)


@pytest.mark.parametrize("content", [None, b"", b"\0asm garbage"], ids=["none", "empty", "garbage"])
def test_no_engine(folder: Path, content: bytes | None, monkeypatch: pytest.MonkeyPatch) -> None:
    component = folder / "engine.wasm"
    if content is not None:
        component.write_bytes(content)
    monkeypatch.setenv("WASIDB_COMPONENT", str(component))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    ended("check cities.wasidb", ENGINE_FAILED)
    ended("component", FINE if content is not None else ENGINE_FAILED)


def test_platform_without_wasmtime(folder: Path) -> None:
    code = "import sys; sys.modules['wasmtime'] = None; from wasidb.cli.main import app; app()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for words in (["component"], ["check", "cities.wasidb"]):
        command = [sys.executable, "-c", code, *words]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == ENGINE_FAILED
        assert done.stderr.startswith("wasidb: wasidb needs wasmtime and POSIX file locks")
        assert done.stderr.count("\n") == 1


def test_standard_output_that_is_full(folder: Path) -> None:
    for words in (["query", "cities.wasidb", "cities", "--json"], ["component"]):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-m", "wasidb.cli.main", *words]
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                command, stdout=full, stderr=subprocess.PIPE, env=environment, check=False
            )
        assert done.returncode == ENGINE_FAILED
        assert b"cannot write standard output: No space left on device" in done.stderr


def test_shell_ends_as_its_first_error_does(folder: Path) -> None:
    text = "select(cities.nam)\nselect(cities.name)\n.tables\n"
    done = CliRunner().invoke(app, ["shell", "cities.wasidb", "--json"], input=text)
    assert done.exit_code == FAILED
    error, answer, tables = map(json.loads, done.stdout.splitlines())
    assert error["error"]["code"] == "unknown-column"
    assert answer == {"columns": ["name"], "rows": [["Bergen"], ["Aarhus"]]}
    assert tables == {"tables": [{"name": "cities", "rows": 2}]}


def test_demonstration_that_is_not_as_it_should_be(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def different(*_: object, **__: object) -> None:
        raise UnexpectedResult("rows of flights: expected 2, got 1")

    monkeypatch.setattr(demonstration, "run", different)
    done = CliRunner().invoke(app, ["demo"])
    assert (done.exit_code, done.stderr) == (
        FAILED, "wasidb: rows of flights: expected 2, got 1\n"
    )  # fmt: skip


def test_text_that_standard_output_has_no_encoding_for(tmp_path: Path) -> None:
    class Town(Table, table="städte"):
        id: int = Field(primary_key=True)

    file = tmp_path / "towns.wasidb"
    wasidb.open(file, tables=[Town]).close()
    result = CliRunner(charset="ascii").invoke(app, ["models", str(file)])
    assert result.exit_code == FAILED
    assert result.stderr.splitlines() == [
        "wasidb: cannot write standard output: ascii has no '\\xe4': set PYTHONIOENCODING=utf-8"
    ]
