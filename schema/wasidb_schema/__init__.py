"""What a user writes: tables as pydantic models, and expressions over their columns."""

from wasidb_schema.column_types import (
    Float32,
    Int8,
    Int16,
    Int32,
    Int64,
    Json,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
)
from wasidb_schema.definition import ColumnDefinition, Reference, TableDefinition
from wasidb_schema.expressions import (
    Aggregate,
    Column,
    Condition,
    Order,
    avg,
    column,
    count,
    max_,
    min_,
    sum_,
)
from wasidb_schema.table import Field, InvalidModel, Table

__all__ = [
    "Aggregate",
    "Column",
    "ColumnDefinition",
    "Condition",
    "Field",
    "Float32",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "InvalidModel",
    "Json",
    "Order",
    "Reference",
    "Table",
    "TableDefinition",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "avg",
    "column",
    "count",
    "max_",
    "min_",
    "sum_",
]
