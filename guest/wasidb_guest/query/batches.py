"""Batches as they go from step to step: joined, cut, measured.

A step gives its rows in some batches, at least one: of no rows there is one batch that is empty,
which says what columns there would be."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from wasidb_guest.query.grouping import NUMBERED_ROW_SIZE, row_numbers, take_rows
from wasidb_guest.query.picked import Picked, concat
from wasidb_guest.vectors import Batch, Vector

BATCH_ROWS = 65_536
"""What a step gives at once, if it is free to choose."""


def joined(batches: Sequence[Batch]) -> Batch:
    """The rows of one or more batches as one batch."""
    first = batches[0]
    if len(batches) == 1:
        return first
    vectors = [concat(pieces) for pieces in zip(*(each.vectors for each in batches), strict=True)]
    return Batch(first.names, vectors, sum(each.count for each in batches))


def at_least_one(batches: Iterable[Batch]) -> Iterator[Batch]:
    """The batches that have rows; one that has none if there are no others."""
    empty = None
    has_rows = False
    for batch in batches:
        if batch.count:
            has_rows = True
            yield batch
        elif empty is None:
            empty = batch
    if empty is not None and not has_rows:
        yield empty


def gathered(
    batches: Iterable[Batch], is_enough: Callable[[int], bool], size_max: int
) -> Iterator[Batch]:
    """The same rows in fewer batches, to be numbered: given when their number is enough, or when
    they and their numbers take so many bytes."""
    held: list[Batch] = []
    rows = size = 0
    for batch in fitting(batches, size_max, NUMBERED_ROW_SIZE):
        held.append(batch)
        rows += batch.count
        size += size_of(batch) + NUMBERED_ROW_SIZE * batch.count
        if is_enough(rows) or size > size_max:
            yield joined(held)
            held, rows, size = [], 0, 0
    if held:
        yield joined(held)


def merged(batches: Iterable[Batch], count: int) -> Iterator[Batch]:
    """The same rows in batches of at least `count`, but for the last one."""
    held: list[Batch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.count
        if rows >= count:
            yield joined(held)
            held, rows = [], 0
    if held:
        yield joined(held)


def fitting(batches: Iterable[Batch], size_max: int, row_size: int) -> Iterator[Batch]:
    """The same rows in batches none of which takes more bytes, unless it is a single row."""
    for batch in batches:
        size = size_of(batch) + row_size * batch.count
        yield from cut(batch, max(batch.count * size_max // max(size, 1), 1))


def in_parts(batches: Iterable[Batch], size_max: int, row_size: int) -> Iterator[Batch]:
    """The same rows in as few batches as possible that take no more bytes; `row_size` is what a row
    takes beside its cells."""
    held: list[Batch] = []
    size = 0
    for batch in fitting(batches, size_max, row_size):
        added = size_of(batch) + row_size * batch.count
        if held and size + added > size_max:
            yield joined(held)
            held, size = [], 0
        held.append(batch)
        size += added
    yield joined(held)


def portions(batch: Batch, rows: memoryview, count: int = BATCH_ROWS) -> Iterator[Batch]:
    """These rows of a batch, `count` at a time; an empty batch for none."""
    for start in range(0, max(len(rows), 1), count):
        yield take_rows(batch, rows[start : start + count])


def cut(batch: Batch, count: int) -> Iterator[Batch]:
    """A batch in batches of at most `count` rows."""
    if batch.count <= count:
        return iter((batch,))
    return portions(batch, row_numbers(range(batch.count)), count)


def size_of(batch: Batch) -> int:
    """The bytes of a batch."""
    return sum(map(_vector_size, batch.vectors))


def _vector_size(vector: Vector) -> int:
    if isinstance(vector, Picked):
        return vector.size
    buffers = (vector.data, vector.offsets, vector.validity)
    return sum(memoryview(buffer).nbytes for buffer in buffers if buffer is not None)
