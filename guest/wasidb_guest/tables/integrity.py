"""The rules that rows keep: those declared for their table, and those between rows, unique keys and
foreign keys. Every check comes before the first byte is changed.

A check takes whole columns: it makes a run of the new keys and looks all of them up with one pass
over the index. NULLs are never equal, so a row with a NULL in a unique key conflicts with nothing,
and a NULL foreign key points nowhere.
"""

from array import array
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import compress
from typing import Any, Protocol

from wasidb_guest.definitions import ColumnDefinition, ForeignKey, TableDefinition
from wasidb_guest.encoding.cell_vectors import stored_cells, take, vector_to_cells
from wasidb_guest.errors import (
    ForeignKeyViolated,
    Internal,
    PrimaryKeyConflict,
    UniqueViolated,
)
from wasidb_guest.indexes.run import Run, build_run, flags_of
from wasidb_guest.indexes.search import NO_ADDRESS
from wasidb_guest.rules.table_rules import TableRules
from wasidb_guest.tables.index import Index
from wasidb_guest.tables.table import Table
from wasidb_guest.vectors import Vector

Runs = Mapping[tuple[str, ...], Run]
"""The keys of a batch of rows in the index over each of some lists of columns."""


class Tables(Protocol):
    """The tables that one statement sees."""

    def table(self, name: str) -> Table:
        """A table for reading. Raises TableNotFound."""
        ...

    def writable(self, name: str) -> Table:
        """A table for changing. Raises TableNotFound, Conflict, ReadOnly."""
        ...

    def rules(self, name: str) -> TableRules | None:
        """The rules that rows of a table must keep."""
        ...

    def definitions(self) -> Sequence[TableDefinition]:
        """Every table's definition."""
        ...

    def touched(
        self, table: Table, before: Sequence[Vector] | None, after: Sequence[Vector] | None
    ) -> None:
        """Be told of rows of a table that were and that are, all columns; None for no row."""
        ...


def check_rules(
    tables: Tables, name: str, vectors: Sequence[Vector], changed: Container[str]
) -> None:
    """Raise RuleViolated if rows of a table, of which `vectors` are all columns and have changed
    those that are named, break a rule that was declared for it.
    """
    rules = tables.rules(name)
    if rules is not None:
        rules.check(vectors, changed)


def check_unique(
    table: Table, vectors: Sequence[Vector], runs: Runs, replaced: Container[int]
) -> None:
    """Raise PrimaryKeyConflict or UniqueViolated if the rows `vectors` break a unique index.

    `vectors` are all columns, `runs` their keys in the indexes that are to be looked at. `replaced`
    holds the addresses of rows that give way to them. The primary key comes first.
    """
    for index in table.indexes:
        if index.unique and index.columns in runs:
            keys = [vectors[table.definition.column_position(name)] for name in index.columns]
            check_unique_index(table, index, keys, runs[index.columns], replaced)


def check_unique_index(
    table: Table, index: Index, keys: Sequence[Vector], run: Run, replaced: Container[int] = ()
) -> None:
    """The same for one index and the rows whose key columns are `keys`, and whose keys `run`."""
    rows: Sequence[int] = range(run.count)
    if any(vector.validity is not None for vector in keys):
        rows = _rows_without_null(keys)
        run = build_run([take(vector, memoryview(array("I", rows))) for vector in keys])
    found = index.tree.find_run(run)
    repeated = run.first_repeated()
    if repeated >= 0:
        raise _duplicate(table, index, keys, rows[run.number(repeated)])
    for entry, address in _hits(found):
        if address not in replaced:
            raise _duplicate(table, index, keys, rows[entry])


def _duplicate(
    table: Table, index: Index, keys: Sequence[Vector], row: int
) -> PrimaryKeyConflict | UniqueViolated:
    name = table.definition.name
    cells = [cell_at(vector, row) for vector in keys]
    value = cells[0] if len(cells) == 1 else cells
    if index.columns == (table.definition.primary_key,):
        return PrimaryKeyConflict(name, index.columns[0], value)
    return UniqueViolated(name, ", ".join(index.columns), value)


def check_foreign_keys(
    tables: Tables, table: Table, vectors: Sequence[Vector], replaced: set[int], changed: set[str]
) -> None:
    """Raise ForeignKeyViolated if a row points at one that does not exist.

    Arguments as for `check_unique`.
    """
    for column, key in table.definition.foreign_keys:
        is_own_key = key.table == table.definition.name
        if column.name in changed or (is_own_key and key.column in changed):
            own = vectors[table.definition.column_position(key.column)] if is_own_key else None
            vector = vectors[table.definition.column_position(column.name)]
            _check_foreign_key(tables.table(key.table), table, column, key, vector, own, replaced)


