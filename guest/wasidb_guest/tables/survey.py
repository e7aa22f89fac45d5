"""The inventory of a whole file: every structure visited once, from the registry down.

    registry entry ─┬─ snapshot
                    ├─ page ledger ──── record pages
                    ├─ free segments ── segment tables
                    ├─ index ledger ─── trees ── nodes          see tree_walk
                    └─ autoincrement ledger

Each structure is opened by itself, so that damage to one of them hides nothing of the others. What
is in the record pages is for the caller to look into: to count the rows, or to check them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from wasidb_guest.definitions import IndexDefinition, TableDefinition
from wasidb_guest.indexes.btree import BTree
from wasidb_guest.indexes.ledger import Roots, read_index_ledger
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.layout import RESERVED_PAGES, UNCLAIMED_PAGE
from wasidb_guest.pages.unclaimed import unclaimed_pages
from wasidb_guest.tables.catalog import Catalog
from wasidb_guest.tables.free_segments import FreeSegments
from wasidb_guest.tables.inventory import IndexSummary, Inventory, TableSummary
from wasidb_guest.tables.page_ledger import PageLedger
from wasidb_guest.tables.page_records import bounds_of_records
from wasidb_guest.tables.registry import RegistryEntry
from wasidb_guest.tables.tree_walk import TreeWalk


@dataclass(slots=True)
class TableParts:
    """The structures of a table that can be read; `trees` are those of which every node can be."""

    pages: PageSource
    definition: TableDefinition
    entry: RegistryEntry
    ledger: PageLedger | None = None
    free_segments: FreeSegments | None = None
    trees: dict[tuple[str, ...], BTree] = field(default_factory=dict)

    @property
    def record_pages(self) -> list[int]:
        """The pages in the page ledger, in its order."""
        return self.ledger.record_pages if self.ledger is not None else []


LookInto = Callable[[Inventory, TableParts, TableSummary], None]


def count_rows(inventory: Inventory, parts: TableParts, summary: TableSummary) -> None:
    """How many records there are."""
    for number in parts.record_pages:
        with inventory.noting_damage():
            page = parts.pages.read(number)
            summary.rows += len(bounds_of_records(parts.definition, number, page)[0])


def take_inventory(
    pages: PageSource, catalog: Catalog, look_into: LookInto = count_rows
) -> Inventory:
    """Visit the whole file; `look_into` is told of each table when its structures are known."""
    inventory = Inventory(pages.page_count)
    for definition in catalog.definitions():
        entry = catalog.registered[definition.name][1]
        for page, use in entry.structure_pages():
            inventory.claim(page, use, definition.name)
        _visit_table(inventory, TableParts(pages, definition, entry), look_into)
    with inventory.noting_damage():
        for slot, page in enumerate(unclaimed_pages(pages.read(UNCLAIMED_PAGE))):
            inventory.claim(page, "free", None)
            if page < RESERVED_PAGES:
                what = f"reserved page {page} is listed as free"
                inventory.problem(UNCLAIMED_PAGE, 4 + 4 * slot, what)
    return inventory


def _visit_table(inventory: Inventory, parts: TableParts, look_into: LookInto) -> None:
    name = parts.definition.name
    summary = TableSummary(name, len(parts.definition.columns))
    inventory.tables.append(summary)
    with inventory.noting_damage():
        parts.free_segments = FreeSegments(parts.pages, parts.entry.free_segments)
        summary.free_bytes += parts.free_segments.holes.total()
        for page in parts.free_segments.tables:
            inventory.claim(page, "segment-table", name)
    with inventory.noting_damage():
        parts.ledger = PageLedger(parts.pages, parts.entry.page_ledger, name)
        summary.free_bytes += parts.ledger.free_bytes()
        summary.record_pages = len(parts.ledger.record_pages)
        for page in parts.ledger.record_pages:
            inventory.claim(page, "record", name)
    with inventory.noting_damage():
        roots = read_index_ledger(parts.pages, parts.entry.index_ledger)
        _visit_indexes(inventory, parts, summary, roots)
    look_into(inventory, parts, summary)


def _visit_indexes(
    inventory: Inventory, parts: TableParts, summary: TableSummary, roots: Roots
) -> None:
    definition, page = parts.definition, parts.entry.index_ledger
    # Of definitions of the same columns, the first one is shown.
    defined = {index.columns: index for index in reversed(definition.indexes)}
    for index in definition.indexes:
        if index.columns not in roots:
            what = f"table {definition.name!r} has no index on {', '.join(index.columns)}"
            inventory.problem(page, 0, what)
    for columns, root in roots.items():
        if columns not in defined:
            what = f"table {definition.name!r} defines no index on {', '.join(columns)}"
            inventory.problem(page, 0, what)
        found = IndexSummary(defined.get(columns, IndexDefinition(columns)))
        times = [index.columns for index in definition.indexes].count(columns)
        has_single_keys = found.definition.unique and len(columns) == 1 and times == 1
        walk = TreeWalk(
            inventory, parts.pages, definition.name, found, has_single_keys=has_single_keys
        )
        walk.visit(root)
        if walk.is_complete and columns in defined:
            parts.trees[columns] = BTree(parts.pages, root)
        if columns in defined:
            summary.indexes.append(found)
    order = list(dict.fromkeys(index.columns for index in definition.indexes))
    summary.indexes.sort(key=lambda each: order.index(each.definition.columns))
