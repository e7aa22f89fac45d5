"""How far something is: rows, rows a second, and how long it will take.

A bar on a terminal; where nobody looks, nothing.
"""

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

Watch = Callable[[int, int | None], None]


class Rows(ProgressColumn):
    """How many rows are done."""

    def render(self, task: Task) -> Text:
        return Text(f"{int(task.completed):,} rows", style="green")


class RowsPerSecond(ProgressColumn):
    """Rows a second since the task was begun."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} rows/s" if speed else "", style="cyan")


def bars(console: Console) -> Progress:
    """A line for each task."""
    return Progress(
        TextColumn("{task.description:10}"),
        BarColumn(),
        Rows(),
        RowsPerSecond(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
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
