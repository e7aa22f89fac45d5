"""Writing the rows of a table anew, in the form that another definition gives them.

    old   id uint16 | mail text | fax text          new   id uint32 | active boolean | mail text
          7         | "a@b"     | NULL                    7         | true           | "a@b"
          └──────── widened ──────────────────────────────┘           └ its default

Rows keep their physical order and are converted a batch of pages at a time; indexes are built from
the keys of all rows when all of them are there, which fills their leaves.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from wasidb_guest.definitions import ColumnDefinition, IndexDefinition
from wasidb_guest.encoding.cell_vectors import constant_vector, vector_from_cells, vector_to_cells
from wasidb_guest.errors import NotNullViolated
from wasidb_guest.indexes.run import build_run
from wasidb_guest.migrations.conversions import Destination, convert
from wasidb_guest.migrations.progress import Progress
from wasidb_guest.migrations.supplies import SuppliedRows
from wasidb_guest.migrations.table_change import TableChange
from wasidb_guest.tables.compaction import keys_of_rows
from wasidb_guest.tables.integrity import check_unique_index
from wasidb_guest.tables.table import Table
from wasidb_guest.vectors import Batch, Vector

Computation: TypeAlias = Callable[[Batch], Vector]
"""The values of a column for complete rows as they are stored."""


def copy_rows(
    old: Table,
    new: Table,
    change: TableChange,
    supply: SuppliedRows | None,
    computations: Mapping[str, Computation],
    progress: Progress,
) -> None:
    """Store every row of `old` in the empty table `new`, whose indexes stay empty.

    Columns in `supply` and `computations` get their values from there.

    Raises NotNullViolated, InvalidValue for a value the new type does not have or for rows of
    `supply` that are not those of `old`, LimitExceeded.
    """
    key = change.stored.column_position(change.stored.primary_key)
    for batch, _ in old.scan(range(len(change.stored.columns))):
        if batch.count:
            given = {} if supply is None else dict(supply.take(batch.vectors[key]))
            given |= {name: compute(batch) for name, compute in computations.items()}
            new.put_records(_converted(batch.vectors, given, new, change))
            progress.advance(batch.count)
    if supply is not None:
        supply.check_end()


def _converted(
    vectors: Sequence[Vector], given: Mapping[str, Vector], new: Table, change: TableChange
) -> list[Vector]:
    converted = []
    for column, source in zip(change.wanted.columns, change.sources, strict=True):
        vector = given.get(column.name, None if source is None else vectors[source])
        converted.append(
            _backfilled(new, column, vectors[0].count)
            if vector is None
            else _carried(change.wanted.name, column, vector)
        )
    return converted


def _carried(table: str, column: ColumnDefinition, vector: Vector) -> Vector:
    if vector.validity is not None and not column.nullable:
        raise NotNullViolated(table, column.name)
    return convert(vector, Destination(table, column.name, column.type))


def _backfilled(new: Table, column: ColumnDefinition, count: int) -> Vector:
    """What a new column holds in rows that were there before: a number, the default, or NULL."""
    if column.autoincrement:
        assert new.autoincrement is not None
        numbers = new.autoincrement.draw(column.name, count)
        return vector_from_cells(
            column.type, numbers, table=new.definition.name, column=column.name, nullable=False
        )
    cell = None if column.default is None else column.default.cell
    return constant_vector(column.type, cell, count)


def build_index(table: Table, index: IndexDefinition, progress: Progress) -> None:
    """Enter all rows into the empty tree of an index.

    Raises PrimaryKeyConflict, UniqueViolated, LimitExceeded.
    """
    empty = table.index_on(index.columns)
    assert empty is not None
    for keys, addresses in keys_of_rows(table, index):
        run = build_run(keys, addresses)
        if index.unique:
            check_unique_index(table, empty, keys, run)
        empty.tree.insert(run)
        progress.advance(run.count)
    table.save_roots()


def carry_counters(old: Table, new: Table, change: TableChange) -> None:
    """Let columns that number themselves go on where they were, or behind the numbers there are."""
    counters = new.autoincrement
    if counters is None:
        return
    for column, source in zip(change.wanted.columns, change.sources, strict=True):
        if column.autoincrement:
            if source is not None and old.autoincrement is not None:
                before = change.stored.columns[source].name
                counters.advance(column.name, old.autoincrement.last(before))
            if column.name in change.supplied or not counters.last(column.name):
                counters.advance(column.name, _highest(new, column.name))
    counters.write()


def _highest(table: Table, column: str) -> int:
    position = table.definition.column_position(column)
    parts = (vector_to_cells(batch.vectors[0]) for batch, _ in table.scan([position]))
    return max((max(cells) for cells in parts if cells), default=0)
