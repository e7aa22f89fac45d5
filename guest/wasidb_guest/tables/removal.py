"""Dropping tables: every page they have goes back to the stack of unclaimed pages.

The order is the one the Rust engine uses, so that both claim the same pages afterwards:

    record pages ─ page ledger ─ segment tables ─ free-segments ledger ─ nodes of each index
    ─ index ledger ─ snapshot ─ autoincrement ledger

A page that is given back is zeroed, so one that a damaged file lists twice, or that belongs to
somebody else, would take foreign data with it: all pages are collected and checked before the
first one goes. The dropped table has to be readable for that; what is wrong with others does not
matter.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from wasidb_guest.errors import Corrupted, InvalidDefinition
from wasidb_guest.indexes.btree import BTree
from wasidb_guest.indexes.ledger import read_index_ledger
from wasidb_guest.indexes.node import Node
from wasidb_guest.pages.cache import PageStore
from wasidb_guest.pages.layout import RESERVED_PAGES, UNCLAIMED_PAGE
from wasidb_guest.pages.unclaimed import unclaimed_pages
from wasidb_guest.tables.catalog import Registered, write_registered
from wasidb_guest.tables.free_segments import FreeSegments
from wasidb_guest.tables.page_ledger import PageLedger
from wasidb_guest.tables.table import Table


def drop_tables(pages: PageStore, registered: Registered, doomed: Sequence[Table]) -> Registered:
    """Drop tables with all their rows; the tables that are left.

    Raises InvalidDefinition while a table that stays references one that goes, and Corrupted,
    before anything is changed, for a page that is not the dropped table's alone.
    """
    names = {table.definition.name for table in doomed}
    left = {name: entry for name, entry in registered.items() if name not in names}
    _check_unreferenced(left, names)
    for page in owned_pages(pages, left, doomed):
        pages.release(page)
    write_registered(pages, left)
    return left


def owned_pages(pages: PageStore, left: Registered, tables: Sequence[Table]) -> list[int]:
    """Every page of some tables, in the order in which they are given back.

    `left` are all other tables. Raises Corrupted for a page that is not the table's alone.
    """
    taken = _pages_in_use(pages, left)
    owned = []
    for table in tables:
        for page in _pages_of(table):
            if page in taken or page >= pages.page_count:
                what = f"page of table {table.definition.name!r} is not its own"
                raise Corrupted(page, 0, what)
            taken.add(page)
            owned.append(page)
    return owned


def _check_unreferenced(left: Registered, names: set[str]) -> None:
    for name, (definition, _) in left.items():
        for column, key in definition.foreign_keys:
            if key.table in names:
                message = (
                    f"table {key.table!r} cannot be dropped: {name}.{column.name} references it"
                )
                raise InvalidDefinition(message, table=key.table, column=f"{name}.{column.name}")


def _pages_in_use(pages: PageStore, left: Registered) -> set[int]:
    """The pages of the tables that stay, as far as they can be told, and the unclaimed ones.

    Damage to what stays is no reason to keep what goes.
    """
    taken = set(range(RESERVED_PAGES))
    taken.update(unclaimed_pages(pages.read(UNCLAIMED_PAGE)))
    for definition, entry in left.values():
        taken.update(page for page, _ in entry.structure_pages())
        with suppress(Corrupted):
            taken.update(PageLedger(pages, entry.page_ledger, definition.name).record_pages)
        with suppress(Corrupted):
            taken.update(FreeSegments(pages, entry.free_segments).tables)
        with suppress(Corrupted):
            for root in read_index_ledger(pages, entry.index_ledger).values():
                _add_nodes(pages, root, taken)
    return taken


def _add_nodes(pages: PageStore, root: int, taken: set[int]) -> None:
    """The nodes of a tree, level by level. Of the leaves only the first one is read."""
    level = [root]
    while level:
        level = [number for number in level if number not in taken]
        taken.update(level)
        children: list[int] = []
        for number in level:
            node = Node(number, pages.read(number))
            if node.is_leaf:
                break
            children += _children(node)
        level = children


def _pages_of(table: Table) -> Iterator[int]:
    """Every page of a table, in the order in which they are given back."""
    entry = table.entry
    yield from table.ledger.record_pages
    yield entry.page_ledger
    yield from table.free_segments.tables
    yield entry.free_segments
    for tree in table.trees.values():
        yield from pages_of_tree(tree)
    yield entry.index_ledger
    yield entry.snapshot
    if entry.autoincrement is not None:
        yield entry.autoincrement


def pages_of_tree(tree: BTree) -> Iterator[int]:
    """A node, then its children: the last entry's subtree first, the rightmost child's last."""
    children = {node.number: _children(node) for _, node in tree.nodes()}
    stack = [tree.root]
    while stack:
        number = stack.pop()
        yield number
        below = children[number]
        stack += below[-1:] + below[:-1]


def _children(node: Node) -> list[int]:
    """The pages below an inner node, left to right; none for a leaf."""
    return [] if node.is_leaf else [node.child(slot) for slot in range(node.count + 1)]
