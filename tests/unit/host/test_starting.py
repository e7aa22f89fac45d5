"""What a process imports: programs wait for it, every time they start."""

import json
import os
import subprocess
import sys
from pathlib import Path

import wasidb
from wasidb import Field, Table

LOOK_UP = """
import sys, wasidb

class Person(wasidb.Table, table="people"):
    id: int = wasidb.Field(primary_key=True, autoincrement=True)
    age: wasidb.UInt8 | None = None

with wasidb.open(sys.argv[1], read_only=True) as db:
    assert db.get(Person, 1).age == 30
"""


COMMAND = """
import atexit, gc
from wasidb.cli.main import main

atexit.register(lambda: print("nothing left:", gc.get_freeze_count() > 0))
main()
"""


class Person(Table, table="people"):
    id: int = Field(primary_key=True, autoincrement=True)
    age: wasidb.UInt8 | None = None


def printed(program: str, *arguments: object) -> str:
    """What a process prints that runs a program."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def imported(program: str, *arguments: object) -> set[str]:
    """The modules that a process has imported when it has run a program."""
    listing = "import json, sys; print(json.dumps(sorted(sys.modules)))"
    return set(json.loads(printed(f"{program}\n{listing}", *arguments)))


def test_import_stays_light() -> None:
    heavy = {"pyarrow", "numpy", "pandas", "typer", "rich", "wasidb.arrow", "wasidb.cli"}
    assert heavy.isdisjoint(imported("import wasidb"))


def test_rows_are_read_without_what_other_programs_need(tmp_path: Path) -> None:
    file = tmp_path / "people.wasidb"
    with wasidb.open(file, tables=[Person]) as db:
        db.insert(Person(age=30))
    heavy = {
        "importlib.metadata",  # where pydantic looks for plugins before it validates
        "pyarrow",
        "shutil",  # and with it all sorts of compression
        "tempfile",
        "wasidb.explanation",
        "wasidb.migrations",
        "wasidb.report",
        "wasidb.runtime.typed_contract",
    }
    assert heavy.isdisjoint(imported(LOOK_UP, file))


def test_commands_leave_nothing_to_be_looked_for_at_their_end() -> None:
    assert printed(COMMAND, "--help").endswith("nothing left: True\n")


def test_help_starts_without_what_commands_need() -> None:
    heavy = {"pyarrow", "pydantic", "wasmtime", "prompt_toolkit", "wasidb.opening"}
    assert heavy.isdisjoint(imported("import wasidb.cli.main"))
