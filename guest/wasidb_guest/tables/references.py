"""Which rows hold which keys: looking along foreign keys, both ways.

    users   id         posts   id   author         keys_of(author)    [7, None, 8]
            7                  31   7
            8                  32   NULL           users with these keys, posts that hold them
                               33   8

Keys are equal here when an index finds them equal: 1.0 is 1.00. A key of several columns is a
tuple; a key with a NULL in it is None, which nobody holds and nobody has.
"""

from array import array
from collections.abc import Callable, Container, Iterator, Sequence
from itertools import compress
from typing import Any, TypeAlias

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cell_vectors import vector_to_cells
from wasidb_guest.encoding.ordering import sort_keys
from wasidb_guest.errors import Internal
from wasidb_guest.rules.references import Reference
from wasidb_guest.tables.index import Index
from wasidb_guest.tables.table import Table
from wasidb_guest.tables.tables import Tables
from wasidb_guest.vectors import Batch, Vector

Key: TypeAlias = Any

# Look-ups in an index that take as long as reading a page of records.
LOOK_UPS_PER_PAGE = 4


def positions_of(table: TableDefinition, columns: Sequence[str]) -> list[int]:
    """The places of some columns."""
    return list(map(table.column_position, columns))


def keys_of(vectors: Sequence[Vector]) -> list[Key]:
    """The key in each row of the columns `vectors`."""
    columns = list(map(sort_keys, vectors))
    if len(columns) == 1:
        return columns[0]
    return [None if None in cells else cells for cells in zip(*columns, strict=True)]


def target_index(tables: Tables, reference: Reference) -> Index:
    """The unique index that a foreign key points into."""
    index = tables.table(reference.target).index_on(reference.target_columns)
    if index is None:
        raise Internal(f"no unique index for the foreign key {reference.name}")
    return index


def rows_with_keys(
    table: Table, columns: Sequence[str], keys: Sequence[Vector]
) -> tuple[Sequence[int], Sequence[Key]]:
    """The rows of a table that hold one of `keys` in `columns`: ascending addresses, and which."""
    wanted = set(keys_of(keys))
    wanted.discard(None)
    addresses: list[int] = []
    found: list[Key] = []
    if wanted:
        for batch, places in _candidates(table, columns, keys, len(wanted)):
            held = keys_of(batch.vectors)
            hits = list(map(wanted.__contains__, held))
            addresses.extend(compress(places, hits))
            found.extend(compress(held, hits))
    return addresses, found


def _candidates(
    table: Table, columns: Sequence[str], keys: Sequence[Vector], count: int
) -> Iterator[tuple[Batch, memoryview]]:
    """Batches of `columns` that have all rows with one of `count` different keys: by an index, or
    else the whole table.
    """
    positions = positions_of(table.definition, columns)
    index, width = _index_for(table, columns)
    if index is None or count > LOOK_UPS_PER_PAGE * len(table.ledger.record_pages):
        yield from table.scan(positions)
        return
    leading = [keys[columns.index(name)] for name in index.columns[:width]]
    prefixes = set(zip(*map(vector_to_cells, leading), strict=True))
    found = {place for cells in prefixes if None not in cells for place in index.equal(cells)}
    addresses = as_addresses(sorted(found))
    yield table.fetch(addresses, positions), addresses


def _index_for(table: Table, columns: Sequence[str]) -> tuple[Index | None, int]:
    """The index that tells most of `columns` apart, and how many: they come first in it."""
    best: tuple[Index | None, int] = None, 0
    for index in table.indexes:
        width = 0
        while width < len(index.columns) and index.columns[width] in columns:
            width += 1
        if width > best[1]:
            best = index, width
    return best


def key_columns(
    table: TableDefinition, vectors: Sequence[Vector], columns: Sequence[str]
) -> list[Vector]:
    """Some of all columns of some rows of a table."""
    return [vectors[place] for place in positions_of(table, columns)]


def holds_key(
    table: TableDefinition, columns: Sequence[str], keys: Container[Key]
) -> Callable[[Batch], bool]:
    """The test whether some complete rows of a table hold one of these keys."""

    def test(rows: Batch) -> bool:
        return any(map(keys.__contains__, keys_of(key_columns(table, rows.vectors, columns))))

    return test


def as_addresses(addresses: Sequence[int]) -> memoryview:
    """A list of addresses as an array."""
    return memoryview(array("Q", addresses))
