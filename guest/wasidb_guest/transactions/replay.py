"""Doing a transaction again on top of what others have committed since it began.

A transaction works on pages of its own, a fork of the committed ones. When nobody else has
committed, its pages simply become the committed ones. When others have, pages cannot be merged, but
what it did to rows can be repeated: its steps are few compared with the statements that led to
them, as they name rows by key and bring the new cells along.
"""

from array import array

from wasidb_guest.encoding.cell_vectors import take
from wasidb_guest.errors import Conflict
from wasidb_guest.indexes.run import build_run
from wasidb_guest.indexes.search import NO_ADDRESS
from wasidb_guest.tables.integrity import index_of_key
from wasidb_guest.tables.references import as_addresses
from wasidb_guest.tables.table import Table
from wasidb_guest.transactions.footprint import (
    Creation,
    Deletion,
    Insertion,
    Removal,
    Settlement,
    Step,
    Update,
    Upsert,
)
from wasidb_guest.transactions.transaction import Transaction
from wasidb_guest.vectors import Vector


def repeat(step: Step, transaction: Transaction) -> None:
    """Do a step again. Raises what it would have raised the first time, and Conflict for a row
    that is gone.
    """
    match step:
        case Insertion(name, rows):
            transaction.insert(name, rows)
        case Update(name, keys, changes):
            addresses, order = _find(transaction.table(name), keys)
            vectors = {column: take(vector, order) for column, vector in changes.items()}
            transaction.update(name, addresses, vectors)
        case Upsert(name, rows, inserted):
            if transaction.upsert(name, rows).inserted != inserted:
                raise _changed_meanwhile(name, "to be inserted is there by now")
        case Deletion(name, keys, behavior):
            addresses, _ = _find(transaction.table(name), keys)
            transaction.delete(name, addresses, behavior)
        case Creation(definitions):
            transaction.create_tables(definitions)
        case Removal(names):
            transaction.drop_tables(names)
        case Settlement():
            transaction.settle()


def _find(table: Table, keys: Vector) -> tuple[memoryview, memoryview]:
    """The ascending addresses of the rows with these primary keys, and which key each is."""
    index = index_of_key(table, (table.definition.primary_key,))
    found = index.tree.find_run(build_run([keys])).tolist()
    if NO_ADDRESS in found:
        raise _changed_meanwhile(table.definition.name, "to be changed is gone")
    order = sorted(range(len(found)), key=found.__getitem__)
    return as_addresses(sorted(found)), memoryview(array("I", order))


def _changed_meanwhile(table: str, what: str) -> Conflict:
    return Conflict(f"a row of table {table!r} {what}; run this again", table=table)
