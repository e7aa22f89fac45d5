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
thing asked.
"""

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Generic, TypeVar, overload

from wasidb.aliases import Alias
from wasidb.arguments import condition_of, expected, row_number, shown, table_of
from wasidb.conditions import Placing, filter_text, orders_of, parts_of
from wasidb.errors import InvalidQuery
from wasidb.outline import How, Join, Outline
from wasidb.relations import Relation, related
from wasidb.rows import dump
from wasidb_schema import Aggregate, Column, Condition, Table
from wasidb_schema.expressions import And, Comparison, Operand
from wasidb_schema.table import TableMeta

Row = TypeVar("Row")
Model = TypeVar("Model", bound=Table)


@dataclass(slots=True, eq=False)
class Select(Generic[Row]):
    """A question whose answer is a list of `Row`. Start one with `select`."""

    outline: Outline
    condition: Condition | None = None
    row_limit: int | None = None
    row_offset: int | None = None

    def _with(self, **changes: Any) -> "Select[Any]":
        """A question with another outline."""
        changed = replace(self.outline, **changes)
        return Select(changed, self.condition, self.row_limit, self.row_offset)

    def from_(self, table: type[Table]) -> "Select[Row]":
        """Names the table, where the outputs do not: `select(count()).from_(Flight)`."""
        return self._with(source=table_of(table).name)

    def where(self, *conditions: Condition | bool) -> "Select[Row]":
        """Keeps the rows for which all conditions hold.

        To a type checker `Flight.month == 1` is a bool, hence the signature.
        """
        whole = all_of(self.condition, conditions)
        return Select(self.outline, whole, self.row_limit, self.row_offset)

    def join(self, table: type[Table] | Alias, *, on: object, how: How = "inner") -> "Select[Row]":
        """Adds the rows of `table` that match, as in `on=Flight.carrier == Airline.carrier`.

        Several equalities, and conditions on rows of `table`, are combined with &. A semi join adds
        nothing but keeps the rows that have a match, an anti join those that have none.
        """
        return self._with(joins=(*self.outline.joins, join_of(table, on, how)))

    def include(self, **relations: Relation) -> "Select[Any]":
        """Gives named tuples: the row, then what is related to it under the names given.

        select(Flight).include(airline=one(Airline, Flight.carrier))
        [Row(flights=Flight(...), airline=Airline(...)), ...]
        """
        if self.outline.model is None:
            raise InvalidQuery("only rows of a table include others; start with select(Table)")
        return self._with(relations=related(self.outline.source, relations))

    def group_by(self, *columns: object) -> "Select[Row]":
        """One row for each combination of values of `columns`."""
        return self._with(groups=tuple(expected(Column, column) for column in columns))

    def having(self, *conditions: Condition | bool) -> "Select[Row]":
        """Keeps the groups for which all conditions hold; they speak of what is selected."""
        return self._with(group_condition=all_of(self.outline.group_condition, conditions))

    def order_by(self, *keys: object) -> "Select[Row]":
        """Sorts by columns or aggregates, ascending unless `.desc()` says otherwise."""
        return self._with(orders=orders_of(keys))

    def limit(self, rows: int) -> "Select[Row]":
        return Select(self.outline, self.condition, row_number(rows, "limit"), self.row_offset)

    def offset(self, rows: int) -> "Select[Row]":
        """Skips the first rows."""
        return Select(self.outline, self.condition, self.row_limit, row_number(rows, "offset"))

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
        text = self.outline.text
        if self.condition is not None:
            text += f',"where":{filter_text(self.condition, self.outline.naming, place)}'
        if self.row_limit is not None:
            text += f',"limit":{place(self.row_limit)}'
        if self.row_offset is not None:
            text += f',"offset":{place(self.row_offset)}'
        return text + "}"


@overload
def select(table: type[Model], /) -> Select[Model]: ...


@overload
def select(*outputs: object) -> Select[Any]: ...


def select(*outputs: object) -> Select[Any]:
    """Starts a question: `select(Flight)` for models, `select(Flight.dest)` for tuples."""
    if len(outputs) == 1 and isinstance(outputs[0], TableMeta):
        return select_table(outputs[0])
    return _of_columns.get(tuple(map(id, outputs))) or select_outputs(outputs)


_of_columns: dict[tuple[int, ...], Select[Any]] = {}
"""Questions for columns by the identities of these, which a model gives as the same objects each
time, and which their question keeps; one value, as that for all rows of a table.
"""

OF_COLUMNS_MAX = 256


def select_outputs(outputs: tuple[object, ...]) -> Select[Any]:
    """The question for columns and aggregates, which are new ones each time."""
    what = "columns or aggregates, or one model alone"
    asked = tuple(expected((Column, Aggregate), output, what) for output in outputs)
    if not asked:
        raise InvalidQuery("nothing to select; name a table, columns or aggregates")
    columns = [output if isinstance(output, Column) else output.column for output in asked]
    source = next((column.table for column in columns if column), "")
    question: Select[Any] = Select(Outline(source, outputs=asked))
    if not any(isinstance(output, Aggregate) for output in asked):
        if len(_of_columns) >= OF_COLUMNS_MAX:
            _of_columns.clear()
        _of_columns[tuple(map(id, asked))] = question
    return question


@lru_cache
def select_table(model: type[Model]) -> Select[Model]:
    """The question for all rows of a table: one value, so that what it leads to shares an
    outline."""
    return Select(Outline(table_of(model).name, model=model))


def all_of(whole: Condition | None, conditions: tuple[object, ...]) -> Condition | None:
    """The conjunction of `whole` and those given."""
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
            chosen = all_of(chosen, (part,))
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
