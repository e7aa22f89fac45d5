"""The tables that one statement sees, and what they are told of it."""

from collections.abc import Sequence
from typing import Protocol

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.rules.references import Reference
from wasidb_guest.rules.table_rules import TableRules
from wasidb_guest.tables.table import Table
from wasidb_guest.vectors import Vector


class Tables(Protocol):
    """The tables that one statement sees."""

    def table(self, name: str) -> Table:
        """A table for reading. Raises TableNotFound."""
        ...

    def writable(self, name: str) -> Table:
        """A table for changing. Raises TableNotFound, Conflict, ReadOnly."""
        ...

    def rules(self, name: str) -> TableRules | None:
        """The rules that rows of a table must keep."""
        ...

    def references(self, name: str) -> Sequence[Reference]:
        """The foreign keys of a table."""
        ...

    def references_to(self, name: str) -> Sequence[Reference]:
        """Every foreign key that points at a table."""
        ...

    def definitions(self) -> Sequence[TableDefinition]:
        """Every table's definition."""
        ...

    def put_off(self, reference: Reference, keys: Sequence[Vector]) -> None:
        """Be told of keys that no row has, which rows may hold until the transaction commits."""
        ...

    @property
    def wants_rows(self) -> bool:
        """Whether `touched` looks at what it is given."""
        ...

    def touched(
        self, table: Table, before: Sequence[Vector] | None, after: Sequence[Vector] | None
    ) -> None:
        """Be told of rows of a table that were and that are, all columns; None for no row."""
        ...
