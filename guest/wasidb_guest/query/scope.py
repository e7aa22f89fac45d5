"""The columns a statement can speak of, and what their names mean.

A name is a column's own ("title") or qualified with its table ("posts.title"); the first is refused
where several tables have such a column. Column names may themselves contain dots, so a name is
tried as it stands before it is split."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.errors import InvalidQuery, UnknownColumn
from wasidb_guest.values import DataType


@dataclass(frozen=True, slots=True)
class ScopeColumn:
    """A column of a batch. `table` is empty for one that is computed."""

    table: str
    name: str
    type: DataType

    @property
    def qualified(self) -> str:
        return f"{self.table}.{self.name}" if self.table else self.name


@dataclass(frozen=True)
class Scope:
    """The columns of a batch, in its order."""

    columns: tuple[ScopeColumn, ...]

    @classmethod
    def of_table(cls, table: TableDefinition) -> "Scope":
        """All columns of a table."""
        return cls(tuple(ScopeColumn(table.name, each.name, each.type) for each in table.columns))

    def position(self, name: str) -> int:
        """Which column a name means; UnknownColumn, or InvalidQuery if it could be several."""
        found = self._by_name.get(name, ())
        if len(found) > 1:
            candidates = [self.columns[position].qualified for position in found]
            message = f"column {name!r} is ambiguous: it could be {' or '.join(candidates)}"
            raise InvalidQuery(message, column=name, candidates=candidates)
        return found[0] if found else self._qualified_position(name)

    def column(self, name: str) -> ScopeColumn:
        """The column a name means."""
        return self.columns[self.position(name)]

    def take(self, positions: Sequence[int]) -> "Scope":
        """A scope of these columns only."""
        return Scope(tuple(self.columns[position] for position in positions))

    def labels(self) -> list[str]:
        """How the columns are called in a result: by their own names, and qualified where that is
        taken.

        The columns of the first table keep their names whatever the others are called.
        """
        first = self.columns[0].table if self.columns else ""
        return [
            each.name
            if each.table == first or len(self._by_name[each.name]) == 1
            else each.qualified
            for each in self.columns
        ]

    def _qualified_position(self, name: str) -> int:
        position = self._by_qualified_name.get(name)
        if position is not None:
            return position
        tables = list(dict.fromkeys(each.table for each in self.columns))
        column = name.removeprefix(f"{tables[0]}.") if tables else name
        if len(tables) == 1 and tables[0]:
            raise UnknownColumn(column, tables[0])
        known = ", ".join(each.qualified for each in self.columns)
        raise UnknownColumn(
            name, ", ".join(filter(None, tables)), f"no column {name!r} among {known}"
        )

    @cached_property
    def _by_name(self) -> dict[str, tuple[int, ...]]:
        positions: dict[str, tuple[int, ...]] = {}
        for position, column in enumerate(self.columns):
            positions[column.name] = (*positions.get(column.name, ()), position)
        return positions

    @cached_property
    def _by_qualified_name(self) -> dict[str, int]:
        return {each.qualified: position for position, each in enumerate(self.columns)}
