"""What follows from deleting rows and from changing keys: an outcome worked out along references.

    teams 1 ──┬── players 10, 11   cascade        delete teams 1: players 10 and 11 go, and what
              ├── matches 5        set null       they cascade to; then match 5 has no team, and
              └── prizes 3         restrict       prize 3 is for the checks to look at

Deletions come first, until nothing more has to go; then rows that stay let go of what they held.
Changes follow as far as references lead: a row that holds a key which changes is changed as well,
and its own key may be one that others hold.

This ends although references go round in circles: a row is deleted once, and a reference changes a
row once, as long as that holds the key it is stored with. Of two references that want different
things of the same cell one has its way, and the checks find the other one broken.
"""

from array import array
from collections import defaultdict
from collections.abc import Sequence

from wasidb_guest.definitions import Action
from wasidb_guest.encoding.cell_vectors import constant_vector, take
from wasidb_guest.rules.references import Reference
from wasidb_guest.tables.outcome import Changes, Outcome
from wasidb_guest.tables.references import (
    as_addresses,
    positions_of,
    rows_with_keys,
)


def delete(outcome: Outcome, name: str, rows: set[int], *, cascades: bool) -> None:
    """Let rows of a table go, and what must go with them; if it `cascades`, so must rows whose
    references would restrict it.
    """
    holding: list[tuple[Reference, Sequence[int]]] = []
    waiting = [(name, rows)]
    while waiting:
        name, rows = waiting.pop()
        rows = rows - outcome.gone[name]
        outcome.gone[name] |= rows
        table, addresses = outcome.tables.table(name), as_addresses(sorted(rows))
        for reference in outcome.tables.references_to(name) if rows else ():
            positions = positions_of(table.definition, reference.target_columns)
            keys = table.fetch(addresses, positions).vectors
            if reference.on_delete == "restrict" and not cascades:
                outcome.vacated.append((reference, keys))
                continue
            source = outcome.tables.table(reference.table)
            holders, _ = rows_with_keys(source, reference.columns, keys)
            if reference.on_delete in ("restrict", "cascade"):
                waiting.append((reference.table, set(holders)))
            else:
                holding.append((reference, holders))
    for reference, holders in holding:
        _let_go(outcome, reference, holders)


def _let_go(outcome: Outcome, reference: Reference, holders: Sequence[int]) -> None:
    """Have rows that stay hold nothing any more, or the default."""
    name = reference.table
    staying = [address for address in holders if address not in outcome.gone[name]]
    if staying:
        changes = _emptied(outcome, reference, reference.on_delete, len(staying))
        outcome.change(name, as_addresses(staying), changes)
        follow(outcome, name)


def follow(outcome: Outcome, name: str) -> None:
    """Let references follow the keys of a table that change, or note that they hold them."""
    if not outcome.tables.references_to(name):
        return
    followed: defaultdict[Reference, set[int]] = defaultdict(set)
    waiting = [name]
    while waiting:
        name = waiting.pop(0)
        for reference in outcome.tables.references_to(name):
            is_concerned = not outcome.changed[name].columns.isdisjoint(reference.target_columns)
            if is_concerned and _follow(outcome, reference, followed[reference]):
                waiting.append(reference.table)


def _follow(outcome: Outcome, reference: Reference, followed: set[int]) -> bool:
    """The same for one reference, and rows that it has not changed before; whether there are any.

    A default may be the very key that goes, so that a changed row looks as if it were not.
    """
    target, name = outcome.changed[reference.target], reference.table
    positions = positions_of(target.table.definition, reference.target_columns)
    before, after = target.keys(reference.target_columns)
    moved = [row for row, key in enumerate(before) if key is not None and key != after[row]]
    keys = [take(target.old[place], memoryview(array("I", moved))) for place in positions]
    if reference.on_update == "restrict":
        outcome.vacated.append((reference, keys))
        return False
    found = rows_with_keys(outcome.tables.table(name), reference.columns, keys)
    settled = followed.union(outcome.gone[name], outcome.moved(name, reference.columns))
    held = {place: key for place, key in zip(*found, strict=True) if place not in settled}
    if not held:
        return False
    followed.update(held)
    if reference.on_update == "cascade":
        row_of = {before[row]: row for row in moved}
        rows = memoryview(array("I", map(row_of.__getitem__, held.values())))
        new = [take(target.new[place], rows) for place in positions]
        changes: Changes = dict(zip(reference.columns, new, strict=True))
    else:
        changes = _emptied(outcome, reference, reference.on_update, len(held))
    outcome.change(name, as_addresses(list(held)), changes)
    return True


def _emptied(outcome: Outcome, reference: Reference, action: Action, count: int) -> Changes:
    """NULL or the default in the columns of a reference, for some rows."""
    changes = {}
    for name in reference.columns:
        column = outcome.tables.table(reference.table).definition.column(name)
        default = column.default if action == "set_default" else None
        cell = None if default is None else default.cell
        changes[name] = constant_vector(column.type, cell, count)
    return changes
