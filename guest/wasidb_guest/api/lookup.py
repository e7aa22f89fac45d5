"""Selects and gets that an index answers alone: no plan, no vectors, records straight to text.

    {"from": "people", "where": {"And": [{"Eq": ["city", "Oslo"]}, {"Eq": ["age", {"Param": 0}]}]}}

is one if an index begins with `city` and `age`, in whatever order, because nothing else has to be
checked of the rows it finds. What the columns are equal to may differ from call to call; all that
depends on the definition of the table is settled when the look-up is made.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial, reduce
from typing import Any

from wasidb_guest.api.parameters import value_of, values_literal
from wasidb_guest.definitions import ColumnDefinition, TableDefinition
from wasidb_guest.encoding.cell_vectors import vector_from_json
from wasidb_guest.encoding.cells import Cell
from wasidb_guest.encoding.json_rows import JsonText
from wasidb_guest.errors import InvalidInput
from wasidb_guest.indexes.run import build_run
from wasidb_guest.indexes.search import NO_ADDRESS
from wasidb_guest.query.access_path import is_indexable
from wasidb_guest.query.comparable import constant_for
from wasidb_guest.query.expression import (
    And,
    Comparison,
    Filter,
    Literal,
    Membership,
    conjuncts,
)
from wasidb_guest.query.json_input import JsonInput
from wasidb_guest.query.reads import FilterTest
from wasidb_guest.query.results import decoded, head
from wasidb_guest.query.scope import Scope
from wasidb_guest.query.statement import Select
from wasidb_guest.tables.index import Index
from wasidb_guest.tables.integrity import index_of_key
from wasidb_guest.tables.row_text import put_rows
from wasidb_guest.tables.table import Table
from wasidb_guest.transactions.transaction import Transaction
from wasidb_guest.vectors import Batch


class Lookup:
    """The rows of a table whose first columns of an index equal certain literals."""

    def __init__(
        self,
        table: TableDefinition,
        index: int,
        keys: Sequence[tuple[ColumnDefinition, Literal]],
        positions: tuple[int, ...],
    ) -> None:
        self._index = index
        self._keys = keys
        self._positions = positions
        self._head = head([table.columns[position].name for position in positions])

    def run(self, transaction: Transaction, name: str, values: Sequence[Any]) -> str:
        """The rows, by ascending address, as `rows.select` gives them."""
        table = transaction.table(name)
        transaction.has_read(name, partial(self._finds, table.definition, values))
        addresses = self._find(table, values)
        transaction.limits.check_rows(len(addresses))
        text = JsonText()
        text.put(self._head)
        put_rows(text, table, addresses, self._positions)
        text.put(b"]}")
        return decoded(text)

    def _finds(self, table: TableDefinition, values: Sequence[Any], rows: Batch) -> bool:
        """Whether one of some complete rows would be found."""
        names = [column.name for column, _ in self._keys]
        literals = [value_of(literal, values) for _, literal in self._keys]
        return FilterTest(table, _equals(names, literals))(rows)

    def _find(self, table: Table, values: Sequence[Any]) -> Collection[int]:
        cells: list[Cell] = []
        for column, literal in self._keys:
            found = exact_cell(column, value_of(literal, values))
            if found is None:
                return ()
            cells += found
        addresses = table.indexes[self._index].equal(cells)
        return addresses if len(addresses) < 2 else sorted(addresses)


def lookup_for(statement: Select, table: Table) -> Lookup | None:
    """The look-up that answers a statement, if an index alone can."""
    literals = _equalities(statement, table.definition)
    if not literals or not _is_plain(statement):
        return None
    for number, index in enumerate(table.indexes):
        names = index.columns[: len(literals)]
        if literals.keys() == set(names):
            keys = [(table.definition.column(name), literals[name]) for name in names]
            return Lookup(table.definition, number, keys, _positions(statement, table.definition))
    return None


def _is_plain(statement: Select) -> bool:
    """Whether a statement asks for rows of a table as they are."""
    return statement.columns != () and statement == Select(
        statement.table, name=statement.name, columns=statement.columns, where=statement.where,
        null_order=statement.null_order, limits=statement.limits,
    )  # fmt: skip


def _equalities(statement: Select, table: TableDefinition) -> dict[str, Literal]:
    """What each column must equal; nothing at all if there is any other condition."""
    scope = Scope.of_table(table, statement.table_name)
    literals: dict[str, Literal] = {}
    for condition in conjuncts(statement.where):
        if not isinstance(condition, Comparison) or condition.operator != "Eq":
            return {}
        column = scope.column(condition.column)
        if column.name in literals or not is_indexable(column.type):
            return {}
        literals[column.name] = condition.literal
    return literals


def _positions(statement: Select, table: TableDefinition) -> tuple[int, ...]:
    if statement.columns is None:
        return tuple(range(len(table.columns)))
    return Scope.of_table(table, statement.table_name).positions(statement.columns)


def exact_cell(column: ColumnDefinition, literal: Literal) -> tuple[Cell] | None:
    """The cell a column must hold to equal a literal; None if it can hold no such cell."""
    if literal.is_null:
        return (None,)
    constant = constant_for(column.type, literal, column.name)
    return (constant.cell,) if constant.is_exact and constant.cell is not None else None


def positions_of(table: TableDefinition, columns: Sequence[str] | None) -> tuple[int, ...]:
    """Where the columns of these names are, or all of them."""
    if columns is None:
        return tuple(range(len(table.columns)))
    return tuple(map(table.column_position, columns))


def rows_of_keys(
    transaction: Transaction, name: str, keys: Sequence[Any], positions: tuple[int, ...]
) -> str:
    """A JSON array with the row of each primary key, null for one that no row has."""
    table = transaction.table(name)
    transaction.has_read(name, partial(_has_key, table.definition, keys))
    text = JsonText()
    text.put(b"[")
    put_rows(text, table, _addresses_of(table, keys), positions)
    text.put(b"]")
    return decoded(text)


def _has_key(table: TableDefinition, keys: Sequence[Any], rows: Batch) -> bool:
    """Whether one of some complete rows has one of these primary keys."""
    literals = [_key_literals(table, keys, number) for number in range(len(keys))]
    if len(table.key) == 1:
        column = Membership(table.primary_key, tuple(literal for (literal,) in literals))
        return FilterTest(table, column)(rows)
    return any(FilterTest(table, _equals(table.key, each))(rows) for each in literals)


def _equals(columns: Iterable[str], literals: Iterable[Literal]) -> Filter:
    """Whether each of the columns, of which there is at least one, equals its literal."""
    equalities: Iterator[Filter] = map(partial(Comparison, "Eq"), columns, literals)
    return reduce(And, equalities)


def _key_literals(table: TableDefinition, keys: Sequence[Any], number: int) -> list[Literal]:
    """One of the primary keys: a cell, or an array of those of several columns."""
    width = len(table.key)
    if width == 1:
        return [values_literal(keys, number)]
    cells = keys[number]
    if not isinstance(cells, list) or len(cells) != width:
        expected = f"an array of {width} cells: {', '.join(table.key)}"
        raise JsonInput(cells, "key").refused(expected)
    return [values_literal(cells, place) for place in range(width)]


def _addresses_of(table: Table, keys: Sequence[Any]) -> Iterable[int]:
    """Where the row of each primary key is, or NO_ADDRESS."""
    definition = table.definition
    index = index_of_key(table, definition.key)
    if len(definition.key) == 1 and len(keys) > 1 and None not in keys:
        column = definition.column(definition.primary_key)
        try:
            vector = vector_from_json(
                column.type, keys, table=table.definition.name, column=column.name, nullable=False
            )
            return index.tree.find_run(build_run([vector]))
        except InvalidInput:  # a key that is no cell of the column may equal one all the same
            pass
    columns = [definition.column(name) for name in definition.key]
    literals = (_key_literals(definition, keys, number) for number in range(len(keys)))
    return [_address_of(index, columns, each) for each in literals]


def _address_of(index: Index, columns: Sequence[ColumnDefinition], key: Sequence[Literal]) -> int:
    cells: list[Cell] = []
    for column, literal in zip(columns, key, strict=True):
        cell = exact_cell(column, literal)
        if cell is None:
            return NO_ADDRESS
        cells += cell
    return index.find(cells)
