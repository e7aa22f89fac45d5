"""The first row of each combination of cells in some columns.

    rows        a1 b1 a2 c1 b2 c2       memory for two combinations
    1st pass    a1 b1                   put aside: c1 c2, which are neither a nor b
    2nd pass             c1

A row is given as soon as it has come, so a limit above ends the reading. When memory is full no
more combinations are remembered: rows of others are put aside, and go through next. All of them
come later than what has been given, so the order is right without sorting."""

from collections.abc import Iterable, Iterator, Sequence

from wasidb_guest.query.batches import gathered
from wasidb_guest.query.execution import Execution
from wasidb_guest.query.grouping import take_rows
from wasidb_guest.query.key_numbers import rows_by_number
from wasidb_guest.query.met_keys import MetKeys
from wasidb_guest.query.spool import Spool
from wasidb_guest.vectors import Batch


def distinct(batches: Iterable[Batch], positions: Sequence[int], run: Execution) -> Iterator[Batch]:
    """The first rows, in their order."""
    aside = run.spool(run.share // 4)
    yield from _first_rows(batches, positions, aside, run)
    while aside.count:
        spool, aside = aside, run.spool(run.share // 4)
        yield from _first_rows(spool, positions, aside, run)
        spool.close()


def _first_rows(
    batches: Iterable[Batch], positions: Sequence[int], aside: Spool, run: Execution
) -> Iterator[Batch]:
    """One pass."""
    keys = MetKeys()
    for batch in run.checked(gathered(batches, keys.is_enough, run.share // 4)):
        columns = [batch.vectors[position] for position in positions]
        if keys.size > run.share // 2:
            unknown = rows_by_number(keys.find(columns), has_number=False)
            aside.add(take_rows(batch, unknown))
        else:
            met = keys.meet(columns)
            keys.add(columns, met.new_rows)
            yield take_rows(batch, met.new_rows)
