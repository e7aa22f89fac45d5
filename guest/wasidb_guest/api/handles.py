"""Numbers by which a caller speaks of things the engine keeps for it.

A number is used once, so one that has been closed never means something else later.
"""

from collections.abc import Callable
from typing import NoReturn, TypeVar

from wasidb_guest.errors import NotOpen

Thing = TypeVar("Thing")


class Handles(dict[int, Thing]):
    """What is open, by number; `kind` is what messages call it. What is let go of is told to
    `closed`. No number is below what `first` says. Asking for one that is not open raises NotOpen.
    """

    def __init__(
        self, kind: str, closed: Callable[[Thing], None], first: Callable[[], int]
    ) -> None:
        super().__init__()
        self._kind = kind
        self._closed = closed
        self._first = first
        self._next = 0

    def open(self, thing: Thing) -> int:
        """Keep a thing; its number."""
        number = max(self._next, self._first())
        self._next = number + 1
        self[number] = thing
        return number

    def __missing__(self, number: int) -> NoReturn:
        raise NotOpen(f"{self._kind} {number} is not open", handle=number)

    def close(self, number: int) -> None:
        """Let go of a thing; one that is not open is let go of already."""
        thing = self.pop(number, None)
        if thing is not None:
            self._closed(thing)

    def close_where(self, is_over: Callable[[Thing], bool]) -> None:
        """Let go of all things for which this is true."""
        for number in [number for number, thing in self.items() if is_over(thing)]:
            self.close(number)
