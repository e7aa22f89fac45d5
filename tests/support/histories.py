"""Histories of transactions on one table, and what is wrong with them.

    T1   read x: version 0      write x: version 1                             commit
    T2                read x: version 0                 write x: version 2              commit

    T2 ──rw──> T1   it has read the version that T1 replaced
    T1 ──ww──> T2   its version comes before that of T2            a cycle: a lost update

The definitions are those of Adya, Liskov and O'Neil, "Generalized Isolation Level Definitions"
(ICDE 2000). One transaction comes after another if it replaces what that wrote (ww), reads what
that wrote (wr), or replaces what that has read (rw). A read names the rows it is about by a test,
so that an inserted row replaces something as well: the version before it is that there is none.

Versions that were seen are known from answers, as each write has a stamp of its own. The versions
of a row are in the order of the commits. Of a row that was not seen, the reader has read what was
committed when it began; if the test is true for that, the answer is unexplained.

Histories are small: each question is answered by looking at everything.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import or_
from typing import TypeAlias

SNAPSHOT = {"G0", "G1a", "G1b", "G1c", "G-single", "unexplained"}
FORBIDDEN = {"snapshot": SNAPSHOT, "serializable": {*SNAPSHOT, "G2", "out of order"}}
"""What must not be, by level. Lost updates and read skew are G-single, write skew is G2."""


@dataclass(frozen=True, slots=True)
class Version:
    """A row as one write has left it; without an amount the row is gone."""

    key: int
    stamp: int
    amount: int | None


RowTest: TypeAlias = Callable[[int, int], bool]
"""Whether a read is about the row with this key and amount."""


@dataclass(frozen=True, slots=True)
class Read:
    """An answer: the stamps it has shown, by key, and the keys of rows that the reader itself had
    written. With `is_of_cells` it depends on the cells of rows, else on which rows there are.
    """

    test: RowTest
    seen: Mapping[int, int]
    own: frozenset[int] = frozenset()
    is_of_cells: bool = True

    def is_about(self, version: Version | None) -> bool:
        """Whether the row is there and asked for."""
        if version is None or version.amount is None:
            return False
        return self.test(version.key, version.amount)

    def is_changed(self, old: Version | None, new: Version) -> bool:
        """Whether the answer is another one when a row has become another."""
        before, after = self.is_about(old), self.is_about(new)
        return before or after if self.is_of_cells else before != after


@dataclass(slots=True)
class Transaction:
    """What one has read and written. It began after so many commits; `passing` are the stamps of
    versions that it has replaced or undone itself.
    """

    begun: int
    reads: list[Read] = field(default_factory=list)
    writes: dict[int, Version] = field(default_factory=dict)
    passing: set[int] = field(default_factory=set)

    def stamps(self) -> set[int]:
        """Those of the versions it leaves behind."""
        return {version.stamp for version in self.writes.values()}


@dataclass(slots=True)
class History:
    """Transactions in the order of their commits, and those that did not commit; the rows at the
    end, key to stamp.
    """

    committed: Sequence[Transaction]
    dropped: Sequence[Transaction]
    found: Mapping[int, int]

    def phenomena(self) -> set[str]:
        """What is wrong: Adya's names, `unexplained` for an answer that nothing explains, and `out
        of order` if who has written was given an answer that was no longer so when it committed.
        """
        graph = Graph(self.committed)
        found = graph.cycles() | {self._why(seen) for seen in graph.unexplained}
        for place, transaction in enumerate(self.committed):
            if transaction.writes and graph.has_changed_answers(place):
                found.add("out of order")
        return found if graph.rows_left() == self.found else found | {"G0"}

    def _why(self, seen: set[int]) -> str:
        """What an answer has shown that is no committed version."""
        if any(seen & (each.passing | each.stamps()) for each in self.dropped):
            return "G1a"
        return "G1b" if any(seen & each.passing for each in self.committed) else "unexplained"


def conflict_of(refused: Transaction, committed: Sequence[Transaction]) -> str:
    """Why one may not follow those that have committed: "row" for one that both have written,
    "cycle", "answer" for one that is no longer so, or "nothing".
    """
    others = committed[refused.begun :]
    if any(refused.writes.keys() & each.writes.keys() for each in others):
        return "row"
    graph = Graph([*committed, refused])
    if graph.cycles():
        return "cycle"
    return "answer" if graph.has_changed_answers(len(committed)) else "nothing"


Chain: TypeAlias = list[tuple[int, Version]]
"""The versions of one row, each with the place of its writer among the commits."""


class Graph:
    """Who comes after whom, by place among the commits: those who follow one are a set of bits.

    `unexplained` has, for each answer that nothing explains, the stamps it has shown.
    """

    def __init__(self, committed: Sequence[Transaction]) -> None:
        self.unexplained: list[set[int]] = []
        self._chains: dict[int, Chain] = {}
        self._depending = [0] * len(committed)
        self._replacing = [0] * len(committed)
        for place, transaction in enumerate(committed):
            for key, version in transaction.writes.items():
                chain = self._chains.setdefault(key, [])
                if chain:
                    self._depending[chain[-1][0]] |= 1 << place
                chain.append((place, version))
        for place, transaction in enumerate(committed):
            for read in transaction.reads:
                if not self._explain(place, transaction.begun, read):
                    self.unexplained.append(set(read.seen.values()))

    def _explain(self, reader: int, begun: int, read: Read) -> bool:
        """Enter what an answer depends on, if it can have been given."""
        others = self._chains.keys() - read.own
        for key in others:
            chain = self._chains[key]
            at = place_of(chain, begun, read.seen.get(key))
            if at is None or read.is_about(chain[at][1] if at >= 0 else None) != (key in read.seen):
                return False
            self._enter(reader, read, chain, at)
        return read.seen.keys() <= others

    def _enter(self, reader: int, read: Read, chain: Chain, at: int) -> None:
        """The reader has read the version at a place of a row's chain."""
        before = None
        for place, (writer, version) in enumerate(chain):
            if writer != reader and read.is_changed(before, version):
                if place <= at:
                    self._depending[writer] |= 1 << reader
                else:
                    self._replacing[reader] |= 1 << writer
            before = version

    def rows_left(self) -> dict[int, int]:
        """The rows after the last commit, key to stamp."""
        last = (chain[-1][1] for chain in self._chains.values())
        return {each.key: each.stamp for each in last if each.amount is not None}

    def has_changed_answers(self, place: int) -> bool:
        """Whether a transaction has read what one that committed earlier has replaced."""
        return self._replacing[place] & ((1 << place) - 1) != 0

    def cycles(self) -> set[str]:
        """The kind of cycle there is, if there is one: without rw, with one, with more."""
        depending = closure(self._depending)
        if any(reached >> place & 1 for place, reached in enumerate(depending)):
            return {"G1c"}
        after = closure(list(map(or_, self._depending, self._replacing)))
        for kind, reached in (("G-single", depending), ("G2", after)):
            for reader, writers in enumerate(self._replacing):
                if any(reached[writer] >> reader & 1 for writer in bits(writers)):
                    return {kind}
        return set()


def place_of(chain: Chain, begun: int, stamp: int | None) -> int | None:
    """Which version was read: the one with the stamp, or the last one of the first `begun` commits;
    -1 for none yet, None if there is no such version.
    """
    if stamp is None:
        return sum(place < begun for place, _ in chain) - 1
    return next((at for at, (_, each) in enumerate(chain) if each.stamp == stamp), None)


def closure(following: Sequence[int]) -> list[int]:
    """Who follows whom, directly or by way of others."""
    all_following = list(following)
    for middle in range(len(following)):
        for place, reached in enumerate(all_following):
            if reached >> middle & 1:
                all_following[place] |= all_following[middle]
    return all_following


def bits(number: int) -> list[int]:
    """The places of the bits that are set."""
    return [place for place in range(number.bit_length()) if number >> place & 1]
