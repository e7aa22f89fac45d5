"""Carrying out a plan on the pages of one transaction.

    1  give back the pages of tables and indexes that go, and of tables that are written anew
    2  define anew the tables whose records stay as they are, with roots for their new indexes
    3  create tables: new ones, and those that are written anew, on the pages just given back
    4  copy rows, build indexes
    5  look up foreign keys that are new, or one end of which has other values now

Nothing of this can be seen before the transaction commits, and the old rows are read from the
committed pages. So a rule that the rows break may be found at any step: the transaction is dropped,
and nothing has happened. A crash is no different. What has changed is in memory until the commit:
about the size of the tables that are written anew.

A migration cannot be repeated on top of what others commit, so it takes place while no transaction
is open; `transactions.store.check_idle` sees to that.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from wasidb_guest.definitions import IndexDefinition
from wasidb_guest.encoding.snapshot import encode_snapshot, fingerprint
from wasidb_guest.indexes.btree import BTree, create_tree
from wasidb_guest.indexes.ledger import write_index_ledger
from wasidb_guest.migrations.conversions import is_widening
from wasidb_guest.migrations.diff import Plan
from wasidb_guest.migrations.indexes import all_indexes, renamed_index
from wasidb_guest.migrations.keys_in_the_way import pointing_rows_named, sharing_rows_named
from wasidb_guest.migrations.progress import Progress, Report
from wasidb_guest.migrations.rewriting import (
    Computation,
    build_index,
    carry_counters,
    copy_rows,
)
from wasidb_guest.migrations.rows_in_the_way import rows_named
from wasidb_guest.migrations.supplies import SuppliedRows, Supply, read_supply
from wasidb_guest.migrations.table_change import Renaming, TableChange
from wasidb_guest.pages.cache import PageStore
from wasidb_guest.pages.layout import ACCESS_CONTROL_PAGE, PAGE_SIZE
from wasidb_guest.tables.access_control import Grants, decode_access_list, write_access_list
from wasidb_guest.tables.catalog import Registered, create_tables
from wasidb_guest.tables.integrity import check_references
from wasidb_guest.tables.outcome import Outcome
from wasidb_guest.tables.registry import RegistryEntry
from wasidb_guest.tables.removal import owned_pages, pages_of_tree
from wasidb_guest.tables.table import Table
from wasidb_guest.transactions.transaction import Transaction

Columns = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Redefinition:
    """A table whose records stay: its change, as it was, and which of its trees stay, by the new
    names of their columns.
    """

    change: TableChange
    old: Table
    trees: Mapping[Columns, BTree]

    def pages_that_go(self) -> Iterator[int]:
        """Those of indexes that are not wanted, and of counters when nothing numbers itself."""
        kept = {tree.root for tree in self.trees.values()}
        for tree in self.old.trees.values():
            if tree.root not in kept:
                yield from pages_of_tree(tree)
        counters = self.old.entry.autoincrement
        if counters is not None and not self.change.wanted.autoincrement_columns:
            yield counters

    def new_indexes(self) -> Iterator[IndexDefinition]:
        """The indexes that are to be built."""
        return (each for each in self.change.wanted.indexes if each.columns not in self.trees)


def apply_plan(
    plan: Plan,
    transaction: Transaction,
    supplies: Mapping[str, Supply],
    computations: Mapping[str, Mapping[str, Computation]],
    report: Report,
) -> None:
    """Make the tables what the plan wants them to be; `supplies` has the values that are given,
    `computations` makes those of other columns.

    `transaction` has changed nothing yet, and is to be dropped when this fails. For rows that are
    in the way raises NotNullViolated, PrimaryKeyConflict, UniqueViolated, ForeignKeyViolated and
    InvalidValue; then LimitExceeded, ReadOnly and Corrupted.
    """
    pages = transaction.pages()
    changes = [each for each in plan.changes if not each.is_none]
    copies = [
        (each, transaction.table(each.stored.name)) for each in changes if not each.keeps_records
    ]
    redefinitions = [
        _redefinition(each, transaction.table(each.stored.name))
        for each in changes
        if each.keeps_records
    ]
    gone = [table for _, table in copies] + [transaction.table(name) for name in plan.dropped]
    _release(pages, transaction.registered, gone, redefinitions)
    registered = _redefine_tables(pages, transaction.registered, gone, redefinitions)
    new = [*plan.created, *(change.wanted for change, _ in copies)]
    transaction.redefine(create_tables(pages, registered, new))
    _rename_grants(pages, plan.changes)
    progress = Progress(report)
    for change, old in copies:
        progress.expect(old.row_count() * (1 + len(change.wanted.indexes)))
    for each in redefinitions:
        progress.expect(each.old.row_count() * len(list(each.new_indexes())))
    for change, old in copies:
        name = change.wanted.name
        table = transaction.writable(name)
        supply = _supplied_rows(change, supplies)
        with rows_named(old, change):
            copy_rows(old, table, change, supply, computations.get(name, {}), progress)
        _complete(old, table, change, change.wanted.indexes, progress)
    for each in redefinitions:
        table = transaction.writable(each.change.wanted.name)
        _complete(each.old, table, each.change, each.new_indexes(), progress)
    _check_foreign_keys(plan, transaction)


def _supplied_rows(change: TableChange, supplies: Mapping[str, Supply]) -> SuppliedRows | None:
    supply = supplies.get(change.wanted.name)
    return None if supply is None else read_supply(supply, change.stored, change.wanted)


def _redefinition(change: TableChange, old: Table) -> Redefinition:
    names = change.renamed_columns()
    trees = {}
    for index in all_indexes(change.stored):
        renamed, tree = renamed_index(index, names), old.trees.get(index.columns)
        if tree is not None and renamed is not None and renamed in change.wanted.indexes:
            trees[renamed.columns] = tree
    return Redefinition(change, old, trees)


def _release(
    pages: PageStore,
    registered: Registered,
    gone: Sequence[Table],
    redefinitions: Sequence[Redefinition],
) -> None:
    """Give back every page that is not needed any more, so that the lowest is claimed first: a page
    ledger grows at its end.
    """
    released = [page for each in redefinitions for page in each.pages_that_go()]
    if released:
        redefined = [each.old for each in redefinitions]
        owned_pages(pages, _without(registered, [*gone, *redefined]), redefined)
    if gone:
        released += owned_pages(pages, _without(registered, gone), gone)
    for page in sorted(released, reverse=True):
        pages.release(page)


def _without(registered: Registered, tables: Sequence[Table]) -> Registered:
    names = {table.definition.name for table in tables}
    return {name: entry for name, entry in registered.items() if name not in names}


def _redefine_tables(
    pages: PageStore,
    registered: Registered,
    gone: Sequence[Table],
    redefinitions: Sequence[Redefinition],
) -> Registered:
    """The tables that keep their records, each at its place in the registry."""
    by_name = {each.change.stored.name: each for each in redefinitions}
    tables: Registered = {}
    for name, known in _without(registered, gone).items():
        if name in by_name:
            definition = by_name[name].change.wanted
            tables[definition.name] = definition, _redefine_table(pages, by_name[name])
        else:
            tables[name] = known
    return tables


def _redefine_table(pages: PageStore, redefinition: Redefinition) -> RegistryEntry:
    wanted, entry = redefinition.change.wanted, redefinition.old.entry
    counters = entry.autoincrement if wanted.autoincrement_columns else None
    if wanted.autoincrement_columns and counters is None:
        counters = pages.claim()
    if counters is not None:
        pages.writable(counters)[:] = bytes(PAGE_SIZE)
    pages.writable(entry.snapshot)[:] = encode_snapshot(wanted).ljust(PAGE_SIZE, b"\0")
    roots = {columns: tree.root for columns, tree in redefinition.trees.items()}
    roots |= {each.columns: create_tree(pages).root for each in redefinition.new_indexes()}
    pages.writable(entry.index_ledger)[:] = bytes(PAGE_SIZE)
    write_index_ledger(pages, entry.index_ledger, roots)
    return replace(entry, fingerprint=fingerprint(wanted.name), autoincrement=counters)


def _rename_grants(pages: PageStore, changes: Sequence[TableChange]) -> None:
    """Let whoever was granted something on a table have it on the table of the new name."""
    access = decode_access_list(pages.read(ACCESS_CONTROL_PAGE))
    renamed = dict(access)
    for change in changes:
        old, new = fingerprint(change.stored.name), fingerprint(change.wanted.name)
        for identity, grants in renamed.items():
            if old != new and old in grants.tables:
                given = Grants(tables={old: grants.tables[old]})
                moved = Grants(tables={new: grants.tables[old]})
                renamed[identity] = grants.without(given).with_more(moved)
    if renamed != access:
        write_access_list(pages, renamed)


def _complete(
    old: Table,
    table: Table,
    change: TableChange,
    indexes: Iterable[IndexDefinition],
    progress: Progress,
) -> None:
    """Everything of a table but its records."""
    carry_counters(old, table, change)
    for index in indexes:
        with sharing_rows_named(table, change, index.columns):
            build_index(table, index, progress)


# Foreign keys


def _check_foreign_keys(plan: Plan, transaction: Transaction) -> None:
    renaming = Renaming(plan.changes)
    kept = {each.wanted.name: _kept_columns(each, renaming) for each in plan.changes}
    for change in plan.changes:
        name = change.wanted.name
        table, columns = transaction.table(name), kept[name]
        unsettled = {
            column.name
            for column, key in table.definition.foreign_keys
            if columns.get(column.name) != (key.table, key.column)
            or key.column not in kept.get(key.table, ())
        }
        if unsettled:
            with pointing_rows_named(transaction, change):
                for batch, _ in table.scan(range(len(table.definition.columns))):
                    check_references(Outcome(transaction), name, batch.vectors, unsettled)


def _kept_columns(change: TableChange, renaming: Renaming) -> dict[str, tuple[str, str] | None]:
    """The columns whose values are the same, and which column each has referenced all along."""
    kept: dict[str, tuple[str, str] | None] = {}
    for old, new in change.carried():
        is_same_value = old.type == new.type or is_widening(old.type, new.type)
        if is_same_value and new.name not in change.supplied:
            key = renaming.foreign_key(old.references)
            kept[new.name] = None if key is None else (key.table, key.column)
    return kept
