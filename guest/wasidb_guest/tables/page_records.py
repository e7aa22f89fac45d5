"""The records of one page, by somebody who trusts none of them.

    page ──> all at once   the usual case
         ──> one by one    if that fails: those that are exactly their columns, and for each of the
                           others what is wrong with it

A record is wrong when it runs past its page, when its columns end before or behind it, and when a
cell is none of its type. A page of garbage looks like thousands of such records: the first few are
named, the rest are counted.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cells import BadCell
from wasidb_guest.encoding.records import find_records, set_addresses
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes.run import int32s
from wasidb_guest.pages.layout import PAGE_SIZE, RECORD_HEADER_SIZE, U16, aligned
from wasidb_guest.tables.record_block import RecordBlock, uint64s
from wasidb_guest.tables.record_columns import ColumnReader
from wasidb_guest.vectors import Batch, Vector

# Damaged records of a page that are named one by one.
DAMAGES_NAMED = 8

Decode = Callable[[Vector], list[Any]]
"""A column as a list of cells in some form; raises BadCell for a cell that is none of its type."""


@dataclass(slots=True)
class Records:
    """Records that stand on a page, in physical order.

    `starts` and `ends` are where their bodies begin and end; `cells` has a list for each column, as
    the reader decoded them.
    """

    starts: Any
    ends: Any
    batch: Batch
    cells: list[list[Any]]


@dataclass(slots=True)
class PageRecords:
    """What a page holds: records that can be read, and the damage of those that cannot."""

    found: list[Records] = field(default_factory=list)
    damage: list[Corrupted] = field(default_factory=list)


def bounds_of_records(
    definition: TableDefinition, number: int, page: bytearray
) -> tuple[memoryview, memoryview]:
    """Where the body of every record begins and ends, as int32.

    Raises Corrupted for one that runs past the page.
    """
    most = PAGE_SIZE // min(definition.stride, PAGE_SIZE) + 1
    starts, ends = int32s(most), int32s(most)
    count = find_records(page, definition.stride, starts, ends)
    if count < 0:
        raise Corrupted(number, -1 - count, "record runs past the end of its page")
    return starts[:count], ends[:count]


def read_records(
    definition: TableDefinition, number: int, page: bytearray, decode: Decode
) -> PageRecords:
    """What the page of that number holds, if its records are those of a table."""
    whole = read_whole(definition, number, page, decode)
    if whole is not None:
        return PageRecords([whole])
    return _read_one_by_one(definition, number, page, decode)


def read_whole(
    definition: TableDefinition, number: int, page: bytearray, decode: Decode
) -> Records | None:
    """All records of a page, or None when one of them is damaged."""
    try:
        starts, ends = bounds_of_records(definition, number, page)
        return _read(reader_of(definition), number, page, starts, ends, decode)
    except Corrupted:
        return None


def reader_of(definition: TableDefinition) -> ColumnReader:
    """Reads all columns of records, of one page after the other."""
    return ColumnReader(definition, range(len(definition.columns)))


def _read(
    reader: ColumnReader,
    number: int,
    page: bytearray,
    starts: memoryview,
    ends: memoryview,
    decode: Decode,
) -> Records:
    """The records whose bodies span `starts` to `ends`. Raises Corrupted."""
    batch = columns_of_records(reader, number, page, starts, ends)
    place = number, starts[0] - RECORD_HEADER_SIZE if len(starts) else 0
    cells = []
    for name, vector in zip(batch.names, batch.vectors, strict=True):
        try:
            cells.append(decode(vector))
        except BadCell as problem:
            what = (
                f"column {reader.definition.name}.{name} of this record is not {problem.expected}"
            )
            raise Corrupted(*place, what) from None
    return Records(starts, ends, batch, cells)


def columns_of_records(
    reader: ColumnReader, number: int, page: bytearray, starts: memoryview, ends: memoryview
) -> Batch:
    """All columns of records that are exactly that long. Raises Corrupted for others."""
    count = len(starts)
    cursors = int32s(count)
    cursors[:] = starts
    addresses = uint64s(count)
    set_addresses(addresses, 0, count, number, starts)
    limits = int32s(1)
    limits[0] = count
    block = RecordBlock([page], limits, cursors, ends, addresses)
    batch = reader.read(block)
    if cursors.tobytes() != ends.tobytes():
        row = next(row for row in range(count) if cursors[row] != ends[row])
        what = f"record of table {reader.definition.name!r} is longer than its columns"
        raise Corrupted(number, starts[row] - RECORD_HEADER_SIZE, what)
    return batch


def _read_one_by_one(
    definition: TableDefinition, number: int, page: bytearray, decode: Decode
) -> PageRecords:
    """Wherever a record can start, the one that is there.

    What looks like another record within a damaged one, as far as its own length can be believed,
    is not worth a word.
    """
    result, reader = PageRecords(), reader_of(definition)
    offset = silent_until = unnamed = 0
    while offset + RECORD_HEADER_SIZE <= PAGE_SIZE:
        (length,) = U16.unpack_from(page, offset)
        end = offset + RECORD_HEADER_SIZE + length
        if length:
            try:
                result.found.append(_read_one(reader, number, page, offset, end, decode))
                offset, silent_until = aligned(end, definition.stride), 0
                continue
            except Corrupted as damage:
                if offset >= silent_until:
                    silent_until = end
                    if len(result.damage) < DAMAGES_NAMED:
                        result.damage.append(_at(offset, damage))
                    else:
                        unnamed += 1
        offset += definition.stride
    if unnamed:
        what = f"{unnamed} more records of this page cannot be read"
        result.damage.append(Corrupted(number, 0, what))
    return result


def _read_one(
    reader: ColumnReader, number: int, page: bytearray, offset: int, end: int, decode: Decode
) -> Records:
    """The record from `offset` to `end`. Raises Corrupted."""
    if end > PAGE_SIZE:
        raise Corrupted(number, offset, "record runs past the end of its page")
    starts, ends = int32s(1), int32s(1)
    starts[0], ends[0] = offset + RECORD_HEADER_SIZE, end
    return _read(reader, number, page, starts, ends, decode)


def _at(offset: int, damage: Corrupted) -> Corrupted:
    """The same damage, told of the record that begins at `offset`."""
    page, what = damage.details["page"], damage.details["what"]
    assert isinstance(page, int)
    return Corrupted(page, offset, str(what))
