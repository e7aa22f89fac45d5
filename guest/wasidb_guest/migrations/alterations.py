"""The operations that make one table of another.

A foreign key or an index that only has other names is the same one.
"""

from collections.abc import Iterator

from wasidb_guest.definitions import ColumnDefinition
from wasidb_guest.migrations.conversions import is_widening
from wasidb_guest.migrations.indexes import all_indexes, renamed_index
from wasidb_guest.migrations.operations import (
    AddColumn,
    AddIndex,
    AlterColumn,
    ColumnChanges,
    DropColumn,
    DropIndex,
    ForeignKeyChange,
    Operation,
    RenameColumn,
    RenameTable,
    ReorderColumns,
    ReorderIndexes,
    SetAlignment,
    SetDefault,
    TransformColumn,
    WidenColumn,
    default_cell,
)
from wasidb_guest.migrations.table_change import Renaming, TableChange


def operations_of(change: TableChange, renaming: Renaming) -> Iterator[Operation]:
    """What has to be done to one table, in no particular order; nothing if it stays as it is."""
    stored, wanted = change.stored, change.wanted
    if stored.name != wanted.name:
        yield RenameTable(stored.name, wanted.name)
    yield from _column_operations(change, renaming)
    kept = change.renamed_columns()
    for column in stored.columns:
        if column.name not in kept:
            yield DropColumn(wanted.name, column.name)
    yield from _reorder_columns(change)
    if (
        not stored.is_fixed_size
        and not wanted.is_fixed_size
        and stored.alignment != wanted.alignment
    ):
        yield SetAlignment(wanted.name, stored.alignment, wanted.alignment)
    yield from _index_operations(change)


def _column_operations(change: TableChange, renaming: Renaming) -> Iterator[Operation]:
    table = change.wanted.name
    before: str | None = None
    for column, source in zip(change.wanted.columns, change.sources, strict=True):
        if source is None:
            yield AddColumn(table, column, before)
        else:
            old, is_supplied = change.stored.columns[source], column.name in change.supplied
            yield from _alterations(table, old, column, renaming, is_supplied=is_supplied)
        before = column.name


def _alterations(
    table: str,
    old: ColumnDefinition,
    new: ColumnDefinition,
    renaming: Renaming,
    *,
    is_supplied: bool,
) -> Iterator[Operation]:
    if old.name != new.name:
        yield RenameColumn(table, old.name, new.name)
    if is_supplied or (old.type != new.type and not is_widening(old.type, new.type)):
        yield TransformColumn(table, new.name, old.type, new.type)
    elif old.type != new.type:
        yield WidenColumn(table, new.name, old.type, new.type)
    changes = _changes(old, new, renaming)
    if changes != ColumnChanges():
        yield AlterColumn(table, new.name, changes)
    if _default_of(old) != _default_of(new):
        yield SetDefault(table, new.name, new.default)


def _changes(old: ColumnDefinition, new: ColumnDefinition, renaming: Renaming) -> ColumnChanges:
    key = renaming.foreign_key(old.references)
    return ColumnChanges(
        nullable=_changed(old.nullable, new.nullable),
        unique=_changed(old.unique or old.primary_key, new.unique or new.primary_key),
        autoincrement=_changed(old.autoincrement, new.autoincrement),
        primary_key=_changed(old.primary_key, new.primary_key),
        references=None if key == new.references else ForeignKeyChange(new.references),
    )


def _changed(old: bool, new: bool) -> bool | None:
    return None if old == new else new


def _default_of(column: ColumnDefinition) -> object:
    """The default as JSON; a number is the same one whatever its width."""
    return None if column.default is None else (default_cell(column.default),)


def _reorder_columns(change: TableChange) -> Iterator[Operation]:
    kept = [source for source in change.sources if source is not None]
    if kept != sorted(kept):
        names = tuple(column.name for column in change.wanted.columns)
        yield ReorderColumns(change.wanted.name, names)


def _index_operations(change: TableChange) -> Iterator[Operation]:
    table, names = change.wanted.name, change.renamed_columns()
    wanted = all_indexes(change.wanted)
    kept = []
    for index in all_indexes(change.stored):
        renamed = renamed_index(index, names)
        if renamed in wanted:
            kept.append(renamed)
        else:
            yield DropIndex(table, index)
    for index in wanted:
        if index not in kept:
            yield AddIndex(table, index)
    if kept != [index for index in wanted if index in kept]:
        yield ReorderIndexes(table, tuple(index.columns for index in wanted))
