"""Conditions in the engine's filter grammar.

    (Flight.dep_delay > 30) & Flight.dest.in_(["SFO", "LAX"])

    {"And":[{"Gt":["dep_delay",30]},{"In":["dest",["SFO","LAX"]]}]}

They are written as text at once, for a question that is asked again and again has little else to
do in Python.

What a column is called is for the caller to say: by its name where there is one table (`of_table`),
`qualified` where there are several.
"""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from wasidb.arguments import expected
from wasidb.errors import InvalidQuery
from wasidb.rows import dump, encoded_value
from wasidb_schema import Aggregate, Column, Condition, Order
from wasidb_schema.cells import Cell
from wasidb_schema.expressions import And, Comparison, InList, Like, Not, NullTest, Operand, Or

NULL_TEXT = "Null"
NESTING_MAX = 100
"""How deep the engine reads a filter. Python itself ends at some hundred levels more."""

Literal = Cell | dict[str, Any] | list[Any]
Naming = Callable[[Operand], str]
Placing = Callable[[Literal], str]
"""The text for a constant: `dump` gives itself, others the parameter of a prepared statement."""


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


def filter_text(filter: Condition, name: Naming, place: Placing = dump, *, depth: int = 0) -> str:
    """A condition in the engine's filter grammar, as JSON text; `depth` counts those around it."""
    if depth == NESTING_MAX:
        raise InvalidQuery(f"conditions are nested more than {NESTING_MAX} deep")
    match filter:
        case Comparison(operator, operand, value):
            if isinstance(value, Operand):
                raise InvalidQuery("two columns can be compared in the condition of a join only")
            constant = place(literal(operand, value))
            return f'{{"{operator}":[{quoted(name(operand))},{constant}]}}'
        case InList(operand, values):
            listed = place(literals(operand, values))
            return f'{{"In":[{quoted(name(operand))},{listed}]}}'
        case Like(operand, pattern):
            return f'{{"Like":[{quoted(name(operand))},{dump(pattern)}]}}'
        case NullTest(operator, operand):
            return f'{{"{operator}":{quoted(name(operand))}}}'
        case And() | Or():
            texts = [filter_text(part, name, place, depth=depth + 1) for part in parts_of(filter)]
            return paired(type(filter).__name__, texts)
        case Not(operand):
            return f'{{"Not":{filter_text(operand, name, place, depth=depth + 1)}}}'
    raise InvalidQuery(f"not a condition: {filter!r}")


def parts_of(whole: And | Or) -> list[Condition]:
    """What is combined: a, b, c of a | b | c, however it is nested."""
    parts: list[Condition] = []
    left: list[Condition] = [whole]
    while left:
        part = left.pop()
        if isinstance(part, And | Or) and type(part) is type(whole):
            left += (part.right, part.left)
        else:
            parts.append(part)
    return parts


def paired(operator: str, texts: list[str]) -> str:
    """Two texts or more combined by an operator that takes two: thousands are nested no deeper than
    the engine reads.
    """
    while len(texts) > 1:
        pairs = zip(texts[::2], texts[1::2], strict=False)
        odd = texts[len(texts) // 2 * 2 :]
        texts = [f'{{"{operator}":[{left},{right}]}}' for left, right in pairs] + odd
    return texts[0]


def filter_json(filter: Condition | None, name: Naming) -> Any:
    """A condition as a part of what becomes text as a whole; None, which every row fulfils, is
    None.
    """
    return None if filter is None else json.loads(filter_text(filter, name))


@lru_cache(maxsize=1024)
def quoted(name: str) -> str:
    """A name as JSON text."""
    return dump(name)


def literals(operand: Operand, values: Sequence[Any]) -> list[Literal]:
    """The same as `literal` for a list; one of plain integers as a whole."""
    is_plain = type(operand) is Column and operand.codec.encode is None
    if is_plain and set(map(type, values)) == {int}:
        return list(values)
    return [literal(operand, value) for value in values]


def literal(operand: Operand, value: object) -> Literal:
    """`value` as a cell of the type of `operand`; typed where a bare one would mean NULL."""
    if type(value) is int and type(operand) is Column and operand.codec.encode is None:
        return value  # as in most look-ups, which have little else to do
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
