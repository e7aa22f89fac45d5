"""`wit/dbms.wit` as a table: what goes into every exported function and what comes out.

The host spells the contract here and, for the typed interface, in `typed_contract`; nowhere else.
`tests/contract` compares both with the WIT file.
"""

from wasidb.errors import WIRE_ERRORS, DbmsError, error_from_wire
from wasidb.runtime.signatures import (
    BOOLEAN,
    BYTES,
    DELETE_BEHAVIOR,
    FILTER,
    TEXT,
    TRANSACTION,
    U32,
    U64,
    Interface,
    takes,
)
from wasidb.runtime.wire import Enum, ListOf, Option, Record

PACKAGE = "wasm-dbms:dbms"


def own_error(fault: tuple[str, str, str]) -> DbmsError:
    """The exception of an `error` record."""
    return error_from_wire(*fault)


ERROR = Record(lambda *fault: fault, {"code": Enum(WIRE_ERRORS), "message": TEXT, "details": TEXT})

INTERFACES: dict[str, Interface] = {
    "rows": Interface(
        ERROR,
        own_error,
        {
            "insert": takes(TEXT, TEXT, TRANSACTION, gives=TEXT),
            "upsert": takes(TEXT, TEXT, TRANSACTION, gives=TEXT),
            "select": takes(TEXT, TRANSACTION, gives=TEXT),
            "explain": takes(TEXT, BOOLEAN, TRANSACTION, gives=TEXT),
            "update": takes(TEXT, TEXT, FILTER, TRANSACTION, gives=U64),
            "delete": takes(TEXT, DELETE_BEHAVIOR, FILTER, TRANSACTION, gives=U64),
            "get": takes(TEXT, TEXT, TRANSACTION, gives=TEXT),
            "get-many": takes(TEXT, TEXT, TRANSACTION, gives=TEXT),
            "count": takes(TEXT, FILTER, TRANSACTION, gives=U64),
            "exists": takes(TEXT, FILTER, TRANSACTION, gives=BOOLEAN),
            "prepare": takes(TEXT, gives=U64),
            "execute": takes(U64, TEXT, TRANSACTION, gives=TEXT),
            "close-statement": takes(U64),
            "open-cursor": takes(TEXT, U32, TRANSACTION, gives=U64),
            "fetch": takes(U64, gives=Option(TEXT)),
            "close-cursor": takes(U64),
            "begin-transaction": takes(Option(TEXT), gives=U64),
            "savepoint": takes(U64, gives=U64),
            "rollback-to": takes(U64, U64),
            "release": takes(U64, U64),
            "commit": takes(U64),
            "commit-many": takes(ListOf(U64), gives=TEXT),
            "rollback": takes(U64),
        },
    ),
    "columns": Interface(
        ERROR,
        own_error,
        {
            "insert-file": takes(TEXT, TEXT, TRANSACTION, gives=U64),
            "insert-file-keys": takes(TEXT, TEXT, TRANSACTION, gives=TEXT),
            "insert-bytes": takes(TEXT, BYTES, TRANSACTION, gives=U64),
            "upsert-file": takes(TEXT, TEXT, TRANSACTION, gives=TEXT),
            "upsert-bytes": takes(TEXT, BYTES, TRANSACTION, gives=TEXT),
            "select-file": takes(TEXT, TEXT, TRANSACTION, gives=U64),
            "select-bytes": takes(TEXT, TRANSACTION, gives=BYTES),
        },
    ),
    "catalog": Interface(
        ERROR,
        own_error,
        {
            "create-tables": takes(TEXT),
            "drop-tables": takes(TEXT),
            "tables": takes(gives=TEXT),
            "pending-migrations": takes(TEXT, gives=TEXT),
            "migrate": takes(TEXT, TEXT, gives=TEXT),
        },
    ),
    "maintenance": Interface(
        ERROR,
        own_error,
        {
            "open": takes(TEXT, TEXT),
            "close": takes(),
            "check": takes(gives=TEXT),
            "page-map": takes(gives=TEXT),
            "statistics": takes(gives=TEXT),
            "checkpoint": takes(),
            "snapshot": takes(TEXT),
            "compact": takes(TEXT),
            "salvage": takes(TEXT, TEXT, gives=TEXT),
            "access-list": takes(gives=TEXT),
            "grant": takes(TEXT),
            "revoke": takes(TEXT),
        },
    ),
}
"""All but `database`. Names and order are those of `wit/dbms.wit`."""


def interface(name: str) -> Interface:
    """The interface of that name. Most programs do without `database`, whose types are many."""
    if name == "database":
        from wasidb.runtime.typed_contract import DATABASE

        return DATABASE
    return INTERFACES[name]
