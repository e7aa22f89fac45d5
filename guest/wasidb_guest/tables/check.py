"""The integrity check: everything a sound file fulfils, and each place where this one does not.

First comes the inventory: the structures, each in itself, and the index trees. Then their contents,
table by table:

  * records   each is exactly its columns, and lies where a record may      see record_check
  * space     nothing lies above a high-water mark or in a free segment
  * keys      each index holds exactly the keys of the rows
  * ledgers   record pages ascend, there is a counter for each column that numbers itself, a
              definition is stored as it is written
  * reserved  free pages are zero, the access-control list can be read

What the schema hash and the fingerprints have to be is asked when a file is opened, and one that
differs does not open.

To compare an index with its table without sorting either, both are summed up: every entry, key and
address, is hashed, and the hashes are added. Equal sums mean equal sets of entries (but for one
chance in 2^64). Only where they differ are the rows looked up one by one, to say how many are
missing. An index is not compared with rows of which some cannot be read.

Every page is read once for its structure and index nodes once more for their sums.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from wasidb_guest.encoding.snapshot import encode_snapshot
from wasidb_guest.indexes.btree import BTree
from wasidb_guest.indexes.run import Run, build_run
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.layout import (
    ACCESS_CONTROL_PAGE,
    PAGE_LEDGER_ENTRY,
    PAGE_SIZE,
    UNCLAIMED_PAGE,
)
from wasidb_guest.pages.unclaimed import unclaimed_pages
from wasidb_guest.tables.access_control import decode_access_list
from wasidb_guest.tables.autoincrement import AutoincrementLedger
from wasidb_guest.tables.catalog import Catalog
from wasidb_guest.tables.inventory import Inventory, Problem, TableSummary
from wasidb_guest.tables.page_ledger import PageLedger
from wasidb_guest.tables.record_check import SUM_MASK, RecordCheck
from wasidb_guest.tables.survey import TableParts, take_inventory
from wasidb_guest.tables.table import Table


def check_integrity(pages: PageSource, catalog: Catalog) -> list[Problem]:
    """Every problem of the file; an empty list for a sound one."""
    inventory = take_inventory(pages, catalog, _check_table)
    with inventory.noting_damage():
        decode_access_list(pages.read(ACCESS_CONTROL_PAGE))
    with inventory.noting_damage():
        # Damage can list one page thousands of times.
        for page in dict.fromkeys(unclaimed_pages(pages.read(UNCLAIMED_PAGE))):
            if page < pages.page_count and pages.read(page).count(0) < PAGE_SIZE:
                inventory.problem(page, 0, "free page is not all zeros")
    return inventory.problems


def _check_table(inventory: Inventory, parts: TableParts, summary: TableSummary) -> None:
    _check_snapshot(inventory, parts)
    with inventory.noting_damage():
        _check_counters(inventory, parts)
    if parts.ledger is None:
        return
    _check_order(inventory, parts.ledger)
    records = RecordCheck(inventory, parts)
    for index in range(len(parts.ledger.record_pages)):
        with inventory.noting_damage():
            summary.rows += records.check_page(index)
    records.check_segments_elsewhere()
    if records.is_complete:
        _check_keys(inventory, parts, records.key_sums)


def _check_snapshot(inventory: Inventory, parts: TableParts) -> None:
    written = encode_snapshot(parts.definition)
    if parts.pages.read(parts.entry.snapshot)[: len(written)] != written:
        what = f"definition of table {parts.definition.name!r} is not stored as it is written"
        inventory.problem(parts.entry.snapshot, 0, what)


def _check_counters(inventory: Inventory, parts: TableParts) -> None:
    """A ledger of zeros is one that a migration has left; it stands for counters of 0."""
    definition, page = parts.definition, parts.entry.autoincrement
    expected = len(definition.autoincrement_columns)
    if page is None:
        if expected:
            what = f"table {definition.name!r} numbers rows, and has no autoincrement ledger"
            inventory.problem(parts.entry.snapshot, 0, what)
        return
    AutoincrementLedger(parts.pages, page, definition)
    frame = parts.pages.read(page)
    if frame[0] != expected and any(frame):
        what = f"{frame[0]} counters for {expected} autoincrement columns"
        inventory.problem(page, 0, what)


def _check_order(inventory: Inventory, ledger: PageLedger) -> None:
    for slot, (before, page) in enumerate(pairwise(ledger.record_pages), start=1):
        if page <= before:
            what = f"record page {page} stands behind page {before}, a scan may pass over it"
            inventory.problem(ledger.number, 4 + slot * PAGE_LEDGER_ENTRY.size, what)


def _check_keys(
    inventory: Inventory, parts: TableParts, key_sums: Mapping[tuple[str, ...], int]
) -> None:
    """The trees against the rows."""
    for columns, tree in parts.trees.items():
        if key_sums[columns] == _sum_of_tree(tree):
            continue
        missing = sum(map(tree.count_missing, _runs(parts, columns)))
        name = f"{parts.definition.name}({', '.join(columns)})"
        what = f"index {name} does not hold exactly the keys of the rows: {missing} are missing"
        inventory.problem(tree.root, 0, what)


def _runs(parts: TableParts, columns: tuple[str, ...]) -> Iterator[Run]:
    table = Table(parts.pages, parts.definition, parts.entry)
    positions = [parts.definition.column_position(name) for name in columns]
    for batch, addresses in table.scan(positions):
        yield build_run(batch.vectors, addresses)


def _sum_of_tree(tree: BTree) -> int:
    leaves = (node for _, node in tree.nodes() if node.is_leaf)
    return sum(leaf.digest() for leaf in leaves) & SUM_MASK
