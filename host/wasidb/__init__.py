"""wasidb: an embedded database whose engine is a WebAssembly component.

import wasidb
from wasidb import Field, Table, select

class User(Table, table="users"):
    id: int = Field(primary_key=True, autoincrement=True)
    name: str = Field(unique=True)

with wasidb.open("people.wasidb", tables=[User]) as db:
    db.insert(User(name="Ann"))
    for user in db.select(select(User).where(User.name == "Ann")):
        print(user.id, user.name)
"""

from wasidb.database import Database, Session, Transaction, open_database
from wasidb.errors import (
    ComponentDamaged,
    ComponentFailed,
    ComponentMissing,
    Conflict,
    ConstraintViolated,
    Corrupted,
    DatabaseFileError,
    DatabaseLocked,
    DbmsError,
    ForeignKeyViolated,
    HostError,
    Internal,
    InvalidDefinition,
    InvalidInput,
    InvalidQuery,
    InvalidValue,
    LimitExceeded,
    MemoryFailed,
    NotNullViolated,
    NotOpen,
    PrimaryKeyConflict,
    ReadOnly,
    RowIsReferenced,
    RuleViolated,
    TableNotFound,
    TransactionNotFound,
    UniqueViolated,
    UnknownColumn,
)
from wasidb.query import Select, select
from wasidb.report import IndexReport, PageMap, Problem, TableReport
from wasidb.typed import TypedDatabase
from wasidb_schema import (
    Aggregate,
    Column,
    Condition,
    Field,
    Float32,
    Int8,
    Int16,
    Int32,
    Int64,
    InvalidModel,
    Json,
    Order,
    Table,
    TableDefinition,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    avg,
    column,
    count,
    max_,
    min_,
    sum_,
)

open = open_database  # `wasidb.open(...)`; inside the package the builtin keeps its name

__all__ = [
    "Aggregate",
    "Column",
    "ComponentDamaged",
    "ComponentFailed",
    "ComponentMissing",
    "Condition",
    "Conflict",
    "ConstraintViolated",
    "Corrupted",
    "Database",
    "DatabaseFileError",
    "DatabaseLocked",
    "DbmsError",
    "Field",
    "Float32",
    "ForeignKeyViolated",
    "HostError",
    "IndexReport",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "Internal",
    "InvalidDefinition",
    "InvalidInput",
    "InvalidModel",
    "InvalidQuery",
    "InvalidValue",
    "Json",
    "LimitExceeded",
    "MemoryFailed",
    "NotNullViolated",
    "NotOpen",
    "Order",
    "PageMap",
    "PrimaryKeyConflict",
    "Problem",
    "ReadOnly",
    "RowIsReferenced",
    "RuleViolated",
    "Select",
    "Session",
    "Table",
    "TableDefinition",
    "TableNotFound",
    "TableReport",
    "Transaction",
    "TransactionNotFound",
    "TypedDatabase",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "UniqueViolated",
    "UnknownColumn",
    "avg",
    "column",
    "count",
    "max_",
    "min_",
    "open",
    "select",
    "sum_",
]
