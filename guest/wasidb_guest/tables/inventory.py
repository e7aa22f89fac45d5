"""What every page of a file is for.

`take_inventory` visits each structure from the registry down, notes which page belongs to what and
how large everything is, and every invariant of the structures themselves that it finds broken: a
page used twice, a record outside its page, index entries out of order. It never stops at the first
problem; a structure that cannot be read at all is noted and passed over.

    registry 0 ─ acl 1 ─ unclaimed 2 ─ for each table: snapshot, ledgers, segment tables, record
    pages, index nodes

Pages that nothing leads to are `unreferenced`: harmless, and lost until the file is rewritten.
Whether the contents agree with each other is for `tables.check` to say.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

from wasidb_guest.definitions import IndexDefinition
from wasidb_guest.encoding.keys import compare_keys
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes.btree import BTree, Node
from wasidb_guest.indexes.node import first_disorder
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.layout import (
    ACCESS_CONTROL_PAGE,
    NO_PAGE,
    RESERVED_PAGES,
    SCHEMA_REGISTRY_PAGE,
    UNCLAIMED_PAGE,
)
from wasidb_guest.pages.unclaimed import unclaimed_pages
from wasidb_guest.tables.catalog import Catalog
from wasidb_guest.tables.table import Table


@dataclass(slots=True)
class Problem:
    """An invariant that does not hold, and where."""

    page: int
    offset: int
    what: str


@dataclass(slots=True)
class IndexSummary:
    """The size of one index."""

    definition: IndexDefinition
    pages: int = 0
    entries: int = 0
    height: int = 0


@dataclass(slots=True)
class TableSummary:
    """The size of one table; `free_bytes` lie in its record pages."""

    name: str
    columns: int
    rows: int = 0
    record_pages: int = 0
    free_bytes: int = 0
    indexes: list[IndexSummary] = field(default_factory=list)


class Inventory:
    """The use and owner of each page, the tables, and the problems found."""

    def __init__(self, page_count: int) -> None:
        self.uses = ["unreferenced"] * page_count
        self.owners: list[str | None] = [None] * page_count
        self.tables: list[TableSummary] = []
        self.problems: list[Problem] = []
        self.claim(SCHEMA_REGISTRY_PAGE, "registry", None)
        self.claim(ACCESS_CONTROL_PAGE, "acl", None)
        self.claim(UNCLAIMED_PAGE, "unclaimed", None)

    def claim(self, page: int, use: str, owner: str | None) -> None:
        """Note what a page is for; a second use is a problem."""
        if not 0 <= page < len(self.uses):
            self.problem(page, 0, f"{use} page lies outside the file of {len(self.uses)} pages")
        elif self.uses[page] != "unreferenced":
            self.problem(page, 0, f"page is used as {use} and as {self.uses[page]}")
        else:
            self.uses[page], self.owners[page] = use, owner

    def problem(self, page: int, offset: int, what: str) -> None:
        """Note an invariant that does not hold."""
        self.problems.append(Problem(page, offset, what))

    @contextmanager
    def noting_damage(self) -> Iterator[None]:
        """Do something that damage may end; the damage is noted, and life goes on."""
        try:
            yield
        except Corrupted as damage:
            self.damage(damage)

    def damage(self, error: Corrupted) -> None:
        """Note what kept something from being read."""
        page, offset = error.details["page"], error.details["offset"]
        assert isinstance(page, int)
        assert isinstance(offset, int)
        self.problem(page, offset, str(error.details["what"]))


def take_inventory(pages: PageSource, catalog: Catalog) -> Inventory:
    """Visit the whole file."""
    inventory = Inventory(pages.page_count)
    for definition in catalog.definitions():
        for page, use in catalog.registered[definition.name][1].structure_pages().items():
            inventory.claim(page, use, definition.name)
        with inventory.noting_damage():
            _visit_table(inventory, open_afresh(pages, catalog, definition.name))
    for page in unclaimed_pages(pages.read(UNCLAIMED_PAGE)):
        inventory.claim(page, "free", None)
        if page < RESERVED_PAGES:
            inventory.problem(UNCLAIMED_PAGE, 4, f"reserved page {page} is listed as free")
    return inventory


def open_afresh(pages: PageSource, catalog: Catalog, name: str) -> Table:
    """A table to look at its pages with, and not at what is kept in memory. Raises Corrupted."""
    return Table(pages, *catalog.registered[name])


def _visit_table(inventory: Inventory, table: Table) -> None:
    name = table.definition.name
    summary = TableSummary(name, len(table.definition.columns))
    inventory.tables.append(summary)
    for page in table.free_segments.tables:
        inventory.claim(page, "segment-table", name)
    for page in table.ledger.record_pages:
        inventory.claim(page, "record", name)
    summary.record_pages = len(table.ledger.record_pages)
    summary.free_bytes = table.ledger.free_bytes() + table.free_segments.total()
    summaries = {index.columns: IndexSummary(index) for index in reversed(table.definition.indexes)}
    summary.indexes = [summaries[index.columns] for index in table.indexes]
    for columns, tree in table.trees.items():
        with inventory.noting_damage():
            _visit_tree(inventory, name, tree, summaries.get(columns))
    with inventory.noting_damage():
        summary.rows = table.row_count()


def _visit_tree(inventory: Inventory, owner: str, tree: BTree, found: IndexSummary | None) -> None:
    """Nodes are in order, in themselves and from leaf to leaf.

    The chain joins the filled leaves.
    """
    summary = found or IndexSummary(IndexDefinition(()))
    filled = []
    for depth, node in tree.nodes():
        inventory.claim(node.number, "index", owner)
        summary.pages += 1
        summary.height = max(summary.height, depth + 1)
        if node.is_leaf:
            summary.entries += node.count
            slot = first_disorder(node.keys, node.offsets, node.count)
            if slot >= 0:
                what = "index entry is below the one before it"
                inventory.problem(node.number, node.offsets[slot], what)
            if node.count:
                filled.append(node)
    for left, right in pairwise(filled):
        last, first = left.offsets[left.count - 1] + 2, right.offsets[0] + 2
        if compare_keys(left.keys, last, right.keys, first) > 0:
            what = "leaf begins below the end of the leaf before it"
            inventory.problem(right.number, first - 2, what)
    for page, what in _broken_links(filled):
        inventory.problem(page, 0, what)


def _broken_links(leaves: list[Node]) -> Iterator[tuple[int, str]]:
    """Where the leaf chain does not join the given leaves."""
    numbers = [NO_PAGE, *(leaf.number for leaf in leaves), NO_PAGE]
    for leaf, before, behind in zip(leaves, numbers, numbers[2:], strict=False):
        if leaf.links() != (before, behind):
            yield leaf.number, f"leaf links to {leaf.links()} instead of {(before, behind)}"
