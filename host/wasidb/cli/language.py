"""Questions as text.

    select(flights.dest, count()).where(flights.dep_delay > 30).group_by(flights.dest).limit(10)

A question is a Python expression that means in a program what it means here, with models in the
place of the tables: `select` and its methods, columns as attributes of their tables, comparisons,
`&`, `|` and `~`, aggregates, `alias`, and constants. It is parsed and never evaluated: what is
called is what stands in the two lists below. A name that is no Python name goes in brackets:
`tables["my table"]["my column"]`.

    question      select(...) and any of its methods
    output        table.column   count()   avg(table.column).as_("mean")
    condition     table.column > 30   table.column.in_([1, 2])   (a > 1) & (b < 2)   ~(a == None)
    constant      1   -2.5   "text"   b"bytes"   True   None   [1, 2]

Dates, times, decimals and uuids are written as text. There is no `include`: an answer is a table.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import wasidb_schema
from wasidb.aliases import Alias, alias
from wasidb.cli.stored_table import StoredTable, column_of
from wasidb.errors import InvalidQuery
from wasidb.query import Select, select
from wasidb_schema import Aggregate, Column, Condition, Order

AGGREGATES = (
    *("count", "count_distinct", "sum_", "avg", "min_", "max_", "first", "last"),
    *("median", "quantile", "stddev", "variance"),
)
COMPARED = ("in_", "is_null", "is_not_null", "asc", "desc")
METHODS: Mapping[type, tuple[str, ...]] = {
    Select: (
        *("from_", "where", "join", "group_by", "having", "order_by"),
        *("limit", "offset", "distinct", "within"),
    ),
    Column: (*COMPARED, "like"),
    Aggregate: (*COMPARED, "as_"),
    Order: ("nulls_first", "nulls_last"),
}
TABLES = "tables"
COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
COMBINATIONS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
}


def selecting(*outputs: Any) -> Select[Any]:
    """`select`, where a table stands for all its columns."""
    if len(outputs) == 1 and isinstance(outputs[0], StoredTable):
        return outputs[0].everything()
    return select(*outputs)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "select": selecting,
    "alias": alias,
    **{name: getattr(wasidb_schema, name) for name in AGGREGATES},
}


def question_of(text: str, tables: Mapping[str, StoredTable]) -> Select[Any]:
    """The question that a text asks; InvalidQuery when it asks none, and says where."""
    try:
        tree = ast.parse(f"({text}\n)", mode="eval")  # in brackets lines may end anywhere
        question = Reader(tables).value(tree.body)
    except SyntaxError as error:
        raise InvalidQuery(f"not a question: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise InvalidQuery(f"not a question: {error}") from error
    if isinstance(question, StoredTable):
        return question.everything()
    if not isinstance(question, Select):
        raise InvalidQuery("not a question; it begins with select(...)")
    return question


class Reader:
    """Makes what an expression says of its parts, one kind of part after the other."""

    def __init__(self, tables: Mapping[str, StoredTable]) -> None:
        self._tables = tables

    def value(self, node: ast.expr) -> Any:
        """What a part of the expression stands for."""
        match node:
            case ast.Constant(bool() | int() | float() | str() | bytes() | None as constant):
                return constant
            case ast.List(parts) | ast.Tuple(parts):
                return [self.value(part) for part in parts]
            case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as number)):
                return -number
            case ast.UnaryOp(ast.Invert(), operand):
                return ~self.condition(operand)
            case ast.BinOp(left, sign, right) if type(sign) in COMBINATIONS:
                return COMBINATIONS[type(sign)](self.condition(left), self.condition(right))
            case ast.Compare(left, [sign], [right]) if type(sign) in COMPARISONS:
                return self.comparison(COMPARISONS[type(sign)], left, right)
            case ast.BoolOp() | ast.UnaryOp(ast.Not()) | ast.Compare(ops=[_, _, *_]):
                raise unreadable(node, "combine conditions with &, | and ~, each in brackets")
            case ast.Name(name):
                return self.table(node, name)
            case ast.Subscript(ast.Name("tables"), ast.Constant(str() as name)):
                return self.table(node, name)
            case ast.Attribute(table, name) | ast.Subscript(table, ast.Constant(str() as name)):
                return column_of(self.of_kind(table, (StoredTable, Alias), "a table"), name)
            case ast.Call():
                return self.call(node)
        raise unreadable(node, "that is no part of a question")

    def call(self, node: ast.Call) -> Any:
        """What a function or a method of one of the two lists gives."""
        match node.func:
            case ast.Name(name) if name in FUNCTIONS:
                function = FUNCTIONS[name]
            case ast.Attribute(owner, name):
                thing = self.value(owner)
                if name not in METHODS.get(type(thing), ()):
                    raise unreadable(node, f"no method {name!r} here")
                function = getattr(thing, name)
            case _:
                known = ", ".join(FUNCTIONS)
                raise unreadable(node, f"no such function; there are {known}")
        arguments = [self.value(argument) for argument in node.args]
        options = {str(each.arg): self.value(each.value) for each in node.keywords}
        try:
            return function(*arguments, **options)
        except (TypeError, AttributeError) as error:
            raise unreadable(node, str(error)) from error

    def comparison(
        self, compare: Callable[[Any, Any], Any], left: ast.expr, right: ast.expr
    ) -> Any:
        """A column or an aggregate compared with a constant or, in a join, with a column."""
        operand = self.of_kind(left, (Column, Aggregate), "a column or an aggregate")
        return compare(operand, self.value(right))

    def condition(self, node: ast.expr) -> Any:
        """A condition; a frequent mistake is to leave out the brackets around it."""
        return self.of_kind(node, (Condition,), "a condition, in brackets")

    def of_kind(self, node: ast.expr, kinds: tuple[type, ...], expected: str) -> Any:
        """What the part stands for, which must be one of `kinds`."""
        value = self.value(node)
        if not isinstance(value, kinds):
            raise unreadable(node, f"expected {expected}")
        return value

    def table(self, node: ast.expr, name: str) -> StoredTable:
        """The table of that name."""
        if name not in self._tables:
            known = ", ".join(self._tables) or "none"
            raise unreadable(node, f"there is no table {name!r}; there are {known}")
        return self._tables[name]


def unreadable(node: ast.expr, reason: str) -> InvalidQuery:
    """The error of a part of a question that means nothing."""
    text = ast.unparse(node)
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    return InvalidQuery(f"{shown}: {reason}", value=text, position=node.col_offset)
