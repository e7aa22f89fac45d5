"""Whose pages are these? Record pages given to tables, by what is in them.

    page ledger found ──> [12, 15, 18] ─┐
    index ledger found ─> leaves ─> ... ─┼─> whose columns are exactly these records?
    page nothing leads to ──> [21] ──────┘

A group of pages belongs together because one structure lists it. It goes to the table whose columns
most of its pages are made of, and of several such tables to the one whose definition stands where
it would if the structure was made right after it: a table's pages are claimed in a fixed order.

A table has one page ledger, so one that has got one takes no further pages. Pages that fit several
tables alike go to none: rows in the wrong table would be worse than rows missing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cell_vectors import vector_to_cells
from wasidb_guest.errors import Corrupted, MemoryFailed
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.tables.page_records import read_whole

# Pages of a group that are looked into.
PAGES_ASKED = 16


@dataclass(frozen=True, slots=True)
class Group:
    """Record pages that the structure on page `source` lists.

    `columns` are the keys of its indexes, where they are known; the definition of its table was
    claimed `distance` pages before `source`.
    """

    source: int
    pages: Sequence[int]
    distance: int
    columns: Set[tuple[str, ...]] | None = None


class Attribution:
    """Gives groups of pages to the tables in `open_tables`, of which each gets one.

    `snapshots` says on which page the definition of a table is.
    """

    def __init__(
        self,
        pages: PageSource,
        definitions: Mapping[str, TableDefinition],
        snapshots: Mapping[str, int],
        open_tables: Iterable[str],
    ) -> None:
        self._pages = pages
        self._definitions = definitions
        self._snapshots = snapshots
        self.open_tables = set(open_tables)

    def settle(self, groups: Sequence[Group]) -> Iterator[tuple[Group, list[str]]]:
        """Each group with its table; with all it fits alike, or none, if that cannot be told."""
        left = list(groups)
        for choose in (self._claimed_with, self._only_one):
            undecided = []
            for group in left:
                names = choose(group, self.fitting(group))
                self.open_tables.difference_update(names)
                if names:
                    yield group, names
                else:
                    undecided.append(group)
            left = undecided
        for group in left:
            yield group, self.fitting(group)

    def fitting(self, group: Group) -> list[str]:
        """The open tables whose columns most of the pages are made of."""
        step = -(-len(group.pages) // PAGES_ASKED)
        fits = Counter(
            name
            for number in group.pages[::step]
            for name in sorted(self.open_tables)
            if self._is_indexed_by(name, group) and self._is_made_of(number, name)
        )
        most = max(fits.values(), default=0)
        return [name for name, count in fits.items() if count == most]

    def _claimed_with(self, group: Group, names: list[str]) -> list[str]:
        claimed = group.source - group.distance
        return [name for name in names if self._snapshots[name] == claimed]

    @staticmethod
    def _only_one(group: Group, names: list[str]) -> list[str]:
        return names if len(names) == 1 else []

    def _is_indexed_by(self, name: str, group: Group) -> bool:
        indexes = {index.columns for index in self._definitions[name].indexes}
        return group.columns in (None, indexes)

    def _is_made_of(self, number: int, name: str) -> bool:
        """Whether a page has records, and all of them are this table's columns."""
        try:
            page = self._pages.read(number)
        except (Corrupted, MemoryFailed):
            return False
        records = read_whole(self._definitions[name], number, page, vector_to_cells)
        return records is not None and records.batch.count > 0
