"""How large a database is: the inventory in a few numbers.

The inventory knows each page; this says how many there are of what, so that its size does not
depend on that of the file.

    pages = 3 reserved + the tables' + free + unreferenced

Free pages are used again, unreferenced ones only after the file has been rewritten. What the redo
log holds comes on top of the pages, until a checkpoint.
"""

from collections import Counter
from dataclasses import dataclass

from wasidb_guest.tables.inventory import Inventory, TableSummary


@dataclass(frozen=True, slots=True)
class TableStatistics:
    """A table and the number of all its pages."""

    summary: TableSummary
    pages: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """The sizes of a database; `problems` counts what the inventory could not make sense of."""

    pages: int
    free_pages: int
    unreferenced_pages: int
    log_bytes: int
    problems: int
    tables: list[TableStatistics]


def sum_up(inventory: Inventory, log_bytes: int) -> Statistics:
    """The statistics of the file that the inventory was taken of."""
    uses, owners = Counter(inventory.uses), Counter(inventory.owners)
    return Statistics(
        pages=len(inventory.uses),
        free_pages=uses["free"],
        unreferenced_pages=uses["unreferenced"],
        log_bytes=log_bytes,
        problems=len(inventory.problems),
        tables=[TableStatistics(table, owners[table.name]) for table in inventory.tables],
    )
