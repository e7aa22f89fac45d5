"""Equality joins: the right side is kept, the left side comes by and looks for its partners there.

    left   UA AA B6      right  AA UA UA        Left join: (0, 1) (0, 2) (1, 0) (2, NO_ROW)
                                                Semi join: 0 1    Anti join: 2

Rows keep the order of the left side, and among the partners of one row that of the right side; rows
of the right side without a partner come last. A row with NULL in one of its join columns has no
partner. Numbers of different types are partners when they are equal.

A right side too large to be kept comes in parts, and the left side, put aside, comes by once for
each of them. What a part gives is a run in the order of the left side, and runs are merged:

    part 1        (0, a) (2, a) (2, b)
    part 2        (1, k) (2, k)              ──>  (0, a) (1, k) (2, a) (2, b) (2, k) (3, NULL)
    no partner    (3, NULL)

Nothing is divided by hashes: however often one value comes, a part is no larger than memory allows.
As the left side is read as often as there are parts, the smaller side should be the right one."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain

from wasidb_guest.query.batches import in_parts
from wasidb_guest.query.execution import Execution
from wasidb_guest.query.external_sort import SortedRuns
from wasidb_guest.query.grouping import NUMBERED_ROW_SIZE, take_rows
from wasidb_guest.query.key_numbers import rows_by_number
from wasidb_guest.query.left_side import LeftSide
from wasidb_guest.query.partners import Condition, Kept, gives_unseen
from wasidb_guest.vectors import Batch


def join(
    left: Iterator[Batch], right: Iterator[Batch], on: Condition, run: Execution
) -> Iterator[Batch]:
    """The columns of both sides; of Semi and Anti joins only those of the left side."""
    # Two parts at a time: one that is looked up, and the next in the making.
    parts = in_parts(run.checked(right), run.share // 2, NUMBERED_ROW_SIZE)
    part, next_part = next(parts), next(parts, None)
    if next_part is None:
        yield from _join_kept(left, part, on, run)
    else:
        yield from _join_parts(left, chain((part, next_part), parts), on, run)


def _join_kept(
    left: Iterator[Batch], right: Batch, on: Condition, run: Execution
) -> Iterator[Batch]:
    """With all of the right side at once."""
    first = next(left)
    kept = Kept(right, first, on)
    for batch in run.checked(chain((first,), left)):
        numbers = kept.find(batch)
        if on.kind in ("Semi", "Anti"):
            yield take_rows(batch, rows_by_number(numbers, has_number=on.kind == "Semi"))
        else:
            yield from kept.pairs(batch, numbers, keep_left=on.kind in ("Left", "Full"))
    if gives_unseen(on):
        yield kept.unseen(first)


def _join_parts(
    left: Iterator[Batch], parts: Iterable[Batch], on: Condition, run: Execution
) -> Iterator[Batch]:
    """With the right side in parts."""
    side = LeftSide(left, run)
    kept = (Kept(part, side.first, on) for part in parts)
    if on.kind in ("Semi", "Anti"):
        for part in kept:
            deque(side.look_up(part), maxlen=0)
        yield from side.chosen(has_partner=on.kind == "Semi")
        return
    runs = SortedRuns([side.order], run)
    unseen = run.spool(run.share // 4)
    for part in kept:
        runs.add(side.pairs(part))
        if gives_unseen(on):
            unseen.add(part.unseen(side.first))
    if on.kind in ("Left", "Full"):
        runs.add(side.alone(part))
    yield from map(side.without_place, runs.merged())
    yield from map(side.without_place, unseen)
