"""Related rows that come with the rows of a question.

    select(Flight).include(airline=one(Airline, Flight.carrier))
    select(Airline).include(flights=many(Flight, Flight.carrier).where(Flight.month == 1))

A relation is a foreign key, seen from one side or the other. The answer has named tuples: the row
under the name of its table, and what is related to it, a row or None, or a list of rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wasidb.arguments import condition_of, expected, table_of
from wasidb.conditions import filter_json, of_table, order_json, orders_of
from wasidb.errors import InvalidQuery
from wasidb.rows import Page, columns_of, columns_of_rows, decoded
from wasidb.shapes import Shape
from wasidb_schema import Column, Condition, Order, Table
from wasidb_schema.expressions import And

Related = tuple[tuple[str, "Relation"], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """The rows of `model` that `column`, a foreign key, relates. Made by `one` and `many`."""

    model: type[Table]
    column: Column
    is_many: bool
    condition: Condition | None = None
    orders: tuple[Order, ...] = ()
    relations: Related = ()

    @property
    def name(self) -> str:
        """The table of the related rows."""
        return self.model.__table__.name

    def where(self, *conditions: Condition | bool) -> "Relation":
        """Keeps the related rows for which all conditions hold, where there can be several."""
        whole = self.condition
        for each in map(condition_of, conditions):
            whole = each if whole is None else And(whole, each)
        return replace(self, condition=whole)

    def order_by(self, *keys: object) -> "Relation":
        """Sorts the related rows of each row."""
        return replace(self, orders=orders_of(keys))

    def include(self, **relations: "Relation") -> "Relation":
        """Gives named tuples: the related row, and what is related to that."""
        return replace(self, relations=related(self.name, relations))

    def as_json(self, name: str) -> dict[str, Any]:
        """The include of the engine's select statement."""
        key = {"many": self.name, "by": self.column.name} if self.is_many else {
            "one": self.column.name
        }  # fmt: skip
        column = of_table(self.name)
        parts = {
            "where": filter_json(self.condition, column),
            "order_by": [order_json(order, column) for order in self.orders],
            "include": includes_json(self.relations),
        }
        asked = {part: value for part, value in parts.items() if value}
        return {**key, "as": name, "columns": list(self.model.__columns__), **asked}

    def values(self, cells: Sequence[Any], shape: Shape) -> list[Any]:
        """What the engine has nested as a caller gets it."""
        if not self.is_many:
            found = self._rows([cell for cell in cells if cell is not None], shape)
            return [None if cell is None else next(found) for cell in cells]
        found = self._rows([row for cell in cells for row in cell], shape)
        return [[next(found) for _ in cell] for cell in cells]

    def _rows(self, objects: list[dict[str, Any]], shape: Shape) -> Iterator[Any]:
        rows = [list(each.values()) for each in objects]
        columns = columns_of_rows(rows, len(self.model.__columns__) + len(self.relations))
        return iter(whole_rows(self.model, columns, self.relations, shape))


def one(model: type[Table], column: object) -> Relation:
    """The row of `model` that a foreign key of the rows asked for points at."""
    table_of(model)
    return Relation(model, expected(Column, column), is_many=False)


def many(model: type[Table], column: object) -> Relation:
    """The rows of `model` whose foreign key `column` points at the rows asked for."""
    key: Column = expected(Column, column)
    table = table_of(model).name
    if key.table != table:
        message = f"{key.table}.{key.name} is no column of {table}"
        raise InvalidQuery(message, table=table, column=key.name)
    return Relation(model, key, is_many=True)


def related(table: str, relations: Mapping[str, Relation]) -> Related:
    """The relations of rows of a table, checked and by name."""
    for name, relation in relations.items():
        expected(Relation, relation)
        key = relation.column
        if not relation.is_many and key.table != table:
            message = f"{name}: {key.table}.{key.name} is no column of {table}"
            raise InvalidQuery(message, table=table, column=key.name)
    return tuple(relations.items())


def includes_json(relations: Related) -> list[dict[str, Any]]:
    """The key `include` of a select statement."""
    return [relation.as_json(name) for name, relation in relations]


def whole_rows(model: type[Table], columns: Page, relations: Related, shape: Shape) -> list[Any]:
    """Columns of cells of a table as the rows that a caller gets, each beside what is related to
    it, which are the last columns.
    """
    own = columns_of(model)
    shaped = shape.whole(model, decoded(own, columns[: len(own)]))
    if not relations:
        return shaped
    names, kinds = zip(*relations, strict=True)
    nested = zip(kinds, columns[len(own) :], strict=True)
    related = [relation.values(cells, shape) for relation, cells in nested]
    return shape.beside(model.__table__.name, shaped, names, related)
