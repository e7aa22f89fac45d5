"""Rewriting a table without holes: its rows, one behind the other, on pages of another file.

    source   rec ·· rec ···· rec │ ········ │ rec rec ··      pages of 64 KiB, · is free space
    target   rec rec rec rec rec │

Rows keep their physical order, and records their bytes: they are moved, not written anew, so that
one which only the Rust engine would write is no worse for it. Indexes are built from the keys of
all rows, which fills their leaves; what was wrong with the old ones is thereby mended.

Both go in portions, for whoever calls to commit one at a time: a few pages of records, and as many
keys as make a run of some megabytes. Only an index larger than that has leaves that are not full.

What cannot be moved is an error: a record that is not exactly its columns, and one of 65,536 bytes
with its header, which ends with its page: the Rust engine's scan never ends there, and its next
insert overwrites the record. The largest that can be moved has 65,535 bytes.
"""

from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate, repeat
from operator import sub

from wasidb_guest.definitions import IndexDefinition
from wasidb_guest.encoding.cell_vectors import concat
from wasidb_guest.errors import LimitExceeded
from wasidb_guest.indexes.run import Run, build_run
from wasidb_guest.pages.layout import PAGE_SIZE, RECORD_HEADER_SIZE
from wasidb_guest.tables.page_records import bounds_of_records, columns_of_records, reader_of
from wasidb_guest.tables.table import Table
from wasidb_guest.vectors import Batch, Vector

# Record pages moved at once: 16 MiB.
PORTION_PAGES = 256
# Bytes of cells and addresses from which one run of keys is made.
RUN_SIZE = 16 << 20

Rows = tuple[Batch, memoryview]
"""A part of a scan."""


def stored_records(source: Table) -> Iterator[tuple[bytearray, memoryview]]:
    """All records in portions: as they are stored, back to back, and where each begins and the last
    one ends.

    Raises Corrupted, and LimitExceeded for a record that no page can take.
    """
    numbers = sorted(source.ledger.record_pages)
    for first in range(0, len(numbers), PORTION_PAGES):
        records: list[bytearray] = []
        for number in numbers[first : first + PORTION_PAGES]:
            records += _records_of_page(source, number)
        starts = array("i", accumulate(map(len, records), initial=0))
        yield bytearray().join(records), memoryview(starts)


def _records_of_page(source: Table, number: int) -> list[bytearray]:
    page = source.pages.read(number)
    starts, ends = bounds_of_records(source.definition, number, page)
    columns_of_records(reader_of(source.definition), number, page, starts, ends)
    if len(starts) == 1 and ends[0] - starts[0] + RECORD_HEADER_SIZE == PAGE_SIZE:
        name, size = source.definition.name, ends[0] - starts[0]
        message = f"the row of table {name!r} on page {number} takes {size} bytes, "
        message += f"its record ends with its page; one of {size - 1} can be moved"
        raise LimitExceeded(message, limit="record size", table=name, size=size)
    begins = map(sub, starts, repeat(RECORD_HEADER_SIZE))
    return list(map(page.__getitem__, map(slice, begins, ends)))


def runs_of_keys(table: Table, index: IndexDefinition) -> Iterator[Run]:
    """The entries of one index for all rows of a table, in runs of about RUN_SIZE bytes."""
    for keys, addresses in keys_of_rows(table, index):
        yield build_run(keys, addresses)


def keys_of_rows(
    table: Table, index: IndexDefinition
) -> Iterator[tuple[Sequence[Vector], memoryview]]:
    """The columns of one index for all rows, and where the rows are, in portions of that size."""
    positions = [table.definition.column_position(column) for column in index.columns]
    parts: list[Rows] = []
    size = 0
    for part in table.scan(positions):
        parts.append(part)
        size += part[1].nbytes + sum(len(vector.data) for vector in part[0].vectors)
        if size > RUN_SIZE:
            yield _joined(parts)
            parts, size = [], 0
    if parts:
        yield _joined(parts)


def _joined(parts: Sequence[Rows]) -> tuple[Sequence[Vector], memoryview]:
    columns = zip(*(batch.vectors for batch, _ in parts), strict=True)
    addresses = memoryview(b"".join(addresses for _, addresses in parts)).cast("Q")
    return list(map(concat, columns)), addresses


def copy_counters(source: Table, target: Table) -> None:
    """Let a table go on numbering where another one is."""
    if source.autoincrement is not None and target.autoincrement is not None:
        target.autoincrement.catch_up(source.autoincrement)
        target.save_counters()
