"""Questions to a database: built from models, compiled to the engine's select statement.

    select(Flight.carrier, count(), avg(Flight.dep_delay))
        .where(Flight.month == 1)
        .group_by(Flight.carrier)
        .having(count() > 100)
        .order_by(avg(Flight.dep_delay).desc())
        .limit(3)

    {"from": "flights", "columns": ["carrier"],
     "aggregates": [{"function": "count", "as": "count"},
                    {"function": "avg", "column": "dep_delay", "as": "avg_dep_delay"}],
     "where": {"Eq": ["month", 1]}, "group_by": ["carrier"], "having": {"Gt": ["count", 100]},
     "order_by": [{"column": "avg_dep_delay", "direction": "desc"}], "limit": 3}

A `Select` is a value: every method gives a new one, so a question can be kept and refined.
`select(Flight)` gives models, `select(Flight.carrier, ...)` named tuples with one field for each
thing asked. Without joins columns go by their name; with joins by `table.column`, for there a name
may mean several.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar, overload

from wasidb.errors import InvalidQuery
from wasidb.rows import encoded, models_of, tuples_of
from wasidb_schema import Aggregate, Column, Condition, Order, Table
from wasidb_schema.cells import Cell
from wasidb_schema.expressions import (
    And,
    Comparison,
    InList,
    Like,
    Not,
    NullTest,
    Operand,
    Or,
    condition,
)

Row = TypeVar("Row")
Model = TypeVar("Model", bound=Table)
How = Literal["inner", "left", "right", "full"]
Naming = Callable[[Operand], str]


@dataclass(frozen=True, slots=True)
class Join:
    """One more table and the pair of columns that must be equal."""

    table: type[Table]
    left: Column
    right: Column
    how: How

    def as_json(self) -> dict[str, str]:
        return {
            "join_type": self.how.capitalize(),
            "table": self.table.__table__.name,
            "left_column": qualified(self.left),
            "right_column": self.right.name,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Select(Generic[Row]):
    """A question whose answer is a list of `Row`. Start one with `select`."""

    source: str
    model: type[Table] | None = None
    outputs: tuple[Column | Aggregate, ...] = ()
    joins: tuple[Join, ...] = ()
    condition: Condition | None = None
    groups: tuple[Column, ...] = ()
    group_condition: Condition | None = None
    orders: tuple[Order, ...] = ()
    row_limit: int | None = None
    row_offset: int | None = None
    is_distinct: bool = False

    def from_(self, table: type[Table]) -> "Select[Row]":
        """Names the table, where the outputs do not: `select(count()).from_(Flight)`."""
        return replace(self, source=table.__table__.name)

    def where(self, *conditions: Condition | bool) -> "Select[Row]":
        """Keeps the rows for which all conditions hold.

        To a type checker `Flight.month == 1` is a bool, hence the signature.
        """
        return replace(self, condition=all_of(self.condition, *conditions))

    def join(self, table: type[Table], *, on: object, how: How = "inner") -> "Select[Row]":
        """Adds the rows of `table` that match, as in `on=Flight.carrier == Airline.carrier`."""
        left, right = join_columns(table, on)
        return replace(self, joins=(*self.joins, Join(table, left, right, how)))

    def group_by(self, *columns: object) -> "Select[Row]":
        """One row for each combination of values of `columns`."""
        return replace(self, groups=tuple(expected(Column, column) for column in columns))

    def having(self, *conditions: Condition | bool) -> "Select[Row]":
        """Keeps the groups for which all conditions hold; they speak of what is selected."""
        return replace(self, group_condition=all_of(self.group_condition, *conditions))

    def order_by(self, *keys: object) -> "Select[Row]":
        """Sorts by columns or aggregates, ascending unless `.desc()` says otherwise."""
        orders = [key.asc() if isinstance(key, Operand) else expected(Order, key) for key in keys]
        return replace(self, orders=tuple(orders))

    def limit(self, rows: int) -> "Select[Row]":
        return replace(self, row_limit=rows)

    def offset(self, rows: int) -> "Select[Row]":
        """Skips the first rows."""
        return replace(self, row_offset=rows)

    def distinct(self) -> "Select[Row]":
        """Gives equal rows once."""
        return replace(self, is_distinct=True)

    def statement(self) -> dict[str, Any]:
        """The select statement in the engine's JSON form."""
        if not self.source:
            raise InvalidQuery("no table to select from; add .from_(Table)")
        name = qualified if self.joins else bare
        columns = [output for output in self.columns if isinstance(output, Column)]
        aggregates = [output for output in self.columns if isinstance(output, Aggregate)]
        parts = {
            "aggregates": [aggregate_json(aggregate, name) for aggregate in aggregates],
            "joins": [join.as_json() for join in self.joins],
            "where": filter_json(self.condition, name),
            "group_by": [name(column) for column in self.groups],
            "having": filter_json(self.group_condition, self.output_name),
            "order_by": [
                {"column": self.output_name(order.operand), "direction": order.direction}
                for order in self.orders
            ],
            "limit": self.row_limit,
            "offset": self.row_offset,
            "distinct": self.is_distinct or None,
        }
        asked = {part: value for part, value in parts.items() if value is not None and value != []}
        return {"from": self.source, "columns": [name(column) for column in columns], **asked}

    @property
    def columns(self) -> tuple[Column | Aggregate, ...]:
        """Everything asked for, in the order in which the caller gets it."""
        return tuple(self.model.__columns__.values()) if self.model else self.outputs

    def answer(self, rows: list[list[Cell]]) -> list[Row]:
        """The engine's rows as the caller gets them."""
        if self.model:
            models: list[Any] = models_of(self.model, rows)
            return models
        # Whatever the order asked for, the engine gives columns first, then aggregates.
        numbers = range(len(self.outputs))
        given = sorted(numbers, key=lambda at: isinstance(self.outputs[at], Aggregate))
        places = sorted(numbers, key=given.__getitem__)
        labels = [output.label for output in self.outputs]
        kinds = [output.type_name for output in self.outputs]
        return tuples_of(labels, kinds, [[row[at] for at in places] for row in rows])

    def output_name(self, operand: Operand) -> str:
        """How a key to sort by or a condition on groups refers to `operand`."""
        if not isinstance(operand, Aggregate):
            return qualified(operand) if self.joins else bare(operand)
        for output in self.outputs:
            if isinstance(output, Aggregate) and output.measures_same(operand):
                return output.label
        raise InvalidQuery(f"{operand.label} must be selected to sort or filter groups by it")


