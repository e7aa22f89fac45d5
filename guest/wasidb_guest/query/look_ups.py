"""What look-ups in indexes find: addresses of rows, a piece at a time as the index is read.

An index is worth its while for as long as it is selective: reading most of a table by addresses
costs more than reading it as a whole. So a look-up ends with nothing as soon as it has found more
than INDEX_SHARE of the rows or, for somebody who knows another way, more than FEW_ROWS."""

from collections.abc import Iterable, Iterator

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.query import plan
from wasidb_guest.query.address_sets import sort_addresses
from wasidb_guest.query.ranks import keep_first
from wasidb_guest.query.source import Addresses, IndexSource, TableSource
from wasidb_guest.query.statistics import is_key_of
from wasidb_guest.vectors import Vector

INDEX_SHARE = 0.25
FEW_ROWS = 1_000
"""So few rows are read by address without asking how large the table is."""
ADDRESS_SIZE = 8
BYTE_VALUES = 256


def look_up(
    table: TableSource, access: Iterable[plan.IndexAccess], *, only_few: bool = False
) -> Addresses | None:
    """What look-ups find, by ascending address and each row once; None if there is too much."""
    found = []
    count = 0
    for piece in found_by(table, access):
        count += len(piece)
        if count > FEW_ROWS and (only_few or count > INDEX_SHARE * table.row_count()):
            return None
        found.append(piece)
    return found[0] if count == 1 else in_order(found)


def lowest(table: TableSource, access: Iterable[plan.IndexAccess], count: int) -> Addresses:
    """The `count` lowest addresses that look-ups find, as many as there are, and ascending."""
    found = memoryview(b"".join(found_by(table, access))).cast("Q")
    if len(found) <= count:
        return in_order([found])
    kept = memoryview(bytearray(ADDRESS_SIZE * count)).cast("Q")
    keep_first(found, False, kept)
    return in_order([kept])


def count_found(table: TableSource, access: Iterable[plan.IndexAccess]) -> int:
    """How many rows look-ups find that have none in common."""
    return sum(
        table.indexes[each.index].count(
            probe.low,
            probe.high,
            low_inclusive=probe.low_inclusive,
            high_inclusive=probe.high_inclusive,
        )
        for each in access
        for probe in each.probes
    )


def found_by(table: TableSource, access: Iterable[plan.IndexAccess]) -> Iterator[Addresses]:
    """What look-ups find, in pieces; what several of them find comes several times. Keys are looked
    up together.
    """
    for each in access:
        index = table.indexes[each.index]
        if len(each.probes) > 1 and all(is_key_of(index, probe) for probe in each.probes):
            yield index.matching(key_vectors(table.definition, each))
            continue
        for probe in each.probes:
            yield from pieces_of(index, probe)


def key_vectors(table: TableDefinition, access: plan.IndexAccess) -> list[Vector]:
    """The keys that look-ups look for, column by column."""
    columns = zip(*(probe.low or () for probe in access.probes), strict=True)
    return [
        vector_from_cells(
            table.column(name).type, cells, table=table.name, column=name, nullable=False
        )
        for name, cells in zip(access.columns, columns, strict=True)
    ]


def pieces_of(
    index: IndexSource, probe: plan.Range, *, is_descending: bool = False
) -> Iterator[Addresses]:
    """What a probe finds in an index, in the order of its keys."""
    return index.pieces(
        probe.low,
        probe.high,
        low_inclusive=probe.low_inclusive,
        high_inclusive=probe.high_inclusive,
        is_descending=is_descending,
    )


def in_order(pieces: Iterable[Addresses]) -> Addresses:
    """Addresses in the order in which rows are stored, each once."""
    addresses = memoryview(bytearray(b"".join(pieces))).cast("Q")
    spare = memoryview(bytearray(addresses.nbytes)).cast("Q")
    counts = memoryview(bytearray(4 * BYTE_VALUES)).cast("i")
    return addresses[: sort_addresses(addresses, spare, counts)]
