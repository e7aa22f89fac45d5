"""Which open transactions have been abandoned: not used for too long, or open for too long.

Whoever forgets a transaction keeps the pages it sees, and those it has changed, in memory. There is
no clock that strikes in here: limits are looked at when somebody calls.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wasidb_guest.transactions.options import NO_LIMITS, TransactionLimits

REASONS_KEPT = 1000


@dataclass(slots=True)
class Times:
    """When a transaction began and was last used, in seconds of the clock."""

    begun: float
    used: float


class Watch:
    """The times of all open transactions; nothing `is_needed` of them where there are no limits."""

    def __init__(self, limits: TransactionLimits, clock: Callable[[], float]) -> None:
        self.is_needed = limits != NO_LIMITS
        self._limits = limits
        self._clock = clock
        self._times: dict[int, Times] = {}
        self._reasons: dict[int, str] = {}

    def begun(self, number: int) -> None:
        """A transaction has begun."""
        if self.is_needed:
            now = self._clock()
            self._times[number] = Times(now, now)

    def used(self, number: int) -> None:
        """A transaction is used."""
        if number in self._times:
            self._times[number].used = self._clock()

    def ended(self, number: int) -> None:
        """A transaction is over."""
        self._times.pop(number, None)

    def abandoned(self) -> list[int]:
        """The transactions that have exceeded a limit; why is kept."""
        if not self._times:
            return []
        exceeded = dict(self._exceeded(self._clock()))
        self._reasons.update(exceeded)
        while len(self._reasons) > REASONS_KEPT:
            del self._reasons[next(iter(self._reasons))]
        return list(exceeded)

    def why_dropped(self, number: int) -> str:
        """The reason to add to the message that a transaction is not open; often there is none."""
        reason = self._reasons.get(number)
        return "" if reason is None else f": it was rolled back after {reason}"

    def _exceeded(self, now: float) -> Iterator[tuple[int, str]]:
        idle, age = self._limits.idle, self._limits.age
        for number, times in self._times.items():
            if idle is not None and now - times.used > idle:
                yield number, f"{idle} s without use"
            elif age is not None and now - times.begun > age:
                yield number, f"{age} s"
