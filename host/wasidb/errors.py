"""Every error a user of wasidb can meet, as one tree.

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
    ├── MemoryFailed                 memory-failed            (disk full, I/O error)
    ├── Internal                     internal                 (a defect of the engine)
    └── HostError                    raised outside the engine, before or around it
        ├── DatabaseFileError        the path cannot be a database: a directory, no permission, ...
        ├── DataFileError            a file of rows: unknown format, malformed, no permission, ...
        ├── DatabaseLocked           another process has the file; names it when known
        ├── PlatformUnsupported      wasmtime or file locks cannot be loaded here
        ├── ForkedProcess            the process was forked from one that had an engine
        ├── ComponentMissing         no wasidb.wasm where it was looked for
        ├── ComponentDamaged         wasidb.wasm is not a component that fits this host
        └── ComponentFailed          the engine died in mid-call and is replaced; what is committed
                                     is safe, open transactions are gone

The words on the right are `error-code` of the WIT contract; `DbmsError.code` carries them.
A class that cannot be a table is an `InvalidModel`, a TypeError, where it is defined; so are a name
that a function does not have, and a condition where Python wants a truth value.

`details` holds the facts of the message as fields: `table`, `column`, `row`, `value`, `expected`,
`page`, `offset`, `limit`, `path`, `identity`, `permission`.
"""

import json
from typing import ClassVar


class DbmsError(Exception):
    """An error with a stable code, one sentence, and its facts as fields."""

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = {name: value for name, value in details.items() if value is not None}

    def restate(self, message: str, **details: object) -> None:
        """Says it in other words and facts, those of whom it is passed on to."""
        self.args, self.message = (message,), message
        self.details |= details


class InvalidInput(DbmsError):
    """The caller asked for something that cannot be."""

    code = "invalid-query"


class TableNotFound(InvalidInput):
    """No table has this name."""

    code = "table-not-found"


class UnknownColumn(InvalidInput):
    """The table has no column of this name."""

    code = "unknown-column"


class InvalidQuery(InvalidInput):
    """A statement that is malformed or makes no sense for its columns."""

    code = "invalid-query"


class InvalidValue(InvalidInput):
    """A value that its column cannot hold: wrong type, out of range, malformed text."""

    code = "invalid-value"


class InvalidDefinition(InvalidInput):
    """A table definition that is malformed, contradictory, or differs from the stored one."""

    code = "invalid-definition"


class LimitExceeded(InvalidInput):
    """A limit of the file format or the engine; `details["limit"]` names it."""

    code = "limit-exceeded"


class NotOpen(InvalidInput):
    """The database or the transaction has been closed."""

    code = "not-open"


class ConstraintViolated(DbmsError):
    """The data would break a rule of its table."""

    code = "rule-violated"


class NotNullViolated(ConstraintViolated):
    """A required column is missing or NULL."""

    code = "not-null-violated"


class PrimaryKeyConflict(ConstraintViolated):
    """Another row has this primary key."""

    code = "primary-key-conflict"


class UniqueViolated(ConstraintViolated):
    """Another row has this value in a unique column."""

    code = "unique-violated"


class ForeignKeyViolated(ConstraintViolated):
    """A foreign key points at a row that does not exist."""

    code = "foreign-key-violated"


class RowIsReferenced(ConstraintViolated):
    """The row cannot go: rows of another table point at it."""

    code = "row-is-referenced"


class RuleViolated(ConstraintViolated):
    """A validator or sanitizer refused the value."""

    code = "rule-violated"


class TransactionNotFound(DbmsError):
    """The transaction never existed or has ended."""

    code = "transaction-not-found"


class Conflict(DbmsError):
    """Another transaction was in the way; running this one again can succeed."""

    code = "conflict"


class Interrupted(DbmsError):
    """A statement was stopped before its end; the database is none the worse for it."""

    code = "cancelled"


class Cancelled(Interrupted):
    """`Database.cancel` was called while the statement ran."""

    code = "cancelled"


class DeadlineExceeded(Interrupted):
    """The statement took longer than it may."""

    code = "deadline-exceeded"


class AccessDenied(DbmsError):
    """The identity that the database was opened with may not do this."""

    code = "access-denied"


class ReadOnly(DbmsError):
    """The database was opened for reading only."""

    code = "read-only"


class Corrupted(DbmsError):
    """Bytes in the file that no sound writer leaves there."""

    code = "corrupted"


class MemoryFailed(DbmsError):
    """The file could not be read or written: no space, I/O error, not a database file."""

    code = "memory-failed"


class Internal(DbmsError):
    """A defect of the engine itself."""

    code = "internal"


class HostError(DbmsError):
    """Something around the engine. Its codes are the host's own and never cross the contract."""

    code = "host"


class DatabaseFileError(HostError):
    """The path cannot be opened as a database."""

    code = "database-file"


class DataFileError(HostError):
    """A file of rows cannot be read or written."""

    code = "data-file"


class DatabaseLocked(HostError):
    """Another process has the database open; `details["pid"]` names it when the system tells."""

    code = "database-locked"


class PlatformUnsupported(HostError):
    """Something that the engine is run with cannot be loaded on this platform."""

    code = "platform-unsupported"


class ForkedProcess(HostError):
    """The process was forked from one that had an engine: it can neither use that nor have its own,
    because threads that an engine needs are not forked. One that is spawned can.
    """

    code = "forked-process"


class ComponentMissing(HostError):
    """The engine's component was not found."""

    code = "component-missing"


class ComponentDamaged(HostError):
    """The engine's component cannot be loaded or does not offer the contract."""

    code = "component-damaged"


class ComponentFailed(HostError):
    """The engine stopped in mid-call. The next call finds another one in its place, with everything
    that was committed; open transactions are gone. Whether a commit that ended so has been made is
    to be looked up.
    """

    code = "component-failed"


WIRE_ERRORS: dict[str, type[DbmsError]] = {
    error.code: error
    for error in (
        TableNotFound,
        UnknownColumn,
        InvalidQuery,
        InvalidValue,
        InvalidDefinition,
        LimitExceeded,
        NotNullViolated,
        PrimaryKeyConflict,
        UniqueViolated,
        ForeignKeyViolated,
        RowIsReferenced,
        RuleViolated,
        TransactionNotFound,
        Conflict,
        Cancelled,
        DeadlineExceeded,
        AccessDenied,
        ReadOnly,
        NotOpen,
        Corrupted,
        MemoryFailed,
        Internal,
    )
}
"""The exception of each `error-code`, in the order of the contract."""


def error_from_wire(code: str, message: str, details: str) -> DbmsError:
    """The exception for an `error` record of the contract; `details` is a JSON object."""
    error = WIRE_ERRORS[code](message)
    error.details = json.loads(details) if details else {}
    return error
