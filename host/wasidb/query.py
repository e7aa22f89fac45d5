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

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, Literal, NamedTuple, TypeVar, overload

from wasidb.aliases import Alias
from wasidb.arguments import condition_of, expected, row_number, shown, table_of
from wasidb.conditions import (
    Naming,
    Placing,
    filter_json,
    filter_text,
    of_table,
    order_json,
    orders_of,
    parts_of,
    qualified,
)
from wasidb.errors import InvalidQuery
from wasidb.relations import Relation, includes_json, related, whole_rows
from wasidb.rows import Page, columns_of_rows, decoded, dump, has_plain_cells
from wasidb.shapes import OBJECTS, Shape
from wasidb_schema import Aggregate, Column, Condition, Order, Table
from wasidb_schema.expressions import And, Comparison, Operand
from wasidb_schema.table import TableMeta

Row = TypeVar("Row")
Model = TypeVar("Model", bound=Table)
How = Literal["inner", "left", "right", "full", "semi", "anti"]


@dataclass(frozen=True, slots=True)
class Join:
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


class Frame:
    """What questions have in common that differ in `where`, limit and offset alone.

    `text` is the JSON of the rest of their statement, `layout` how the rows of answers lie.
    `comparisons` are the whole statements that have a comparison with a parameter for a condition,
    by its operator, table and column.
    """

    __slots__ = ("comparisons", "layout", "text")

    def __init__(self) -> None:
        self.text = ""
        self.layout: Layout | None = None
        self.comparisons: dict[tuple[str, str, str], str] = {}


class Layout(NamedTuple):
    """The names of an answer's columns, and where the engine has them; no places where these are in
    order.
    """

    names: tuple[str, ...]
    places: tuple[int, ...]


@dataclass(frozen=True, eq=False)
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
    relations: tuple[tuple[str, Relation], ...] = ()
    seconds_max: float | None = None
    rows_max: int | None = None
    memory_max: int | None = None
    frame: Frame = field(default_factory=Frame, repr=False)

    def _with(self, **changes: Any) -> "Select[Any]":
        """Another question, which has a frame of its own."""
        return self._within_frame(frame=Frame(), **changes)

    def _within_frame(self, **changes: Any) -> "Select[Any]":
        """The same question with other fields; `dataclasses.replace` takes ten times as long."""
        changed: Select[Any] = object.__new__(type(self))
        changed.__dict__.update(self.__dict__, **changes)
        return changed

    def from_(self, table: type[Table]) -> "Select[Row]":
        """Names the table, where the outputs do not: `select(count()).from_(Flight)`."""
        return self._with(source=table_of(table).name)

    def where(self, *conditions: Condition | bool) -> "Select[Row]":
        """Keeps the rows for which all conditions hold.

        To a type checker `Flight.month == 1` is a bool, hence the signature.
        """
        return self._within_frame(condition=all_of(self.condition, *conditions))

    def join(self, table: type[Table] | Alias, *, on: object, how: How = "inner") -> "Select[Row]":
        """Adds the rows of `table` that match, as in `on=Flight.carrier == Airline.carrier`.

        Several equalities, and conditions on rows of `table`, are combined with &. A semi join adds
        nothing but keeps the rows that have a match, an anti join those that have none.
        """
        return self._with(joins=(*self.joins, join_of(table, on, how)))

    def include(self, **relations: Relation) -> "Select[Any]":
        """Gives named tuples: the row, then what is related to it under the names given.

        select(Flight).include(airline=one(Airline, Flight.carrier))
        [Row(flights=Flight(...), airline=Airline(...)), ...]
        """
        if self.model is None:
            raise InvalidQuery("only rows of a table include others; start with select(Table)")
        return self._with(relations=related(self.source, relations))

    def group_by(self, *columns: object) -> "Select[Row]":
        """One row for each combination of values of `columns`."""
        return self._with(groups=tuple(expected(Column, column) for column in columns))

    def having(self, *conditions: Condition | bool) -> "Select[Row]":
        """Keeps the groups for which all conditions hold; they speak of what is selected."""
        return self._with(group_condition=all_of(self.group_condition, *conditions))

    def order_by(self, *keys: object) -> "Select[Row]":
        """Sorts by columns or aggregates, ascending unless `.desc()` says otherwise."""
        return self._with(orders=orders_of(keys))

    def limit(self, rows: int) -> "Select[Row]":
        return self._within_frame(row_limit=row_number(rows, "limit"))

    def offset(self, rows: int) -> "Select[Row]":
        """Skips the first rows."""
        return self._within_frame(row_offset=row_number(rows, "offset"))

    def distinct(self) -> "Select[Row]":
        """Gives equal rows once."""
        return self._with(is_distinct=True)

    def within(
        self, *, seconds: float | None = None, rows: int | None = None, memory: int | None = None
    ) -> "Select[Row]":
        """Stops it with DeadlineExceeded after `seconds`, with LimitExceeded at more than `rows`.

        That is to be safe from questions that turn out too large; for the first rows use `limit`.
        With more than `memory` bytes to sort, group or join it goes on in files.
        """
        return self._with(seconds_max=seconds, rows_max=rows, memory_max=memory)

    def statement(self) -> dict[str, Any]:
        """The select statement in the engine's JSON form."""
        statement: dict[str, Any] = json.loads(self.statement_text())
        return statement

    def statement_text(self, place: Placing = dump) -> str:
        """The same as text; `place` gives what stands for the constants of `where` and for limit
        and offset.
        """
        frame = self.frame
        text = frame.text = frame.text or dump(self._unchanging())[:-1]
        if self.condition is not None:
            text += f',"where":{filter_text(self.condition, self._naming, place)}'
        if self.row_limit is not None:
            text += f',"limit":{place(self.row_limit)}'
        if self.row_offset is not None:
            text += f',"offset":{place(self.row_offset)}'
        return text + "}"

    def _unchanging(self) -> dict[str, Any]:
        """The members of the statement that the frame keeps."""
        if not self.source:
            raise InvalidQuery("no table to select from; add .from_(Table)")
        name = self._naming
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
    def _naming(self) -> Naming:
        return qualified if self.joins else of_table(self.source)

    def _column_names(self, name: Naming) -> list[str]:
        if self.model and not self.joins:
            return list(self.model.__columns__)
        return [name(output) for output in self.columns if isinstance(output, Column)]

    @property
    def columns(self) -> tuple[Column | Aggregate, ...]:
        """Everything asked for, in the order in which the caller gets it."""
        return tuple(self.model.__columns__.values()) if self.model else self.outputs

    @property
    def places(self) -> list[int]:
        """Where the engine has each of the columns: whatever the order, aggregates come last."""
        numbers = range(len(self.columns))
        given = sorted(numbers, key=lambda at: isinstance(self.columns[at], Aggregate))
        return sorted(numbers, key=given.__getitem__)

    def answer_in_rows(self, rows: Sequence[Sequence[Any]], shape: Shape) -> list[Any]:
        """The same for few rows of cells. Where nothing else is to be made of these they are not
        turned into columns.
        """
        if self.model and not self.relations and has_plain_cells(self.model):
            return shape.few(self.model, rows)
        return self.answer(columns_of_rows(rows, len(self.columns) + len(self.relations)), shape)

    def answer(self, columns: Page, shape: Shape = OBJECTS) -> list[Any]:
        """The engine's columns of cells as the rows that the caller gets."""
        if self.model:
            return whole_rows(self.model, columns, self.relations, shape)
        layout = self.frame.layout or self._laid_out()
        if layout.places:
            columns = [columns[place] for place in layout.places]
        return shape.parts(layout.names, decoded(self.outputs, columns))

    def _laid_out(self) -> Layout:
        places = tuple(self.places)
        is_in_order = places == tuple(range(len(places)))
        self.frame.layout = Layout(tuple(self.names), () if is_in_order else places)
        return self.frame.layout

    @property
    def names(self) -> list[str]:
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
        return names

    def output_name(self, operand: Operand) -> str:
        """How a key to sort by or a condition on groups refers to `operand`."""
        if not isinstance(operand, Aggregate):
            return self._naming(operand)
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
    if len(outputs) == 1 and isinstance(outputs[0], TableMeta):
        return select_table(outputs[0])
    what = "columns or aggregates, or one model alone"
    asked = tuple(expected((Column, Aggregate), output, what) for output in outputs)
    if not asked:
        raise InvalidQuery("nothing to select; name a table, columns or aggregates")
    columns = [output if isinstance(output, Column) else output.column for output in asked]
    return Select(next((column.table for column in columns if column), ""), outputs=asked)


