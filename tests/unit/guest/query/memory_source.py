"""Tables as lists of cells, with the protocols of `query.source`, for tests of the query layer."""

from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from wasidb_guest.definitions import (
    ColumnDefinition,
    ForeignKey,
    IndexDefinition,
    TableDefinition,
    define_table,
)
from wasidb_guest.encoding.cell_vectors import vector_from_cells, vector_to_cells
from wasidb_guest.encoding.cells import encode_cell
from wasidb_guest.encoding.ordering import ordering_key
from wasidb_guest.errors import TableNotFound
from wasidb_guest.query.grouping import take_rows
from wasidb_guest.query.source import RowTest
from wasidb_guest.tables.access_control import Permission
from wasidb_guest.transactions.limits import Limits
from wasidb_guest.values import BUILT_IN, NULL_TAG
from wasidb_guest.vectors import Batch, RowChoice, Vector
from wasidb_memory import HeapScratch

ROWS_A_PAGE = 3
PIECE_SIZE = 4


class MemoryTable:
    """Rows in insertion order, three to a page.

    `looked_up` says which indexes were used, the counts how much was read, `few_first` how it was
    scanned last."""

    def __init__(self, definition: TableDefinition, rows: Sequence[Sequence[Any]]) -> None:
        self.definition = definition
        self.rows = [list(row) for row in rows]
        self.indexes = [MemoryIndex(self, each) for each in definition.indexes]
        self.looked_up: list[tuple[str, ...]] = []
        self.scanned_pages = self.index_pieces = self.fetched_rows = 0
        self.few_first = False

    def row_count(self) -> int:
        return len(self.rows)

    def addresses(self) -> list[int]:
        return [
            (7 + row // ROWS_A_PAGE) << 16 | 32 * (row % ROWS_A_PAGE)
            for row in range(len(self.rows))
        ]

    def scan(
        self,
        columns: Sequence[int],
        choice: RowChoice | None = None,
        *,
        few_first: bool = False,
    ) -> Iterator[tuple[Batch, memoryview]]:
        self.few_first = few_first
        addresses = memoryview(array("Q", self.addresses()))
        for start in range(0, len(self.rows), ROWS_A_PAGE):
            self.scanned_pages += 1
            rows = self.rows[start : start + ROWS_A_PAGE]
            batch, places = self._batch(rows, columns), addresses[start : start + ROWS_A_PAGE]
            if choice is not None:
                chosen = choice[1](batch)
                batch = take_rows(batch, chosen)
                places = memoryview(array("Q", map(places.__getitem__, chosen)))
            yield batch, places

    def fetch(self, addresses: memoryview, columns: Sequence[int]) -> Batch:
        self.fetched_rows += len(addresses)
        by_address = dict(zip(self.addresses(), self.rows, strict=True))
        return self._batch([by_address[address] for address in addresses], columns)

    def _batch(self, rows: list[list[Any]], columns: Sequence[int]) -> Batch:
        chosen = [self.definition.columns[position] for position in columns]
        vectors = [
            vector_from_cells(
                column.type,
                [row[position] for row in rows],
                table=self.definition.name,
                column=column.name,
                nullable=True,
            )
            for column, position in zip(chosen, columns, strict=True)
        ]
        return Batch([column.name for column in chosen], vectors, len(rows))


class MemoryIndex:
    """An index that sorts all keys anew for each look-up."""

    def __init__(self, table: MemoryTable, definition: IndexDefinition) -> None:
        self.table = table
        self.columns = definition.columns
        self.unique = definition.unique
        self.positions = [table.definition.column_position(name) for name in definition.columns]

    def pieces(
        self,
        low: Sequence[Any] | None,
        high: Sequence[Any] | None,
        *,
        low_inclusive: bool,
        high_inclusive: bool,
        is_descending: bool = False,
    ) -> Iterator[memoryview]:
        self.table.looked_up.append(self.columns)
        found = self._between(low, high, low_inclusive, high_inclusive)
        if is_descending:
            found.reverse()
        for start in range(0, len(found), PIECE_SIZE):
            self.table.index_pieces += 1
            yield memoryview(array("Q", found[start : start + PIECE_SIZE]))

    def count(
        self,
        low: Sequence[Any] | None,
        high: Sequence[Any] | None,
        *,
        low_inclusive: bool,
        high_inclusive: bool,
    ) -> int:
        self.table.looked_up.append(self.columns)
        return len(self._between(low, high, low_inclusive, high_inclusive))

    def estimate(
        self,
        low: Sequence[Any] | None,
        high: Sequence[Any] | None,
        *,
        low_inclusive: bool,
        high_inclusive: bool,
    ) -> int:
        return len(self._between(low, high, low_inclusive, high_inclusive))

    def estimate_distinct(self, width: int) -> int:
        return len({key[:width] for key in map(self._key_of, self.table.rows)})

    def matching(self, keys: Sequence[Vector]) -> memoryview:
        self.table.looked_up.append(self.columns)
        found = [
            address
            for key in zip(*map(vector_to_cells, keys), strict=True)
            for address in self._between(key, key, True, True)
        ]
        return memoryview(array("Q", found))

    def _between(
        self,
        low: Sequence[Any] | None,
        high: Sequence[Any] | None,
        low_inclusive: bool,
        high_inclusive: bool,
    ) -> list[int]:
        is_open = low is None or high is None
        bounded = max(len(low or ()), len(high or ()), 1) - 1
        low_key = self._key((high or ())[:-1] if low is None else low)
        high_key = self._key((low or ())[:-1] if high is None else high)
        null = self._key((None,) * (bounded + 1))[bounded]

        def is_within(key: tuple[Any, ...]) -> bool:
            if is_open and key[bounded] == null:
                return False
            above = key[: len(low_key)] > low_key or (
                low_inclusive and key[: len(low_key)] == low_key
            )
            below = key[: len(high_key)] < high_key or (
                high_inclusive and key[: len(high_key)] == high_key
            )
            return above and below

        keyed = [
            (self._key_of(row), address)
            for row, address in zip(self.table.rows, self.table.addresses(), strict=True)
        ]
        return [address for key, address in sorted(keyed) if is_within(key)]

    def _key_of(self, row: Sequence[Any]) -> tuple[Any, ...]:
        return self._key([row[position] for position in self.positions])

    def _key(self, cells: Sequence[Any]) -> tuple[Any, ...]:
        parts = []
        for position, cell in zip(self.positions, cells, strict=False):
            data_type = self.table.definition.columns[position].type
            if cell is None:
                parts.append((NULL_TAG, 0))
            else:
                parts.append((data_type.tag, ordering_key(data_type, encode_cell(data_type, cell))))
        return tuple(parts)


class MemorySource:
    """Tables by name."""

    def __init__(self, *tables: MemoryTable) -> None:
        self.tables = {table.definition.name: table for table in tables}
        self.reads: list[tuple[str, RowTest | None]] = []
        self.limits = Limits()
        self.open_scratch = HeapScratch

    def has_read(self, table: str, test: RowTest | None, permission: Permission = "read") -> None:
        self.reads.append((table, test))

    def table(self, name: str) -> MemoryTable:
        if name not in self.tables:
            raise TableNotFound(name)
        return self.tables[name]


def make_table(
    name: str,
    columns: str,
    rows: Sequence[Sequence[Any]],
    indexes: Sequence[Sequence[str]] = (),
    references: dict[str, str] | None = None,
) -> MemoryTable:
    """A table from text: "id uint32, name text null"; the first column is the primary key."""
    definitions = []
    for column in columns.split(","):
        words = column.split()
        target = (references or {}).get(words[0])
        definitions.append(
            ColumnDefinition(
                words[0],
                BUILT_IN[words[1]],
                nullable="null" in words,
                references=None if target is None else ForeignKey(target, "id"),
            )
        )
    return MemoryTable(define_table(name, definitions[0].name, definitions, indexes), rows)


def numbered(cells: Sequence[Any]) -> list[list[Any]]:
    """One-column rows with an id from 1."""
    return [[number, cell] for number, cell in enumerate(cells, 1)]
