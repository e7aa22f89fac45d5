"""The rules that rows keep: those declared for their table, and those between rows, unique keys and
foreign keys. Every check looks at an outcome, before the first byte is changed.

A check takes whole columns: it makes a run of the new keys and looks all of them up with one pass
over the index. NULLs are never equal, so a row with a NULL in a unique key conflicts with nothing,
and a NULL foreign key points nowhere.
"""

from array import array
from collections.abc import Container, Iterator, Mapping, Sequence, Set
from itertools import compress

from wasidb_guest.encoding.cell_vectors import take, vector_to_cells
from wasidb_guest.errors import (
    ForeignKeyViolated,
    Internal,
    NotNullViolated,
    PrimaryKeyConflict,
    RowIsReferenced,
    UniqueViolated,
)
from wasidb_guest.indexes.run import Run, build_run, flags_of, has_null
from wasidb_guest.indexes.search import NO_ADDRESS
from wasidb_guest.rules.references import Reference
from wasidb_guest.tables.index import Index
from wasidb_guest.tables.outcome import ChangedRows, Outcome
from wasidb_guest.tables.references import key_columns, keys_of
from wasidb_guest.tables.table import Table
from wasidb_guest.tables.tables import Tables
from wasidb_guest.vectors import Vector

Runs = Mapping[tuple[str, ...], Run]
"""The keys of a batch of rows in the index over each of some lists of columns."""


def check_rules(
    tables: Tables, name: str, vectors: Sequence[Vector], changed: Container[str]
) -> None:
    """Raise RuleViolated if rows of a table, of which `vectors` are all columns and have changed
    those that are named, break a rule that was declared for it.
    """
    rules = tables.rules(name)
    if rules is not None:
        rules.check(vectors, changed)


def check_not_null(changed: ChangedRows) -> None:
    """Raise NotNullViolated if a required column of changed rows is given a NULL."""
    definition = changed.table.definition
    for name in changed.emptied:
        if not definition.column(name).nullable:
            raise NotNullViolated(definition.name, name)


def check_unique(
    table: Table, vectors: Sequence[Vector], runs: Runs, replaced: Container[int]
) -> None:
    """Raise PrimaryKeyConflict or UniqueViolated if the rows `vectors` break a unique index.

    `vectors` are all columns, `runs` their keys in the indexes that are to be looked at. `replaced`
    holds the addresses of rows that give way to them. The primary key comes first.
    """
    for index in table.indexes:
        if index.unique and index.columns in runs:
            run = runs[index.columns]
            if run.count == 1:
                _check_unique_key(table, index, vectors, run, replaced)
            else:
                keys = table.key_columns(index.columns, vectors)
                check_unique_index(table, index, keys, run, replaced)


def _check_unique_key(
    table: Table, index: Index, vectors: Sequence[Vector], run: Run, replaced: Container[int]
) -> None:
    """The same for one index and a row that is alone, whose key is `run`."""
    address = index.tree.find(run.key(0))
    if address == NO_ADDRESS or address in replaced:
        return
    keys = table.key_columns(index.columns, vectors)
    if not has_null(keys):
        raise _duplicate(table, index, keys, 0)


def check_unique_index(
    table: Table, index: Index, keys: Sequence[Vector], run: Run, replaced: Container[int] = ()
) -> None:
    """The same for one index and the rows whose key columns are `keys`, and whose keys `run`."""
    rows: Sequence[int] = range(run.count)
    if has_null(keys):
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
    name, value = table.definition.name, key_at(keys, row)
    if index.columns == table.definition.key:
        return PrimaryKeyConflict(name, index.columns, value)
    return UniqueViolated(name, index.columns, value)


def check_references(
    outcome: Outcome, name: str, vectors: Sequence[Vector], changed: Set[str]
) -> None:
    """Raise ForeignKeyViolated if rows of a table, of which `vectors` are all columns and have
    changed those that are named, point at rows that will not exist; what is deferred is put off.
    """
    for reference in outcome.tables.references(name):
        if changed.isdisjoint(reference.columns):
            continue
        definition = outcome.tables.table(name).definition
        keys = key_columns(definition, vectors, reference.columns)
        missing = sorted(outcome.missing(reference, keys))
        if not missing:
            continue
        if not reference.is_deferred:
            raise pointless(reference, key_at(keys, missing[0]))
        outcome.tables.put_off(reference, _rows_of(keys, missing))


def check_vacated(outcome: Outcome) -> None:
    """Raise RowIsReferenced if a row will hold a key that goes and that its reference restricts
    from going; what is deferred is put off.
    """
    for reference, keys in outcome.vacated:
        missing = sorted(outcome.missing(reference, keys))
        if not missing:
            continue
        keys = _rows_of(keys, missing)
        if reference.is_deferred:
            outcome.tables.put_off(reference, keys)
            continue
        held = outcome.still_held(reference, keys)
        if held is not None:
            raise _referenced(reference, key_at(keys, keys_of(keys).index(held)))


def check_put_off(tables: Tables, reference: Reference, keys: Sequence[Vector]) -> None:
    """Raise ForeignKeyViolated if a row still holds one of the keys that nobody had when they were
    put off, and that nobody has now.
    """
    nothing = Outcome(tables)
    keys = _rows_of(keys, sorted(nothing.missing(reference, keys)))
    held = nothing.still_held(reference, keys)
    if held is not None:
        raise pointless(reference, key_at(keys, keys_of(keys).index(held)))


def pointless(reference: Reference, value: object) -> ForeignKeyViolated:
    """The error of a key that no row of the target has."""
    table, columns = reference.table, ", ".join(reference.columns)
    target = f"{reference.target}.{', '.join(reference.target_columns)}"
    return ForeignKeyViolated(table, columns, value, target, reference.name)


def _referenced(reference: Reference, value: object) -> RowIsReferenced:
    table, columns = reference.target, ", ".join(reference.target_columns)
    source = f"{reference.table}.{', '.join(reference.columns)}"
    return RowIsReferenced(table, columns, value, source, reference.name)


def index_of_key(table: Table, columns: tuple[str, ...]) -> Index:
    """The index on a key of the table, which has one."""
    index = table.index_on(columns)
    if index is None:
        raise Internal(f"no index on {', '.join(columns)} of {table.definition.name}")
    return index


def key_at(keys: Sequence[Vector], row: int) -> object:
    """The cell in one row of a key of one column, the cells of one of several."""
    cells = [cell_at(vector, row) for vector in keys]
    return cells[0] if len(cells) == 1 else cells


def cell_at(vector: Vector, row: int) -> object:
    """One cell of a vector."""
    cell: object = vector_to_cells(take(vector, memoryview(array("I", [row]))))[0]
    return cell


def _rows_of(vectors: Sequence[Vector], rows: Sequence[int]) -> list[Vector]:
    numbers = memoryview(array("I", rows))
    return [take(vector, numbers) for vector in vectors]


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
