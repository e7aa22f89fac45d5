"""A snapshot of a database as large as one says, whose rows are a few thousand bytes each.

    just bench --snapshot 1024       a copy of 1 GiB, made by everybody who can

A table of wasidb's holds some 340 MiB at most, so the rows are in several. They are of different
bytes, so that nobody can do with less.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa

from tests.benchmarks.bench.measuring import (
    Contestant,
    Figure,
    Opened,
    microseconds,
    turned,
)

ROW_BYTES = 8_000
ROWS_OF_TABLE = 16_384
MIB = 1 << 20


def measured_copies(
    entrants: dict[str, Opened], mebibytes: int, turns: int, folder: Path
) -> Figure:
    """What a snapshot takes everybody."""
    contestants = [filled(opened, mebibytes, folder) for opened in able(entrants.values())]
    times: dict[str, list[float]] = {each.name: [] for each in contestants}
    for turn in range(turns):
        for each in turned(contestants, turn):
            copy = folder / f"{each.name}-large-copy"
            times[each.name].append(microseconds(partial(each.snapshot, copy))[0])
            assert copy.stat().st_size > mebibytes * MIB, f"the copy of {each.name} lacks rows"
            copy.unlink()
    for each in contestants:
        each.close()
    return Figure(f"snapshot of {mebibytes:,} MiB", mebibytes * MIB // ROW_BYTES, times)


def able(entrants: Iterable[Opened]) -> Iterator[Opened]:
    """Those who make copies."""
    return (each for each in entrants if getattr(each, "snapshot", None))


def filled(opened: Opened, mebibytes: int, folder: Path) -> Contestant:
    """A contestant with a database of more than so many MiB."""
    place = folder / "large"
    place.mkdir(exist_ok=True)
    contestant = opened(place)
    count = mebibytes * MIB // ROW_BYTES + 1
    for first in range(0, count, ROWS_OF_TABLE):
        numbers = range(first, min(first + ROWS_OF_TABLE, count))
        contestant.load_pages(f"pages_{first // ROWS_OF_TABLE}", pages(numbers))
    return contestant


def pages(numbers: range) -> pa.Table:
    """Rows of `ROW_BYTES` and a little."""
    bodies = [f"{number:08}" * (ROW_BYTES // 8) for number in numbers]
    return pa.table({"id": pa.array(numbers, pa.uint32()), "body": bodies})
