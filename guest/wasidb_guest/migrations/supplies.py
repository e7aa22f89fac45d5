"""Columns whose values the host has computed, by a program that only it knows.

    stored users   id 7, name "Ann"         stream   @key 7   initial "A"
                   id 9, name "Bob"                  @key 9   initial "B"

An Arrow stream has, under `@key`, the stored primary key of every row of a table, in the order in
which a select without further clauses gives the rows; and for each of these rows the values of one
or more columns of the wanted table. The keys prove that both speak of the same rows.
"""

from array import array
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from wasidb_guest.definitions import DEFAULT_ALIGNMENT, ColumnDefinition, TableDefinition
from wasidb_guest.encoding.arrow.stream import read_stream
from wasidb_guest.encoding.cell_vectors import concat, constant_vector, stored_cells, take
from wasidb_guest.errors import InvalidValue, MemoryFailed
from wasidb_guest.vectors import Vector

KEY = "@key"


@dataclass(frozen=True, slots=True)
class Supply:
    """Where the values of some columns of a table are: the file of the stream."""

    path: str
    columns: Collection[str]


class SuppliedRows:
    """The values of some columns, to be taken in the order of the stored rows."""

    def __init__(self, table: str, vectors: Mapping[str, Vector]) -> None:
        self._table = table
        self._vectors = vectors
        self._next = 0

    def take(self, keys: Vector) -> Mapping[str, Vector]:
        """The values for the next rows, whose stored primary keys are `keys`.

        Raises InvalidValue if the stream has other rows there.
        """
        end = self._next + keys.count
        if end > self._vectors[KEY].count:
            raise self._refusal()
        rows = memoryview(array("I", range(self._next, end)))
        taken = {name: take(vector, rows) for name, vector in self._vectors.items()}
        if stored_cells(taken[KEY]) != stored_cells(keys):
            raise self._refusal()
        self._next = end
        return taken

    def check_end(self) -> None:
        """Raise InvalidValue if there are rows left."""
        if self._next != self._vectors[KEY].count:
            raise self._refusal()

    def _refusal(self) -> InvalidValue:
        message = f"arrow stream: its rows are not those of table {self._table!r}, in their order"
        return InvalidValue(message, table=self._table, column=KEY)


def read_supply(supply: Supply, stored: TableDefinition, wanted: TableDefinition) -> SuppliedRows:
    """The rows of a stream. Raises MemoryFailed, UnknownColumn, InvalidValue, LimitExceeded."""
    key = ColumnDefinition(KEY, stored.column(stored.primary_key).type)
    columns = [key, *map(wanted.column, supply.columns)]
    expected = TableDefinition(wanted.name, KEY, DEFAULT_ALIGNMENT, tuple(columns), ())
    try:
        with open(supply.path, "rb", buffering=0) as stream:
            batches = list(read_stream(stream, expected))
    except OSError as failure:
        message = f"cannot read {supply.path!r}: {failure.strerror}"
        raise MemoryFailed(message, path=supply.path) from failure
    for batch in batches:
        missing = [column.name for column in columns if column.name not in batch.names]
        if missing:
            message = f"arrow stream: it has no column {missing[0]!r}"
            raise InvalidValue(message, table=wanted.name, column=missing[0])
    vectors = {
        column.name: concat(
            [constant_vector(column.type, None, 0), *(each.column(column.name) for each in batches)]
        )
        for column in columns
    }
    return SuppliedRows(wanted.name, vectors)
