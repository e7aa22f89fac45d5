"""The engine's errors as the contract has them.

Nothing but `Err` may leave an export: anything else kills the instance.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, TypeVarTuple

from componentize_py_types import Err
from wit_world.imports import errors, types

from wasidb_guest.errors import DbmsError, Internal, LimitExceeded
from wasidb_guest.query.typed_query import AggregateClauseInSelect

ENGINE_MEMORY = "engine memory"

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


def faults(function: Callable[[*Arguments], Result]) -> staticmethod[..., Result]:
    """An export that is this function and raises nothing but `errors.error`."""
    return staticmethod(_guarded(function, _error))


def typed_faults(export: Callable[[*Arguments], Result]) -> Callable[[*Arguments], Result]:
    """An export that raises nothing but `types.dbms-error`."""
    return _guarded(export, typed_error)


def _guarded(
    export: Callable[[*Arguments], Result], convert: Callable[[DbmsError], Any]
) -> Callable[[*Arguments], Result]:
    @wraps(export)
    def guarded(*arguments: *Arguments) -> Result:
        try:
            return export(*arguments)
        except DbmsError as error:
            raise Err(convert(error)) from error
        except MemoryError as shortage:
            raise Err(convert(_used_up())) from shortage
        except Exception as defect:
            raise Err(convert(_internal(defect))) from defect

    return guarded


def _internal(defect: Exception) -> Internal:
    return Internal(f"{type(defect).__name__}: {defect}")


def _used_up() -> LimitExceeded:
    """What was under way may have stopped anywhere: the host had better start another instance."""
    return LimitExceeded("the engine has used up its memory", limit=ENGINE_MEMORY)


def _error(error: DbmsError) -> errors.Error:
    code = errors.ErrorCode[error.code.upper().replace("-", "_")]
    # It may quote half a surrogate pair from a JSON text, which no string of the contract has.
    message = error.message.encode(errors="backslashreplace").decode()
    return errors.Error(code, message, json.dumps(error.details, default=str))


def typed_error(error: DbmsError) -> types.DbmsError:
    """The case of the compatible variant that comes closest.

    What it has no case for is a memory or a constraint error.
    """
    if isinstance(error, AggregateClauseInSelect):
        return types.DbmsError_AggregateClauseInSelect()
    return TYPED[error.code](error)


def _column(error: DbmsError) -> str:
    return str(error.details.get("column", error.message))


def _missing_parent(error: DbmsError) -> str:
    table = str(error.details["target"]).partition(".")[0]
    return f"{table}: {error.details['value']!r}"


def _referenced_row(error: DbmsError) -> str:
    return f"{error.details['table']}.{error.details['column']}"


def _memory_error(error: DbmsError) -> types.DbmsError:
    return types.DbmsError_MemoryError(error.message)


def _rule_violated(error: DbmsError) -> types.DbmsError:
    if error.details.get("kind") == "sanitizer":
        return types.DbmsError_SanitizationError(error.message)
    return _invalid(error)


def _invalid(error: DbmsError) -> types.DbmsError:
    return types.DbmsError_ValidationError(error.message)


TYPED: dict[str, Callable[[DbmsError], types.DbmsError]] = {
    "table-not-found": lambda error: types.DbmsError_TableNotFound(str(error.details["table"])),
    "unknown-column": lambda error: types.DbmsError_UnknownColumn(_column(error)),
    "invalid-query": lambda error: types.DbmsError_InvalidQuery(error.message),
    "invalid-value": _invalid,
    "invalid-definition": lambda error: types.DbmsError_MigrationError(error.message),
    "limit-exceeded": _memory_error,
    "not-null-violated": lambda error: types.DbmsError_MissingNonNullableField(_column(error)),
    "primary-key-conflict": lambda error: types.DbmsError_PrimaryKeyConflict(),
    "unique-violated": lambda error: types.DbmsError_UniqueConstraintViolation(_column(error)),
    "foreign-key-violated": lambda error: types.DbmsError_BrokenForeignKeyReference(
        _missing_parent(error)
    ),
    "row-is-referenced": lambda error: types.DbmsError_ForeignKeyConstraintViolation(
        _referenced_row(error)
    ),
    "rule-violated": _rule_violated,
    "transaction-not-found": lambda error: types.DbmsError_TransactionNotFound(),
    "conflict": lambda error: types.DbmsError_ConstraintViolation(error.message),
    "cancelled": _memory_error,
    "deadline-exceeded": _memory_error,
    "access-denied": _memory_error,
    "read-only": _memory_error,
    "not-open": _memory_error,
    "corrupted": _memory_error,
    "memory-failed": _memory_error,
    "internal": lambda error: types.DbmsError_InternalError(error.message),
}
