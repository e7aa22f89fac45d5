"""Insert, update and delete rows of a table together with everything that hangs on them.

Each function first checks all rules for all rows, then changes records and indexes: an error found
by a check leaves everything as it was. `Tables` says which tables the statement sees and hands out
the writable ones.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress
from typing import Literal

from wasidb_guest.definitions import IndexDefinition
from wasidb_guest.encoding.cell_vectors import (
    constant_vector,
    stored_cells,
    take,
    vector_from_cells,
    vector_to_cells,
)
from wasidb_guest.errors import NotNullViolated, RowIsReferenced
from wasidb_guest.indexes.run import build_run, flags_of
from wasidb_guest.tables.integrity import (
    Runs,
    Tables,
    as_addresses,
    cell_at,
    check_foreign_keys,
    check_rules,
    check_unique,
    references_to,
    referencing_rows,
)
from wasidb_guest.tables.table import Table
from wasidb_guest.vectors import Batch, Vector

DeleteBehavior = Literal["restrict", "cascade"]


def insert_rows(tables: Tables, name: str, batch: Batch) -> Batch:
    """Insert every row of a batch, whose columns may be some of the table's in any order; the
    complete rows.

    What is missing is filled in: an automatic number, the default, or NULL. Raises UnknownColumn,
    NotNullViolated, RuleViolated, PrimaryKeyConflict, UniqueViolated, ForeignKeyViolated,
    LimitExceeded.
    """
    table = tables.writable(name)
    vectors = _complete_rows(table, batch)
    if batch.count:
        everything = {column.name for column in table.definition.columns}
        check_rules(tables, name, vectors, everything)
        runs = _runs(table, table.definition.indexes, vectors)
        check_unique(table, vectors, runs, ())
        check_foreign_keys(tables, table, vectors, set(), everything)
        addresses = table.put_records(vectors)
        for index in table.definition.indexes:
            run = runs[index.columns]
            run.set_addresses(addresses)
            table.trees[index.columns].insert(run)
        table.save_roots()
        table.save_counters()
        tables.touched(table, None, vectors)
    return Batch([column.name for column in table.definition.columns], vectors, batch.count)


def _complete_rows(table: Table, batch: Batch) -> list[Vector]:
    """All columns in declaration order."""
    given = dict(zip(batch.names, batch.vectors, strict=True))
    for column in given:
        table.definition.column_position(column)
    return [
        _complete_column(table, position, given, batch.count)
        for position in range(len(table.definition.columns))
    ]


def _complete_column(
    table: Table, position: int, given: Mapping[str, Vector], count: int
) -> Vector:
    column = table.definition.columns[position]
    vector = given.get(column.name)
    if column.autoincrement:
        return _numbered(table, column.name, vector, count)
    if vector is None:
        cell = column.default.cell if column.default is not None else None
        if cell is None and not column.nullable and count:
            raise NotNullViolated(table.definition.name, column.name)
        return constant_vector(column.type, cell, count)
    if vector.validity is not None and not column.nullable:
        raise NotNullViolated(table.definition.name, column.name, flags_of(vector).find(0))
    return vector


def _numbered(table: Table, name: str, vector: Vector | None, count: int) -> Vector:
    """An autoincrement column with the missing numbers drawn and the given ones respected."""
    counters = table.autoincrement
    assert counters is not None
    data_type = table.definition.column(name).type
    given = [None] * count if vector is None else vector_to_cells(vector)
    present = [number for number in given if number is not None]
    if present:
        counters.advance(name, max(present))
    numbers = iter(counters.draw(name, count - len(present)) if len(present) < count else ())
    if present:
        cells = [next(numbers) if number is None else number for number in given]
    else:
        cells = list(numbers)
    return vector_from_cells(
        data_type, cells, table=table.definition.name, column=name, nullable=False
    )


def update_rows(
    tables: Tables, name: str, addresses: memoryview, changes: Mapping[str, Vector]
) -> int:
    """Give the rows at ascending `addresses` new cells: a vector for each changed column. The
    number of rows changed.

    Rows that reference a changed key follow it and are counted. Raises what `insert_rows` raises.
    """
    table = tables.writable(name)
    if not len(addresses) or not changes:
        return len(addresses)
    old = table.fetch(addresses, range(len(table.definition.columns))).vectors
    new = _changed_rows(table, old, changes)
    check_rules(tables, name, new, changes)
    replaced = set(addresses)
    rekeyed = [
        index for index in table.definition.indexes if not changes.keys().isdisjoint(index.columns)
    ]
    runs = _runs(table, rekeyed, new)
    check_unique(table, new, runs, replaced)
    check_foreign_keys(tables, table, new, replaced, set(changes))
    followers = list(_followers(tables, table, old, new, set(changes)))
    _replace_rows(table, addresses, old, new, runs)
    tables.touched(table, old, new)
    return len(addresses) + sum(update_rows(tables, *follower) for follower in followers)


def _changed_rows(
    table: Table, old: Sequence[Vector], changes: Mapping[str, Vector]
) -> list[Vector]:
    new = list(old)
    for column, vector in changes.items():
        position = table.definition.column_position(column)
        if vector.validity is not None and not table.definition.columns[position].nullable:
            raise NotNullViolated(table.definition.name, column)
        new[position] = vector
    return new


def _followers(
    tables: Tables, table: Table, old: Sequence[Vector], new: Sequence[Vector], changed: set[str]
) -> Iterator[tuple[str, memoryview, Mapping[str, Vector]]]:
    """The updates of rows elsewhere that reference a key which is about to change."""
    for source, column, key in references_to(tables, table.definition.name):
        position = table.definition.column_position(key.column)
        if key.column not in changed:
            continue
        before, after = stored_cells(old[position]), stored_cells(new[position])
        rows_by_key = {cell: row for row, cell in enumerate(before) if cell != after[row]}
        addresses, cells = referencing_rows(tables.table(source), column, old[position])
        moving = [cell in rows_by_key for cell in cells]
        rows = b"".join(rows_by_key[cell].to_bytes(4, "little") for cell in compress(cells, moving))
        if rows:
            vector = take(new[position], memoryview(rows).cast("I"))
            yield source, as_addresses(list(compress(addresses, moving))), {column.name: vector}


def _replace_rows(
    table: Table,
    addresses: memoryview,
    old: Sequence[Vector],
    new: Sequence[Vector],
    runs: Runs,
) -> None:
    """Change records and keys; `runs` are the new keys in the indexes in which keys change."""
    after = table.replace_records(addresses, new)
    moved = [row for row, (a, b) in enumerate(zip(addresses, after, strict=True)) if a != b]
    rows = memoryview(array("I", moved))
    for index in table.definition.indexes:
        tree, run = table.trees[index.columns], runs.get(index.columns)
        keys = _key_vectors(table, index, old)
        if run is not None:
            run.set_addresses(after)
            tree.delete(build_run(keys, addresses))
            tree.insert(run)
        elif moved:
            keys = [take(vector, rows) for vector in keys]
            tree.delete(build_run(keys, _pick(addresses, moved)))
            tree.insert(build_run(keys, _pick(after, moved)))
    table.save_roots()


def _pick(addresses: memoryview, rows: Sequence[int]) -> memoryview:
    return as_addresses([addresses[row] for row in rows])


def delete_rows(tables: Tables, name: str, addresses: memoryview, behavior: DeleteBehavior) -> int:
    """Delete the rows at ascending `addresses`; with `cascade` also the rows that reference them.
    The number of rows deleted.

    Foreign keys declared to cascade do so in any case. Raises RowIsReferenced for a row that others
    still point at.
    """
    tables.writable(name)
    deletion = _Deletion(tables, behavior)
    deletion.add(name, set(addresses))
    deletion.check()
    for name, rows in deletion.doomed.items():
        _delete_from(tables, tables.writable(name), as_addresses(sorted(rows)))
    return sum(map(len, deletion.doomed.values()))


class _Deletion:
    """Which rows must go, following references, and which references forbid it."""

    def __init__(self, tables: Tables, behavior: DeleteBehavior) -> None:
        self._tables = tables
        self._behavior = behavior
        self.doomed: dict[str, set[int]] = {}
        self._restricted: list[tuple[str, set[int], RowIsReferenced]] = []

    def add(self, name: str, rows: set[int]) -> None:
        """Let `rows` of a table go, and whatever must go with them."""
        waiting = [(name, rows)]
        while waiting:
            name, rows = waiting.pop()
            rows = rows - self.doomed.setdefault(name, set())
            self.doomed[name] |= rows
            if rows:
                waiting.extend(self._dependents(name, as_addresses(sorted(rows))))

    def _dependents(self, name: str, gone: memoryview) -> Iterator[tuple[str, set[int]]]:
        """The rows that go with the rows `gone`; references that hold them are noted."""
        for source, column, key in references_to(self._tables, name):
            target = self._tables.table(name)
            keys = target.fetch(gone, [target.definition.column_position(key.column)]).vectors[0]
            rows, cells = referencing_rows(self._tables.table(source), column, keys)
            if self._behavior == "cascade" or key.on_delete == "cascade":
                yield source, set(rows)
            elif cells:
                row = stored_cells(keys).index(cells[0])
                error = RowIsReferenced(
                    name, key.column, cell_at(keys, row), f"{source}.{column.name}"
                )
                self._restricted.append((source, set(rows), error))

    def check(self) -> None:
        """Raise RowIsReferenced if a row stays that points at one that goes."""
        for source, rows, error in self._restricted:
            if not rows <= self.doomed.get(source, set()):
                raise error


def _delete_from(tables: Tables, table: Table, addresses: memoryview) -> None:
    if len(addresses):
        vectors = table.fetch(addresses, range(len(table.definition.columns))).vectors
        for index in table.definition.indexes:
            table.trees[index.columns].delete(
                build_run(_key_vectors(table, index, vectors), addresses)
            )
        table.erase_records(addresses)
        table.save_roots()
        tables.touched(table, vectors, None)


def _runs(table: Table, indexes: Iterable[IndexDefinition], vectors: Sequence[Vector]) -> Runs:
    """The keys of the rows `vectors`, which are all columns, in some indexes.

    They are made before anything is written, so that one too large is found in time.
    """
    return {index.columns: build_run(_key_vectors(table, index, vectors)) for index in indexes}


def _key_vectors(table: Table, index: IndexDefinition, vectors: Sequence[Vector]) -> list[Vector]:
    return [vectors[table.definition.column_position(column)] for column in index.columns]
