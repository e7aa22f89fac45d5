"""Prepared statements: read once, run often.

    {"select": SELECT}                                            see query.statement
    {"pages": {"select": SELECT, "rows": 65536}}                  see PagesStatement
    {"get": {"table": "people", "columns": ["id", "name"]}}       parameters: primary keys
    {"insert": {"table": "people", "columns": ["id", "name"]}}    parameters: rows
    {"upsert": {"table": "people", "columns": ["id", "name"]}}    likewise
    {"update": {"table": "people", "changes": {"age": {"Param": 0}}, "where": FILTER}}
    {"delete": {"table": "people", "behavior": "restrict", "where": FILTER}}

A statement runs on whatever the tables are at that moment. What it has worked out for a definition
it keeps for as long as the table is still defined so; it asks every time, which costs next to
nothing while nothing has changed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import Any, Protocol, TypeAlias, cast

from wasidb_guest.api import row_changes
from wasidb_guest.api.chosen_rows import ChosenRows
from wasidb_guest.api.cursors import Cursor
from wasidb_guest.api.handles import Handles
from wasidb_guest.api.lookup import ListLookup, Lookup, RowsByKey, lookup_for, positions_of
from wasidb_guest.api.parameters import (
    Parameter,
    filler,
    parameters_in,
    read_values,
    required,
    with_parameters,
)
from wasidb_guest.definitions import TableDefinition
from wasidb_guest.query.batches import joined
from wasidb_guest.query.executor import stream_plan, stream_select
from wasidb_guest.query.filter_json import filter_from_json
from wasidb_guest.query.json_input import JsonInput
from wasidb_guest.query.plan import Plan
from wasidb_guest.query.planner import depends_on_constants, plan_select, with_filter
from wasidb_guest.query.results import batches_to_json, columns_to_json, slice_of
from wasidb_guest.query.statement import U64_MAX, Select, select_from_json
from wasidb_guest.tables.changes import DeleteBehavior
from wasidb_guest.tables.table import Table
from wasidb_guest.transactions.transaction import NO_NUMBER, Transaction
from wasidb_guest.vectors import Batch

BEHAVIORS: dict[str, DeleteBehavior] = {"restrict": "restrict", "cascade": "cascade"}
LIMITS = ("limit", "offset")

StoreRows: TypeAlias = Callable[[Transaction, str, row_changes.RowColumns, object], str]


Kinds: TypeAlias = dict[str, Callable[[JsonInput], "Statement"]]


class Statement(Protocol):
    """A statement that has been read."""

    def run(self, parameters: str, transaction: Transaction) -> str:
        """What it gives for these parameters, both as JSON."""


def parse_statement(text: str, cursors: Handles[Cursor]) -> Statement:
    """The statement a JSON text says; InvalidQuery names the place of what is wrong with it. What
    has more than a page keeps a cursor open.
    """
    kinds: Kinds = {**KINDS, "pages": partial(_read_pages, cursors)}
    read, source = JsonInput.load(text, "statement").variant(kinds, "a statement")
    return read(source)


class SelectStatement:
    """A select. What there is to plan is planned once for the definitions it was planned for.

    A plan is made for its constants and for the sizes that tables have at the moment, so a
    statement that joins, or whose filter an index could serve, is planned for every run, unless an
    index answers it alone; so is one that includes related rows, whose tables are only known from
    foreign keys. Where rows are only filtered the plan stays, and gets a filter with the constants
    of the run. `limit` and `offset` are parameters in the place of numbers.
    """

    def __init__(
        self, select: Select, limit: Parameter | None = None, offset: Parameter | None = None
    ) -> None:
        self._select = select
        self._table = select.table
        self._limits = select.limits
        self._fill = filler(select)
        self._limit = limit
        self._offset = offset
        self._count = required(parameters_in((select, limit, offset)))
        self._fill_filter = filler(select.where)
        self._has_constants = next(parameters_in(select.where), None) is None
        others = parameters_in((replace(select, where=None), limit, offset))
        self._can_have_plan = next(others, None) is None
        self._tables = (select.table, *(join.table for join in select.joins))
        self._definition: TableDefinition | None = None
        self._lookup: Lookup | ListLookup | None = None
        self._definitions: list[TableDefinition] = []
        self._plan: Plan | None = None

    def run(self, parameters: str, transaction: Transaction) -> str:
        found = self.find(parameters, transaction)
        return found if isinstance(found, str) else batches_to_json(found)

    def find(self, parameters: str, transaction: Transaction) -> Iterator[Batch] | str:
        """The rows, of which a look-up makes text by itself."""
        if self._limits is not None:
            transaction.limits.narrow(self._limits)
        table = transaction.table(self._table)
        if table.definition is not self._definition:
            self._look_up_in(table)
        if self._lookup is not None:
            found = self._lookup.run(transaction, table, parameters, self._count)
            if found is not None:
                return found
        return self._stream(read_values(parameters, self._count), transaction)

    def batches(self, transaction: Transaction) -> Iterator[Batch]:
        """The rows of a select without parameters."""
        if self._limits is not None:
            transaction.limits.narrow(self._limits)
        return self._stream((), transaction)

    def _stream(self, values: Sequence[Any], transaction: Transaction) -> Iterator[Batch]:
        transaction.limits.look_later()
        definitions = [transaction.table(name).definition for name in self._tables]
        if definitions != self._definitions:
            self._prepare(transaction, values)
            self._definitions = definitions
        if self._plan is None:
            return stream_select(self._filled(values), transaction)
        where = None if self._has_constants else self._fill_filter(values)
        plan = self._plan if where is None else with_filter(self._plan, where, definitions[0])
        return stream_plan(plan, transaction)

    def _look_up_in(self, table: Table) -> None:
        """Work out whether an index of the table answers this."""
        can_be_lookup = self._limit is None and self._offset is None
        self._lookup = lookup_for(self._select, table) if can_be_lookup else None
        self._definition = table.definition

    def _prepare(self, transaction: Transaction, values: Sequence[Any]) -> None:
        """Work out what the definitions of the tables decide."""
        self._plan = None
        if self._can_have_plan and not depends_on_constants(self._select, transaction):
            self._plan = plan_select(self._filled(values), transaction)

    def _filled(self, values: Sequence[Any]) -> Select:
        """The select for these values."""
        select = self._fill(values)
        if self._limit is not None:
            select = replace(select, limit=_row_number(values, self._limit))
        if self._offset is not None:
            select = replace(select, offset=_row_number(values, self._offset))
        return select


def _read_select(source: JsonInput) -> SelectStatement:
    select = with_parameters(source.value)
    limits: dict[str, Parameter] = {}
    if isinstance(select, dict):
        limits = {key: select.pop(key) for key in LIMITS if isinstance(select.get(key), Parameter)}
    return SelectStatement(select_from_json(JsonInput(select, "select")), **limits)


def _row_number(values: Sequence[Any], parameter: Parameter) -> int:
    place = JsonInput(values, "parameters")
    number = parameter.number
    return JsonInput(values[number], "parameters", place, number).integer(0, U64_MAX)


class PagesStatement:
    """A select for many rows, whose answer comes column by column and `page_rows` rows at a time:

        {"columns": ["id", "name"], "cells": [[1, 2], ["a", null]], "cursor": 5}

    There is a cursor if there are more rows, which `fetch` gives in the same form. What a look-up
    finds is written row by row, all of it, as a select has it.
    """

    def __init__(self, select: SelectStatement, page_rows: int, cursors: Handles[Cursor]) -> None:
        self._select = select
        self._page_rows = page_rows
        self._cursors = cursors

    def run(self, parameters: str, transaction: Transaction) -> str:
        found = self._select.find(parameters, transaction)
        if isinstance(found, str):
            return found
        page, count = [], 0
        for batch in found:
            page.append(batch)
            count += batch.count
            if count > self._page_rows:
                return self._first_page(chain(page, found), transaction)
        whole = joined(page)
        return columns_to_json(whole.names, [slice_of(whole)])

    def _first_page(self, batches: Iterable[Batch], transaction: Transaction) -> str:
        tx = None if transaction.number == NO_NUMBER else transaction.number
        cursor = Cursor(batches, self._page_rows, transaction, tx, columns_to_json)
        number = self._cursors.open(cursor)
        try:
            page = cast(str, cursor.fetch())
        except BaseException:
            self._cursors.close(number)
            raise
        return f'{page[:-1]},"cursor":{number}}}'


def _read_pages(cursors: Handles[Cursor], source: JsonInput) -> PagesStatement:
    members = source.members(("select", "rows"))
    page_rows = members["rows"].integer(1, U64_MAX)
    return PagesStatement(_read_select(members["select"]), page_rows, cursors)


class GetStatement:
    """The rows of the primary keys that are its parameters, null for one that no row has."""

    def __init__(self, table: str, columns: tuple[str, ...] | None) -> None:
        self._table = table
        self._columns = columns
        self._definition: TableDefinition | None = None
        self._rows: RowsByKey | None = None

    def run(self, parameters: str, transaction: Transaction) -> str:
        table = transaction.table(self._table)
        if self._rows is None or table.definition is not self._definition:
            self._definition = table.definition
            positions = positions_of(table.definition, self._columns)
            self._rows = RowsByKey(table, positions)
        return self._rows.run(transaction, table, parameters)


def _read_get(source: JsonInput) -> GetStatement:
    members = source.members(("table",), ("columns",))
    columns = members["columns"].texts() if "columns" in members else None
    if columns == ():
        raise members["columns"].refused("at least one column")
    return GetStatement(members["table"].text(), columns)


class RowsStatement:
    """Inserts or upserts the rows that are its parameters; what `store` of `row_changes` gives."""

    def __init__(self, store: StoreRows, table: str, columns: row_changes.RowColumns) -> None:
        self._store = store
        self._table = table
        self._columns = columns

    def run(self, parameters: str, transaction: Transaction) -> str:
        rows = row_changes.load(parameters, "rows")
        return self._store(transaction, self._table, self._columns, rows)


def _read_rows(store: StoreRows, source: JsonInput) -> RowsStatement:
    members = source.members(("table", "columns"))
    names = row_changes.check_names(members["columns"].value)
    return RowsStatement(store, members["table"].text(), row_changes.RowColumns(names))


def _read_chosen(members: Mapping[str, JsonInput]) -> ChosenRows:
    table, source = members["table"].text(), members.get("where")
    if source is None:
        return ChosenRows(table, None)
    where = JsonInput(with_parameters(source.value), source.document, source.parent, source.key)
    return ChosenRows(table, filter_from_json(where))


class UpdateStatement:
    """Changes the rows for which a filter is true; their number."""

    def __init__(self, rows: ChosenRows, changes: dict[str, Any]) -> None:
        self._rows = rows
        self._columns = row_changes.RowColumns(tuple(changes))
        self._cells = list(changes.values())
        self._count = required((*rows.parameters, *parameters_in(changes)))

    def run(self, parameters: str, transaction: Transaction) -> str:
        values = read_values(parameters, self._count)
        cells = [_cell(given, values) for given in self._cells]
        rows = self._rows
        addresses = rows.find(transaction, values, "update")
        return str(row_changes.update(transaction, rows.table, self._columns, cells, addresses))


def _cell(given: Any, values: Sequence[Any]) -> object:
    """A cell of rows JSON, in which numbers with a point are floats."""
    value = values[given.number] if isinstance(given, Parameter) else given
    return float(value) if isinstance(value, Decimal) else value


def _read_update(source: JsonInput) -> UpdateStatement:
    members = source.members(("table", "changes"), ("where",))
    changes = members["changes"].value
    if not isinstance(changes, dict):
        raise members["changes"].refused("an object from column to cell")
    changes = {name: with_parameters(cell) for name, cell in changes.items()}
    return UpdateStatement(_read_chosen(members), changes)


class DeleteStatement:
    """Deletes the rows for which a filter is true; their number, cascaded ones included."""

    def __init__(self, rows: ChosenRows, behavior: DeleteBehavior) -> None:
        self._rows = rows
        self._behavior = behavior
        self._count = required(rows.parameters)

    def run(self, parameters: str, transaction: Transaction) -> str:
        addresses = self._rows.find_given(transaction, parameters, self._count, "delete")
        return str(transaction.delete(self._rows.table, addresses, self._behavior))


def _read_delete(source: JsonInput) -> DeleteStatement:
    members = source.members(("table",), ("behavior", "where"))
    behavior = members["behavior"].choice(BEHAVIORS) if "behavior" in members else "restrict"
    return DeleteStatement(_read_chosen(members), behavior)


KINDS: Kinds = {
    "select": _read_select,
    "get": _read_get,
    "insert": partial(_read_rows, row_changes.insert),
    "upsert": partial(_read_rows, row_changes.upsert),
    "update": _read_update,
    "delete": _read_delete,
}
