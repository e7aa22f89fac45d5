"""Migration operations as the records of `types.migration-op`, in plain Python.

    DropTable("posts")                     ("drop-table", "posts")
    WidenColumn("users", "id", ...)        ("widen-column", ("users", "id", ("int16", None), ...))

A record is a tuple of its fields in their order, a variant a pair of case and payload. What the
contract has no case for is left out: its list is of the ten operations that the Rust engine knows.
"""

from typing import Any

from wasidb_guest.api.typed_values import Value, values_of
from wasidb_guest.definitions import (
    ColumnDefinition,
    ForeignKey,
    IndexDefinition,
    TableDefinition,
)
from wasidb_guest.encoding.cell_vectors import constant_vector
from wasidb_guest.encoding.snapshot import VERSION
from wasidb_guest.migrations.operations import (
    AddColumn,
    AddIndex,
    AlterColumn,
    ColumnChanges,
    CreateTable,
    DropColumn,
    DropIndex,
    DropTable,
    Operation,
    RenameColumn,
    TransformColumn,
    WidenColumn,
    kind_of,
)
from wasidb_guest.values import DataType


def record_of(operation: Operation) -> Value | None:
    """The operation as a case and its payload; None if there is no case for it."""
    payload = _payload(operation)
    return None if payload is None else (kind_of(operation), payload)


def _payload(operation: Operation) -> Any:
    match operation:
        case CreateTable(definition):
            return definition.name, _table(definition)
        case DropTable(table):
            return table
        case AddColumn(table, column):
            return table, _column(column)
        case DropColumn(table, name):
            return table, name
        case RenameColumn(table, old, new):
            return table, old, new
        case AlterColumn(table, name, changes):
            return table, name, _changes(changes)
        case WidenColumn(table, name, before, after) | TransformColumn(table, name, before, after):
            return table, name, _type(before), _type(after)
        case AddIndex(table, index) | DropIndex(table, index):
            return table, _index(index)
        case _:
            return None


def _table(table: TableDefinition) -> tuple[Any, ...]:
    columns, indexes = list(map(_column, table.columns)), list(map(_index, table.indexes))
    return VERSION, table.name, table.primary_key, table.alignment, columns, indexes


def _column(column: ColumnDefinition) -> tuple[Any, ...]:
    key, default = column.references, column.default
    return (
        column.name,
        _type(column.type),
        column.nullable,
        column.autoincrement,
        column.unique,
        column.primary_key,
        None if key is None else _foreign_key(key),
        None if default is None else values_of(constant_vector(default.type, default.cell, 1))[0],
    )


def _type(data_type: DataType) -> Value:
    if not data_type.custom_tag:
        return data_type.name, None
    size = ("fixed", data_type.width) if data_type.is_fixed else ("length-prefixed", None)
    return "custom", (data_type.custom_tag, size)


def _foreign_key(key: ForeignKey) -> tuple[str, str, str]:
    return key.table, key.column, key.on_delete


def _index(index: IndexDefinition) -> tuple[list[str], bool]:
    return list(index.columns), index.unique


def _changes(changes: ColumnChanges) -> tuple[Any, ...]:
    change: Value | None = None
    if changes.references is not None:
        key = changes.references.key
        change = ("drop", None) if key is None else ("set", _foreign_key(key))
    flags = changes.nullable, changes.unique, changes.autoincrement, changes.primary_key
    return *flags, change
