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

from wasidb.access import Grants
from wasidb.aliases import Alias, alias
from wasidb.damaged import salvage
from wasidb.database import Database, open_database
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
from wasidb.migrations import MigrationOperation
from wasidb.query import Select, select
from wasidb.relations import Relation, many, one
from wasidb.report import (
    IndexReport,
    PageMap,
    Problem,
    SalvageReport,
    Statistics,
    TableReport,
    TableStatistics,
)
from wasidb.session import Session
from wasidb.transaction import Transaction
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
    count_distinct,
    first,
    last,
    max_,
    median,
    min_,
    quantile,
    stddev,
    sum_,
    variance,
)

open = open_database  # `wasidb.open(...)`; inside the package the builtin keeps its name

__all__ = [
    "Aggregate",
    "Alias",
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
    "Grants",
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
    "MigrationOperation",
    "NotNullViolated",
    "NotOpen",
    "Order",
    "PageMap",
    "PrimaryKeyConflict",
    "Problem",
    "ReadOnly",
    "Relation",
    "RowIsReferenced",
    "RuleViolated",
    "SalvageReport",
    "Select",
    "Session",
    "Statistics",
    "Table",
    "TableDefinition",
    "TableNotFound",
    "TableReport",
    "TableStatistics",
    "Transaction",
    "TransactionNotFound",
    "TypedDatabase",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "UniqueViolated",
    "UnknownColumn",
    "alias",
    "avg",
    "column",
    "count",
    "count_distinct",
    "first",
    "last",
    "many",
    "max_",
    "median",
    "min_",
    "one",
    "open",
    "quantile",
    "salvage",
    "select",
    "stddev",
    "sum_",
    "variance",
]
