"""The queries of the typed interface `database`, as statements.

It has two functions that take the same record: `select` gives rows of one table (or of joined ones,
which the Rust engine leaves out), `aggregate` gives groups and calls its results agg0, agg1 and so
on in `having` and `order_by`. Messages are those of the Rust engine where hosts may look at them.
NULL is ordered where that engine ranks it.

Eager relations are only checked: the interface has no place for what they would load.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.errors import InvalidQuery
from wasidb_guest.query.executor import run_select
from wasidb_guest.query.expression import (
    Filter,
    JsonContains,
    JsonExtract,
    JsonHasKey,
    Like,
    conditions,
)
from wasidb_guest.query.filter_json import parse_filter
from wasidb_guest.query.json_input import JsonInput
from wasidb_guest.query.source import Source
from wasidb_guest.query.statement import Aggregate, Function, Join, OrderKey, Select, join_from_json
from wasidb_guest.vectors import Batch


class AggregateClauseInSelect(InvalidQuery):
    """A select with `group_by` or `having`; the typed interface has an error of its own for it."""


@dataclass(frozen=True, slots=True)
class TypedQuery:
    """The record `query`: filter, having and each of joins are JSON texts."""

    filter: str | None = None
    distinct_by: tuple[str, ...] = ()
    eager_relations: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    having: str | None = None
    order_by: tuple[OrderKey, ...] = ()
    limit: int | None = None
    offset: int | None = None


def typed_select(table: str, query: TypedQuery, source: Source) -> Batch:
    """The rows of a table, with all columns."""
    where, joins, having = _parsed(query)
    if query.group_by or having is not None:
        raise AggregateClauseInSelect("GROUP BY and HAVING belong to aggregate, not to select")
    _check_relations(source.table(table).definition, query.eager_relations)
    statement = Select(
        table,
        joins=joins,
        where=where,
        distinct_by=query.distinct_by,
        order_by=query.order_by,
        limit=query.limit,
        offset=query.offset or 0,
        null_order="by_type",
    )
    return run_select(statement, source)


def typed_aggregate(
    table: str,
    query: TypedQuery,
    functions: Sequence[tuple[Function, str | None]],
    source: Source,
) -> Batch:
    """A row for each group: the columns of `group_by`, then the result of each function."""
    where, joins, having = _parsed(query)
    definition = source.table(table).definition
    if joins:
        raise InvalidQuery("joins are not supported in aggregate queries")
    if query.eager_relations:
        raise InvalidQuery("eager relations are not supported in aggregate queries")
    for name in (*query.group_by, *(column for _, column in functions if column is not None)):
        definition.column_position(name)
    names = [f"agg{number}" for number in range(len(functions))]
    _check_outputs(having, query.order_by, {*query.group_by, *names})
    statement = Select(
        table,
        where=where,
        distinct_by=query.distinct_by,
        group_by=query.group_by,
        aggregates=tuple(
            Aggregate(function, column, name)
            for (function, column), name in zip(functions, names, strict=True)
        ),
        having=having,
        order_by=query.order_by,
        limit=query.limit,
        offset=query.offset or 0,
        null_order="by_type",
    )
    return run_select(statement, source)


def _parsed(query: TypedQuery) -> tuple[Filter | None, tuple[Join, ...], Filter | None]:
    """Filter, joins and having; they are looked at in this order, and before the table."""
    where = None if query.filter is None else parse_filter(query.filter)
    joins = tuple(join_from_json(JsonInput.load(text, "join")) for text in query.joins)
    having = None if query.having is None else parse_filter(query.having, "having")
    return where, joins, having


def _check_relations(table: TableDefinition, relations: Iterable[str]) -> None:
    targets = {reference.table for _, reference in table.foreign_keys}
    for relation in relations:
        if relation not in targets:
            message = (
                f"Cannot load relation '{relation}' for table '{table.name}': no foreign key found"
            )
            raise InvalidQuery(message, table=table.name, value=relation)


def _check_outputs(having: Filter | None, order_by: Sequence[OrderKey], outputs: set[str]) -> None:
    """Refuse names that are no output, and conditions that the Rust engine has not for outputs."""
    for condition in () if having is None else conditions(having):
        if isinstance(condition, Like):
            raise InvalidQuery("LIKE is not supported in HAVING")
        if isinstance(condition, JsonContains | JsonHasKey | JsonExtract):
            raise InvalidQuery("JSON filters are not supported in HAVING")
        if condition.column not in outputs:
            message = f"HAVING references unknown column or aggregate: '{condition.column}'"
            raise InvalidQuery(message, column=condition.column)
    for key in order_by:
        if key.column not in outputs:
            message = f"ORDER BY references unknown aggregate output: '{key.column}'"
            raise InvalidQuery(message, column=key.column)
