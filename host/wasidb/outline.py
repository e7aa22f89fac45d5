"""Outlines: all of a question but its condition, limit and offset.

    select(Flight.dest, count()).where(Flight.month == 1).group_by(Flight.dest).limit(3)

    Select(outline, month == 1, limit 3)
             |
             +-- {"from": "flights", "columns": ["dest"], "aggregates": [...], "group_by": [...]}
                 dest, count             what the columns of the answer are called

A question that is asked again and again differs in those three alone, so all that follows from the
rest is worked out once and stays here: the text of the statement, and how the rows of an answer
lie. With joins columns are written `table.column`, for there a name may mean several.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

from wasidb.conditions import Naming, filter_json, of_table, order_json, qualified
from wasidb.errors import InvalidQuery
from wasidb.relations import Relation, includes_json, whole_rows
from wasidb.rows import Page, columns_of_rows, decoded, dump
from wasidb.shapes import OBJECTS, Shape
from wasidb_schema import Aggregate, Column, Condition, Order, Table
from wasidb_schema.expressions import Operand

How = Literal["inner", "left", "right", "full", "semi", "anti"]


class Join(NamedTuple):
    """One more table, the pairs of columns that must be equal, and a condition on its own rows."""

    table: str
    name: str
    pairs: tuple[tuple[Column, Column], ...]
    condition: Condition | None
    how: How

    def as_json(self) -> dict[str, Any]:
        left = [qualified(column) for column, _ in self.pairs]
        right = [column.name for _, column in self.pairs]
        where = filter_json(self.condition, qualified)
        return {
            "join_type": self.how.capitalize(),
            "table": self.table,
            **({} if self.name == self.table else {"as": self.name}),
            "left_column": left if len(left) > 1 else left[0],
            "right_column": right if len(right) > 1 else right[0],
            **({} if where is None else {"where": where}),
        }


Compared = tuple[str, str, str, int]
"""What statements have in common whose condition is a comparison: the operator, the table and name
of the column, and how many rows they give at a time.
"""


@dataclass(frozen=True, eq=False)
class Outline:
    """What is asked of which tables. `comparisons` are whole statements whose condition is a
    comparison with a parameter.
    """

    source: str
    model: type[Table] | None = None
    outputs: tuple[Column | Aggregate, ...] = ()
    joins: tuple[Join, ...] = ()
    groups: tuple[Column, ...] = ()
    group_condition: Condition | None = None
    orders: tuple[Order, ...] = ()
    is_distinct: bool = False
    relations: tuple[tuple[str, Relation], ...] = ()
    seconds_max: float | None = None
    rows_max: int | None = None
    memory_max: int | None = None
    comparisons: dict[Compared, str] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def text(self) -> str:
        """The JSON of the statement, to which members and the closing brace are to be added."""
        return dump(self._statement())[:-1]

    def _statement(self) -> dict[str, Any]:
        if not self.source:
            raise InvalidQuery("no table to select from; add .from_(Table)")
        name = self.naming
        aggregates = [output for output in self.outputs if isinstance(output, Aggregate)]
        limits = {"seconds": self.seconds_max, "rows": self.rows_max, "memory": self.memory_max}
        parts = {
            "aggregates": [aggregate_json(aggregate, name) for aggregate in aggregates],
            "joins": [join.as_json() for join in self.joins],
            "group_by": [name(column) for column in self.groups],
            "having": filter_json(self.group_condition, self.output_name),
            "order_by": [order_json(order, self.output_name) for order in self.orders],
            "distinct": self.is_distinct or None,
            "include": includes_json(self.relations),
            "limits": {name: most for name, most in limits.items() if most is not None} or None,
        }
        asked = {part: value for part, value in parts.items() if value is not None and value != []}
        return {"from": self.source, "columns": self._column_names(name), **asked}

    @property
    def naming(self) -> Naming:
        """How columns are referred to."""
        return qualified if self.joins else of_table(self.source)

    def _column_names(self, name: Naming) -> list[str]:
        if self.model and not self.joins:
            return list(self.model.__columns__)
        return [name(output) for output in self.columns if isinstance(output, Column)]

    @property
    def columns(self) -> tuple[Column | Aggregate, ...]:
        """Everything asked for, in the order in which the caller gets it."""
        return tuple(self.model.__columns__.values()) if self.model else self.outputs

    @cached_property
    def places(self) -> list[int]:
        """Where the engine has each of the columns: whatever the order, aggregates come last."""
        numbers = range(len(self.columns))
        given = sorted(numbers, key=lambda at: isinstance(self.columns[at], Aggregate))
        return sorted(numbers, key=given.__getitem__)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the columns of the answer are called: each by its label, unless that is taken.

        select(Flight.dest, Airline.name, Airport.name)     dest, name, airports.name
        """
        names: list[str] = []
        for output in self.columns:
            name = output.label
            if name in names and isinstance(output, Column):
                name = f"{output.table}.{name}"
            while name in names:
                name += "_"
            names.append(name)
        return tuple(names)

    def output_name(self, operand: Operand) -> str:
        """How a key to sort by or a condition on groups refers to `operand`."""
        if not isinstance(operand, Aggregate):
            return self.naming(operand)
        for output in self.outputs:
            if isinstance(output, Aggregate) and output.measures_same(operand):
                return output.label
        raise InvalidQuery(f"{operand.label} must be selected to sort or filter groups by it")

    def answer(self, columns: Page, shape: Shape = OBJECTS) -> list[Any]:
        """The engine's columns of cells as the rows that the caller gets."""
        if self.model:
            return whole_rows(self.model, columns, self.relations, shape)
        in_order = [columns[place] for place in self.places]
        return shape.parts(self.names, decoded(self.outputs, in_order))

    def answer_in_rows(self, rows: Sequence[Sequence[Any]], shape: Shape) -> list[Any]:
        """The same for rows of cells. Where nothing else is to be made of these they are not turned
        into columns.
        """
        if self._is_plain:
            if self.model:
                return shape.whole_in_rows(self.model, rows)
            return shape.parts_in_rows(self.names, rows)
        return self.answer(columns_of_rows(rows, len(self.columns) + len(self.relations)), shape)

    @cached_property
    def _is_plain(self) -> bool:
        """Whether cells are the values of rows, in their order, with nothing beside them."""
        if self.relations or any(column.codec.decode for column in self.columns):
            return False
        return self.places == sorted(self.places)


def aggregate_json(aggregate: Aggregate, name: Naming) -> dict[str, Any]:
    """An aggregate in the engine's JSON form."""
    over = {"column": name(aggregate.column)} if aggregate.column else {}
    at = {} if aggregate.fraction is None else {"q": aggregate.fraction}
    return {"function": aggregate.function, **over, **at, "as": aggregate.label}
