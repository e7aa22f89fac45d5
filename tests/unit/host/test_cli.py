"""The command line: what it prints, and how it fails."""

import json
import os
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from rich.console import Console
from typer.testing import CliRunner

import wasidb
from wasidb import Field, Table
from wasidb.cli import inspect
from wasidb.cli.expectation import UnexpectedResult, expect
from wasidb.cli.main import app
from wasidb.cli.nycflights import TABLES, data_folder, read
from wasidb.cli.progress import bars, watched
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


class Person(Table, table="people"):
    id: int = Field(primary_key=True)
    age: int | None = None


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A file with one person."""
    with wasidb.open(tmp_path / "people.wasidb", tables=[Person]) as db:
        db.insert(Person(id=1, age=30))
    return tmp_path / "people.wasidb"


def run(*words: object, input: str | bytes | None = None) -> Result:
    """A command in this process."""
    return CliRunner().invoke(app, list(map(str, words)), input=input)


def test_import_creates_a_numbered_table_from_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "new.wasidb"
    done = run("import", file, "cities", "-", "--format", "csv", "--create", input="a,b\n1,x\n,y\n")
    assert (done.exit_code, done.output) == (0, "cities: 2 rows\n")
    assert run("query", file, "cities", "--csv").output == '"id","a","b"\n1,1,"x"\n2,,"y"\n'


def test_import_that_fails_leaves_no_table_and_no_new_file(people: Path, tmp_path: Path) -> None:
    source = tmp_path / "cities.csv"
    source.write_text("a\n1\n1\n")
    options = ("--create", "--primary-key", "a")
    before = run("schema", people, "--json").output
    for file in (people, tmp_path / "new.wasidb"):
        assert run("import", file, "cities", source, *options).exit_code == 1
    assert run("schema", people, "--json").output == before
    assert sorted(tmp_path.iterdir()) == [source, people]


def test_import_needs_a_file_and_a_table_or_leave_to_create_them(people: Path) -> None:
    other = people.with_name("other.wasidb")
    assert "does not exist" in run("import", other, "t", "-", "--format", "csv").stderr
    assert not other.exists()
    assert "table 't' does not exist" in run("import", people, "t", "-", "--format", "csv").stderr
    assert "exists" in run("import", people, "people", "-", "--format", "csv", "--create").stderr


def test_rejected_rows_are_lines_of_json(people: Path, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.jsonl"
    rows = "id,age\n1,5\n2,old\n3,7\n"
    done = run("import", people, "people", "-", "--format", "csv", "--reject", rejects, input=rows)
    assert done.output == f"people: 1 row, 2 rejected: see {rejects}\n"
    lines = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [(line["row"], line["code"], line["column"], line["data"]) for line in lines] == [
        (2, "invalid-value", "age", {"id": "2", "age": "old"}),
        (1, "primary-key-conflict", "id", {"id": "1", "age": "5"}),
    ]
    again = run("import", people, "people", "-", "--format", "csv", "--reject", rejects, input=rows)
    assert (again.exit_code, again.stderr) == (1, f"wasidb: cannot create {rejects}: it exists\n")


def test_arrow_goes_to_a_file_or_down_the_pipe(people: Path, tmp_path: Path) -> None:
    assert run("query", people, "people", "--arrow", tmp_path / "people.arrow").exit_code == 0
    stream = run("export", people, "people", "-", "--format", "arrows").stdout_bytes
    assert stream == run("query", people, "people", "--arrow", "-").stdout_bytes
    for source, format, piped in (
        (tmp_path / "people.arrow", "arrow", None),
        ("-", "arrows", stream),
    ):
        copy = tmp_path / f"{format}.wasidb"
        options = ("--format", format, "--create", "--primary-key", "id")
        assert run("import", copy, "people", source, *options, input=piped).exit_code == 0
        assert run("query", copy, "people", "--csv").output == '"id","age"\n1,30\n'


def test_statuses(people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with wasidb.open(people):
        locked = run("check", people, "--json")
    assert locked.exit_code == 4
    assert json.loads(locked.stderr)["error"]["code"] == "database-locked"
    content = bytearray(people.read_bytes())
    content[0] ^= 1
    people.write_bytes(content)
    assert run("query", people, "people").exit_code == 3
    assert run("dump", people, tmp_path / "dump").exit_code == 3
    assert run("dump", people, tmp_path / "dump", "--salvage").exit_code == 0
    monkeypatch.setenv("WASIDB_COMPONENT", str(tmp_path / "none.wasm"))
    assert run("component").exit_code == 5
    assert run("query", people).exit_code == 2


def test_interrupt_has_a_status(people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(wasidb, "open", interrupted)
    assert run("check", people).exit_code == 130


def test_options_that_exclude_each_other(people: Path) -> None:
    assert run("query", people, "people", "--json", "--csv").exit_code == 2
    assert run("import", people, "people", "x.csv", "--primary-key", "id").exit_code == 2


def test_check_has_a_status_of_its_own(people: Path) -> None:
    assert run("check", people).output == "0 problems\n"
    content = bytearray(people.read_bytes())
    content[-1] ^= 1
    content[2 * 65536] = 9
    people.write_bytes(content)
    checked = run("check", people, "--json")
    assert checked.exit_code == 3
    assert json.loads(checked.output)["problems"]


def test_models_that_are_none_are_one_line(people: Path, tmp_path: Path) -> None:
    module = tmp_path / "models.py"
    for source, reason in (
        ("1 / 0", "ZeroDivisionError"),
        ("", "no models"),
        ("x = (", "SyntaxError"),
    ):
        module.write_text(source)
        failed = run("migrate", people, module)
        assert (failed.exit_code, failed.stderr.count("\n")) == (1, 1)
        assert reason in failed.stderr
    assert "No such file" in run("migrate", people, tmp_path / "none.py").stderr


def test_printed_models_need_no_migration(people: Path, tmp_path: Path) -> None:
    module = tmp_path / "models.py"
    module.write_text(run("models", people).output)
    assert run("migrate", people, module, "--dry-run").output == "nothing to do\n"


def test_pictures_of_a_file(people: Path, tmp_path: Path) -> None:
    svg, html = tmp_path / "people.svg", tmp_path / "people.html"
    assert run("inspect", people, "--svg", svg, "--html", html).exit_code == 0
    assert svg.read_text().startswith("<svg")
    assert "people" in svg.read_text()
    assert "record 1" in html.read_text()


def test_wide_rows_are_shown_one_below_the_other(people: Path) -> None:
    narrow = CliRunner(env={"COLUMNS": "11"}).invoke(app, ["query", str(people), "people"])
    assert [line[:5] for line in narrow.output.splitlines()[1:3]] == ["│ id ", "│ age"]


def test_progress_tells_speed_and_time_while_the_estimate_changes() -> None:
    now = 0.0
    console = Console(file=StringIO(), width=100, force_terminal=True)
    progress = bars(console)
    progress.get_time = lambda: now
    task = progress.add_task("flights", total=None)
    for now, done, total in ((1.0, 100, 390), (2.0, 200, 400)):  # noqa: B007 - read by get_time
        progress.update(task, completed=done, total=total)
    line = printed(progress.get_renderable())
    assert "200 rows" in line
    assert "100 rows/s" in line
    assert line.split()[-1] == "0:00:02"


def test_nobody_is_shown_progress_in_a_pipe() -> None:
    with watched("flights") as progress:
        assert progress is None