@overload
def select(table: type[Model], /) -> Select[Model]: ...


@overload
def select(*outputs: object) -> Select[Any]: ...


def select(*outputs: object) -> Select[Any]:
    """Starts a question: `select(Flight)` for models, `select(Flight.dest)` for tuples."""
    if len(outputs) == 1 and isinstance(outputs[0], type) and issubclass(outputs[0], Table):
        return Select(outputs[0].__table__.name, model=outputs[0])
    asked = tuple(expected((Column, Aggregate), output) for output in outputs)
    if not asked:
        raise InvalidQuery("nothing to select; name a table, columns or aggregates")
    columns = [output if isinstance(output, Column) else output.column for output in asked]
    return Select(next((column.table for column in columns if column), ""), outputs=asked)


def expected(kind: Any, value: object) -> Any:
    """`value`, which must be of `kind`."""
    if not isinstance(value, kind):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        names = " or ".join(kind.__name__.lower() for kind in kinds)
        raise InvalidQuery(f"expected {names}, got {value!r}", value=repr(value), expected=names)
    return value


def all_of(*conditions: object) -> Condition | None:
    """The conjunction of those given."""
    whole: Condition | None = None
    for part in conditions:
        if part is not None:
            whole = condition(part) if whole is None else And(whole, condition(part))
    return whole


def join_columns(table: type[Table], on: object) -> tuple[Column, Column]:
    """The column of an earlier table and the column of `table` that `on` sets equal."""
    if (
        isinstance(on, Comparison)
        and on.operator == "Eq"
        and isinstance(on.operand, Column)
        and isinstance(on.value, Column)
    ):
        sides = on.operand, on.value
        for left, right in (sides, sides[::-1]):
            if right.table == table.__table__.name:
                return left, right
    name = table.__table__.name
    raise InvalidQuery(f"a join needs on=<column> == <column of {name}>, got {on!r}", table=name)


def bare(operand: Operand) -> str:
    """`carrier`"""
    return expected(Column, operand).name  # type: ignore[no-any-return]


def qualified(operand: Operand) -> str:
    """`flights.carrier`"""
    column = expected(Column, operand)
    return f"{column.table}.{column.name}"


def aggregate_json(aggregate: Aggregate, name: Naming) -> dict[str, str]:
    """An aggregate in the engine's JSON form."""
    over = {"column": name(aggregate.column)} if aggregate.column else {}
    return {"function": aggregate.function, **over, "as": aggregate.label}


def filter_json(filter: Condition | None, name: Naming) -> dict[str, Any] | None:
    """A condition in the engine's filter grammar; None, which every row fulfils, is None."""
    match filter:
        case None:
            return None
        case Comparison(operator, operand, value):
            if isinstance(value, Operand):
                raise InvalidQuery("two columns can be compared in the condition of a join only")
            return {operator: [name(operand), literal(operand, value)]}
        case InList(operand, values):
            return {"In": [name(operand), [literal(operand, value) for value in values]]}
        case Like(operand, pattern):
            return {"Like": [name(operand), pattern]}
        case NullTest(operator, operand):
            return {operator: name(operand)}
        case And(left, right) | Or(left, right):
            return {type(filter).__name__: [filter_json(left, name), filter_json(right, name)]}
        case Not(operand):
            return {"Not": filter_json(operand, name)}
    raise InvalidQuery(f"not a condition: {filter!r}")


def literal(operand: Operand, value: object) -> Any:
    """`value` as a cell of the type of `operand`."""
    side: Column | Aggregate = expected((Column, Aggregate), operand)
    table = side.table if isinstance(side, Column) else ""
    return encoded(side.type_name, [value], table, side.label)[0]
