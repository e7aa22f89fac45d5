"""How far a migration has come, for whoever waits for it.

    users: 2 of its columns change, 3 indexes     rows read   1 to write them anew
                                                              3 to build the indexes
    posts: one index more                         rows read   1 to build it

The measure is rows read: all of a table once for its new records, and once for every index that is
built.
"""

from collections.abc import Callable
from typing import TypeAlias

Report: TypeAlias = Callable[[int, int], None]
"""Is told the rows read so far, and how many there are to be read in all."""


def nobody(_done: int, _total: int) -> None:
    """The report when nobody waits."""


class Progress:
    """Counts rows, and reports."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._done = self._total = 0

    def expect(self, rows: int) -> None:
        """So many rows more are to be read."""
        self._total += rows

    def advance(self, rows: int) -> None:
        """So many rows more have been read."""
        self._done += rows
        self._report(self._done, self._total)
