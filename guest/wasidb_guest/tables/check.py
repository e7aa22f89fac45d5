"""The integrity check: everything a sound file fulfils, and each place where this one does not.

First comes the inventory: the structures, each in itself. Then their contents, table by table:

  * space   nothing lies above a high-water mark, in a free segment or in a free page
  * cells   every stored cell is one of its type
  * keys    each index holds exactly the keys of the rows, each where a search for it ends

To compare an index with its table without sorting either, both are summed up: every entry, key and
address, is hashed, and the hashes are added. Equal sums mean equal sets of entries (but for one
chance in 2^64). Only where they differ are the rows looked up one by one, to say how many are
missing.
"""

from wasidb_guest.definitions import IndexDefinition
from wasidb_guest.encoding.keys import sum_entries
from wasidb_guest.indexes.btree import BTree
from wasidb_guest.indexes.run import Run, build_run
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.layout import (
    PAGE_SIZE,
    SEGMENT_SIZE_MAX,
    UNCLAIMED_PAGE,
    offset_of,
    page_of,
)
from wasidb_guest.pages.unclaimed import unclaimed_pages
from wasidb_guest.tables.catalog import Catalog
from wasidb_guest.tables.damage import damaged_cells
from wasidb_guest.tables.inventory import Inventory, Problem, open_afresh, take_inventory
from wasidb_guest.tables.table import Table
from wasidb_guest.vectors import Batch

SUM_MASK = (1 << 64) - 1


def check_integrity(pages: PageSource, catalog: Catalog) -> list[Problem]:
    """Every problem of the file; an empty list for a sound one."""
    inventory = take_inventory(pages, catalog)
    for page in unclaimed_pages(pages.read(UNCLAIMED_PAGE)):
        if page < pages.page_count and any(pages.read(page)):
            inventory.problem(page, 0, "free page is not all zeros")
    for definition in catalog.definitions():
        with inventory.noting_damage():
            _check_table(inventory, open_afresh(pages, catalog, definition.name))
    return inventory.problems


def _check_table(inventory: Inventory, table: Table) -> None:
    with inventory.noting_damage():
        _check_space(inventory, table)
    with inventory.noting_damage():
        for damage in damaged_cells(table):
            inventory.damage(damage)
    for columns in table.trees:
        with inventory.noting_damage():
            _check_keys(inventory, table, columns)


def _check_space(inventory: Inventory, table: Table) -> None:
    marks = {}
    for index, page in enumerate(table.ledger.record_pages):
        marks[page] = table.ledger.high_water(index)
        if table.pages.read(page).count(0, marks[page]) != PAGE_SIZE - marks[page]:
            inventory.problem(page, marks[page], "bytes above the high-water mark are not zero")
    end_before = 0
    for start, size in table.free_segments.segments():
        page, offset = page_of(start), offset_of(start)
        problem = _segment_problem(table, marks.get(page), start, size)
        if problem is not None:
            inventory.problem(page, offset, f"free segment of {size} bytes {problem}")
        if start < end_before:
            inventory.problem(page, offset, "free segment overlaps the one before it")
        end_before = start + size


def _segment_problem(table: Table, mark: int | None, start: int, size: int) -> str | None:
    offset = offset_of(start)
    # A free page is listed with 65,535 bytes, because its size does not fit a u16.
    is_whole_page = offset == 0 and size == SEGMENT_SIZE_MAX
    if mark is None or (offset + size > mark and not is_whole_page):
        return "is not below a high-water mark"
    if offset % table.definition.stride:
        return "does not start where a record could"
    if table.pages.read(page_of(start)).count(0, offset, offset + size) != size:
        return "is not zero"
    return None


def _check_keys(inventory: Inventory, table: Table, columns: tuple[str, ...]) -> None:
    """One tree against the rows.

    A definition that names an index twice has each row in it twice.
    """
    tree = table.trees[columns]
    times = table.definition.indexes.count(IndexDefinition(columns, unique=False))
    times += table.definition.indexes.count(IndexDefinition(columns, unique=True))
    rows = sum(sum_entries(run.keys, run.starts, run.count) for run in _runs(table, columns))
    if rows * times & SUM_MASK == _sum_of_tree(tree):
        return
    missing = sum(tree.count_missing(run) for run in _runs(table, columns))
    name = f"{table.definition.name}({', '.join(columns)})"
    what = f"index {name} does not hold exactly the keys of the rows: {missing} are missing"
    inventory.problem(tree.root, 0, what)


def _runs(table: Table, columns: tuple[str, ...]) -> list[Run]:
    positions = [table.definition.column_position(name) for name in columns]
    return [_run_of(*part) for part in table.scan(positions)]


def _run_of(batch: Batch, addresses: memoryview) -> Run:
    return build_run(batch.vectors, addresses)


def _sum_of_tree(tree: BTree) -> int:
    leaves = (node for _, node in tree.nodes() if node.is_leaf)
    return sum(sum_entries(leaf.keys, leaf.offsets, leaf.count) for leaf in leaves) & SUM_MASK
