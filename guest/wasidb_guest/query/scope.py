"""The columns a statement can speak of, and what their names mean.

A name is a column's own ("title") or qualified with what its table is called in the statement
("posts.title"); it is refused where it could be several. Column names may themselves contain dots:
a name that is some column's own is not looked for among the qualified ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import cast

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.errors import DbmsError, InvalidQuery, UnknownColumn
from wasidb_guest.values import DataType

SCOPES_KEPT = 1024


@dataclass(frozen=True, slots=True)
class ScopeColumn:
    """A column of a batch. `table` is empty for one that is computed."""

    table: str
    name: str
    type: DataType

    @property
    def qualified(self) -> str:
        return f"{self.table}.{self.name}" if self.table else self.name


@dataclass(frozen=True, eq=False)
class Scope:
    """The columns of a batch, in its order.

    Scopes of tables, and parts of them, are made once and kept: statements ask for the same ones.
    """

    columns: tuple[ScopeColumn, ...]

    @classmethod
    def of_table(cls, table: TableDefinition, name: str = "") -> "Scope":
        """All columns of a table, which may go by another name."""
        return _scope_of(((name or table.name, table),))

    @classmethod
    def of_tables(cls, tables: Iterable[tuple[str, TableDefinition]]) -> "Scope":
        """All columns of several tables and what these are called, one table after the other."""
        return _scope_of(tuple(tables))

    def position(self, name: str) -> int:
        """Which column a name means; UnknownColumn, or InvalidQuery if it could be several."""
        position = self._positions.get(name)
        if position is None:
            raise self._refused(name)
        return position

    def positions(self, names: Sequence[str]) -> tuple[int, ...]:
        """Which columns these names mean."""
        found = tuple(map(self._positions.get, names))
        if None in found:
            raise self._refused(names[found.index(None)])
        return cast(tuple[int, ...], found)

    def column(self, name: str) -> ScopeColumn:
        """The column a name means."""
        return self.columns[self.position(name)]

    def take(self, positions: Sequence[int]) -> "Scope":
        """A scope of these columns only."""
        return _part_of(self, tuple(positions))

    def places_in(self, whole: "Scope") -> dict[int, int]:
        """For the place of a column in another scope its place in this one, if it is here."""
        places = {each: position for position, each in enumerate(whole.columns)}
        return {places[each]: at for at, each in enumerate(self.columns) if each in places}

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """How the columns are called in a result: by their own names, and qualified where that is
        taken.

        The columns of the first table keep their names whatever the others are called.
        """
        first = self.columns[0].table if self.columns else ""
        return tuple(
            each.name
            if each.table == first or len(self._meanings[each.name]) == 1
            else each.qualified
            for each in self.columns
        )

    def _refused(self, name: str) -> DbmsError:
        """The error for a name that does not mean one column."""
        if name in self._meanings:
            candidates = [self.columns[position].qualified for position in self._meanings[name]]
            message = f"column {name!r} is ambiguous: it could be {' or '.join(candidates)}"
            return InvalidQuery(message, column=name, candidates=candidates)
        tables = list(dict.fromkeys(each.table for each in self.columns))
        column = name.removeprefix(f"{tables[0]}.") if tables else name
        if len(tables) == 1 and tables[0]:
            return UnknownColumn(column, tables[0])
        known = ", ".join(each.qualified for each in self.columns)
        return UnknownColumn(
            name, ", ".join(filter(None, tables)), f"no column {name!r} among {known}"
        )

    @cached_property
    def _positions(self) -> dict[str, int]:
        """The position of each name that means one column."""
        return {name: at[0] for name, at in self._meanings.items() if len(at) == 1}

    @cached_property
    def _meanings(self) -> dict[str, list[int]]:
        """The columns that each name could mean."""
        qualified = _places(each.qualified for each in self.columns)
        return qualified | _places(each.name for each in self.columns)


def _places(names: Iterable[str]) -> dict[str, list[int]]:
    """Where each name stands."""
    places: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        places.setdefault(name, []).append(position)
    return places


@lru_cache(SCOPES_KEPT)
def _scope_of(tables: tuple[tuple[str, TableDefinition], ...]) -> Scope:
    return Scope(
        tuple(
            ScopeColumn(name, each.name, each.type)
            for name, table in tables
            for each in table.columns
        )
    )


@lru_cache(SCOPES_KEPT)
def _part_of(scope: Scope, positions: tuple[int, ...]) -> Scope:
    return Scope(tuple(scope.columns[position] for position in positions))
