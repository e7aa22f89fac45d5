"""How far something is: rows, rows a second, and how long it will take.

A bar on a terminal; where nobody looks, nothing.
"""

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

Watch = Callable[[int, int | None], None]


class Rows(ProgressColumn):
    """How many rows are done."""

    def render(self, task: Task) -> Text:
        return Text(f"{int(task.completed):,} rows", style="green")


class RowsPerSecond(ProgressColumn):
    """Rows a second since the task was begun.

    The figures of rich begin anew whenever the number of all rows changes, as an estimate does.
    """

    def render(self, task: Task) -> Text:
        return Text(f"{speed_of(task):,.0f} rows/s" if speed_of(task) else "", style="cyan")


class Remaining(ProgressColumn):
    """How long it will take yet."""

    def render(self, task: Task) -> Text:
        if task.remaining is None or not speed_of(task):
            return Text("-:--:--", style="dim")
        return Text(str(timedelta(seconds=round(task.remaining / speed_of(task)))), style="dim")


def speed_of(task: Task) -> float:
    """Rows a second; 0 before there is anything to tell from."""
    return task.completed / task.elapsed if task.elapsed else 0.0


def bars(console: Console) -> Progress:
    """A line for each task."""
    return Progress(
        TextColumn("{task.description:10}"),
        BarColumn(),
        Rows(),
        RowsPerSecond(),
        TimeElapsedColumn(),
        Remaining(),
        console=console,
    )


@contextlib.contextmanager
def watched(what: str) -> Iterator[Watch | None]:
    """What tells a terminal, on standard error, how far it is; None where there is none."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with bars(console) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
