"""A file that says how far a long call has come, for a host that cannot ask while it lasts.

u64 done | u64 in all        little-endian, overwritten in place
"""

import os
from collections.abc import Callable
from struct import Struct
from time import monotonic

from wasidb_guest.errors import MemoryFailed

NUMBERS = Struct("<QQ")
SECONDS_BETWEEN = 0.05


class ProgressFile:
    """`with` this, `report` writes the numbers to the file at `path`, now and then."""

    def __init__(self, path: str, clock: Callable[[], float] = monotonic) -> None:
        self._path = path
        self._clock = clock
        self._due = clock()

    def __enter__(self) -> "ProgressFile":
        try:
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT)
        except OSError as failure:
            message = f"cannot write {self._path!r}: {failure.strerror}"
            raise MemoryFailed(message, path=self._path) from failure
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def report(self, done: int, total: int) -> None:
        """Write the numbers, unless that was a moment ago."""
        now = self._clock()
        if now >= self._due or done == total:
            self._due = now + SECONDS_BETWEEN
            try:
                os.pwrite(self._file, NUMBERS.pack(done, total), 0)
            except OSError as failure:
                message = f"cannot write {self._path!r}: {failure.strerror}"
                raise MemoryFailed(message, path=self._path) from failure
