"""Selects and gets that an index answers alone: no plan, no vectors, records straight to text."""

from array import array
from collections.abc import Sequence
from functools import partial
from typing import Any

from wasidb_guest.api.key_search import KeySearch, equals, exact_cell, key_search_for
from wasidb_guest.api.parameters import values_literal
from wasidb_guest.definitions import ColumnDefinition, TableDefinition
from wasidb_guest.encoding.cell_vectors import vector_from_json
from wasidb_guest.encoding.cells import Cell
from wasidb_guest.encoding.json_rows import JsonText
from wasidb_guest.errors import InvalidInput
from wasidb_guest.indexes.run import build_run
from wasidb_guest.indexes.search import NO_ADDRESS
from wasidb_guest.query.expression import Literal, Membership
from wasidb_guest.query.json_input import JsonInput
from wasidb_guest.query.reads import FilterTest
from wasidb_guest.query.results import decoded, head
from wasidb_guest.query.scope import Scope
from wasidb_guest.query.statement import Select
from wasidb_guest.tables.index import Index
from wasidb_guest.tables.integrity import index_of_key
from wasidb_guest.tables.row_text import put_rows, record_rows
from wasidb_guest.tables.table import Table
from wasidb_guest.transactions.transaction import Transaction
from wasidb_guest.vectors import Batch


class Lookup:
    """The rows of a table that a key search finds, as `rows.select` gives them."""

    def __init__(
        self, search: KeySearch, table: TableDefinition, positions: tuple[int, ...]
    ) -> None:
        self._search = search
        self._rows = record_rows(table, positions)
        self._head = head([table.columns[position].name for position in positions])

    def run(self, transaction: Transaction, table: Table, values: Sequence[Any]) -> str:
        """The rows, by ascending address."""
        addresses = self._search.find(transaction, table, values)
        transaction.limits.check_rows(len(addresses))
        text = JsonText()
        text.put(self._head)
        put_rows(text, self._rows, table.pages.read, addresses, table.definition.name)
        text.put(b"]}")
        return decoded(text)


def lookup_for(statement: Select, table: Table) -> Lookup | None:
    """The look-up that answers a statement, if an index alone can."""
    if not _is_plain(statement):
        return None
    search = key_search_for(statement.where, table, statement.table_name)
    if search is None:
        return None
    return Lookup(search, table.definition, _positions(statement, table.definition))


def _is_plain(statement: Select) -> bool:
    """Whether a statement asks for rows of a table as they are."""
    return statement.columns != () and statement == Select(
        statement.table, name=statement.name, columns=statement.columns, where=statement.where,
        null_order=statement.null_order, limits=statement.limits,
    )  # fmt: skip


def _positions(statement: Select, table: TableDefinition) -> tuple[int, ...]:
    if statement.columns is None:
        return tuple(range(len(table.columns)))
    return Scope.of_table(table, statement.table_name).positions(statement.columns)


def positions_of(table: TableDefinition, columns: Sequence[str] | None) -> tuple[int, ...]:
    """Where the columns of these names are, or all of them."""
    if columns is None:
        return tuple(range(len(table.columns)))
    return tuple(map(table.column_position, columns))


def rows_of_keys(
    transaction: Transaction, table: Table, keys: Sequence[Any], positions: tuple[int, ...]
) -> str:
    """A JSON array with the row of each primary key, null for one that no row has."""
    definition = table.definition
    transaction.has_read(definition.name, partial(_has_key, definition, keys))
    addresses = _addresses_of(table, keys)
    text = JsonText()
    text.put(b"[")
    rows = record_rows(definition, positions)
    put_rows(text, rows, table.pages.read, addresses, definition.name)
    text.put(b"]")
    return decoded(text)


def _has_key(table: TableDefinition, keys: Sequence[Any], rows: Batch) -> bool:
    """Whether one of some complete rows has one of these primary keys."""
    literals = [_literals(table, keys, number) for number in range(len(keys))]
    if len(table.key) == 1:
        column = Membership(table.primary_key, tuple(literal for (literal,) in literals))
        return FilterTest(table, column)(rows)
    return any(FilterTest(table, equals(table.key, each))(rows) for each in literals)


def _addresses_of(table: Table, keys: Sequence[Any]) -> memoryview:
    """Where the row of each primary key is, or NO_ADDRESS."""
    definition = table.definition
    columns = [definition.column(name) for name in definition.key]
    index = index_of_key(table, definition.key)
    if len(columns) == 1 and len(keys) > 1 and None not in keys:
        try:
            name, data_type = columns[0].name, columns[0].type
            vector = vector_from_json(
                data_type, keys, table=definition.name, column=name, nullable=False
            )
            return index.tree.find_run(build_run([vector]))
        except InvalidInput:  # a key that is no cell of the column may equal one all the same
            pass
    literals = (_literals(definition, keys, number) for number in range(len(keys)))
    return memoryview(array("Q", (_address_of(index, columns, key) for key in literals)))


def _address_of(index: Index, columns: Sequence[ColumnDefinition], key: Sequence[Literal]) -> int:
    cells: list[Cell] = []
    for column, literal in zip(columns, key, strict=True):
        cell = exact_cell(column, literal)
        if cell is None:
            return NO_ADDRESS
        cells += cell
    return index.find(cells)


def _literals(table: TableDefinition, keys: Sequence[Any], number: int) -> list[Literal]:
    """The literals of a key: a cell, or an array of those of several columns."""
    width = len(table.key)
    if width == 1:
        return [_literal(keys, number)]
    cells = keys[number]
    if not isinstance(cells, list) or len(cells) != width:
        expected = f"an array of {width} cells: {', '.join(table.key)}"
        raise JsonInput(cells, "key").refused(expected)
    return [_literal(cells, place) for place in range(width)]


def _literal(keys: Sequence[Any], number: int) -> Literal:
    """The literal that a key is. The text Null is one like any other."""
    key = keys[number]
    return Literal(None, key) if type(key) is str else values_literal(keys, number)
