"""Insert, update and delete rows of a table together with everything that hangs on them.

    rows given ──> outcome: what must go and change with them ──> checks ──> records and indexes

Each function first checks all rules for all rows, then changes records and indexes: an error found
by a check leaves everything as it was. `Tables` says which tables the statement sees and hands out
the writable ones.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from wasidb_guest.definitions import ColumnDefinition, IndexDefinition
from wasidb_guest.encoding.cell_vectors import (
    constant_vector,
    take,
    vector_from_cells,
    vector_to_cells,
)
from wasidb_guest.encoding.gather import gather_integers
from wasidb_guest.encoding.record_slots import moved_rows
from wasidb_guest.encoding.single_row import cell_of
from wasidb_guest.errors import NotNullViolated
from wasidb_guest.indexes.run import build_run, flags_of
from wasidb_guest.tables.consequences import delete, follow
from wasidb_guest.tables.integrity import (
    Runs,
    check_not_null,
    check_references,
    check_rules,
    check_unique,
    check_vacated,
)
from wasidb_guest.tables.late_columns import LateColumns
from wasidb_guest.tables.lone_record import LoneRow
from wasidb_guest.tables.outcome import ChangedRows, Outcome
from wasidb_guest.tables.overwriting import overwrite_columns
from wasidb_guest.tables.record_block import uint64s
from wasidb_guest.tables.references import as_addresses
from wasidb_guest.tables.table import Table
from wasidb_guest.tables.tables import Tables
from wasidb_guest.vectors import Batch, Vector

DeleteBehavior = Literal["restrict", "cascade"]

NO_ROWS = memoryview(b"").cast("I")


def insert_rows(tables: Tables, name: str, batch: Batch) -> Batch:
    """Insert every row of a batch, whose columns may be some of the table's in any order; the
    complete rows.

    What is missing is filled in: an automatic number, the default, or NULL. Raises UnknownColumn,
    NotNullViolated, RuleViolated, PrimaryKeyConflict, UniqueViolated, ForeignKeyViolated,
    LimitExceeded.
    """
    table = tables.writable(name)
    vectors = complete_rows(table, batch)
    everything = table.definition.positions.keys()
    if batch.count:
        check_rules(tables, name, vectors, everything)
        runs = runs_of(table, table.definition.indexes, vectors)
        check_unique(table, vectors, runs, ())
        if tables.references(name):
            outcome = Outcome(tables)
            outcome.inserted[name] = vectors
            check_references(outcome, name, vectors, everything)
        store_rows(tables, table, vectors, runs)
    if vectors is batch.vectors:
        return batch
    return Batch(table.definition.column_names, vectors, batch.count)


def store_rows(tables: Tables, table: Table, vectors: Sequence[Vector], runs: Runs) -> None:
    """Store new rows that have been checked; `runs` are their keys in all indexes."""
    addresses = table.put_records(vectors)
    for index in table.definition.indexes:
        run = runs[index.columns]
        run.set_addresses(addresses)
        table.trees[index.columns].insert(run)
    table.save_roots()
    table.save_counters()
    tables.touched(table, None, vectors)


def complete_rows(table: Table, batch: Batch) -> Sequence[Vector]:
    """All columns in declaration order."""
    definition = table.definition
    given: Sequence[Vector | None] = batch.vectors
    is_in_order = batch.names == definition.column_names
    if is_in_order and isinstance(given, LoneRow) and not definition.autoincrement_columns:
        return given  # whoever has made it knows where NULL is allowed
    if not is_in_order:
        by_name = dict(zip(batch.names, given, strict=True))
        if not by_name.keys() <= definition.positions.keys():
            for name in by_name:
                definition.column_position(name)
        given = list(map(by_name.get, definition.column_names))
    vectors = [
        vector
        if vector is not None and vector.validity is None and not column.autoincrement
        else _complete_column(table, column, vector, batch.count)
        for column, vector in zip(definition.columns, given, strict=True)
    ]
    if batch.count == 1:
        return LoneRow(definition.types, list(map(cell_of, vectors)))
    return vectors


def _complete_column(
    table: Table, column: ColumnDefinition, vector: Vector | None, count: int
) -> Vector:
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
) -> tuple[int, Vector | None]:
    """Give the rows at ascending `addresses`, each once, new cells: a vector for each changed
    column. The number of rows changed, and the primary keys that those at `addresses` had, None if
    there was nothing to do, or nobody wants rows.

    Rows that reference a changed key are changed as their references say, and counted. Raises what
    `insert_rows` raises, and RowIsReferenced.
    """
    table = tables.writable(name)
    if not len(addresses) or not changes:
        return len(addresses), None
    outcome = Outcome(tables)
    outcome.change(name, addresses, changes)
    keys = outcome.changed[name].old[table.definition.key_position] if tables.wants_rows else None
    follow(outcome, name)
    carry_out(outcome)
    return sum([len(changed.addresses) for changed in outcome.changed.values()]), keys


def delete_rows(
    tables: Tables, name: str, addresses: memoryview, behavior: DeleteBehavior
) -> tuple[int, Vector | None]:
    """Delete the rows at ascending `addresses`, each once; with `cascade` also the rows that
    reference them. The number of rows deleted, and the primary keys of those at `addresses`, None
    if there were none, or nobody wants rows.

    Foreign keys do what they are declared to do; `cascade` is for those that restrict. Raises
    RowIsReferenced for a row that others still point at, and what `update_rows` raises.
    """
    table = tables.writable(name)
    if not len(addresses):
        return 0, None
    if not tables.references_to(name):
        return len(addresses), _delete_from(tables, table, addresses)
    outcome = Outcome(tables)
    delete(outcome, name, set(addresses), cascades=behavior == "cascade")
    keys = carry_out(outcome)[name]
    if keys is not None and keys.count > len(addresses):
        # There are rows of this table that reference others of it.
        row_of = {address: row for row, address in enumerate(sorted(outcome.gone[name]))}
        keys = take(keys, memoryview(array("I", map(row_of.__getitem__, addresses))))
    return sum(map(len, outcome.gone.values())), keys


def carry_out(outcome: Outcome) -> dict[str, Vector | None]:
    """Check what is to become of rows that exist, then delete and change them. The primary keys of
    the deleted ones, by table and in the order of their addresses, if anybody wants rows.
    """
    tables = outcome.tables
    runs = {name: _checked_runs(outcome, name) for name in outcome.changed}
    if outcome.vacated:
        check_vacated(outcome)
    deleted = {
        name: _delete_from(tables, tables.writable(name), as_addresses(sorted(rows)))
        for name, rows in outcome.gone.items()
        if rows
    }
    for name, changed in outcome.changed.items():
        if changed.are_many and tables.wants_rows:
            list(changed.old)  # reads what is late, while it is there
        _replace_rows(tables.writable(name), changed, runs[name])
        tables.touched(changed.table, changed.old, changed.new)
    return deleted


def _checked_runs(outcome: Outcome, name: str) -> Runs:
    """The new keys of a table's changed rows in the indexes in which they change, once nothing
    speaks against them.
    """
    changed = outcome.changed[name]
    table, columns = changed.table, changed.columns
    check_not_null(changed)
    check_rules(outcome.tables, name, changed.new, columns)
    rekeyed = [each for each in table.definition.indexes if not columns.isdisjoint(each.columns)]
    runs = runs_of(table, rekeyed, changed.new) if rekeyed else {}
    if any([index.unique for index in rekeyed]):
        check_unique(table, changed.new, runs, outcome.gone[name].union(changed.addresses))
    check_references(outcome, name, changed.new, columns)
    return runs


def _replace_rows(table: Table, changed: ChangedRows, runs: Runs) -> None:
    """Change records and keys; `runs` are the new keys in the indexes in which keys change."""
    before = changed.addresses
    swept = [columns for columns in table.swept_indexes(len(before)) if columns in runs]
    vacated = {
        columns: table.run(columns, changed.old, before) for columns in runs if columns not in swept
    }
    after = _replace_records(table, changed)
    if after is before and not runs:
        return
    rows = NO_ROWS if after is before else _moved(before, after)
    table.sweep(swept, before)
    for index in table.definition.indexes:
        tree, run = table.trees[index.columns], runs.get(index.columns)
        if run is not None:
            run.set_addresses(after)
            if index.columns not in swept:
                tree.delete(vacated[index.columns])
            tree.insert(run)
        elif len(rows):
            keys = [take(vector, rows) for vector in table.key_columns(index.columns, changed.new)]
            tree.delete(build_run(keys, _pick(before, rows)))
            tree.insert(build_run(keys, _pick(after, rows)))
    table.save_roots()


def _moved(before: memoryview, after: memoryview) -> memoryview:
    """The rows whose address is not what it was before."""
    rows = memoryview(bytearray(4 * len(before))).cast("I")
    return rows[: moved_rows(before, after, rows)]


def _replace_records(table: Table, changed: ChangedRows) -> memoryview:
    """Change records; where they are now."""
    if changed.are_many:
        places = map(table.definition.column_position, changed.columns)
        cells = {each: changed.new[each] for each in places}
        if overwrite_columns(table.pages, table.definition, changed.addresses, cells):
            return changed.addresses
    return table.replace_records(changed.addresses, changed.new)


def _pick(addresses: memoryview, rows: memoryview) -> memoryview:
    picked = uint64s(len(rows))
    gather_integers(addresses, rows, picked)
    return picked


def _delete_from(tables: Tables, table: Table, addresses: memoryview) -> Vector | None:
    """Delete rows; their primary keys, None if nobody may ask what rows these were."""
    vectors = table.rows_at(addresses)
    if type(vectors) is LateColumns and tables.wants_rows:
        list(vectors)  # reads them, while they are there
    swept = table.swept_indexes(len(addresses))
    for index in table.definition.indexes:
        if index.columns not in swept:
            table.trees[index.columns].delete(table.run(index.columns, vectors, addresses))
    table.sweep(swept, addresses)
    table.erase_records(addresses)
    table.save_roots()
    if not tables.wants_rows:
        return None
    tables.touched(table, vectors, None)
    return vectors[table.definition.key_position]


def runs_of(table: Table, indexes: Iterable[IndexDefinition], vectors: Sequence[Vector]) -> Runs:
    """The keys of the rows `vectors`, which are all columns, in some indexes.

    They are made before anything is written, so that one too large is found in time.
    """
    return {index.columns: table.run(index.columns, vectors) for index in indexes}
