"""Migration operations of the contract from the plain ones of `api.migration_records`."""

from typing import Any

from wit_world.imports import types

from wasidb_guest.api.typed_values import Value
from wasidb_guest.component.values import from_plain

ON_DELETE = {
    "restrict": types.OnDeleteSnapshot.RESTRICT,
    "cascade": types.OnDeleteSnapshot.CASCADE,
}
TYPES: dict[str, Any] = {
    "int8": types.DataTypeSnapshot_Int8,
    "int16": types.DataTypeSnapshot_Int16,
    "int32": types.DataTypeSnapshot_Int32,
    "int64": types.DataTypeSnapshot_Int64,
    "uint8": types.DataTypeSnapshot_Uint8,
    "uint16": types.DataTypeSnapshot_Uint16,
    "uint32": types.DataTypeSnapshot_Uint32,
    "uint64": types.DataTypeSnapshot_Uint64,
    "float32": types.DataTypeSnapshot_Float32,
    "float64": types.DataTypeSnapshot_Float64,
    "decimal": types.DataTypeSnapshot_Decimal,
    "boolean": types.DataTypeSnapshot_Boolean,
    "date": types.DataTypeSnapshot_Date,
    "datetime": types.DataTypeSnapshot_Datetime,
    "blob": types.DataTypeSnapshot_Blob,
    "text": types.DataTypeSnapshot_Text,
    "uuid": types.DataTypeSnapshot_Uuid,
    "json": types.DataTypeSnapshot_Json,
}


def operation_from_plain(operation: Value) -> types.MigrationOp:
    """The operation for a case and a payload."""
    case, payload = operation
    match case:
        case "create-table":
            name, table = payload
            return types.MigrationOp_CreateTable(types.CreateTableOp(name, _table(*table)))
        case "drop-table":
            return types.MigrationOp_DropTable(payload)
        case "add-column":
            table, column = payload
            return types.MigrationOp_AddColumn(types.AddColumnOp(table, _column(*column)))
        case "drop-column":
            return types.MigrationOp_DropColumn(types.DropColumnOp(*payload))
        case "rename-column":
            return types.MigrationOp_RenameColumn(types.RenameColumnOp(*payload))
        case "alter-column":
            table, name, changes = payload
            altered = types.AlterColumnOp(table, name, _changes(*changes))
            return types.MigrationOp_AlterColumn(altered)
        case "widen-column":
            return types.MigrationOp_WidenColumn(_type_change(*payload))
        case "transform-column":
            return types.MigrationOp_TransformColumn(_type_change(*payload))
        case "add-index":
            return types.MigrationOp_AddIndex(_index_change(*payload))
        case "drop-index":
            return types.MigrationOp_DropIndex(_index_change(*payload))
    raise AssertionError(f"{case!r} is no operation of the contract")


def _table(
    version: int, name: str, primary_key: str, alignment: int, columns: Any, indexes: Any
) -> types.TableSchemaSnapshot:
    typed_columns = [_column(*column) for column in columns]
    typed_indexes = [types.IndexSnapshot(*index) for index in indexes]
    return types.TableSchemaSnapshot(
        version, name, primary_key, alignment, typed_columns, typed_indexes
    )


def _column(
    name: str,
    data_type: Value,
    nullable: bool,
    autoincrement: bool,
    unique: bool,
    primary_key: bool,
    key: Any,
    default: Value | None,
) -> types.ColumnSnapshot:
    return types.ColumnSnapshot(
        name,
        _type(data_type),
        nullable,
        autoincrement,
        unique,
        primary_key,
        None if key is None else _foreign_key(*key),
        None if default is None else from_plain(default),
    )


def _type(data_type: Value) -> types.DataTypeSnapshot:
    name, details = data_type
    if name != "custom":
        typed: types.DataTypeSnapshot = TYPES[name]()
        return typed
    tag, (kind, width) = details
    size = types.WireSize_Fixed(width) if kind == "fixed" else types.WireSize_LengthPrefixed()
    return types.DataTypeSnapshot_Custom(types.CustomDataTypeSnapshot(tag, size))


def _foreign_key(table: str, column: str, on_delete: str) -> types.ForeignKeySnapshot:
    return types.ForeignKeySnapshot(table, column, ON_DELETE[on_delete])


def _changes(
    nullable: bool | None,
    unique: bool | None,
    autoincrement: bool | None,
    primary_key: bool | None,
    key: Value | None,
) -> types.ColumnChanges:
    change: types.ForeignKeyChange | None = None
    if key is not None:
        case, target = key
        change = types.ForeignKeyChange_Drop()
        if case == "set":
            change = types.ForeignKeyChange_Set(_foreign_key(*target))
    return types.ColumnChanges(nullable, unique, autoincrement, primary_key, change)


def _type_change(table: str, column: str, old: Value, new: Value) -> types.TypeChangeOp:
    return types.TypeChangeOp(table, column, _type(old), _type(new))


def _index_change(table: str, index: Any) -> types.IndexOp:
    return types.IndexOp(table, types.IndexSnapshot(*index))
