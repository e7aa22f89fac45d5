"""What every page of a file is for, and whether it is as it should be.

`take_inventory` visits each structure from the registry down, says which page belongs to what, and
notes everything that breaks an invariant: a page used twice, a record outside its page, a row that
is missing from an index. It never stops at the first problem; a structure that cannot be read at
all is noted and passed over.

    registry 0 ─ acl 1 ─ unclaimed 2 ─ for each table: snapshot, ledgers, segment tables, record
    pages, index nodes

Pages that nothing leads to are `unreferenced`: harmless, and lost until the file is compacted. Free
ones, on the stack of page 2, must be all zeros.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from wasidb_guest.definitions import IndexDefinition
from wasidb_guest.encoding.keys import compare_keys
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes.btree import BTree, Node
from wasidb_guest.indexes.node import first_disorder
from wasidb_guest.indexes.run import build_run
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.layout import (
    ACCESS_CONTROL_PAGE,
    NO_PAGE,
    PAGE_SIZE,
    RESERVED_PAGES,
    SCHEMA_REGISTRY_PAGE,
    UNCLAIMED_PAGE,
    offset_of,
    page_of,
)
from wasidb_guest.pages.unclaimed import unclaimed_pages
from wasidb_guest.tables.catalog import Catalog
from wasidb_guest.tables.damage import damaged_cells
from wasidb_guest.tables.table import Table

ZERO_PAGE = bytes(PAGE_SIZE)


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

    def __init__(self, pages: PageSource) -> None:
        self._pages = pages
        self.uses = ["unreferenced"] * pages.page_count
        self.owners: list[str | None] = [None] * pages.page_count
        self.tables: list[TableSummary] = []
        self.problems: list[Problem] = []
        reserved = {
            SCHEMA_REGISTRY_PAGE: "registry",
            ACCESS_CONTROL_PAGE: "acl",
            UNCLAIMED_PAGE: "unclaimed",
        }
        for page, use in reserved.items():
            self.claim(page, use, None)

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


def take_inventory(pages: PageSource, catalog: Catalog) -> Inventory:
    """Visit the whole file."""
    inventory = Inventory(pages)
    for definition in catalog.definitions():
        name = definition.name
        for page, use in catalog.registered[name][1].structure_pages().items():
            inventory.claim(page, use, name)
        try:
            # A table opened afresh, so that pages are inspected and not what is kept in memory.
            _visit_table(inventory, Table(pages, *catalog.registered[name]))
        except Corrupted as damage:
            _note(inventory, damage)
    _visit_free_pages(inventory, pages)
    return inventory


def _note(inventory: Inventory, damage: Corrupted) -> None:
    page, offset = damage.details["page"], damage.details["offset"]
    assert isinstance(page, int)
    assert isinstance(offset, int)
    inventory.problem(page, offset, str(damage.details["what"]))


def _visit_free_pages(inventory: Inventory, pages: PageSource) -> None:
    for page in unclaimed_pages(pages.read(UNCLAIMED_PAGE)):
        inventory.claim(page, "free", None)
        if RESERVED_PAGES <= page < pages.page_count and pages.read(page) != ZERO_PAGE:
            inventory.problem(page, 0, "free page is not all zeros")


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
    _check_space(inventory, table)
    _check_rows(inventory, table, summary)
    for damage in damaged_cells(table):
        _note(inventory, damage)


def _check_space(inventory: Inventory, table: Table) -> None:
    """Nothing lies above a high-water mark or in a free segment."""
    marks = {}
    for index, page in enumerate(table.ledger.record_pages):
        marks[page] = table.ledger.high_water(index)
        frame = table.pages.read(page)
        if frame.count(0, marks[page]) != PAGE_SIZE - marks[page]:
            inventory.problem(page, marks[page], "bytes above the high-water mark are not zero")
    previous_end = 0
    for start, size in table.free_segments.segments():
        page, offset = page_of(start), offset_of(start)
        # A free page is listed with 65,535 bytes, because its size does not fit a u16.
        if page not in marks or offset + size > max(
            marks[page], PAGE_SIZE - 1 if offset == 0 else 0
        ):
            inventory.problem(
                page, offset, f"free segment of {size} bytes is not below a high-water mark"
            )
        elif offset % table.definition.stride:
            inventory.problem(page, offset, "free segment does not start where a record could")
        elif table.pages.read(page).count(0, offset, offset + size) != size:
            inventory.problem(page, offset, f"free segment of {size} bytes is not zero")
        if start < previous_end:
            inventory.problem(page, offset, "free segment overlaps the one before it")
        previous_end = start + size


def _check_rows(inventory: Inventory, table: Table, summary: TableSummary) -> None:
    """Every record decodes, and each index holds exactly its keys."""
    expected = dict.fromkeys(table.trees, 0)
    summaries = {index.columns: IndexSummary(index) for index in reversed(table.definition.indexes)}
    summary.indexes = [summaries[index.columns] for index in table.indexes]
    for batch, addresses in table.scan(range(len(table.definition.columns))):
        summary.rows += batch.count
        for index in table.definition.indexes:
            keys = [batch.column(name) for name in index.columns]
            expected[index.columns] += batch.count
            missing = table.trees[index.columns].count_missing(build_run(keys, addresses))
            if missing:
                what = f"{_name(table, index.columns)} lacks {missing} rows of a scan"
                inventory.problem(table.entry.index_ledger, 0, what)
    for columns, tree in table.trees.items():
        found = summaries.get(columns) or IndexSummary(IndexDefinition(columns))
        try:
            _check_tree(inventory, table.definition.name, tree, found)
        except Corrupted as damage:
            _note(inventory, damage)
            continue
        if found.entries != expected[columns]:
            what = f"{_name(table, columns)} has {found.entries} entries, not {expected[columns]}"
            inventory.problem(tree.root, 0, what)


def _name(table: Table, columns: tuple[str, ...]) -> str:
    return f"index {table.definition.name}({', '.join(columns)})"


def _check_tree(inventory: Inventory, owner: str, tree: BTree, summary: IndexSummary) -> None:
    """Nodes are in order, in themselves and from leaf to leaf, and the chain joins the leaves that
    are not empty.
    """
    leaves = []
    for depth, node in tree.nodes():
        inventory.claim(node.number, "index", owner)
        summary.pages += 1
        summary.height = max(summary.height, depth + 1)
        if node.is_leaf:
            summary.entries += node.count
            leaves.append(node)
    for leaf in leaves:
        slot = first_disorder(leaf.keys, leaf.offsets, leaf.count)
        if slot >= 0:
            inventory.problem(
                leaf.number, leaf.offsets[slot], "index entry is below the one before it"
            )
    filled = [leaf for leaf in leaves if leaf.count]
    for left, right in pairwise(filled):
        last, first = left.offsets[left.count - 1] + 2, right.offsets[0] + 2
        if compare_keys(left.keys, last, right.keys, first) > 0:
            inventory.problem(
                right.number, first - 2, "leaf begins below the end of the leaf before it"
            )
    for page, what in _broken_links(filled):
        inventory.problem(page, 0, what)


def _broken_links(leaves: list[Node]) -> Iterator[tuple[int, str]]:
    """Where the leaf chain does not join the given leaves."""
    numbers = [NO_PAGE, *(leaf.number for leaf in leaves), NO_PAGE]
    for leaf, before, behind in zip(leaves, numbers, numbers[2:], strict=False):
        if leaf.links() != (before, behind):
            yield leaf.number, f"leaf links to {leaf.links()} instead of {(before, behind)}"
