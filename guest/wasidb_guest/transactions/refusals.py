"""Which rows the refusal of a statement depends on: that a constraint is violated is an answer too.

    insert users [7, "Ann"]      users: id = 7, and users: name = "Ann"       unique columns
    insert posts [1, "Hi", 9]    posts: id = 1, and users: id = 9             author -> users.id

An insert looks at the keys of its rows and at nothing else. What the other statements do may lead
anywhere, along foreign keys: there the refusal depends on every row of every table. Only a value
that is not allowed, or missing, in a row that nobody else's change can reach is no such answer.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TypeAlias

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.errors import ConstraintViolated, NotNullViolated, RuleViolated
from wasidb_guest.tables.references import Key, holds_key, keys_of
from wasidb_guest.tables.tables import Tables
from wasidb_guest.transactions.reads import RowTest
from wasidb_guest.vectors import Batch, Vector

EVERY_ROW = None

LookedAt: TypeAlias = Iterator[tuple[str, RowTest | None]]
"""Tables, and tests for their rows; None for every row."""


def looked_at_by_insert(tables: Tables, name: str, batch: Batch) -> LookedAt:
    """What an insert of a batch has looked at."""
    table = tables.table(name).definition
    given = dict(zip(batch.names, batch.vectors, strict=True))
    for index in table.indexes:
        if index.unique:
            keys = _keys(table, given, index.columns)
            yield name, EVERY_ROW if keys is None else holds_key(table, index.columns, keys)
    for reference in tables.references(name):
        target = tables.table(reference.target).definition
        keys = _keys(table, given, reference.columns)
        columns = reference.target_columns
        yield target.name, EVERY_ROW if keys is None else holds_key(target, columns, keys)


def looked_at_by_change(tables: Tables, name: str, refusal: ConstraintViolated) -> LookedAt:
    """What a change of rows of a table that is refused has looked at, besides those it finds."""
    is_about_value = isinstance(refusal, RuleViolated | NotNullViolated)
    if not is_about_value or tables.references_to(name):
        for definition in tables.definitions():
            yield definition.name, EVERY_ROW


def _keys(
    table: TableDefinition, given: Mapping[str, Vector], columns: Sequence[str]
) -> Set[Key] | None:
    """The keys that rows have in some columns; None when a default is one of the cells."""
    absent = [table.column(name) for name in columns if name not in given]
    if any(column.default is not None for column in absent):
        return None
    if absent:  # a number that nobody has, or NULL, which is no key
        return frozenset()
    return frozenset(keys_of([given[name] for name in columns])) - {None}
