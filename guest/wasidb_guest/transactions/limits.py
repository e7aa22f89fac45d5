"""What the statement that is running may take, and whether somebody wants it to stop.

    begin ──> narrow ──> check, check, check, ... ──> end
              its own       │
              limits        ├─ its time is up            DeadlineExceeded
                            └─ somebody wants it to stop  Cancelled

An engine runs one statement at a time, and nothing can interrupt it from outside: it has to look.
So whatever may take long calls `check` once for each batch of work, be it some pages of rows or a
page to be changed. The clock is read every time. Whether somebody wants the statement to stop is a
question to the system, asked every LOOK_SECONDS at most, and of a select not before it has run for
so long.

What stops a statement is like any error in its midst: what that leaves of a transaction is in
`statement`. A commit, once it writes, is never stopped.
"""

from collections.abc import Callable
from math import inf
from time import monotonic
from typing import TypeVar

from wasidb_guest.errors import Cancelled, DeadlineExceeded, LimitExceeded
from wasidb_guest.transactions.options import QUERY_MEMORY, UNLIMITED, StatementLimits

LOOK_SECONDS = 0.02

Number = TypeVar("Number", int, float)


def never() -> bool:
    """Nobody wants anything to stop."""
    return False


class Limits:
    """The limits of the running statement; `every` are those of every statement.

    A statement without limits of its own need not `begin` and `end` unless they `are_begun`.
    """

    def __init__(
        self,
        every: StatementLimits = UNLIMITED,
        is_cancelled: Callable[[], bool] = never,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._every = self._now = every
        self.are_begun = every.seconds is not None
        self.is_cancelled = is_cancelled
        self._clock = clock
        self._deadline = inf
        self._next_look = 0.0

    def begin(self, own: StatementLimits = UNLIMITED) -> None:
        """A statement begins, in a transaction that has limits of its own."""
        if own is not UNLIMITED:
            self.narrow(own)
        elif self._every.seconds is not None:
            self._start()

    def narrow(self, own: StatementLimits) -> None:
        """The statement that has just begun has limits of its own; the lower ones count."""
        now = self._now
        self._now = StatementLimits(
            least(now.seconds, own.seconds),
            least(now.rows, own.rows),
            least(now.memory, own.memory),
        )
        self._start()

    def _start(self) -> None:
        self.are_begun = True
        seconds = self._now.seconds
        if seconds is not None:
            self._deadline = self._clock() + seconds
            self._next_look = min(self._next_look, self._deadline)

    def end(self) -> None:
        """The statement is over, and what comes now takes as long as it takes."""
        self._now = self._every
        self._deadline = inf
        self.are_begun = self._every.seconds is not None

    def look_later(self) -> None:
        """Whoever wants something to stop does not want it of a statement that has just begun."""
        self._next_look = min(self._clock() + LOOK_SECONDS, self._deadline)

    def check(self) -> None:
        """Raise DeadlineExceeded or Cancelled when the statement is to stop."""
        now = self._clock()
        if now >= self._next_look:
            self._look(now)

    def _look(self, now: float) -> None:
        if now >= self._deadline:
            seconds = self._now.seconds
            message = f"the statement has taken longer than {seconds} s"
            raise DeadlineExceeded(message, limit="statement seconds", seconds=seconds)
        self._next_look = min(now + LOOK_SECONDS, self._deadline)
        if self.is_cancelled():
            raise Cancelled("the statement was cancelled")

    @property
    def has_deadline(self) -> bool:
        """Whether the time of the running statement can be up."""
        return self._deadline < inf

    @property
    def memory(self) -> int:
        """How many bytes the statement may hold before it goes on on scratch."""
        memory = self._now.memory
        return QUERY_MEMORY if memory is None else memory

    def check_rows(self, count: int, what: str = "the result has") -> None:
        """Raise LimitExceeded when a statement is about more rows than it may; `what` says how."""
        most = self._now.rows
        if most is not None and count > most:
            raise LimitExceeded(f"{what} more than {most} rows", limit="result rows", rows=most)


def least(first: Number | None, second: Number | None) -> Number | None:
    """The lower one of two limits, of which None is none."""
    if first is None or second is None:
        return second if first is None else first
    return min(first, second)
