"""Conditions in the engine's filter grammar.

    (Flight.dep_delay > 30) & Flight.dest.in_(["SFO", "LAX"])

    {"And": [{"Gt": ["dep_delay", 30]}, {"In": ["dest", ["SFO", "LAX"]]}]}

What a column is called is for the caller to say: by its name where there is one table (`of_table`),
`qualified` where there are several.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from wasidb.arguments import expected
from wasidb.errors import InvalidQuery
from wasidb.rows import encoded_value
from wasidb_schema import Aggregate, Column, Condition, Order
from wasidb_schema.cells import Cell
from wasidb_schema.expressions import And, Comparison, InList, Like, Not, NullTest, Operand, Or

NULL_TEXT = "Null"

Literal = Cell | dict[str, Any]
Naming = Callable[[Operand], str]
Placing = Callable[[Literal], Any]
"""What stands for a constant: itself, or the parameter of a prepared statement."""


@lru_cache(maxsize=256)
def of_table(table: str) -> Naming:
    """Calls columns of a table by their names: `carrier`."""

    def name(operand: Operand) -> str:
        column: Column = expected(Column, operand)
        if column.table != table:
            message = (
                f"{column.table}.{column.name} is no column of {table!r}: join {column.table!r}"
            )
            raise InvalidQuery(message, table=table, column=column.name)
        return column.name

    return name


def qualified(operand: Operand) -> str:
    """`flights.carrier`"""
    column = expected(Column, operand)
    return f"{column.table}.{column.name}"


def itself(cell: Literal) -> Any:
    """The constant, where it is."""
    return cell


def filter_json(
    filter: Condition | None, name: Naming, place: Placing = itself
) -> dict[str, Any] | None:
    """A condition in the engine's filter grammar; None, which every row fulfils, is None."""
    match filter:
        case None:
            return None
        case Comparison(operator, operand, value):
            if isinstance(value, Operand):
                raise InvalidQuery("two columns can be compared in the condition of a join only")
            return {operator: [name(operand), place(literal(operand, value))]}
        case InList(operand, values):
            return {"In": [name(operand), [place(literal(operand, value)) for value in values]]}
        case Like(operand, pattern):
            return {"Like": [name(operand), pattern]}
        case NullTest(operator, operand):
            return {operator: name(operand)}
        case And(left, right) | Or(left, right):
            both = [filter_json(left, name, place), filter_json(right, name, place)]
            return {type(filter).__name__: both}
        case Not(operand):
            return {"Not": filter_json(operand, name, place)}
    raise InvalidQuery(f"not a condition: {filter!r}")


def literal(operand: Operand, value: object) -> Literal:
    """`value` as a cell of the type of `operand`; typed where a bare one would mean NULL."""
    side: Column | Aggregate = expected((Column, Aggregate), operand)
    table = side.table if isinstance(side, Column) else ""
    cell = encoded_value(side.codec, value, table, side.label)
    if cell != NULL_TEXT:
        return cell
    return {"Blob": list(value)} if isinstance(value, bytes) else {"Text": cell}


def order_json(order: Order, name: Naming) -> dict[str, str]:
    """A key to order by."""
    nulls = {} if order.nulls is None else {"nulls": order.nulls}
    return {"column": name(order.operand), "direction": order.direction, **nulls}


def orders_of(keys: tuple[object, ...]) -> tuple[Order, ...]:
    """Keys to order by; operands ascend."""
    what = "a column, an aggregate, or one of them with .desc()"
    return tuple(
        key.asc() if isinstance(key, Operand) else expected(Order, key, what) for key in keys
    )
