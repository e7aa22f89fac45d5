"""What a `Database` needs of an engine: calls by name, and a folder through which bulk data passes.

`component.ComponentEngine` runs the WebAssembly component. Any object of this shape will do, which
is how the tests run the same suite on the engine inside the process.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

Call = Callable[..., Any]
"""`Engine.call`: interface, function, arguments."""


class Exchange(NamedTuple):
    """A folder both sides can read: where it is for the host, and how the engine calls it."""

    folder: Path
    name: str

    def new_path(self, suffix: str) -> Path:
        """Where there is no file yet."""
        return self.folder / f"{os.urandom(8).hex()}{suffix}"

    def name_of(self, file: Path) -> str:
        """How the engine calls a file of the folder."""
        return f"{self.name}/{file.name}"


class Engine(Protocol):
    """An engine with one open database."""

    @property
    def exchange(self) -> Exchange: ...

    def call(self, interface: str, function: str, *arguments: Any) -> Any:
        """Calls a function of the contract and gives its ok value.

        `call("rows", "select", statement, None)` leaves out the transaction, an absent option.
        Raises the `wasidb.errors` exception of the error value, or `ComponentFailed` when the
        engine is lost.
        """

    def cancel(self) -> None:
        """Asks for the call that another thread is in to be stopped, by a Cancelled error.

        The engine looks for that if it was opened with a `cancel_file`, now and then in what may
        take long. When no call is going on there is nothing to stop.
        """

    def check_free(self) -> None:
        """Raises InvalidQuery in what has come into a call of this thread, a signal handler."""

    def close(self) -> None:
        """Ends the engine and removes the exchange folder. Doing so twice is allowed."""
