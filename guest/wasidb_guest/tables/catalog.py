"""The catalog: every table's definition and the pages of its structures, as page 0 and the
snapshots say.

Creating a table claims its pages in a fixed order, the one the Rust engine uses: snapshot, page
ledger, free segments, index ledger, autoincrement ledger if there is a counter, then one root for
each index. Dropping tables is the way back, in `tables.removal`.
"""

from collections.abc import Iterator, Mapping, Sequence

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.definition_json import definition_to_json
from wasidb_guest.encoding.snapshot import (
    decode_snapshot,
    encode_snapshot,
    fingerprint,
    schema_hash,
)
from wasidb_guest.errors import Corrupted, InvalidDefinition, TableNotFound
from wasidb_guest.indexes.btree import create_tree
from wasidb_guest.indexes.ledger import write_index_ledger
from wasidb_guest.pages.cache import PageSource, PageStore
from wasidb_guest.pages.layout import LEDGER_ALIGNMENT, PAGE_SIZE, SCHEMA_REGISTRY_PAGE, aligned
from wasidb_guest.tables.autoincrement import AutoincrementLedger
from wasidb_guest.tables.registry import RegistryEntry, read_registry, write_registry
from wasidb_guest.tables.table import Table

Registered = dict[str, tuple[TableDefinition, RegistryEntry]]


class Catalog:
    """The tables of one committed state; those `opened` are kept until somebody takes them.

    `registered` has every table's definition and registry entry, by name, in the order of the
    registry.
    """

    def __init__(self, pages: PageSource) -> None:
        self._pages = pages
        self.registered = _read_registered(pages)
        self.opened: dict[str, Table] = {}
        self._changed: dict[str, int] = {}
        self._drawn: dict[str, dict[str, int]] = {}

    def redefine(self, registered: Registered, version: int) -> None:
        """Know other tables from a version on."""
        before = self.registered
        for name in before.keys() | registered.keys():
            if before.get(name) is not registered.get(name):
                self.opened.pop(name, None)
                self._drawn.pop(name, None)
                self._changed[name] = version
        self.registered = registered

    def drawn(self, name: str) -> dict[str, int]:
        """The last number that anybody has drawn for each autoincrement column of a table."""
        return self._drawn.setdefault(name, {})

    def is_unchanged(self, name: str, version: int) -> bool:
        """Whether a table is now as it was in a version."""
        return self._changed.get(name, 0) <= version

    def definitions(self) -> list[TableDefinition]:
        """Every table's definition, by name."""
        return [self.registered[name][0] for name in sorted(self.registered)]

    def table(self, name: str) -> Table:
        """A table. Raises TableNotFound."""
        table = self.opened.get(name)
        if table is None:
            if name not in self.registered:
                raise TableNotFound(name)
            table = self.opened[name] = Table(self._pages, *self.registered[name])
        return table

    def take(self, name: str) -> Table:
        """A table that belongs to the caller, who may change it.

        The catalog opens another one when asked again.
        """
        table = self.table(name)
        del self.opened[name]
        return table

    def put(self, table: Table, version: int) -> None:
        """Keep a table that a version has changed, and whose pages are those of this catalog."""
        table.attach(self._pages)
        self.opened[table.definition.name] = table
        self._changed[table.definition.name] = version


def _read_registered(pages: PageSource) -> Registered:
    """All tables.

    Raises Corrupted for anything that contradicts itself, so also for a file that is no database.
    """
    stored_hash, entries = read_registry(pages)
    registered: Registered = {}
    for entry in entries:
        definition = decode_snapshot(pages.read(entry.snapshot), entry.snapshot)
        if fingerprint(definition.name) != entry.fingerprint:
            raise Corrupted(
                entry.snapshot,
                0,
                f"table {definition.name!r} is registered under another fingerprint",
            )
        if definition.name in registered:
            raise Corrupted(
                SCHEMA_REGISTRY_PAGE, 0, f"table {definition.name!r} is registered twice"
            )
        registered[definition.name] = definition, entry
    if stored_hash != _hash_of(registered) and (registered or stored_hash):
        raise Corrupted(
            SCHEMA_REGISTRY_PAGE, 0, "schema hash does not match the stored definitions"
        )
    return registered


def _hash_of(registered: Registered) -> int:
    return schema_hash([definition for definition, _ in registered.values()])


def new_tables(
    registered: Registered, definitions: Sequence[TableDefinition]
) -> list[TableDefinition]:
    """Those of the tables that do not exist yet.

    Raises InvalidDefinition for a table that exists with another definition, and for a foreign key
    that points at no unique column of the same type.
    """
    new: list[TableDefinition] = []
    known = {name: definition for name, (definition, _) in registered.items()}
    for definition in definitions:
        if definition.name not in known:
            new.append(definition)
            known[definition.name] = definition
        elif definition_to_json(known[definition.name]) != definition_to_json(definition):
            message = f"table {definition.name!r} exists with another definition"
            raise InvalidDefinition(message, table=definition.name)
    for definition in new:
        for problem in reference_problems(definition, known):
            raise problem
    return new


def create_tables(
    pages: PageStore, registered: Registered, new: Sequence[TableDefinition]
) -> Registered:
    """Create tables; all tables then. Raises LimitExceeded when there are too many."""
    registered = dict(registered)
    for definition in new:
        registered[definition.name] = definition, _create_table(pages, definition)
    write_registered(pages, registered)
    return registered


def write_registered(pages: PageStore, registered: Registered) -> None:
    """Rewrite page 0. Raises LimitExceeded when there are too many tables."""
    write_registry(pages, _hash_of(registered), [entry for _, entry in registered.values()])


def reference_problems(
    definition: TableDefinition, known: Mapping[str, TableDefinition]
) -> Iterator[InvalidDefinition]:
    """The foreign keys that point at no unique column of the same type among the tables `known`."""
    for column, key in definition.foreign_keys:
        place = f"{definition.name}.{column.name}"
        target = known.get(key.table)
        if target is None:
            problem = f"table {key.table!r} does not exist"
        elif key.column not in {each.name for each in target.columns if each.unique}:
            problem = f"{key.table!r} has no unique column {key.column!r}"
        elif target.column(key.column).type != column.type:
            problem = f"its type {column.type} differs from {target.column(key.column).type}"
        else:
            continue
        message = f"foreign key {place} cannot reference {key.table}.{key.column}: {problem}"
        yield InvalidDefinition(message, table=definition.name, column=column.name)


def _create_table(pages: PageStore, definition: TableDefinition) -> RegistryEntry:
    snapshot = encode_snapshot(definition)
    entry = RegistryEntry(
        fingerprint(definition.name),
        snapshot=pages.claim(),
        page_ledger=pages.claim(),
        free_segments=pages.claim(),
        index_ledger=pages.claim(),
        autoincrement=pages.claim() if definition.autoincrement_columns else None,
    )
    size = min(aligned(len(snapshot), LEDGER_ALIGNMENT), PAGE_SIZE)
    pages.writable(entry.snapshot, 0, size)[:size] = snapshot.ljust(size, b"\0")
    roots = {index.columns: create_tree(pages).root for index in definition.indexes}
    write_index_ledger(pages, entry.index_ledger, roots)
    if entry.autoincrement is not None:
        AutoincrementLedger(pages, entry.autoincrement, definition).write()
    return entry
