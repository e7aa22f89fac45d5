"""The command line: what it prints, and how it fails."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from wasidb.cli import inspect
from wasidb.cli.expectation import UnexpectedResult, expect
from wasidb.cli.main import app
from wasidb.cli.nycflights import TABLES, data_folder, read
from wasidb.report import IndexReport, PageMap, TableReport

PAGES = (
    "registry",
    "acl",
    "unclaimed",
    "snapshot",
    "record",
    "record",
    "index",
    "free",
    "unreferenced",
)
OWNERS = (None, None, None, "users", "users", "posts", "users", None, None)
USERS = TableReport("users", 1234, 3, 1, 2048, (IndexReport(("id",), True, 1, 1234, 2),))
POSTS = TableReport("posts", 1, 4, 1, 65_000, ())
MAP = PageMap(PAGES, OWNERS, (USERS, POSTS))


def printed(renderable: Any, width: int = 100, **options: Any) -> str:
    """What a terminal of that width shows."""
    console = Console(width=width, record=True, file=open(os.devnull, "w"), **options)  # noqa: SIM115
    with console.file:
        console.print(renderable)
        return console.export_text(styles="color_system" in options)


def test_page_map_is_one_character_a_page() -> None:
    first, _, *rest = printed(inspect.pages_of(MAP)).splitlines()
    legend = " ".join(rest)
    assert first == "RAUS██▒·?"
    assert "█ record 2" in legend
    assert "users posts" in legend


def test_page_map_wraps_and_loses_nothing() -> None:
    pages = ("record",) * 105
    wide = PageMap(pages, ("users",) * 105, (USERS,))
    lines = printed(inspect.pages_of(wide), width=50).splitlines()
    assert [line.count("█") for line in lines[:3]] == [50, 50, 5]


def test_tables_have_their_colours() -> None:
    text = printed(
        inspect.pages_of(MAP), force_terminal=True, color_system="standard", legacy_windows=False
    )
    assert "\x1b[36m██" not in text
    assert "\x1b[36m█\x1b[0m\x1b[32m█" in text


def test_tables_and_indexes_have_their_lines() -> None:
    text = printed(inspect.tables_of(MAP))
    assert "1,234" in text
    assert "id (unique)" in text
    assert "posts" in text


def test_error_is_one_line_and_status_one(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["inspect", str(tmp_path / "none.wasidb")])
    assert result.exit_code == 1
    assert result.stderr == f"wasidb: {tmp_path / 'none.wasidb'} does not exist\n"
    assert result.stdout == ""


def test_mistyped_command_is_status_two() -> None:
    assert CliRunner().invoke(app, ["inspct"]).exit_code == 2


def test_demo_spares_a_file_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "flights.wasidb").touch()
    result = CliRunner().invoke(app, ["demo", "--directory", str(tmp_path)])
    assert result.exit_code == 1
    assert "flights.wasidb exists" in result.stderr


@pytest.mark.parametrize("table", TABLES[:-1])
def test_data_of_the_demonstration_fit_their_tables(table: Any) -> None:
    data = read(table)
    named = {column.name for column in table.__table__.columns if not column.autoincrement}
    assert set(data.column_names) == named
    row = data.slice(0, 1).to_pylist()[0]
    assert table(**row)
    assert data_folder().is_dir()


def test_expectations() -> None:
    expect("means", [Decimal("12.1060730"), "x", None], (12.106073, "x", None))
    for got, wanted in [(1, 2), ([1], [1, 2]), (12.2, 12.1), ("12", 12.0)]:
        with pytest.raises(UnexpectedResult, match="what: expected"):
            expect("what", got, wanted)


def test_import_stays_light() -> None:
    code = "import json, sys, wasidb; print(json.dumps(sorted(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    heavy = {"pyarrow", "numpy", "pandas", "typer", "rich", "wasidb.arrow", "wasidb.cli"}
    assert heavy.isdisjoint(json.loads(done.stdout))
