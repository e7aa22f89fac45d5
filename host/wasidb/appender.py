"""Rows that a program has one at a time, stored many at a time.

    with db.transaction() as tx, tx.appender(Reading) as readings:
        for line in lines:
            readings.append(Reading.model_validate_json(line))

    append ── append ── append ── ... ── append      the 10,000th, the end of the block, or `flush`
                                           └──> insert all of them

A row on its own costs a call into the engine, which takes much longer than what the call does; here
it costs putting it into a list. What that costs in turn: a row that cannot be stored is an error
when its piece is stored, and until then no question finds it.

Values are taken as they are when a row is appended, whatever becomes of its object.
"""

import copy
from collections.abc import Callable, Mapping
from operator import attrgetter
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from wasidb.arguments import name_of, shown, table_of
from wasidb.errors import InvalidValue, NotOpen
from wasidb_schema import Table

if TYPE_CHECKING:
    from wasidb.session import Session

PIECE_ROWS = 10_000
CHANGEABLE = frozenset({"json", "blob", "custom"})
"""Types of columns whose values can be lists, dicts, bytearrays or anything."""

Kept = Callable[[Any], Any]


class Appender:
    """Takes rows one by one for a table; made by `Session.appender`, used in a `with` block.

    What the block has appended is stored when it ends, and a piece at a time before. A block that
    ends by an exception, or a piece that is refused, ends the appender: of what had been stored
    before, the transaction decides; without one, it stays.
    """

    def __init__(self, session: "Session", table: type[Table] | str) -> None:
        definition = session.table(table) if isinstance(table, str) else table_of(table)
        self._session = session
        self._table = table
        self._is_deep = any(column.type_name in CHANGEABLE for column in definition.columns)
        self._kind: type[Any] | None = None
        self._kept: Kept = same
        self._rows: list[Any] = []
        self._is_open = True
        self.stored = 0
        """How many rows have been."""

    def append(self, row: Table | Mapping[str, Any] | tuple[Any, ...]) -> None:
        """Takes a row as `insert` does: a model, a dict, or a tuple of all columns in order.

        Its object is not told the number that an automatic key gets. InvalidValue for what is no
        row; all else that is wrong with it is said when it is stored.
        """
        if self.keep(row):
            self.flush()

    def keep(self, row: Table | Mapping[str, Any] | tuple[Any, ...]) -> bool:
        """Takes a row and stores nothing; says whether it is time to."""
        if not self._is_open:
            raise NotOpen("the appender has ended; what it had not stored by then is not stored")
        kind = type(row)
        if kind is not self._kind:
            self._kept = self._way_to_keep(kind, row)
            self._kind = kind
        kept = self._kept(row)
        self._rows.append(lasting_row(kept) if self._is_deep else kept)
        return len(self._rows) == PIECE_ROWS

    def _way_to_keep(self, kind: type[Any], row: Any) -> Kept:
        """What makes the values of such a row last."""
        if issubclass(kind, Table):
            name = name_of(self._table)
            if name_of(kind) != name:
                message = f"rows of {name_of(kind)!r} cannot go into {name!r}"
                raise InvalidValue(message, row=self.stored + len(self._rows))
            self._table = kind  # which knows its enums
            return values_of(kind)
        if issubclass(kind, Mapping):
            return dict
        if issubclass(kind, tuple):
            return same
        message = f"expected a model, a dict or a tuple as row, got {shown(row)}"
        raise InvalidValue(message, row=self.stored + len(self._rows))

    def flush(self) -> None:
        """Stores what has been appended: all of it, or, when a row is refused, nothing."""
        from wasidb.session import rows_counted_from

        rows, self._rows = self._rows, []
        if not rows:
            return
        is_open, self._is_open = self._is_open, False
        with rows_counted_from(self.stored):
            self._session._insert_unasked(rows, self._table)
        self._is_open = is_open
        self.stored += len(rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.flush()
        self._is_open = False


def same(row: Any) -> Any:
    """A row that nobody can change."""
    return row


def lasting_row(row: Any) -> Any:
    """A row whose values can be changed, as it is now."""
    if isinstance(row, dict):
        return {name: lasting(value) for name, value in row.items()}
    if hasattr(row, "_fields"):  # a named tuple, whose order of columns is looked at
        return type(row)._make(map(lasting, row))
    return tuple(map(lasting, row))


def lasting(value: Any) -> Any:
    """A value as it is now; one that cannot be copied cannot be stored, and is refused then."""
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    try:
        return copy.deepcopy(value)
    except (TypeError, ValueError, RecursionError, copy.Error):
        return value


def values_of(model: type[Table]) -> Kept:
    """Makes a tuple of all columns of a model, in order."""
    names = list(model.__columns__)
    if len(names) == 1:
        only = attrgetter(names[0])
        return lambda row: (only(row),)
    return attrgetter(*names)