def _check_foreign_key(
    target: Table,
    table: Table,
    column: ColumnDefinition,
    key: ForeignKey,
    vector: Vector,
    own: Vector | None,
    replaced: set[int],
) -> None:
    rows, distinct = _distinct(vector)
    if not rows:
        return
    found = key_index(target, key).tree.find_run(build_run([distinct]))
    present = set(stored_cells(own)) if own is not None else set()
    for row, cell, address in zip(rows, stored_cells(distinct), found, strict=True):
        if (
            address == NO_ADDRESS or (own is not None and address in replaced)
        ) and cell not in present:
            place = f"{key.table}.{key.column}"
            raise ForeignKeyViolated(
                table.definition.name, column.name, cell_at(vector, row), place
            )


def _distinct(vector: Vector) -> tuple[list[int], Vector]:
    """The first row of each different value, NULL aside, and those values."""
    cells = stored_cells(vector)
    numbers: Iterable[int] = range(vector.count)
    if vector.validity is not None:
        flags = flags_of(vector)
        cells, numbers = list(compress(cells, flags)), compress(numbers, flags)
    first = dict(zip(reversed(cells), reversed(list(numbers)), strict=True))
    rows = list(first.values())
    return rows, take(vector, memoryview(array("I", rows)))


def primary_index(table: Table) -> Index:
    """The index on the primary key."""
    index = table.index_on((table.definition.primary_key,))
    if index is None:
        raise Internal(f"no index on the primary key of {table.definition.name}")
    return index


def key_index(target: Table, key: ForeignKey) -> Index:
    """The unique index that a foreign key points into."""
    index = target.index_on((key.column,))
    if index is None:
        raise Internal(f"no index on {key.table}.{key.column}, which a foreign key references")
    return index


def references_to(tables: Tables, name: str) -> Iterator[tuple[str, ColumnDefinition, ForeignKey]]:
    """Every foreign key that points at a table: the referencing table, its column, the key."""
    for definition in tables.definitions():
        for column, key in definition.foreign_keys:
            if key.table == name:
                yield definition.name, column, key


def referencing_rows(
    source: Table, column: ColumnDefinition, keys: Vector
) -> tuple[memoryview, list[bytes]]:
    """The rows of `source` whose `column` holds one of `keys`: ascending addresses, and the stored
    cell of each.
    """
    wanted = set(stored_cells(keys))
    position = source.definition.column_position(column.name)
    addresses: list[int] = []
    cells: list[bytes] = []
    for batch, batch_addresses in _candidates(source, column, keys, position):
        stored = stored_cells(batch.vectors[0])
        valid = flags_of(batch.vectors[0]) or b"\x01" * batch.count
        hits = [a and b for a, b in zip(map(wanted.__contains__, stored), valid, strict=True)]
        addresses.extend(compress(batch_addresses, hits))
        cells.extend(compress(stored, hits))
    return as_addresses(addresses), cells


def _candidates(
    source: Table, column: ColumnDefinition, keys: Vector, position: int
) -> Iterator[tuple[Any, memoryview]]:
    """Batches of `column` that hold all rows with one of the keys: from its index, or else the
    whole table.
    """
    index = source.index_on((column.name,))
    if index is None:
        yield from source.scan([position])
        return
    found = {address for cell in set(vector_to_cells(keys)) for address in index.equal([cell])}
    addresses = as_addresses(sorted(found))
    yield source.fetch(addresses, [position]), addresses


def as_addresses(addresses: Sequence[int]) -> memoryview:
    """A list of addresses as an array."""
    return memoryview(array("Q", addresses))


def cell_at(vector: Vector, row: int) -> object:
    """One cell of a vector."""
    cell: object = vector_to_cells(take(vector, _one_row(row)))[0]
    return cell


def _one_row(row: int) -> memoryview:
    return memoryview(array("I", [row]))


def _rows_without_null(vectors: Sequence[Vector]) -> Sequence[int]:
    """The numbers of the rows that have a value in every one of some vectors."""
    rows: Sequence[int] = range(vectors[0].count)
    for vector in vectors:
        if vector.validity is not None:
            rows = list(compress(rows, map(flags_of(vector).__getitem__, rows)))
    return rows


def _hits(addresses: memoryview) -> Iterator[tuple[int, int]]:
    """The entries of a look-up that were found, and where."""
    if addresses.tobytes() == b"\xff" * addresses.nbytes:
        return iter(())
    return ((entry, address) for entry, address in enumerate(addresses) if address != NO_ADDRESS)
