"""Every error the engine reports, as one tree.

    DbmsError
    ├── InvalidInput                 the caller can fix it
    │   ├── TableNotFound            table-not-found
    │   ├── UnknownColumn            unknown-column
    │   ├── InvalidQuery             invalid-query
    │   ├── InvalidValue             invalid-value
    │   ├── InvalidDefinition        invalid-definition
    │   ├── LimitExceeded            limit-exceeded
    │   └── NotOpen                  not-open
    ├── ConstraintViolated           the data would break a rule of its table
    │   ├── NotNullViolated          not-null-violated
    │   ├── PrimaryKeyConflict       primary-key-conflict
    │   ├── UniqueViolated           unique-violated
    │   ├── ForeignKeyViolated       foreign-key-violated     (the referenced row is missing)
    │   ├── RowIsReferenced          row-is-referenced        (other rows point at this one)
    │   └── RuleViolated             rule-violated            (validators, sanitizers, checks)
    ├── TransactionNotFound          transaction-not-found
    ├── Conflict                     conflict                 (retry the transaction)
    ├── Interrupted                  a statement was stopped before its end
    │   ├── Cancelled                cancelled
    │   └── DeadlineExceeded         deadline-exceeded
    ├── AccessDenied                 access-denied
    ├── ReadOnly                     read-only
    ├── Corrupted                    corrupted                (never retry; names page and offset)
    ├── MemoryFailed                 memory-failed            (disk full, I/O error, no such file)
    └── Internal                     internal                 (a defect of the engine)

The words on the right are `error-code` of the WIT contract. `details` holds the facts of the
message as fields.
"""

from collections.abc import Sequence


class DbmsError(Exception):
    """An error with a stable code, one sentence, and its facts as fields."""

    code = "internal"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = {name: value for name, value in details.items() if value is not None}


class InvalidInput(DbmsError):
    """The caller asked for something that cannot be."""

    code = "invalid-query"


class TableNotFound(InvalidInput):
    """No table has this name."""

    code = "table-not-found"

    def __init__(self, table: str) -> None:
        super().__init__(f"table {table!r} does not exist", table=table)


class UnknownColumn(InvalidInput):
    """The table has no column of this name."""

    code = "unknown-column"

    def __init__(self, column: str, table: str, message: str | None = None) -> None:
        text = message or f"table {table!r} has no column {column!r}"
        super().__init__(text, table=table, column=column)


class InvalidQuery(InvalidInput):
    """A statement or filter that is malformed or makes no sense for its columns."""

    code = "invalid-query"


class InvalidValue(InvalidInput):
    """A value that its column cannot hold: wrong type, out of range, malformed text."""

    code = "invalid-value"


class InvalidDefinition(InvalidInput):
    """A table definition that is malformed, contradictory, or differs from the stored one."""

    code = "invalid-definition"


class LimitExceeded(InvalidInput):
    """A limit of the file format or the engine; `limit` names it."""

    code = "limit-exceeded"

    def __init__(self, message: str, *, limit: str, **details: object) -> None:
        super().__init__(message, limit=limit, **details)


class NotOpen(InvalidInput):
    """The database is closed, or already open when it must not be."""

    code = "not-open"


class ConstraintViolated(DbmsError):
    """The data would break a rule of its table."""

    code = "rule-violated"


class NotNullViolated(ConstraintViolated):
    """A required column is missing or NULL."""

    code = "not-null-violated"

    def __init__(self, table: str, column: str, row: int | None = None) -> None:
        where = "" if row is None else f" (row {row})"
        message = f"column {table}.{column} needs a value{where}"
        constraint = f"{table}_{column}_not_null"
        super().__init__(message, table=table, constraint=constraint, column=column, row=row)


class PrimaryKeyConflict(ConstraintViolated):
    """Another row has this primary key."""

    code = "primary-key-conflict"

    def __init__(self, table: str, columns: Sequence[str], value: object) -> None:
        column, constraint = ", ".join(columns), f"{table}_pkey"
        message = f"table {table!r} already has a row with {column} = {value!r}"
        super().__init__(message, table=table, constraint=constraint, column=column, value=value)


class UniqueViolated(ConstraintViolated):
    """Another row has this value in a unique column, or these in columns unique together."""

    code = "unique-violated"

    def __init__(self, table: str, columns: Sequence[str], value: object) -> None:
        column, constraint = ", ".join(columns), "_".join((table, *columns, "key"))
        message = f"column {table}.{column} is unique and already holds {value!r}"
        super().__init__(message, table=table, constraint=constraint, column=column, value=value)


class ForeignKeyViolated(ConstraintViolated):
    """A foreign key points at a row that does not exist."""

    code = "foreign-key-violated"

    def __init__(
        self, table: str, column: str, value: object, target: str, constraint: str
    ) -> None:
        message = f"{table}.{column} = {value!r} has no matching row in {target!r}"
        where = {"table": table, "constraint": constraint, "column": column}
        super().__init__(message, **where, value=value, target=target)


class RowIsReferenced(ConstraintViolated):
    """The row cannot go: rows of another table point at it."""

    code = "row-is-referenced"

    def __init__(
        self, table: str, column: str, value: object, source: str, constraint: str
    ) -> None:
        message = f"{table}.{column} = {value!r} is referenced by {source}"
        where = {"table": table, "constraint": constraint, "column": column}
        super().__init__(message, **where, value=value, source=source)


class RuleViolated(ConstraintViolated):
    """A validator, sanitizer or check refused the value."""

    code = "rule-violated"


class TransactionNotFound(DbmsError):
    """The transaction never existed or has ended."""

    code = "transaction-not-found"

    def __init__(self, transaction: int, reason: str = "") -> None:
        message = f"transaction {transaction} is not open{reason}"
        super().__init__(message, transaction=transaction)


class Conflict(DbmsError):
    """Another transaction is in the way; running this one again can succeed."""

    code = "conflict"


class Interrupted(DbmsError):
    """A statement was stopped before its end; the database is none the worse for it."""

    code = "cancelled"


class Cancelled(Interrupted):
    """Somebody asked for the statement to be stopped."""

    code = "cancelled"


class DeadlineExceeded(Interrupted):
    """The statement took longer than it may."""

    code = "deadline-exceeded"


class AccessDenied(DbmsError):
    """The identity that opened the database may not do this."""

    code = "access-denied"

    def __init__(self, identity: bytes, permission: str, table: str | None = None) -> None:
        what = "" if table is None else f" on table {table!r}"
        message = f"identity {identity.hex()!r} needs the permission {permission}{what}"
        super().__init__(message, identity=identity.hex(), permission=permission, table=table)


class ReadOnly(DbmsError):
    """The database was opened for reading only."""

    code = "read-only"


class Corrupted(DbmsError):
    """Bytes in the file that no sound writer leaves there."""

    code = "corrupted"

    def __init__(self, page: int, offset: int, what: str) -> None:
        message = f"page {page}, offset {offset}: {what}"
        super().__init__(message, page=page, offset=offset, what=what)


class MemoryFailed(DbmsError):
    """The memory provider failed: no space, I/O error, not a database file."""

    code = "memory-failed"


class Internal(DbmsError):
    """A defect of the engine itself."""

    code = "internal"
