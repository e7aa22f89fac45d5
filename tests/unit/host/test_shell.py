"""The shell: what is typed, what is offered, what is answered."""

import signal
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

import wasidb
from wasidb import Field, Table
from wasidb.cli.completion import Words
from wasidb.cli.shell import Shell, is_complete, pieces_of, prompt_session, prompts


class City(Table, table="cities"):
    name: str = Field(primary_key=True)
    country: str


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shell") / "cities.wasidb"
    with wasidb.open(path, tables=[City]) as db:
        db.insert([City(name=f"{number:03}", country="NO") for number in range(120)])
    return path


@pytest.fixture
def shell(file: Path) -> Iterator[Shell]:
    with wasidb.open(file, read_only=True) as db:
        yield Shell(db, Console(file=StringIO(), width=80))


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PipeInput]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        yield keys


def said(shell: Shell, *statements: str) -> str:
    """What the shell prints."""
    shell.converse(iter(statements))
    output = shell.console.file
    assert isinstance(output, StringIO)
    return output.getvalue()


def offered(shell: Shell, text: str) -> list[str]:
    """The words that Tab offers at the end of a text."""
    words = Words(shell.tables, shell.commands)
    return [each.text for each in words.get_completions(Document(text), CompleteEvent())]


def test_answers_come_fifty_rows_at_a_time(shell: Shell) -> None:
    text = said(shell, "cities", ".more", ".more", ".more")
    assert "50 of 120 rows" in text
    assert "100 of 120 rows" in text
    assert "120 rows, " in text
    assert "│ 049  │" in text
    assert "│ 119  │" in text
    assert text.count("│ 050  │") == 1
    assert text.count(".more shows the next") == 2
    assert "invalid-query: there are no more rows" in text


def test_errors_are_one_line_and_the_shell_goes_on(shell: Shell) -> None:
    text = said(shell, "select(cities.nam)", ".foo", "select(count()).from_(cities)")
    first, second, *_ = text.splitlines()
    assert first == "unknown-column: table 'cities' has no column 'nam'; did you mean 'name'?"
    assert second.startswith("invalid-query: no command .foo; there are .tables, .schema")
    assert "│   120 │" in text


def test_commands(shell: Shell) -> None:
    text = said(shell, ".tables", ".schema cities", ".explain cities", ".help", ".quit", "cities")
    assert "cities                        120" in text
    assert "primary key" in text
    assert "Scan cities" in text
    assert ".more               the next rows" in text
    assert "│ 000  │" not in text


def test_enter_ends_a_statement_whose_brackets_are_closed(shell: Shell, typed: PipeInput) -> None:
    typed.send_text("select(cities.name\r).limit(1)\r\x04")
    statements = list(prompts(shell, "cities"))
    assert ["".join(each.split()) for each in statements] == ["select(cities.name).limit(1)"]


def test_interrupt_empties_the_line(shell: Shell, typed: PipeInput) -> None:
    typed.send_text("select(\x03.help\r\x04")
    assert list(prompts(shell, "cities")) == [".help"]


def test_prompt_leaves_interrupts_to_the_engine(shell: Shell, typed: PipeInput) -> None:
    descriptor = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(descriptor)
    assert descriptor != -1
    typed.send_text("cities\r\x04")
    list(prompts(shell, "cities"))
    assert signal.set_wakeup_fd(descriptor) == descriptor


def test_history_is_kept(shell: Shell, typed: PipeInput, tmp_path: Path) -> None:
    typed.send_text("cities\r")
    assert prompt_session(shell).prompt() == "cities"
    assert "+cities" in (tmp_path / "wasidb/history").read_text()


def test_interrupted_statement_is_no_end(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(shell.commands, ".tables", interrupted)
    assert said(shell, ".tables", "cities").startswith("stopped\n╭")


def test_words_are_offered(shell: Shell) -> None:
    assert offered(shell, "sel") == ["select"]
    assert offered(shell, "select(cit") == ["cities"]
    assert offered(shell, "select(cities.") == ["name", "country"]
    assert offered(shell, "select(cities).o") == ["order_by", "offset"]
    assert offered(shell, "select(cities).where(cities.name.li") == ["like"]
    assert offered(shell, ".s") == [".schema"]
    assert offered(shell, "count(). ")[:1] != [".tables"]


def test_statements_take_the_lines_they_need() -> None:
    assert list(pieces_of(iter(["a(\n", "1)\n", "b\n", " .c\n", "d("]))) == [
        "a(\n1)\n",
        "b\n .c\n",
        "d(",
    ]
    assert is_complete('select("(")')
    assert not is_complete("select(")
    assert is_complete("select)")
    assert is_complete('"never closed')
