"""Operations as JSON, for a host that shows them or decides by them.

    {"operation": "rename-column", "table": "users", "old": "mail", "new": "email",
     "destructive": false, "text": "rename column users.mail to email"}

Besides its kind, whether data is lost and how it prints, an operation has the fields of its class.
Types, columns, indexes, foreign keys and definitions are written as in `encoding.definition_json`;
`changes` has what changes of a column, where `"references": null` is a foreign key that goes.
"""

from dataclasses import fields
from typing import Any

from wasidb_guest.definitions import (
    ColumnDefinition,
    Default,
    ForeignKey,
    IndexDefinition,
    TableDefinition,
)
from wasidb_guest.encoding.definition_json import (
    column_to_json,
    definition_to_json,
    foreign_key_to_json,
    type_to_json,
)
from wasidb_guest.migrations.operations import (
    ColumnChanges,
    ForeignKeyChange,
    Operation,
    default_cell,
    is_destructive,
    kind_of,
)
from wasidb_guest.values import DataType


def operation_to_json(operation: Operation) -> dict[str, Any]:
    """An operation as JSON has it."""
    return {
        "operation": kind_of(operation),
        **_fields(operation),
        "destructive": is_destructive(operation),
        "text": str(operation),
    }


def _fields(part: Any) -> dict[str, Any]:
    return {field.name: _part(getattr(part, field.name)) for field in fields(part)}


def _part(part: object) -> Any:
    match part:
        case TableDefinition():
            return definition_to_json(part)
        case ColumnDefinition():
            return column_to_json(part)
        case DataType():
            return type_to_json(part)
        case Default():
            return default_cell(part)
        case ForeignKeyChange(key):
            return None if key is None else _part(key)
        case ForeignKey():
            return foreign_key_to_json(part)
        case IndexDefinition():
            return _fields(part)
        case ColumnChanges():
            given = (field.name for field in fields(part) if getattr(part, field.name) is not None)
            return {name: _part(getattr(part, name)) for name in given}
        case tuple():
            return list(map(_part, part))
        case _:
            return part
