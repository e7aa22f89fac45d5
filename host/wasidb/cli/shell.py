"""`wasidb shell`: questions asked one after the other.

    flights> select(flights.dest,
    .......>     count()).group_by(flights.dest)

Enter ends a question whose brackets are closed; Escape and then Enter begins another line of it.
Ctrl-C empties the line, or stops the question that is being answered; Ctrl-D leaves. Nothing can be
changed: the file is opened for reading.
"""

import contextlib
import os
import sys
import tokenize
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape

import wasidb
from wasidb.cli.answers import ROWS_SHOWN, Answer
from wasidb.cli.command import AsJson, File, status_of
from wasidb.cli.language import question_of
from wasidb.cli.schema import drawing_of
from wasidb.cli.stored_table import stored_tables
from wasidb.database import Database
from wasidb.errors import ComponentFailed, DbmsError
from wasidb.explanation import Explanation
from wasidb.query import Select
from wasidb_schema import TableDefinition

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

OPENING, CLOSING = "([{", ")]}"
HELP = """\
select(table)                                  all rows; or select(table.column, count(), ...)
    .where(table.column > 30, ...)             conditions, combined with &, | and ~
    .join(other, on=table.key == other.key)
    .group_by(table.column).having(count() > 100)
    .order_by(table.column.desc()).limit(10)

.tables             the tables, and how many rows they have
.schema [TABLE]     columns, keys and indexes
.explain QUESTION   how a question is answered, and what each step took
.more               the next rows of the last answer
.help               this
.quit               leave; so does Ctrl-D"""


def shell(file: File, as_json: AsJson = False) -> None:
    """Ask a database file questions, one after the other. The file is opened for reading.

    When what it reads is no terminal its status is that of the first error.
    """
    from wasidb.cli.json_shell import JsonShell  # which stands on this module

    with wasidb.open(file, read_only=True) as db:
        session = JsonShell(db, Console()) if as_json else Shell(db, Console())
        if not sys.stdin.isatty():
            session.converse(pieces_of(sys.stdin))
            raise typer.Exit(session.status)
        if not as_json:
            session.console.print(f"[dim]{escape(str(file))}; .help says what there is[/dim]")
        session.converse(prompts(session, file.stem))


class Shell:
    """A conversation with a database. `status` is that of its first error."""

    def __init__(self, db: Database, console: Console) -> None:
        self.console = console
        self.status = 0
        self.tables = stored_tables(db)
        self._db = db
        self._answer: Answer | None = None
        self._is_over = False
        self.commands: dict[str, Callable[[str], None]] = {
            ".tables": self._show_tables,
            ".schema": self._show_schema,
            ".explain": self._explain,
            ".more": self._show_more,
            ".help": self._show_help,
            ".quit": self._quit,
        }

    def converse(self, statements: Iterator[str]) -> None:
        """Answers statement after statement."""
        for statement in statements:
            try:
                self.answer(statement.strip())
            except KeyboardInterrupt:
                self.stopped()
            except ComponentFailed:
                raise
            except DbmsError as error:
                self.status = self.status or status_of(error)
                self.tell(error)
            if self._is_over:
                return

    def answer(self, statement: str) -> None:
        """Does a command, or answers a question."""
        word, _, rest = statement.partition(" ")
        if word in self.commands:
            self.commands[word](rest.strip())
        elif word.startswith("."):
            raise wasidb.InvalidQuery(f"no command {word}; there are {', '.join(self.commands)}")
        elif statement:
            self.ask(question_of(statement, self.tables))

    def ask(self, question: Select[Any]) -> None:
        """Answers a question."""
        self._answer = Answer(self._db, question, ROWS_SHOWN)
        self._show_more("")

    def tell(self, error: DbmsError) -> None:
        """Says what is wrong, in a line."""
        line = " ".join(error.message.split())
        self.console.print(
            f"[red]{error.code}[/red]: {escape(line)}", highlight=False, soft_wrap=True
        )

    def stopped(self) -> None:
        """Says that Ctrl-C has stopped an answer."""
        self.console.print("[yellow]stopped[/yellow]")

    def _show_more(self, _: str) -> None:
        if self._answer is None:
            raise wasidb.InvalidQuery("there are no more rows")
        answer, self._answer = self._answer, None
        answer.show(self.console)
        if answer.has_more:
            self._answer = answer
            self.console.print("[dim].more shows the next[/dim]")

    def _show_tables(self, _: str) -> None:
        for table in self._db.stats().tables:
            self.console.print(f"{escape(table.name):20} {table.rows:>12,}", highlight=False)

    def _show_schema(self, name: str) -> None:
        for table in self._tables_called(name):
            self.console.print(drawing_of(table))

    def _tables_called(self, name: str) -> list[TableDefinition]:
        """The table of that name, all of them without one."""
        return [self._db.table(name)] if name else self._db.tables()

    def _explain(self, text: str) -> None:
        self.console.print(str(self._plan_of(text)), markup=False, highlight=False, soft_wrap=True)

    def _plan_of(self, text: str) -> Explanation:
        return self._db.explain(question_of(text, self.tables), analyze=True)

    def _show_help(self, _: str) -> None:
        self.console.print(HELP, highlight=False, markup=False)

    def _quit(self, _: str) -> None:
        self._is_over = True


def prompts(shell: Shell, name: str) -> Iterator[str]:
    """What is typed, statement by statement, until Ctrl-D."""
    session = prompt_session(shell)
    continuation = f"{'.' * len(name)}> "
    while True:
        try:
            # In a thread of its own, because the event loop of this one would take the place of
            # what hurries Ctrl-C on to the engine.
            yield session.prompt(f"{name}> ", prompt_continuation=continuation, in_thread=True)
        except KeyboardInterrupt:
            continue
        except EOFError:
            return


def prompt_session(shell: Shell, **options: Any) -> "PromptSession[str]":
    """An editor of lines that knows the words and the history."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    from wasidb.cli.completion import Words

    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        if is_complete(event.current_buffer.text):
            event.current_buffer.validate_and_handle()
        else:
            event.current_buffer.insert_text("\n    ")

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n    ")

    return PromptSession(
        completer=Words(shell.tables, shell.commands),
        complete_while_typing=False,
        history=FileHistory(str(history_file())),
        key_bindings=keys,
        multiline=True,
        **options,
    )


def history_file() -> Path:
    """Where the statements are kept, in the user's folder for state."""
    root = os.environ.get("XDG_STATE_HOME")
    folder = (Path(root) if root else Path.home() / ".local/state") / "wasidb"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / "history"


def pieces_of(lines: Iterator[str]) -> Iterator[str]:
    """The statements of a text; lines that are indented, or in brackets, go on with the last."""
    begun = ""
    for line in lines:
        if begun and is_complete(begun) and not line[:1].isspace():
            yield begun
            begun = ""
        begun += line
    if begun:
        yield begun


def is_complete(text: str) -> bool:
    """Whether all brackets are closed."""
    depth = 0
    with contextlib.suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(StringIO(text).readline):
            if token.type == tokenize.OP:
                depth += (token.string in OPENING) - (token.string in CLOSING)
    return depth <= 0
