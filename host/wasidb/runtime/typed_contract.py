"""The interface `database` of `wit/dbms.wit`, that of the Rust engine: its types and functions.

A record comes out as the tuple named here, and goes in as that or any sequence of the same fields.
A variant is a case and its payload.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from wasidb import errors
from wasidb.runtime.signatures import (
    BOOLEAN,
    BYTES,
    DELETE_BEHAVIOR,
    FILTER,
    TEXT,
    TEXTS,
    TRANSACTION,
    U8,
    U32,
    U64,
    Interface,
    takes,
)
from wasidb.runtime.wire import Enum, Integer, ListOf, Option, Record, Variant, WireType

Value = tuple[str, Any]
"""A cell of the typed interface: `("u32-val", 7)`, `("text-val", "Ann")`, `("null-val", None)`."""


class CustomValue(NamedTuple):
    """A value of a user-defined type: its tag, its stored bytes and how it reads to a human."""

    type_tag: str
    encoded: bytes
    display: str


class ColumnValue(NamedTuple):
    """One named cell of a row."""

    name: str
    value: Value


class OrderKey(NamedTuple):
    """A column to order by, and `asc` or `desc`."""

    column: str
    direction: str = "asc"


class Query(NamedTuple):
    """What `select` and `aggregate` are asked; filters and joins are the JSON of the contract."""

    filter: str | None = None
    distinct_by: Sequence[str] = ()
    eager_relations: Sequence[str] = ()
    joins: Sequence[str] = ()
    group_by: Sequence[str] = ()
    having: str | None = None
    order_by: Sequence[OrderKey] = ()
    limit: int | None = None
    offset: int | None = None


class AggregatedRow(NamedTuple):
    """One group: its keys and, in the order asked for, `(function, result)`."""

    group_keys: list[Value]
    values: list[Value]


class CustomDataType(NamedTuple):
    """A user-defined type: its tag, and `("fixed", size)` or `("length-prefixed", None)`."""

    tag: str
    wire_size: Value


class ForeignKey(NamedTuple):
    """Where a column points, and `restrict` or `cascade`."""

    table: str
    column: str
    on_delete: str


class ColumnSnapshot(NamedTuple):
    """A column as a migration sees it."""

    name: str
    data_type: Value
    nullable: bool
    auto_increment: bool
    unique: bool
    primary_key: bool
    foreign_key: ForeignKey | None
    default: Value | None


class IndexSnapshot(NamedTuple):
    """An index as a migration sees it."""

    columns: list[str]
    unique: bool


class TableSchemaSnapshot(NamedTuple):
    """A table as a migration sees it."""

    version: int
    name: str
    primary_key: str
    alignment: int
    columns: list[ColumnSnapshot]
    indexes: list[IndexSnapshot]


class ColumnChanges(NamedTuple):
    """What becomes of a column; None leaves a property as it is."""

    nullable: bool | None
    unique: bool | None
    auto_increment: bool | None
    primary_key: bool | None
    foreign_key: Value | None


class MigrationPolicy(NamedTuple):
    """What a migration may do."""

    allow_destructive: bool


VALUE = Variant(
    {
        "bool-val": BOOLEAN,
        "u8-val": U8,
        "u16-val": Integer("u16"),
        "u32-val": U32,
        "u64-val": U64,
        "i8-val": Integer("s8"),
        "i16-val": Integer("s16"),
        "i32-val": Integer("s32"),
        "i64-val": Integer("s64"),
        "text-val": TEXT,
        "blob-val": BYTES,
        "decimal-val": TEXT,
        "date-val": TEXT,
        "datetime-val": TEXT,
        "json-val": TEXT,
        "uuid-val": TEXT,
        "custom-val": Record(CustomValue, {"type-tag": TEXT, "encoded": BYTES, "display": TEXT}),
        "null-val": None,
    }
)
ROW = ListOf(Record(ColumnValue, {"name": TEXT, "value": VALUE}))
ORDER_KEY = Record(OrderKey, {"column": TEXT, "direction": Enum(("asc", "desc"))})
QUERY = Record(
    Query,
    {
        "filter": FILTER,
        "distinct-by": TEXTS,
        "eager-relations": TEXTS,
        "joins": TEXTS,
        "group-by": TEXTS,
        "having": FILTER,
        "order-by": ListOf(ORDER_KEY),
        "limit": Option(U64),
        "offset": Option(U64),
    },
)
AGGREGATE_FUNCTION = Variant(
    {"count": Option(TEXT), "sum": TEXT, "avg": TEXT, "min": TEXT, "max": TEXT}
)
AGGREGATED_VALUE = Variant({"count": U64, "sum": VALUE, "avg": VALUE, "min": VALUE, "max": VALUE})
AGGREGATED_ROW = Record(
    AggregatedRow, {"group-keys": ListOf(VALUE), "values": ListOf(AGGREGATED_VALUE)}
)

WIRE_SIZE = Variant({"fixed": U32, "length-prefixed": None})
DATA_TYPE = Variant(
    {
        **dict.fromkeys(("int8", "int16", "int32", "int64")),
        **dict.fromkeys(("uint8", "uint16", "uint32", "uint64")),
        **dict.fromkeys(("float32", "float64", "decimal", "boolean", "date", "datetime")),
        **dict.fromkeys(("blob", "text", "uuid", "json")),
        "custom": Record(CustomDataType, {"tag": TEXT, "wire-size": WIRE_SIZE}),
    }
)
FOREIGN_KEY = Record(ForeignKey, {"table": TEXT, "column": TEXT, "on-delete": DELETE_BEHAVIOR})
COLUMN_SNAPSHOT = Record(
    ColumnSnapshot,
    {
        "name": TEXT,
        "data-type": DATA_TYPE,
        "nullable": BOOLEAN,
        "auto-increment": BOOLEAN,
        "unique": BOOLEAN,
        "primary-key": BOOLEAN,
        "foreign-key": Option(FOREIGN_KEY),
        "default": Option(VALUE),
    },
)
INDEX_SNAPSHOT = Record(IndexSnapshot, {"columns": TEXTS, "unique": BOOLEAN})
TABLE_SNAPSHOT = Record(
    TableSchemaSnapshot,
    {
        "version": U8,
        "name": TEXT,
        "primary-key": TEXT,
        "alignment": U32,
        "columns": ListOf(COLUMN_SNAPSHOT),
        "indexes": ListOf(INDEX_SNAPSHOT),
    },
)
COLUMN_CHANGES = Record(
    ColumnChanges,
    {
        "nullable": Option(BOOLEAN),
        "unique": Option(BOOLEAN),
        "auto-increment": Option(BOOLEAN),
        "primary-key": Option(BOOLEAN),
        "foreign-key": Option(Variant({"drop": None, "set": FOREIGN_KEY})),
    },
)


def step(**fields: WireType) -> Record:
    """A migration step: a plain tuple of its fields. Underscores in names stand for hyphens."""
    return Record(
        lambda *values: values, {name.replace("_", "-"): kind for name, kind in fields.items()}
    )


TYPE_CHANGE = step(table=TEXT, column=TEXT, old_type=DATA_TYPE, new_type=DATA_TYPE)
INDEX_CHANGE = step(table=TEXT, index=INDEX_SNAPSHOT)
MIGRATION_STEP = Variant(
    {
        "create-table": step(name=TEXT, schema=TABLE_SNAPSHOT),
        "drop-table": TEXT,
        "add-column": step(table=TEXT, column=COLUMN_SNAPSHOT),
        "drop-column": step(table=TEXT, column=TEXT),
        "rename-column": step(table=TEXT, old=TEXT, new=TEXT),
        "alter-column": step(table=TEXT, column=TEXT, changes=COLUMN_CHANGES),
        "widen-column": TYPE_CHANGE,
        "transform-column": TYPE_CHANGE,
        "add-index": INDEX_CHANGE,
        "drop-index": INDEX_CHANGE,
    }
)
MIGRATION_POLICY = Record(MigrationPolicy, {"allow-destructive": BOOLEAN})

TYPED_ERRORS: dict[str, tuple[WireType | None, type[errors.DbmsError], str]] = {
    "table-not-found": (TEXT, errors.TableNotFound, "table not found: {}"),
    "primary-key-conflict": (None, errors.PrimaryKeyConflict, "another row has this primary key"),
    "unique-constraint-violation": (TEXT, errors.UniqueViolated, "value is not unique: {}"),
    "broken-foreign-key-reference": (TEXT, errors.ForeignKeyViolated, "no row to refer to: {}"),
    "foreign-key-constraint-violation": (TEXT, errors.RowIsReferenced, "row is referenced: {}"),
    "unknown-column": (TEXT, errors.UnknownColumn, "unknown column: {}"),
    "missing-non-nullable-field": (TEXT, errors.NotNullViolated, "column needs a value: {}"),
    "transaction-not-found": (None, errors.TransactionNotFound, "the transaction is not open"),
    "invalid-query": (TEXT, errors.InvalidQuery, "invalid query: {}"),
    "join-inside-typed-select": (None, errors.InvalidQuery, "a typed select cannot join"),
    "aggregate-clause-in-select": (
        None,
        errors.InvalidQuery,
        "group-by and having belong to aggregate, not to select",
    ),
    "constraint-violation": (TEXT, errors.ConstraintViolated, "constraint violated: {}"),
    "sanitization-error": (TEXT, errors.RuleViolated, "sanitizer refused the value: {}"),
    "validation-error": (TEXT, errors.RuleViolated, "validator refused the value: {}"),
    "memory-error": (TEXT, errors.MemoryFailed, "memory failed: {}"),
    "migration-error": (TEXT, errors.InvalidDefinition, "migration failed: {}"),
    "internal-error": (TEXT, errors.Internal, "internal error: {}"),
}
"""For each case of `dbms-error`: its payload, the exception, and how that reads."""

DBMS_ERROR = Variant({case: payload for case, (payload, _, _) in TYPED_ERRORS.items()})


def typed_error(fault: Value) -> errors.DbmsError:
    """The exception of a `dbms-error`."""
    case, what = fault
    _, exception, message = TYPED_ERRORS[case]
    return exception(message.format(what), case=case, what=what)


DATABASE = Interface(
    DBMS_ERROR,
    typed_error,
    {
        "select": takes(TEXT, QUERY, gives=ListOf(ROW)),
        "aggregate": takes(TEXT, QUERY, ListOf(AGGREGATE_FUNCTION), gives=ListOf(AGGREGATED_ROW)),
        "insert": takes(TEXT, ROW, TRANSACTION),
        "update": takes(TEXT, ROW, FILTER, TRANSACTION, gives=U64),
        "delete": takes(TEXT, DELETE_BEHAVIOR, FILTER, TRANSACTION, gives=U64),
        "begin-transaction": takes(gives=U64),
        "commit": takes(U64),
        "rollback": takes(U64),
        "has-drift": takes(gives=BOOLEAN),
        "pending-migrations": takes(gives=ListOf(MIGRATION_STEP)),
        "migrate": takes(MIGRATION_POLICY),
    },
)
