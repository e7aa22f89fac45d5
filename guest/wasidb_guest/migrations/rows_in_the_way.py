"""Which rows refuse a migration: those with a value, or a NULL, that the wanted column cannot hold.

    invalid-value: t.a: 300 is not a whole number from 0 to 255, in the rows with id 2, 7

They are looked for when the migration has failed, among all rows there are. A batch that cannot be
converted is halved, and halved again, down to the rows to blame.
"""

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from wasidb_guest.encoding.cell_vectors import take, valid_flags
from wasidb_guest.errors import DbmsError, InvalidValue, NotNullViolated
from wasidb_guest.migrations.conversions import Destination, convert
from wasidb_guest.migrations.table_change import TableChange
from wasidb_guest.tables.integrity import cell_at
from wasidb_guest.tables.table import Table
from wasidb_guest.vectors import Vector

ROWS_NAMED = 10


@contextmanager
def rows_named(old: Table, change: TableChange) -> Iterator[None]:
    """Add to a refusal in the block which rows it is about, by their stored primary keys."""
    try:
        yield
    except (InvalidValue, NotNullViolated) as refusal:
        name_rows(refusal, change.stored.primary_key, _keys_of(refusal, old, change))
        raise


def name_rows(refusal: DbmsError, primary_key: str, found: Iterator[object]) -> None:
    """Add to a refusal the primary keys of rows."""
    keys = list(islice(found, ROWS_NAMED + 1))
    if keys:
        named = ", ".join(map(repr, keys[:ROWS_NAMED]))
        more = " and more" if len(keys) > ROWS_NAMED else ""
        refusal.message += f", in the rows with {primary_key} {named}{more}"
        refusal.args = (refusal.message,)
        refusal.details["rows"] = keys[:ROWS_NAMED]


def _keys_of(
    refusal: InvalidValue | NotNullViolated, old: Table, change: TableChange
) -> Iterator[object]:
    find = _rows_of_null if isinstance(refusal, NotNullViolated) else _refused_rows
    key = change.stored.column_position(change.stored.primary_key)
    for column, source in zip(change.wanted.columns, change.sources, strict=True):
        is_blamed = column.name == refusal.details.get("column")
        if not is_blamed or source is None or column.name in change.supplied:
            continue
        destination = Destination(change.wanted.name, column.name, column.type)
        for batch, _ in old.scan(range(len(change.stored.columns))):
            for row in find(batch.vectors[source], destination):
                yield cell_at(batch.vectors[key], row)


def _rows_of_null(vector: Vector, _: Destination) -> Iterator[int]:
    if vector.validity is not None:
        yield from (row for row, is_there in enumerate(valid_flags(vector)) if not is_there)


def _refused_rows(vector: Vector, destination: Destination, first: int = 0) -> Iterator[int]:
    """The rows whose values have no counterpart, `first` being the number of the first one."""
    try:
        convert(vector, destination)
    except InvalidValue:
        if vector.count == 1:
            yield first
            return
        middle = vector.count // 2
        for start, end in ((0, middle), (middle, vector.count)):
            half = take(vector, memoryview(array("I", range(start, end))))
            yield from _refused_rows(half, destination, first + start)
