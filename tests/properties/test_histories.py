"""Transactions side by side: their histories have nothing in them that their level forbids.

`histories` has the definitions, and is put to the test first, on what it must find. Then random
transactions are played and judged: natively 10,000 histories in CI and half a million in `just
histories`. A failure prints the seed and the smallest script that fails. Where a transaction is
refused, something has been in the way.
"""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings

from tests.support.engine_under_test import EngineUnderTest, Start
from tests.support.histories import FORBIDDEN, History, Read, Transaction, Version, conflict_of
from tests.support.history_play import Play
from tests.support.random_histories import Script, draw_script
from tests.support.shrinking import shorter

HISTORIES = {"dev": 1_000, "sample": 50, "ci": 10_000, "nightly": 500_000}
JUSTIFIED_SHARE = 0.95
ENOUGH = 5_000
"""From so many histories on, shares mean something."""

X, Y = 0, 1
START = Transaction(0, writes={X: Version(X, 1, 10), Y: Version(Y, 2, 20)})


def wrote(
    key: int,
    stamp: int,
    *reads: Read,
    begun: int = 1,
    amount: int | None = 10,
    passing: tuple[int, ...] = (),
) -> Transaction:
    """One that has written a row."""
    writes = {key: Version(key, stamp, amount)}
    return Transaction(begun, list(reads), writes, set(passing))


def row(key: int, stamp: int) -> Read:
    """A row was read by its key, and this version of it was seen."""
    return Read(lambda each, _: each == key, {key: stamp})


def amounts(low: int, high: int, **seen: int) -> Read:
    """The rows with these amounts were read, and these versions were seen."""
    keys = {"x": X, "y": Y}
    shown = {keys[name]: stamp for name, stamp in seen.items()}
    return Read(lambda _, amount: low <= amount <= high, shown)


def history(
    *committed: Transaction, dropped: tuple[Transaction, ...] = (), x: int = 1, y: int = 2
) -> History:
    return History([START, *committed], dropped, {X: x, Y: y})


