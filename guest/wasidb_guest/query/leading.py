"""The rows that come first in an order, found without putting all of them in order.

    order by age, name; first 3        age    40  17  25  25  17  25
                                       mask    0   1   2   2   1   2

A column at a time: the third age in order is 25, so the rows below are among the first (1), those
above are not (0), and those equal to it compete for the one place that is left (2) by the next
column. At last what is still equal goes by the order in which the rows stand.

A column of text is looked at twice: by the first eight bytes of each cell, which tells most cells
apart and is quick, then as a whole."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, repeat
from operator import eq, gt, lt
from typing import Any, TypeAlias

from wasidb_guest.encoding.cell_vectors import take, valid_flags
from wasidb_guest.encoding.copying import pointed_to
from wasidb_guest.query import masks, ordinals, ranks
from wasidb_guest.query.batches import joined, size_of
from wasidb_guest.query.comparable import (
    has_ordinals,
    has_spans,
    keys_of,
    ordinals_of,
    spans_of,
)
from wasidb_guest.query.execution import Execution
from wasidb_guest.query.external_sort import sort
from wasidb_guest.query.grouping import row_numbers, take_rows
from wasidb_guest.query.sorting import SortKey, sorted_batch
from wasidb_guest.vectors import Batch, Vector

OUT, IN, OPEN = 0, 1, 2
ORDINAL_SIZE = 8
MERGED_ROWS = 4_096
"""So many rows are kept before the first among them are looked for again."""

NULLS_OPEN = bytes((OPEN, OUT)) + bytes(254)
VALUES_IN = bytes((OPEN, IN)) + bytes(254)
SELECT_OPEN = bytes((0, 0, 1)) + bytes(253)
"""Tables for bytes: flags to marks, for all places going to NULLs and for all values having one;
marks to whether they are OPEN."""

Values: TypeAlias = Any
"""Integers that a kernel takes, or a list of comparable objects; one for each cell."""


def sort_first(
    batches: Iterable[Batch], keys: Sequence[SortKey], count: int, run: Execution
) -> Iterator[Batch]:
    """The first `count` rows in order; all rows in order if so many do not fit in memory."""
    kept: list[Batch] = []
    rest = run.checked(batches)
    for batch in rest:
        kept.append(_first_of(batch, keys, count))
        if sum(each.count for each in kept) > MERGED_ROWS + 2 * count:
            kept = [_first_of(joined(kept), keys, count)]
        if sum(map(size_of, kept)) > run.share:
            yield from sort(chain(kept, rest), keys, run)
            return
    yield sorted_batch(_first_of(joined(kept), keys, count), keys)


def _first_of(batch: Batch, keys: Sequence[SortKey], count: int) -> Batch:
    if batch.count <= count:
        return batch
    return take_rows(batch, row_numbers(leading_rows(batch, keys, count)))


def leading_rows(batch: Batch, keys: Sequence[SortKey], count: int) -> Sequence[int]:
    """The numbers of the rows that are the first `count` in order, ascending."""
    rows: Sequence[int] = range(batch.count)
    if count <= 0 or batch.count <= count:
        return rows[: max(count, 0)]
    certain: list[int] = []
    for key, values_of in _looks(batch, keys):
        vector = batch.vectors[key.position]
        if len(rows) < batch.count:
            vector = take(vector, memoryview(array("I", rows)))
        mask = _marks(vector, key, values_of, count - len(certain))
        certain += map(rows.__getitem__, _rows_where(mask))
        rows = list(map(rows.__getitem__, _rows_where(mask.translate(SELECT_OPEN))))
        if len(certain) + len(rows) == count:
            break
    return sorted(chain(certain, rows[: count - len(certain)]))


def _looks(
    batch: Batch, keys: Sequence[SortKey]
) -> Iterator[tuple[SortKey, Callable[[Vector], Values]]]:
    """What to look at, one after the other, to tell rows apart."""
    for key in keys:
        data_type = batch.vectors[key.position].type
        if has_ordinals(data_type):
            yield key, ordinals_of
        else:
            if has_spans(data_type):
                yield key, _prefixes_of
            yield key, keys_of


def _prefixes_of(vector: Vector) -> Values:
    prefixes = memoryview(bytearray(ORDINAL_SIZE * vector.count)).cast("Q")
    ordinals.span_prefixes(*spans_of(vector), prefixes)
    return prefixes


def _rows_where(mask: bytes | bytearray) -> memoryview:
    """The numbers of the rows that are marked 1."""
    rows = memoryview(bytearray(4 * len(mask))).cast("I")
    return rows[: masks.true_rows(*pointed_to(mask), rows)]


def _marks(
    vector: Vector, key: SortKey, values_of: Callable[[Vector], Values], count: int
) -> bytearray:
    """IN for cells that come before the `count`-th in order, OPEN for those equal to it."""
    if vector.validity is None:
        return _marks_of(values_of(vector), key, count)
    flags = valid_flags(vector)
    null_count = flags.count(0)
    value_count = vector.count - null_count
    if key.nulls_first and count <= null_count:
        return bytearray(flags.translate(NULLS_OPEN))
    if not key.nulls_first and count > value_count:
        return bytearray(flags.translate(VALUES_IN))
    mask = bytearray(vector.count)
    values = values_of(take(vector, _rows_where(flags)))
    places = count - null_count if key.nulls_first else count
    masks.spread(_marks_of(values, key, places), flags, mask)
    masks.mark(flags, IN if key.nulls_first else OUT, mask)
    return mask


def _marks_of(values: Values, key: SortKey, count: int) -> bytearray:
    """The same for cells none of which is NULL; there are `count` of them at least."""
    if isinstance(values, list):
        bound = sorted(values, reverse=key.is_descending)[count - 1]
        before = map(gt if key.is_descending else lt, values, repeat(bound))
        ties = map(eq, values, repeat(bound))
        return bytearray(IN * first + OPEN * tie for first, tie in zip(before, ties, strict=True))
    heap = memoryview(bytearray(ORDINAL_SIZE * count)).cast(values.format)
    ranks.keep_first(values, key.is_descending, heap)
    mask = bytearray(len(values))
    less, greater = (OUT, IN) if key.is_descending else (IN, OUT)
    masks.compare_ordinals(values, heap[0], less, OPEN, greater, mask)
    return mask
