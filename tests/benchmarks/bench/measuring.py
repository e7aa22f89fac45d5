"""Turns: everybody does the same once, then everybody does the next thing once.

    turn 0   wasidb 74.1   sqlite3 418.4   duckdb 8.4      checksums equal
    turn 1   sqlite3 420.0   duckdb 8.6   wasidb 74.3      who was first is last now

Answers are compared in every turn; the time of a turn counts when they are the same. Everybody
begins with a disk that has nothing left to do for the one before. What changes nothing is done once
before the first turn, so that everybody has prepared what there is to prepare.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import pyarrow as pa

from tests.benchmarks.bench.data import Data
from tests.benchmarks.bench.workloads import LOADS, Given, Workload
from tests.benchmarks.orders import Operation, Order, timed, tuples


class Contestant(Protocol):
    """Who does the work; besides these it has a method for each operation it can do."""

    name: str
    path: Path
    cold_program: str | None

    def close(self) -> None: ...

    def rows_as_taken(self, rows: Any) -> Any: ...

    def load_people(self, people: pa.Table) -> None: ...


Opened = Callable[[Path], Contestant]


class AnswersDiffer(Exception):
    """Somebody is wrong, so no time counts."""


@dataclass(frozen=True)
class Figure:
    """What one workload took everybody, in microseconds for one thing, turn by turn."""

    workload: str
    rows: int
    times: dict[str, list[float]]


def measured_anew(
    workload: Workload, data: Data, entrants: dict[str, Opened], turns: int, folder: Path
) -> Figure:
    """A workload that begins with a new database each time, which has orders if it is no load."""
    times: dict[str, list[float]] = {}
    for turn in range(turns):
        sums: dict[str, str] = {}
        for name in turned(list(entrants), turn):
            with ExitStack() as closing:
                place = Path(closing.enter_context(TemporaryDirectory(dir=folder)))
                contestant = entrants[name](place)
                closing.callback(contestant.close)
                work = operation(contestant, workload, workload.given(data, turn))
                if work is None:
                    continue
                contestant.load_people(data.people)
                if workload not in LOADS:
                    first_load(contestant, data)()
                times.setdefault(name, []).append(microseconds(work)[0])
                if proof := getattr(contestant, workload.proof, None):
                    sums[name] = checksum(microseconds(proof)[1])
        same_or_nothing(workload, sums)
    return Figure(workload.name, data.count, times)


def measured(
    workload: Workload, data: Data, contestants: Sequence[Contestant], turns: int
) -> Figure:
    """A workload on loaded databases."""
    times: dict[str, list[float]] = {}
    for turn in range(-1 if workload.can_repeat else 0, turns):
        given = workload.given(data, turn)
        sums: dict[str, str] = {}
        for contestant in turned(contestants, turn):
            if work := operation(contestant, workload, given):
                time, answer = microseconds(work)
                sums[contestant.name] = checksum(answer)
                if turn >= 0 and time is not None:
                    times.setdefault(contestant.name, []).append(time / workload.count)
        same_or_nothing(workload, sums)
    return Figure(workload.name, data.count, times)


def same_or_nothing(workload: Workload, sums: dict[str, str]) -> None:
    """Raise AnswersDiffer unless everybody has the same checksum."""
    if len(set(sums.values())) > 1:
        raise AnswersDiffer(f"{workload.name}: {sums}")


def turned(entrants: Sequence[Any], turn: int) -> Iterator[Any]:
    """All of them; another one is first in each turn."""
    first = turn % len(entrants)
    yield from entrants[first:]
    yield from entrants[:first]


def first_load(contestant: Contestant, data: Data) -> Operation:
    """The first way of loading that this contestant knows."""
    ways = (operation(contestant, each, each.given(data, 0)) for each in LOADS)
    return next(way for way in ways if way)


def operation(contestant: Contestant, workload: Workload, given: Given) -> Operation | None:
    """The work, ready to be done; None if this contestant cannot do it."""
    method = getattr(contestant, workload.operation, None)
    if method is None:
        return None
    if workload.takes_rows:
        given = tuple(map(contestant.rows_as_taken, given))
    return partial(method, *given)


@dataclass(frozen=True)
class Elsewhere:
    """An answer of another process, and how long it took there, unless that is not to count."""

    answer: Any
    microseconds: float | None


def microseconds(work: Operation) -> tuple[float | None, Any]:
    """How long it takes, here or in another process, and the answer."""
    os.sync()
    taken, answer = timed(work)
    if isinstance(answer, Elsewhere):
        return answer.microseconds, answer.answer
    return taken, answer


def checksum(answer: Any) -> str:
    """The same for the same rows or the same number, in whatever form and order."""
    return hashlib.sha256(repr(plain(answer)).encode()).hexdigest()[:16]


def plain(answer: Any) -> Any:
    if isinstance(answer, pa.Table):
        return sorted(map(plain, tuples(answer)))
    if isinstance(answer, list):
        return sorted(map(plain, answer))
    if isinstance(answer, Order):
        return attrgetter(*Order.__columns__)(answer)
    if isinstance(answer, dict):
        return plain(tuple(answer.values()))
    if isinstance(answer, tuple):
        return tuple(map(plain, answer))
    return int(answer) if isinstance(answer, Decimal) else answer
