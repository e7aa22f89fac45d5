"""A table for the columns of a file.

    year: int64, carrier: string, time_hour: timestamp[ns]

    {"name": "flights", "primary_key": "id",
     "columns": [{"name": "id", "type": "int64", "autoincrement": true},
                 {"name": "year", "type": "int64", "nullable": true}, ...]}

Every column takes NULL but the primary key, because the first rows do not tell what the last have.
"""

from typing import Any

import pyarrow as pa

from wasidb.errors import DataFileError
from wasidb_schema import ColumnDefinition, TableDefinition

NUMBERED_KEY = "id"


def inferred_table(
    schema: pa.Schema, name: str, path: str, primary_key: str | None = None
) -> TableDefinition:
    """The table `name` for the columns of the file `path`, numbered when no key is named.

    DataFileError for a column of a type that cannot be stored, or a key that is none.
    """
    columns = {field.name: column_type(field, path) for field in schema}
    if primary_key is None:
        if NUMBERED_KEY in columns:
            message = f"{path} has a column {NUMBERED_KEY!r}; name the primary key"
            raise DataFileError(message, path=path, column=NUMBERED_KEY)
        key = ColumnDefinition(NUMBERED_KEY, "int64", autoincrement=True)
    elif primary_key in columns:
        key = ColumnDefinition(primary_key, columns.pop(primary_key))
    else:
        message = f"{path} has no column {primary_key!r} to be the primary key"
        raise DataFileError(message, path=path, column=primary_key)
    others = {each: ColumnDefinition(each, kind, nullable=True) for each, kind in columns.items()}
    in_order = [others.get(field.name, key) for field in schema]
    first = [] if key in in_order else [key]
    return TableDefinition(name, key.name, (*first, *in_order))


def column_type(field: "pa.Field[Any]", path: str) -> str:
    """The column type for the values of an Arrow column."""
    kind, of = pa.types, field.type
    for matches, name in (
        (isinstance(of, pa.UuidType), "uuid"),
        (isinstance(of, pa.JsonType), "json"),
        (kind.is_integer(of), str(of)),
        (kind.is_float16(of) or kind.is_float32(of), "float32"),
        (kind.is_float64(of), "float64"),
        (kind.is_boolean(of), "boolean"),
        (kind.is_decimal(of), "decimal"),
        (kind.is_date(of), "date"),
        (kind.is_timestamp(of), "datetime"),
        (kind.is_string(of) or kind.is_large_string(of) or kind.is_string_view(of), "text"),
        (kind.is_null(of), "text"),
        (kind.is_binary(of) or kind.is_large_binary(of) or kind.is_fixed_size_binary(of), "blob"),
    ):
        if matches:
            return name
    if kind.is_dictionary(of):
        return column_type(field.with_type(of.value_type), path)
    message = f"{path}: column {field.name!r} of type {of} cannot be stored"
    raise DataFileError(message, path=path, column=field.name)
