"""Which tables the host works with: everything that `create-tables` was asked for since the
database was opened, even where it was refused because what is stored differs.

The typed interface compares them with what is stored. A host that has said nothing about its tables
takes them as they are, and there is no drift.
"""

from collections.abc import Iterable, Sequence

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.migrations.wanted import WantedTable, has_drifted
from wasidb_guest.tables.catalog import Catalog, Registered


class Registration:
    """The wanted tables, by name."""

    def __init__(self) -> None:
        self._wanted: dict[str, WantedTable] = {}
        self._compared: Registered | None = None
        self._has_drifted = False

    @property
    def tables(self) -> Sequence[WantedTable]:
        """The tables; none when the host has said nothing."""
        return tuple(self._wanted.values())

    def add(self, tables: Iterable[WantedTable]) -> None:
        """These as well; each takes the place of what was known by its name or a former one."""
        added = {table.definition.name: table for table in tables}
        former = {name for table in added.values() for name in table.former_names}
        kept = {name: table for name, table in self._wanted.items() if name not in former}
        self._set(kept | added)

    def replace(self, tables: Iterable[WantedTable]) -> None:
        """These and no others."""
        self._set({table.definition.name: table for table in tables})

    def remove(self, names: Iterable[str]) -> None:
        """Not these any more."""
        self._set({name: table for name, table in self._wanted.items() if name not in set(names)})

    def _set(self, wanted: dict[str, WantedTable]) -> None:
        self._wanted = wanted
        self._compared = None

    def has_drifted(self, catalog: Catalog) -> bool:
        """Whether what is stored is something else; compared anew when either has changed."""
        if self._compared is not catalog.registered:
            self._compared = catalog.registered
            stored: list[TableDefinition] = catalog.definitions()
            self._has_drifted = bool(self._wanted) and has_drifted(stored, self._wanted.values())
        return self._has_drifted
