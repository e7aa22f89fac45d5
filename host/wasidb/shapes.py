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
from collections.abc import Sequence
from itertools import repeat
from operator import add, or_
from typing import Any, Protocol, TypeAlias

from wasidb.rows import (
    Page,
    column_names,
    dict_maker,
    dicts_of,
    models_of,
    models_of_rows,
)
from wasidb_schema import Table

Rows: TypeAlias = Sequence[Sequence[Any]]


class Shape(Protocol):
    """Makes columns of values the rows that the caller wants to have."""

    def whole(self, model: type[Table], columns: Page) -> list[Any]:
        """Rows of a table, of which these are all columns."""

    def whole_in_rows(self, model: type[Table], rows: Rows) -> list[Any]:
        """The same, given as all values of each row."""

    def parts(self, names: Sequence[str], columns: Page) -> list[Any]:
        """Rows of columns and aggregates."""

    def parts_in_rows(self, names: Sequence[str], rows: Rows) -> list[Any]:
        """The same, given as the values of each row."""

    def beside(self, table: str, rows: list[Any], names: Sequence[str], related: Page) -> list[Any]:
        """Shaped rows of a table, each with what is related to it, shaped as well."""


class Objects:
    """Models; named tuples of what is no row of a table."""

    def whole(self, model: type[Table], columns: Page) -> list[Any]:
        return models_of(model, columns)

    def whole_in_rows(self, model: type[Table], rows: Rows) -> list[Any]:
        return models_of_rows(model, rows)

    def parts(self, names: Sequence[str], columns: Page) -> list[Any]:
        rows = zip(*columns, strict=True)
        return list(map(tuple.__new__, repeat(row_class(tuple(names))), rows))

    def parts_in_rows(self, names: Sequence[str], rows: Rows) -> list[Any]:
        return list(map(tuple.__new__, repeat(row_class(tuple(names))), rows))

    def beside(self, table: str, rows: list[Any], names: Sequence[str], related: Page) -> list[Any]:
        return self.parts((table, *names), [rows, *related])


class Dicts:
    """Dicts by name; see `Outline.names`."""

    def whole(self, model: type[Table], columns: Page) -> list[Any]:
        return dicts_of(column_names(model), columns)

    def whole_in_rows(self, model: type[Table], rows: Rows) -> list[Any]:
        return dict_maker(column_names(model))(rows)

    def parts(self, names: Sequence[str], columns: Page) -> list[Any]:
        return dicts_of(names, columns)

    def parts_in_rows(self, names: Sequence[str], rows: Rows) -> list[Any]:
        return dict_maker(tuple(names))(rows)

    def beside(self, table: str, rows: list[Any], names: Sequence[str], related: Page) -> list[Any]:
        return list(map(or_, rows, dicts_of(names, related)))


class Tuples:
    """Plain tuples."""

    def whole(self, model: type[Table], columns: Page) -> list[Any]:
        return list(zip(*columns, strict=True))

    def whole_in_rows(self, model: type[Table], rows: Rows) -> list[Any]:
        return list(map(tuple, rows))

    def parts(self, names: Sequence[str], columns: Page) -> list[Any]:
        return list(zip(*columns, strict=True))

    def parts_in_rows(self, names: Sequence[str], rows: Rows) -> list[Any]:
        return list(map(tuple, rows))

    def beside(self, table: str, rows: list[Any], names: Sequence[str], related: Page) -> list[Any]:
        return list(map(add, rows, zip(*related, strict=True)))


OBJECTS, DICTS, TUPLES = Objects(), Dicts(), Tuples()


@functools.lru_cache(maxsize=256)
def row_class(names: tuple[str, ...]) -> Any:
    """The named tuple with these fields; a name Python does not allow is its position, `_0`."""
    bases = (namedtuple("Row", names, rename=True),)
    return type("Row", bases, {"__slots__": (), "__reduce__": pickled})


def pickled(row: Any) -> tuple[Any, ...]:
    """What makes the row again: its class is in no module."""
    return row_of, (row._fields, tuple(row))


def row_of(names: tuple[str, ...], values: tuple[Any, ...]) -> Any:
    """The row that has been pickled."""
    return row_class(names)._make(values)
