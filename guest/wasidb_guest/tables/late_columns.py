"""Columns of some rows, each read when somebody asks for it, and then kept.

An update of many rows needs few of their columns: those it changes, keys, what a rule looks at.
What is asked for late must be the rows as they were: whoever is about to change them has asked for
all that anybody wants to know afterwards.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from wasidb_guest.vectors import Vector


class LateColumns(Sequence[Vector]):
    """So many columns, by position; `read` gives those at some positions."""

    def __init__(self, count: int, read: Callable[[Sequence[int]], Sequence[Vector]]) -> None:
        self._count = count
        self._read = read
        self._vectors: dict[int, Vector] = {}

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, position: Any) -> Any:
        if position not in self._vectors:
            return self.at((position,))[0]
        return self._vectors[position]

    def __setitem__(self, position: int, vector: Vector) -> None:
        self._vectors[position] = vector

    def copy(self) -> "LateColumns":
        """The same, to be changed; what is read is kept here."""
        return LateColumns(self._count, self.at)

    def __iter__(self) -> Iterator[Vector]:
        return iter(self.at(range(self._count)))

    def at(self, positions: Sequence[int]) -> list[Vector]:
        """Some of the columns; those that are not there yet are read together."""
        missing = [each for each in positions if each not in self._vectors]
        if missing:
            self._vectors.update(zip(missing, self._read(missing), strict=True))
        return [self._vectors[each] for each in positions]
