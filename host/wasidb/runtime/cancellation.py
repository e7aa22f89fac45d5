"""A request to stop the call that an engine is in: a file that the engine looks for.

The request outlives the call when that ends by itself; it is withdrawn before the next one begins,
which nobody has asked to stop.
"""

import contextlib
from pathlib import Path

CANCEL_NAME = "cancel"


class Cancellation:
    """The file `cancel` of the exchange folder."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / CANCEL_NAME
        self.is_requested = False

    def request(self) -> None:
        """Let the engine find it."""
        with contextlib.suppress(OSError):  # the engine has been closed, and its folder removed
            self._file.touch()
        self.is_requested = True

    def withdraw(self) -> None:
        """Let the engine find nothing."""
        if self.is_requested:
            self.is_requested = False
            self._file.unlink(missing_ok=True)
