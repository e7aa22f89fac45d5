"""Which rows refuse a migration with their keys: those that share one, and those that hold one that
no row has.

    unique-violated: column users.code is unique and already holds 'x', in the rows with id 1, 2
    foreign-key-violated: posts.author = 7 has no matching row in 'users.id', in the rows with id 3

They are looked for when the migration has failed, in the tables as far as they are made by then,
and named by the column that was the primary key, if it is still there.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from wasidb_guest.errors import ForeignKeyViolated, PrimaryKeyConflict, UniqueViolated
from wasidb_guest.migrations.rows_in_the_way import name_rows
from wasidb_guest.migrations.table_change import TableChange
from wasidb_guest.tables.integrity import cell_at
from wasidb_guest.tables.outcome import Outcome
from wasidb_guest.tables.references import Key, keys_of, positions_of
from wasidb_guest.tables.table import Table
from wasidb_guest.transactions.transaction import Transaction
from wasidb_guest.vectors import Vector


@contextmanager
def sharing_rows_named(table: Table, change: TableChange, columns: Sequence[str]) -> Iterator[None]:
    """Add to a refusal in the block which rows have the same key in some columns."""
    try:
        yield
    except (PrimaryKeyConflict, UniqueViolated) as refusal:
        name_rows(refusal, change.stored.primary_key, _sharing_rows(table, change, columns))
        raise


def _sharing_rows(table: Table, change: TableChange, columns: Sequence[str]) -> Iterator[object]:
    first: dict[Key, object] = {}
    for names, keys in _named_keys(table, change, columns):
        for row, key in enumerate(keys_of(keys)):
            if key is None:
                continue
            if key not in first:
                first[key] = cell_at(names, row)
                continue
            if first[key] is not None:
                yield first[key]
                first[key] = None
            yield cell_at(names, row)


@contextmanager
def pointing_rows_named(transaction: Transaction, change: TableChange) -> Iterator[None]:
    """Add to a refusal in the block which rows point at none."""
    try:
        yield
    except ForeignKeyViolated as refusal:
        found = _pointing_rows(transaction, change, refusal.details["constraint"])
        name_rows(refusal, change.stored.primary_key, found)
        raise


def _pointing_rows(
    transaction: Transaction, change: TableChange, constraint: object
) -> Iterator[object]:
    name, outcome = change.wanted.name, Outcome(transaction)
    for reference in transaction.references(name):
        if reference.name != constraint:
            continue
        table = transaction.table(name)
        for names, vectors in _named_keys(table, change, reference.columns):
            keys = keys_of(vectors)
            missing = {keys[row] for row in outcome.missing(reference, vectors)}
            yield from (cell_at(names, row) for row, key in enumerate(keys) if key in missing)


def _named_keys(
    table: Table, change: TableChange, columns: Sequence[str]
) -> Iterator[tuple[Vector, Sequence[Vector]]]:
    """What rows are named by, and their keys, in batches; nothing if they have no name any more."""
    was_key = change.stored.column_position(change.stored.primary_key)
    if was_key in change.sources:
        position = change.sources.index(was_key)
        for batch, _ in table.scan([position, *positions_of(table.definition, columns)]):
            if batch.count:
                yield batch.vectors[0], batch.vectors[1:]
