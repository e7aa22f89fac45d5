"""What tables will be when a statement is done, before anything of it is done.

    delete users 7       gone      users {row 7}, posts {row 31}         by cascade
                         changed   drafts {row 5: author 7 -> NULL}      by set null
                         vacated   likes_user_fkey: 7                    by restrict, to be checked

A statement first works out its outcome, then checks it, and only then carries it out, so one that
is refused has changed nothing. Rows are known by the addresses at which they are until then.

A key that a row has now and will not have then is vacated; one that it will have and has not now is
moved to. With these two, a look-up in an index that knows the present answers for the future.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from wasidb_guest.encoding.cell_vectors import concat, take
from wasidb_guest.indexes.run import build_run
from wasidb_guest.indexes.search import NO_ADDRESS
from wasidb_guest.rules.references import Reference
from wasidb_guest.tables.references import (
    Key,
    as_addresses,
    key_columns,
    keys_of,
    rows_with_keys,
    target_index,
)
from wasidb_guest.tables.table import MANY_ROWS, Table
from wasidb_guest.tables.tables import Tables
from wasidb_guest.vectors import Vector

Changes = Mapping[str, Vector]
"""The new cells of some columns of some rows."""


class ChangedRows:
    """Rows of a table that stay and get new cells: where they are, all columns `old` and `new`, and
    the names of those that may differ; those of them that have a NULL now are `emptied`.
    """

    def __init__(self, table: Table, addresses: memoryview) -> None:
        self.table = table
        self.addresses = addresses
        self.are_many = len(addresses) >= MANY_ROWS
        rows = table.rows_at(addresses)
        self.old: Sequence[Vector] = rows
        self.new = rows.copy()
        self.columns: set[str] = set()
        self.emptied: set[str] = set()

    def assign(self, addresses: memoryview, changes: Changes) -> None:
        """Give some of the rows new cells."""
        chosen = None
        if len(addresses) < len(self.addresses):
            place_of = {place: row for row, place in enumerate(addresses, len(self.addresses))}
            rows = (place_of.get(place, row) for row, place in enumerate(self.addresses))
            chosen = memoryview(array("I", rows))
        for name, vector in changes.items():
            position = self.table.definition.positions[name]
            if chosen is not None:
                vector = take(concat([self.new[position], vector]), chosen)
            self.new[position] = vector
            self.columns.add(name)
            if vector.validity is not None:
                self.emptied.add(name)
            else:
                self.emptied.discard(name)

    def keys(self, columns: Sequence[str]) -> tuple[list[Key], list[Key]]:
        """The key of each row in some columns, as it is and as it will be."""
        before, after = (
            keys_of(key_columns(self.table.definition, rows, columns))
            for rows in (self.old, self.new)
        )
        return before, after


class Outcome:
    """What becomes of the rows of `tables`, by table: addresses of those that are deleted, those
    that change, and all columns of new ones. `vacated` are the keys that went although a foreign
    key restricts that, to be checked when the outcome is known.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.gone: defaultdict[str, set[int]] = defaultdict(set)
        self.changed: dict[str, ChangedRows] = {}
        self.inserted: dict[str, Sequence[Vector]] = {}
        self.vacated: list[tuple[Reference, Sequence[Vector]]] = []

    def change(self, name: str, addresses: memoryview, changes: Changes) -> None:
        """Give the rows at ascending `addresses` new cells, over what they were given before."""
        table, known = self.tables.table(name), self.changed.get(name)
        everywhere = addresses
        if known is not None:
            everywhere = as_addresses(sorted({*known.addresses, *addresses}))
        changed = self.changed[name] = ChangedRows(table, everywhere)
        if known is not None:
            columns = sorted(known.columns)
            given = key_columns(table.definition, known.new, columns)
            changed.assign(known.addresses, dict(zip(columns, given, strict=True)))
        changed.assign(addresses, changes)

    def moved(self, name: str, columns: Sequence[str]) -> dict[int, Key]:
        """The rows whose key in some columns changes, by address, and what it will be."""
        changed = self.changed.get(name)
        if changed is None or changed.columns.isdisjoint(columns):
            return {}
        keys = zip(changed.addresses, *changed.keys(columns), strict=True)
        return {address: after for address, before, after in keys if before != after}

    def arrived(self, name: str, columns: Sequence[str]) -> set[Key]:
        """The keys that changed and new rows will have and no row has now."""
        keys = set(self.moved(name, columns).values())
        if name in self.inserted:
            definition = self.tables.table(name).definition
            keys.update(keys_of(key_columns(definition, self.inserted[name], columns)))
        return keys

    def missing(self, reference: Reference, keys: Sequence[Vector]) -> Iterator[int]:
        """The rows of `keys`, one for each different key, that no row of the target will have."""
        rows = first_rows(keys)
        if not rows:
            return
        numbers = memoryview(array("I", rows.values()))
        run = build_run([take(vector, numbers) for vector in keys])
        found = target_index(self.tables, reference).tree.find_run(run)
        target, columns = reference.target, reference.target_columns
        gone, moved = self.gone.get(target, ()), self.moved(target, columns)
        arrived: set[Key] | None = None
        for (key, row), address in zip(rows.items(), found, strict=True):
            if address == NO_ADDRESS or address in gone or address in moved:
                arrived = self.arrived(target, columns) if arrived is None else arrived
                if key not in arrived:
                    yield row

    def still_held(self, reference: Reference, keys: Sequence[Vector]) -> Key | None:
        """One of `keys` that a row holds now and will hold then; None when there is none."""
        source = reference.table
        found = rows_with_keys(self.tables.table(source), reference.columns, keys)
        gone, moved = self.gone.get(source, ()), self.moved(source, reference.columns)
        held = zip(*found, strict=True)
        return next((key for place, key in held if place not in gone and place not in moved), None)


def first_rows(keys: Sequence[Vector]) -> dict[Key, int]:
    """Each different key, but for NULL, and the first row that has it."""
    every = keys_of(keys)
    rows = dict(zip(reversed(every), reversed(range(len(every))), strict=True))
    rows.pop(None, None)
    return rows
