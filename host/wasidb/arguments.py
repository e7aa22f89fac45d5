"""What callers hand in, checked: who gives something else is told what was expected.

    db.count("people")            expected a model, a class with wasidb.Table as base, got 'people'
    db.select(Person)             expected a question such as select(Flight), got <class 'Person'>
    db.update(Person, True, ...)  expected a condition such as Flight.dep_delay > 30, got True

A name that a function does not have, or an argument too few, is Python's own TypeError.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wasidb.errors import DatabaseFileError, InvalidQuery, InvalidValue
from wasidb_schema import Condition, Table, TableDefinition

SHOWN_MAX = 80


def expected(kind: Any, value: object, what: str | None = None) -> Any:
    """`value`, which must be of `kind`; `what` says in messages what that is."""
    if not isinstance(value, kind):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        raise unexpected(what or " or ".join(kind.__name__.lower() for kind in kinds), value)
    return value


def unexpected(what: str, value: object) -> InvalidQuery:
    """The error of a value that is not `what`."""
    return InvalidQuery(f"expected {what}, got {shown(value)}", value=shown(value), expected=what)


def condition_of(value: object) -> Condition:
    """`value`, which must be a condition."""
    if isinstance(value, Condition):
        return value
    raise unexpected("a condition such as Flight.dep_delay > 30", value)


def table_of(model: object) -> TableDefinition:
    """What the table of a model is."""
    definition = getattr(model, "__table__", None)
    if not isinstance(definition, TableDefinition) or isinstance(model, Table):
        raise unexpected("a model, a class with wasidb.Table as base", model)
    return definition


def iterated(values: Any, what: str) -> Iterator[Any]:
    """An iterator over `values`; `what` says in messages what they are to be."""
    try:
        return iter(values)
    except TypeError:
        message = f"expected {what}, got {shown(values)}"
        raise InvalidValue(message, value=shown(values), expected=what) from None


def path_of(path: Any) -> Path:
    """The whole path of a database, which the engine is told of as UTF-8."""
    try:
        if not os.fspath(path):
            raise ValueError("it is empty")
        whole = Path(path).resolve()
        str(whole).encode()
    except (TypeError, ValueError, OSError, RuntimeError) as error:
        message = f"{shown(path)} cannot be the path of a database: {error}"
        raise DatabaseFileError(message, path=shown(path)) from error
    return whole


def name_of(table: object) -> str:
    """The name of a table, given as a model or by name."""
    return table if isinstance(table, str) else table_of(table).name


def row_number(value: object, what: str) -> int:
    """`value`, which must be a number of rows; `what` says in messages of which."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        wanted = "a whole number from 0 on"
        raise InvalidQuery(f"{what}: expected {wanted}, got {shown(value)}", expected=wanted)
    return value


def shown(value: object) -> str:
    """A value in a message, which people are to read; of a long one the beginning."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # thousands of digits, or of conditions in each other
        text = f"{value:#x}" if isinstance(value, int) else type(value).__name__
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}..."
