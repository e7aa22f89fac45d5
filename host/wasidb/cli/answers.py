"""Answers to questions, for people: the first rows as a table, and how many there are.

    ┃ dest ┃ count ┃
    │ ORD  │ 17283 │
    1 of 105 rows, 8.1 ms

Rows are taken from a cursor as they are shown. How many there are is asked only where not all of
them are.
"""

import itertools
import json
import time
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import rich.box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from wasidb.cli.command import counted
from wasidb.query import Select
from wasidb.session import Session

ROWS_SHOWN = 50
WIDTH_MAX = 100_000
DIGITS_MAX = 18
NULL = Text("NULL", "dim")


class Answer:
    """The answer to a question, shown `rows` rows at a time, or all at once."""

    def __init__(self, session: Session, question: Select[Any], rows: int | None) -> None:
        self._session, self._question, self._rows = session, question, rows
        page_rows = 10_000 if rows is None else rows + 1
        self._answer: Iterator[Sequence[Any]] = session.stream(question, page_rows=page_rows)
        self._shown = 0
        self._total: int | None = None
        self._following: list[Sequence[Any]] = []

    def show(self, console: Console) -> None:
        """Prints the next rows."""
        start = time.perf_counter()
        rows = [*self._following, *itertools.islice(self._answer, self._missing())]
        self._following = [] if self._rows is None else rows[self._rows :]
        shown = rows[: self._rows]
        self._shown += len(shown)
        milliseconds = (time.perf_counter() - start) * 1e3
        console.print(drawn(self._question, shown, console))
        console.print(f"[dim]{self._counted()}, {milliseconds:.1f} ms[/dim]", highlight=False)

    def _missing(self) -> int | None:
        """How many rows to ask for: one more than are shown tells whether there are more."""
        return None if self._rows is None else self._rows + 1 - len(self._following)

    @property
    def has_more(self) -> bool:
        """Whether there are rows that have not been shown."""
        return bool(self._following)

    def _counted(self) -> str:
        """How many rows have been shown, and of how many."""
        if not self.has_more:
            return counted(self._shown, "row")
        if self._total is None:  # asked once more, but for its rows
            self._total = self._session.explain(self._question, analyze=True).rows
        return f"{self._shown:,} of {self._total:,} rows"


def drawn(question: Select[Any], rows: Sequence[Sequence[Any]], console: Console) -> Table:
    """Some rows, to be printed: as a table, or where that is too wide, one below the other."""
    table = table_of(question, rows)
    width = console.measure(table, options=console.options.update(max_width=WIDTH_MAX)).maximum
    return table if width <= console.width else list_of(question, rows)


def table_of(question: Select[Any], rows: Sequence[Sequence[Any]]) -> Table:
    """A line for each row."""
    table = Table(box=rich.box.ROUNDED, header_style="bold")
    for name, output in zip(question.outline.names, question.outline.columns, strict=True):
        is_number = output.type_name.startswith(("int", "uint", "float", "decimal"))
        table.add_column(Text(name), justify="right" if is_number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*map(text_of, row))
    return table


def list_of(question: Select[Any], rows: Sequence[Sequence[Any]]) -> Table:
    """A line for each cell."""
    table = Table(box=rich.box.ROUNDED, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        for name, value in zip(question.outline.names, row, strict=True):
            table.add_row(Text(name), text_of(value))
        table.add_section()
    return table


def text_of(value: Any) -> Text:
    """A value in a table."""
    match value:
        case None:
            return NULL
        case bytes():
            return Text(f"0x{value.hex()}")
        case datetime():
            return Text(value.isoformat(" "))
        case Decimal():
            digits = f"{value:f}"
            return Text(digits if len(digits) <= DIGITS_MAX else f"{digits[:DIGITS_MAX]}…")
        case date() | str():
            return Text(str(value))
        case dict() | list():
            return Text(json.dumps(value, ensure_ascii=False))
    return Text(str(value))
