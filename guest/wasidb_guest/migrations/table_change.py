"""A stored table and the wanted one that it becomes."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from wasidb_guest.definitions import (
    ColumnDefinition,
    ForeignKey,
    TableDefinition,
)
from wasidb_guest.migrations.wanted import is_same


@dataclass(frozen=True, slots=True)
class TableChange:
    """A stored table that becomes a wanted one, which may differ in nothing.

    `sources` has for each wanted column its position among the stored ones, None for a new one;
    `supplied` are the columns whose values come from elsewhere.
    """

    stored: TableDefinition
    wanted: TableDefinition
    sources: tuple[int | None, ...]
    supplied: Collection[str] = ()

    @property
    def is_none(self) -> bool:
        """Whether everything stays as it is."""
        return not self.supplied and is_same(self.stored, self.wanted)

    @property
    def keeps_records(self) -> bool:
        """Whether the stored bytes of every row stay right.

        Names, keys, rules and defaults are no part of a record. Whether a column may be NULL is:
        each cell of such a column has a flag.
        """
        before = [(column.type, column.nullable) for column in self.stored.columns]
        after = [(column.type, column.nullable) for column in self.wanted.columns]
        is_in_place = self.sources == tuple(range(len(self.stored.columns))) and not self.supplied
        return is_in_place and before == after and self.stored.stride == self.wanted.stride

    def carried(self) -> Iterator[tuple[ColumnDefinition, ColumnDefinition]]:
        """Each column that stays: as it is stored, as it is wanted."""
        for column, source in zip(self.wanted.columns, self.sources, strict=True):
            if source is not None:
                yield self.stored.columns[source], column

    def renamed_columns(self) -> dict[str, str]:
        """The wanted name of each stored column that stays."""
        return {old.name: new.name for old, new in self.carried()}


class Renaming:
    """What stored tables and columns are called in the wanted definitions."""

    def __init__(self, changes: Iterable[TableChange]) -> None:
        self._tables = {change.stored.name: change for change in changes}

    def foreign_key(self, key: ForeignKey | None) -> ForeignKey | None:
        """A stored foreign key in the new names."""
        change = self._tables.get(key.table) if key is not None else None
        if key is None or change is None:
            return key
        column = change.renamed_columns().get(key.column, key.column)
        return ForeignKey(change.wanted.name, column, key.on_delete)