KNOWN = {
    "one after the other": (
        history(wrote(X, 3, row(X, 1)), wrote(X, 4, row(X, 3), begun=2), x=4),
        set(),
    ),
    "a dirty write": (history(wrote(X, 3), wrote(X, 4), x=3), {"G0"}),
    "an aborted read": (history(wrote(Y, 4, row(X, 3)), dropped=(wrote(X, 3),), y=4), {"G1a"}),
    "an intermediate read": (
        history(wrote(X, 4, passing=(3,)), wrote(Y, 5, row(X, 3)), x=4, y=5),
        {"G1b"},
    ),
    "circular information flow": (
        history(wrote(X, 3, row(Y, 4)), wrote(Y, 4, row(X, 3)), x=3, y=4),
        {"G1c"},
    ),
    "a lost update": (
        history(wrote(X, 3, row(X, 1)), wrote(X, 4, row(X, 1)), x=4),
        {"G-single", "out of order"},
    ),
    "read skew": (
        history(
            replace(wrote(X, 3), writes={X: Version(X, 3, 10), Y: Version(Y, 4, 20)}),
            Transaction(1, [row(X, 1), row(Y, 4)]),
            x=3,
            y=4,
        ),
        {"G-single"},
    ),
    "write skew": (
        history(
            wrote(X, 3, row(X, 1), row(Y, 2)), wrote(Y, 4, row(X, 1), row(Y, 2)), x=3, y=4
        ),
        {"G2", "out of order"},
    ),
    "predicate write skew": (
        history(
            wrote(X, 3, amounts(30, 39), amount=30),
            wrote(Y, 4, amounts(30, 39), amount=31),
            x=3,
            y=4,
        ),
        {"G2", "out of order"},
    ),
    "the read-only anomaly": (
        history(
            wrote(Y, 4, row(Y, 2)),
            Transaction(2, [row(X, 1), row(Y, 4)]),
            wrote(X, 3, row(X, 1), row(Y, 2)),
            x=3,
            y=4,
        ),
        {"G2", "out of order"},
    ),
    "an order that is not that of the commits": (
        history(wrote(X, 3), wrote(Y, 4, row(X, 1)), x=3, y=4),
        {"out of order"},
    ),
    "a row that is missing": (
        history(Transaction(1, [amounts(10, 20, x=1)])),
        {"unexplained"},
    ),
    "a row that was not asked for": (
        history(Transaction(1, [amounts(10, 10, x=1, y=2)])),
        {"unexplained"},
    ),
    "a version that nobody has written": (
        history(Transaction(1, [row(X, 9)])),
        {"unexplained"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", KNOWN)
def test_known_phenomena_are_found(name: str) -> None:
    known, expected = KNOWN[name]
    assert known.phenomena() == expected


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (wrote(X, 4), "row"),
        (wrote(Y, 4, row(X, 1)), "cycle"),
        (wrote(2, 4, row(X, 1)), "answer"),
        (wrote(Y, 4, amounts(11, 19)), "nothing"),
    ],
)
def test_what_was_in_the_way_is_found(refused: Transaction, reason: str) -> None:
    assert conflict_of(refused, [START, wrote(X, 3, row(Y, 2))]) == reason


# Random histories


@pytest.fixture
def count(request: pytest.FixtureRequest) -> int:
    """How many histories there are to be."""
    histories = HISTORIES[settings.get_current_profile_name()]
    is_native = request.config.getoption("--build") == "native"
    return histories if is_native else min(histories, HISTORIES["sample"])


def test_histories_have_nothing_that_is_forbidden(
    quick_start: Start, tmp_path: Path, count: int
) -> None:
    first = 0 if settings().derandomize else random.randrange(1 << 40)
    engine = EngineUnderTest(tmp_path / "t.wasidb", quick_start)
    play = Play(engine)
    phenomena: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for seed in range(first, first + count):
        script = draw_script(seed)
        try:
            found, refusals = judge(play, script)
        except Exception as problem:
            report(seed, problem, quick_start, tmp_path)
        phenomena.update(found)
        reasons.update(refusals)
    assert engine.check() == []
    engine.close()
    print(f"seeds from {first} on: phenomena {dict(phenomena)}, refused for {dict(reasons)}")
    if count >= ENOUGH:
        assert "G2" in phenomena, "write skew never came about, even where it may"
        assert reasons["nothing"] <= (1 - JUSTIFIED_SHARE) * reasons.total()


def judge(play: Play, script: Script) -> tuple[set[str], list[str]]:
    """What a history has in it, and why transactions were refused; AssertionError if it may not."""
    played = play.run(script)
    phenomena = played.history.phenomena()
    forbidden = phenomena & FORBIDDEN[script.isolation]
    assert not forbidden, f"at level {script.isolation} there is {forbidden}"
    reasons = []
    for transaction, commits in played.refused:
        assert transaction.begun < commits, "refused, and nobody has committed since it began"
        reasons.append(conflict_of(transaction, played.history.committed[:commits]))
    return phenomena, reasons


def report(seed: int, problem: Exception, start: Start, folder: Path) -> NoReturn:
    """Fail with the smallest script that fails, too."""
    numbers = itertools.count()

    def fails(script: Script) -> bool:
        engine = EngineUnderTest(folder / f"again {next(numbers)}.wasidb", start)
        try:
            judge(Play(engine), script)
        except Exception:
            return True
        finally:
            engine.close()
        return False

    script = draw_script(seed)
    is_alone = fails(script)
    if is_alone:
        script = smallest(script, fails)
    where = f"seed {seed}" if is_alone else f"seed {seed}, only after those before it"
    raise AssertionError(f"{where}: {problem!r}\n{script}") from problem


def smallest(script: Script, fails: Callable[[Script], bool]) -> Script:
    """The script of which nothing can be left out any more."""
    while True:
        simpler = next(filter(fails, simpler_scripts(script)), None)
        if simpler is None:
            return script
        script = simpler


def simpler_scripts(script: Script) -> Iterator[Script]:
    """The script with fewer steps, or fewer rows to begin with."""
    for steps in shorter(list(script.steps)):
        yield replace(script, steps=steps)
    for rows in shorter(list(script.rows.items())):
        yield replace(script, rows=dict(rows))
