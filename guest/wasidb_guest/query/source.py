"""What the query layer needs of tables: protocols that `tables` fulfils and tests imitate."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeAlias

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cells import Cell
from wasidb_guest.tables.access_control import Permission
from wasidb_guest.transactions.limits import Limits
from wasidb_guest.vectors import Batch, RowChoice, Vector
from wasidb_memory import Scratch

Addresses: TypeAlias = memoryview
"""Where records are: uint64 ("Q"), page number << 16 | offset in the page."""


RowTest: TypeAlias = Callable[[Batch], bool]
"""Whether an answer depends on one of some complete rows of a table."""


class IndexSource(Protocol):
    """An index. Keys order as in the file: NULL among the values, date-times field by field."""

    @property
    def columns(self) -> tuple[str, ...]: ...

    @property
    def unique(self) -> bool: ...

    def pieces(
        self,
        low: Sequence[Cell] | None,
        high: Sequence[Cell] | None,
        *,
        low_inclusive: bool,
        high_inclusive: bool,
        is_descending: bool = False,
    ) -> Iterator[Addresses]:
        """The rows between two keys or prefixes of keys, in key order, a piece at a time.

        A bound is None for an open end: it shares all cells of the other bound but the last one,
        and where that column is NULL, rows are left out. A cell None is NULL, which has its place
        among the keys; no cells at all are below and above every key."""

    def count(
        self,
        low: Sequence[Cell] | None,
        high: Sequence[Cell] | None,
        *,
        low_inclusive: bool,
        high_inclusive: bool,
    ) -> int:
        """How many rows `pieces` finds."""

    def estimate(
        self,
        low: Sequence[Cell] | None,
        high: Sequence[Cell] | None,
        *,
        low_inclusive: bool,
        high_inclusive: bool,
    ) -> int:
        """About how many rows `pieces` finds, which costs next to nothing."""

    def estimate_distinct(self, width: int) -> int:
        """About how many different keys there are in the first `width` columns."""

    def matching(self, keys: Sequence[Vector]) -> Addresses:
        """The rows that have one of these keys in their first columns, in no order; a row comes
        once for each time that its key does.

        There is a vector of the column's type for each of these columns, without NULL."""


class TableSource(Protocol):
    """A table as a statement sees it."""

    @property
    def definition(self) -> TableDefinition: ...

    @property
    def indexes(self) -> Sequence[IndexSource]: ...

    def row_count(self) -> int:
        """The number of rows."""

    def scan(
        self,
        columns: Sequence[int],
        choice: RowChoice | None = None,
        *,
        few_first: bool = False,
    ) -> Iterator[tuple[Batch, Addresses]]:
        """The rows in physical order, in batches of whole pages, with these columns only; all rows,
        or those that the choice wants, with `few_first` in small batches to begin with."""

    def fetch(self, addresses: Addresses, columns: Sequence[int]) -> Batch:
        """The rows at these addresses, in their order."""


class Source(Protocol):
    """The tables a statement can name."""

    @property
    def limits(self) -> Limits:
        """What the running statement may take: to be checked once for each batch of work."""

    def open_scratch(self) -> Scratch:
        """Where a statement can put aside what it does not hold. Raises ProviderError."""

    def table(self, name: str) -> TableSource:
        """The table of this name, or TableNotFound."""

    def has_read(self, table: str, test: RowTest | None, permission: Permission = "read") -> None:
        """Be told that an answer depends on the rows of a table for which a test is true, on all
        without one. Raises AccessDenied to whoever has not the permission."""
