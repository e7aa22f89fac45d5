"""wasidb: an embedded database whose engine is a WebAssembly component.

import wasidb
from wasidb import Field, Table, select

class User(Table, table="users"):
    id: int = Field(default=None, primary_key=True, autoincrement=True)
    name: str = Field(unique=True)

with wasidb.open("people.wasidb", tables=[User]) as db:
    db.insert(User(name="Ann"))
    for user in db.select(select(User).where(User.name == "Ann")):
        print(user.id, user.name)
"""

# Errors are here at once. Everything else is imported when it is first asked for, so that a program
# waits only for what it uses.

import importlib
import typing

from wasidb.errors import (
    AccessDenied,
    Cancelled,
    ComponentDamaged,
    ComponentFailed,
    ComponentMissing,
    Conflict,
    ConstraintViolated,
    Corrupted,
    DatabaseFileError,
    DatabaseLocked,
    DataFileError,
    DbmsError,
    DeadlineExceeded,
    ForeignKeyViolated,
    ForkedProcess,
    HostError,
    Internal,
    Interrupted,
    InvalidDefinition,
    InvalidInput,
    InvalidQuery,
    InvalidValue,
    LimitExceeded,
    MemoryFailed,
    NotNullViolated,
    NotOpen,
    PlatformUnsupported,
    PrimaryKeyConflict,
    ReadOnly,
    RowIsReferenced,
    RuleViolated,
    TableNotFound,
    TransactionNotFound,
    UniqueViolated,
    UnknownColumn,
)

if typing.TYPE_CHECKING:
    from wasidb.access import Grants
    from wasidb.aliases import Alias, alias
    from wasidb.appender import Appender
    from wasidb.damaged import salvage
    from wasidb.database import Database
    from wasidb.explanation import Explanation
    from wasidb.migrations import MigrationOperation
    from wasidb.opening import open
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
    from wasidb.session import Session, Upserted
    from wasidb.transaction import Transaction
    from wasidb.typed import TypedDatabase
    from wasidb_schema import (
        Aggregate,
        Column,
        Condition,
        Custom,
        Field,
        Float32,
        Int8,
        Int16,
        Int32,
        Int64,
        InvalidModel,
        Json,
        Mapped,
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
else:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = importlib.import_module(_HOMES.get(name, "wasidb_schema"))
        globals()[name] = getattr(home, name)
        return globals()[name]

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


_HOMES = {
    "Alias": "wasidb.aliases",
    "Appender": "wasidb.appender",
    "Database": "wasidb.database",
    "Explanation": "wasidb.explanation",
    "Grants": "wasidb.access",
    "IndexReport": "wasidb.report",
    "MigrationOperation": "wasidb.migrations",
    "PageMap": "wasidb.report",
    "Problem": "wasidb.report",
    "Relation": "wasidb.relations",
    "SalvageReport": "wasidb.report",
    "Select": "wasidb.query",
    "Session": "wasidb.session",
    "Statistics": "wasidb.report",
    "TableReport": "wasidb.report",
    "TableStatistics": "wasidb.report",
    "Transaction": "wasidb.transaction",
    "TypedDatabase": "wasidb.typed",
    "Upserted": "wasidb.session",
    "alias": "wasidb.aliases",
    "many": "wasidb.relations",
    "one": "wasidb.relations",
    "open": "wasidb.opening",
    "salvage": "wasidb.damaged",
    "select": "wasidb.query",
}
"""The modules of those names that are neither in `wasidb.errors` nor in `wasidb_schema`."""

__all__ = [
    "AccessDenied",
    "Aggregate",
    "Alias",
    "Appender",
    "Cancelled",
    "Column",
    "ComponentDamaged",
    "ComponentFailed",
    "ComponentMissing",
    "Condition",
    "Conflict",
    "ConstraintViolated",
    "Corrupted",
    "Custom",
    "DataFileError",
    "Database",
    "DatabaseFileError",
    "DatabaseLocked",
    "DbmsError",
    "DeadlineExceeded",
    "Explanation",
    "Field",
    "Float32",
    "ForeignKeyViolated",
    "ForkedProcess",
    "Grants",
    "HostError",
    "IndexReport",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "Internal",
    "Interrupted",
    "InvalidDefinition",
    "InvalidInput",
    "InvalidModel",
    "InvalidQuery",
    "InvalidValue",
    "Json",
    "LimitExceeded",
    "Mapped",
    "MemoryFailed",
    "MigrationOperation",
    "NotNullViolated",
    "NotOpen",
    "Order",
    "PageMap",
    "PlatformUnsupported",
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
    "Upserted",
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
