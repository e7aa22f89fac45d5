"""What an include of a statement means: which column of which table goes with which of another.

posts.author references users.id

{"one": "author", ...} in a select from posts                posts.author = users.id
{"many": "posts", "by": "author", ...} in one from users     users.id = posts.author
"""

from collections.abc import Iterable
from dataclasses import dataclass

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.errors import InvalidQuery
from wasidb_guest.query.source import Source
from wasidb_guest.query.statement import Include


@dataclass(frozen=True, slots=True)
class Ends:
    """The column of the rows that include others, by its place; the other table; its column."""

    key: int
    table: TableDefinition
    partner: int


def ends(include: Include, table: TableDefinition, source: Source) -> Ends:
    """What is related to rows of `table`.

    UnknownColumn, TableNotFound, or InvalidQuery for a column that is no such foreign key."""
    other = table if include.table is None else source.table(include.table).definition
    column = other.column(include.column)
    reference = column.references
    if reference is None or (include.table is not None and reference.table != table.name):
        what = "another table" if include.table is None else repr(table.name)
        message = f"column {other.name}.{column.name} does not reference {what}"
        raise InvalidQuery(message, table=other.name, column=column.name)
    if include.table is not None:
        key = table.column_position(reference.column)
        return Ends(key, other, other.column_position(column.name))
    target = source.table(reference.table).definition
    key = table.column_position(column.name)
    return Ends(key, target, target.column_position(reference.column))


def key_columns(
    includes: Iterable[Include], table: TableDefinition, source: Source
) -> tuple[int, ...]:
    """The columns of a table that are needed to find what is related to its rows."""
    return tuple(ends(each, table, source).key for each in includes)
