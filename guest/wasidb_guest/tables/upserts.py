"""Change the rows whose primary key exists, and insert the others, in one step.

    stored    id  name   city        given   id  name        afterwards   id  name   city
              7   "Ann"  "Oslo"              7   "Anna"                   7   "Anna" "Oslo"
                                             8   "Ben"                    8   "Ben"  NULL

A row that exists keeps the columns that are not given; a new one gets its number, the default or
NULL there. It is as if the rows came one after the other: of several with the same key the last one
counts. But rules are asked of all of them together, as they will be, so that a key may pass from
one row to another, and a row may reference one that comes behind it.

A row whose key is NULL, to be numbered, is new.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cell_vectors import concat, stored_cells, take
from wasidb_guest.errors import NotNullViolated
from wasidb_guest.indexes.run import build_run, flags_of
from wasidb_guest.indexes.search import NO_ADDRESS
from wasidb_guest.tables.changes import (
    carry_out,
    complete_rows,
    insert_rows,
    runs_of,
    store_rows,
)
from wasidb_guest.tables.consequences import follow
from wasidb_guest.tables.integrity import (
    check_references,
    check_rules,
    check_unique,
    index_of_key,
)
from wasidb_guest.tables.outcome import ChangedRows, Outcome
from wasidb_guest.tables.record_columns import new_records
from wasidb_guest.tables.references import as_addresses, key_columns
from wasidb_guest.tables.table import Table
from wasidb_guest.tables.tables import Tables
from wasidb_guest.vectors import Batch, Vector


@dataclass(frozen=True, slots=True)
class Upserted:
    """What has become of rows: the columns of the primary key of each, how many of them are new and
    how many have changed one that existed, and the complete rows that are now stored, each once.
    """

    keys: Sequence[Vector]
    inserted: int
    updated: int
    rows: Batch


def upsert_rows(tables: Tables, name: str, batch: Batch, changing: Iterable[str]) -> Upserted:
    """Change the rows of a table whose primary keys are those of a batch, and insert the others.

    The columns `changing` are changed, the others of the batch are for new rows alone. References
    to a changed key do what they are declared to do; that does not count. Raises what `insert_rows`
    and `update_rows` raise.
    """
    table = tables.writable(name)
    definition = table.definition
    key = definition.key
    _check_given(definition, batch)
    matches = _match(table, batch)
    if len(matches.new) == batch.count:
        rows = insert_rows(tables, name, batch)
        return Upserted(key_columns(definition, rows.vectors, key), batch.count, 0, rows)
    outcome = Outcome(tables)
    outcome.inserted[name] = new = complete_rows(table, _some_rows(batch, matches.new))
    numbers = memoryview(array("I", matches.existing))
    changes = {each: take(batch.column(each), numbers) for each in changing if each not in key}
    existing = ChangedRows(table, matches.addresses)
    if changes:
        outcome.change(name, matches.addresses, changes)
        follow(outcome, name)
        existing = outcome.changed[name]
    stored = [concat(pair) for pair in zip(existing.new, new, strict=True)]
    places = matches.places_in(existing.addresses)
    given = [take(vector, places) for vector in stored]
    _check_rows(tables, table, given, {*key, *changes}, new)
    _check_keys(outcome, existing, stored)
    carry_out(outcome)
    if matches.new:
        store_rows(tables, table, new, runs_of(table, definition.indexes, new))
    rows = Batch([column.name for column in definition.columns], stored, stored[0].count)
    keys = [take(vector, places) for vector in key_columns(definition, stored, key)]
    inserted = len(matches.new)
    return Upserted(keys, inserted, batch.count - inserted, rows)


def _check_given(definition: TableDefinition, batch: Batch) -> None:
    """Raise UnknownColumn, and NotNullViolated with the row as it was given; there must be keys."""
    for name in definition.key:
        if name not in batch.names:
            raise NotNullViolated(definition.name, name)
    for name, vector in zip(batch.names, batch.vectors, strict=True):
        column = definition.column(name)
        if vector.validity is not None and not (column.nullable or column.autoincrement):
            raise NotNullViolated(definition.name, name, flags_of(vector).find(0))


@dataclass(frozen=True, slots=True)
class _Matches:
    """Which of the given rows are to be stored, by number: those that exist, in the order of their
    `addresses`, and new ones; and for each given row the last one with its key.
    """

    existing: Sequence[int]
    addresses: memoryview
    new: Sequence[int]
    last: Sequence[int]

    def places_in(self, addresses: memoryview) -> memoryview:
        """The place of each given row among the rows at `addresses` followed by the new ones."""
        place_at = {address: place for place, address in enumerate(addresses)}
        places = list(map(place_at.__getitem__, self.addresses))
        place_of = dict(zip(self.existing, places, strict=True))
        place_of.update((row, place) for place, row in enumerate(self.new, len(addresses)))
        return memoryview(array("I", map(place_of.__getitem__, self.last)))


def _match(table: Table, batch: Batch) -> _Matches:
    """Look up the primary keys of a batch."""
    key = table.definition.key
    keys = [batch.column(name) for name in key]
    run = build_run(keys)
    found = index_of_key(table, key).tree.find_run(run).tolist()
    last: Sequence[int] = range(batch.count)
    if run.first_repeated() >= 0:
        last = _last_with_same_key(keys, found)
    kept = sorted(set(last))
    existing = [row for row in kept if found[row] != NO_ADDRESS]
    existing.sort(key=found.__getitem__)
    new = [row for row in kept if found[row] == NO_ADDRESS]
    return _Matches(existing, as_addresses([found[row] for row in existing]), new, last)


def _last_with_same_key(keys: Sequence[Vector], found: Sequence[int]) -> list[int]:
    """For each row the number of the last one with its key; NULL is like no other key."""
    cells = zip(*map(stored_cells, keys), strict=True)
    flags = flags_of(keys[0]) or b"\x01" * keys[0].count
    identities = [
        address if address != NO_ADDRESS else key if is_valid else (row,)
        for row, (address, key, is_valid) in enumerate(zip(found, cells, flags, strict=True))
    ]
    last = {identity: row for row, identity in enumerate(identities)}
    return list(map(last.__getitem__, identities))


def _some_rows(batch: Batch, numbers: Sequence[int]) -> Batch:
    rows = memoryview(array("I", numbers))
    return Batch(batch.names, [take(vector, rows) for vector in batch.vectors], len(numbers))


def _check_rows(
    tables: Tables,
    table: Table,
    given: Sequence[Vector],
    columns: set[str],
    new: Sequence[Vector],
) -> None:
    """Check rules and sizes of the rows in the order in which they were `given`, complete by now,
    so that errors name the right one.

    Of cells in other than the given `columns` only those of `new` rows are looked at.
    """
    definition = table.definition
    check_rules(tables, definition.name, given, columns)
    if new[0].count:
        rest = {column.name for column in definition.columns} - columns
        check_rules(tables, definition.name, new, rest)
    new_records(definition, given)


def _check_keys(outcome: Outcome, existing: ChangedRows, stored: Sequence[Vector]) -> None:
    """Check keys and references of all rows together, those that exist and then the new ones."""
    table, columns = existing.table, existing.columns
    if stored[0].count > len(existing.addresses):
        columns = {column.name for column in table.definition.columns}
    indexes = [each for each in table.definition.indexes if not columns.isdisjoint(each.columns)]
    runs = runs_of(table, indexes, stored)
    check_unique(table, stored, runs, set(existing.addresses))
    check_references(outcome, table.definition.name, stored, columns)
