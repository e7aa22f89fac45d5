"""Shapes: what a row of an answer is in the hands of the caller.

    values   7, "UA", Decimal("1.50")

    OBJECTS  Flight(id=7, carrier="UA", fare=Decimal("1.50"))      a named tuple if no whole row
    DICTS    {"id": 7, "carrier": "UA", "fare": Decimal("1.50")}
    TUPLES   (7, "UA", Decimal("1.50"))

and, with the row of `airlines` that it refers to,

    OBJECTS  Row(flights=Flight(...), airline=Airline(...))
    DICTS    {"id": 7, "carrier": "UA", "fare": ..., "airline": {"carrier": "UA", ...}}
    TUPLES   (7, "UA", Decimal("1.50"), ("UA", ...))

Everything about a question that does not depend on this is in `query` and `relations`.
"""

import functools
from collections import namedtuple
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from wasidb.rows import column_names, dicts_of, models_of
from wasidb_schema import Table

Values = Sequence[Any]


class Shape(Protocol):
    """Makes rows of values what the caller wants to have."""

    def whole(self, model: type[Table], rows: Sequence[Values]) -> list[Any]:
        """Rows of a table; a value for each of its columns."""

    def parts(self, names: Sequence[str], rows: Sequence[Values]) -> list[Any]:
        """Rows of columns and aggregates."""

    def beside(
        self, table: str, rows: list[Any], names: Sequence[str], related: Iterable[Values]
    ) -> list[Any]:
        """Shaped rows of a table, each with what is related to it, shaped as well."""


class Objects:
    """Models; named tuples of what is no row of a table."""

    def whole(self, model: type[Table], rows: Sequence[Values]) -> list[Any]:
        return models_of(model, rows)

    def parts(self, names: Sequence[str], rows: Sequence[Values]) -> list[Any]:
        return list(map(row_class(tuple(names))._make, rows))

    def beside(
        self, table: str, rows: list[Any], names: Sequence[str], related: Iterable[Values]
    ) -> list[Any]:
        make = row_class((table, *names))._make
        return [make((row, *others)) for row, others in zip(rows, related, strict=True)]


class Dicts:
    """Dicts by name; see `Select.names`."""

    def whole(self, model: type[Table], rows: Sequence[Values]) -> list[Any]:
        return dicts_of(column_names(model), rows)

    def parts(self, names: Sequence[str], rows: Sequence[Values]) -> list[Any]:
        return dicts_of(names, rows)

    def beside(
        self, table: str, rows: list[Any], names: Sequence[str], related: Iterable[Values]
    ) -> list[Any]:
        return [
            {**row, **dict(zip(names, others, strict=True))}
            for row, others in zip(rows, related, strict=True)
        ]


class Tuples:
    """Plain tuples."""

    def whole(self, model: type[Table], rows: Sequence[Values]) -> list[Any]:
        return list(map(tuple, rows))

    def parts(self, names: Sequence[str], rows: Sequence[Values]) -> list[Any]:
        return list(map(tuple, rows))

    def beside(
        self, table: str, rows: list[Any], names: Sequence[str], related: Iterable[Values]
    ) -> list[Any]:
        return [(*row, *others) for row, others in zip(rows, related, strict=True)]


OBJECTS, DICTS, TUPLES = Objects(), Dicts(), Tuples()


@functools.lru_cache(maxsize=256)
def row_class(names: tuple[str, ...]) -> Any:
    """The named tuple with these fields; a name Python does not allow is its position, `_0`."""
    return namedtuple("Row", names, rename=True)