@lru_cache
def select_table(model: type[Model]) -> Select[Model]:
    """The question for all rows of a table: one value, so that what it leads to shares a frame."""
    return Select(table_of(model).name, model=model)


def all_of(*conditions: object) -> Condition | None:
    """The conjunction of those given."""
    whole: Condition | None = None
    for part in conditions:
        if part is not None:
            each = condition_of(part)
            whole = each if whole is None else And(whole, each)
    return whole


def join_of(table: type[Table] | Alias, on: object, how: How) -> Join:
    """A join on the equalities in `on`; its other conditions are about rows of `table`."""
    expected(str, how, "how to join, such as 'left'")
    source = table.__source__ if isinstance(table, Alias) else table_of(table).name
    name = table.__alias__ if isinstance(table, Alias) else source
    pairs = []
    chosen: Condition | None = None
    for part in parts_of(on) if isinstance(on, And) else [on]:
        if isinstance(part, Comparison) and isinstance(part.value, Operand):
            pairs.append(join_columns(name, part))
        else:
            chosen = all_of(chosen, expected(Condition, part))
    if not pairs:
        raise not_joining(name, on)
    return Join(source, name, tuple(pairs), chosen, how)


def join_columns(name: str, on: Comparison) -> tuple[Column, Column]:
    """The column of an earlier table and the column of table `name` that `on` sets equal."""
    if on.operator == "Eq" and isinstance(on.operand, Column) and isinstance(on.value, Column):
        for left, right in ((on.operand, on.value), (on.value, on.operand)):
            if right.table == name:
                return left, right
    raise not_joining(name, on)


def not_joining(name: str, on: object) -> InvalidQuery:
    """The error of a condition that does not join table `name`."""
    message = f"a join needs on=<column> == <column of {name}>, got {shown(on)}"
    return InvalidQuery(message, table=name)


def aggregate_json(aggregate: Aggregate, name: Naming) -> dict[str, Any]:
    """An aggregate in the engine's JSON form."""
    over = {"column": name(aggregate.column)} if aggregate.column else {}
    at = {} if aggregate.fraction is None else {"q": aggregate.fraction}
    return {"function": aggregate.function, **over, **at, "as": aggregate.label}
