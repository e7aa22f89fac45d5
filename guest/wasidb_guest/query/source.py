"""What the query layer needs of tables: protocols that `tables` fulfils and tests imitate."""

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeAlias

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cells import Cell
from wasidb_guest.vectors import Batch

Addresses: TypeAlias = memoryview
"""Where records are: uint64 ("Q"), page number << 16 | offset in the page."""


class IndexSource(Protocol):
    """An index. Keys order as in the file: NULL among the values, date-times field by field."""

    @property
    def columns(self) -> tuple[str, ...]: ...

    @property
    def unique(self) -> bool: ...

    def equal(self, cells: Sequence[Cell]) -> Addresses:
        """The rows whose first columns equal these cells, as many as are given; None is NULL."""

    def range(
        self,
        low: Sequence[Cell] | None,
        high: Sequence[Cell] | None,
        *,
        low_inclusive: bool,
        high_inclusive: bool,
    ) -> Addresses:
        """The rows between two keys or prefixes of keys, in key order.

        The last column of the longer bound is the one that is bounded; rows where it is NULL are
        left out."""


class TableSource(Protocol):
    """A table as a statement sees it."""

    @property
    def definition(self) -> TableDefinition: ...

    @property
    def indexes(self) -> Sequence[IndexSource]: ...

    def row_count(self) -> int:
        """The number of rows."""

    def scan(self, columns: Sequence[int]) -> Iterator[tuple[Batch, Addresses]]:
        """All rows in physical order, in batches of whole pages, with these columns only."""

    def fetch(self, addresses: Addresses, columns: Sequence[int]) -> Batch:
        """The rows at these addresses, in their order."""


class Source(Protocol):
    """The tables a statement can name."""

    def table(self, name: str) -> TableSource:
        """The table of this name, or TableNotFound."""
