"""Selects and gets that an index answers alone: no plan, no vectors, records straight to text."""

from array import array
from collections.abc import Sequence
from functools import partial
from typing import Any

from wasidb_guest.api.key_search import (
    NO_ROWS,
    KeySearch,
    equals,
    exact_cell,
    integers_of,
    key_search_for,
    key_text,
)
from wasidb_guest.api.list_search import ListSearch, list_search_for
from wasidb_guest.api.parameters import read_values, values_literal
from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cell_vectors import vector_from_json
from wasidb_guest.encoding.cells import Cell
from wasidb_guest.errors import InvalidInput
from wasidb_guest.indexes.run import build_run
from wasidb_guest.indexes.search import NO_ADDRESS, after
from wasidb_guest.query.expression import Literal, Membership
from wasidb_guest.query.json_input import JsonInput
from wasidb_guest.query.look_ups import in_order
from wasidb_guest.query.reads import FilterTest
from wasidb_guest.query.results import head
from wasidb_guest.query.scope import Scope
from wasidb_guest.query.statement import Select
from wasidb_guest.tables.index import Index
from wasidb_guest.tables.integrity import index_of_key
from wasidb_guest.tables.row_text import RowText
from wasidb_guest.tables.table import Table
from wasidb_guest.transactions.transaction import Transaction
from wasidb_guest.vectors import Batch, Vector

PLAIN = (int, str)
"""What a bare JSON literal of these types says is what it is."""


class Lookup:
    """The rows of a table that a key search finds, as `rows.select` gives them."""

    def __init__(
        self, search: KeySearch, table: TableDefinition, positions: tuple[int, ...]
    ) -> None:
        self._search = search
        self._key_text = search.key_text
        self._table = table.name
        self._rows = text_of_rows(table, positions)

    def run(self, transaction: Transaction, table: Table, parameters: str, count: int) -> str:
        """The rows, by ascending address: few of them at once, many by their addresses.

        There are to be `count` parameters.
        """
        search, rows, key = self._search, self._rows, None
        index, is_one = table.indexes[search.index], search.is_unique
        if self._key_text is not None:
            key = self._key_text.key(parameters)
        if key is None or transaction.tells_reads:
            values = read_values(parameters, count)
            if transaction.tells_reads:
                transaction.has_read(self._table, partial(search.finds, values))
            if key is None:
                cells = search.cells(values)
                if cells is None:
                    return rows.at(table.pages, NO_ROWS)
                key, is_one = index.key(cells), is_one and None not in cells
        root = index.tree.root
        answer: str | None
        if is_one:
            answer = rows.of_key(table.pages, root, key)
        else:
            answer = rows.of_keys(table.pages, root, key, search.is_whole)
        if answer is None:
            addresses = in_order([index.tree.addresses_between(key, after(key))])
            transaction.limits.check_rows(len(addresses))
            return rows.at(table.pages, addresses)
        transaction.limits.check_rows(rows.count)
        return answer


class ListLookup:
    """The rows of a table that a list search finds, as `rows.select` gives them."""

    def __init__(
        self, search: ListSearch, table: TableDefinition, positions: tuple[int, ...]
    ) -> None:
        self._search = search
        self._table = table.name
        self._rows = text_of_rows(table, positions)

    def run(
        self, transaction: Transaction, table: Table, parameters: str, count: int
    ) -> str | None:
        """The rows, by ascending address; None if a plan has to find them."""
        search = self._search
        addresses = search.find_at_once(table, parameters)
        if addresses is None:
            addresses = search.find(table, read_values(parameters, count))
        if addresses is None:
            return None
        if transaction.tells_reads:
            transaction.has_read(self._table, partial(search.finds_in, parameters))
        transaction.limits.check_rows(len(addresses))
        return self._rows.at(table.pages, addresses)


def text_of_rows(table: TableDefinition, positions: tuple[int, ...]) -> RowText:
    """What writes rows as `rows.select` gives them."""
    names = [table.columns[position].name for position in positions]
    return RowText(table, positions, head=head(names), tail=b"]}", absent=b"")


def lookup_for(statement: Select, table: Table) -> Lookup | ListLookup | None:
    """The look-up that answers a statement, if an index alone can."""
    if not _is_plain(statement):
        return None
    asked = statement.where, table, statement.table_name
    if (search := key_search_for(*asked)) is not None:
        return Lookup(search, table.definition, _positions(statement, table.definition))
    if (listed := list_search_for(*asked, only_few=True)) is not None:
        return ListLookup(listed, table.definition, _positions(statement, table.definition))
    return None


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


class RowsByKey:
    """Rows by primary key, as `rows.get-many` gives them; columns are those at `positions`."""

    def __init__(self, table: Table, positions: tuple[int, ...]) -> None:
        self._table = definition = table.definition
        self._columns = [definition.column(name) for name in definition.key]
        self._type = self._columns[0].type
        self._key_text = key_text(self._type) if len(self._columns) == 1 else None
        self._index = table.indexes.index(index_of_key(table, definition.key))
        self._rows = RowText(definition, positions)

    def run(self, transaction: Transaction, table: Table, parameters: str) -> str:
        """What `find` gives for the keys that are the items of a JSON array."""
        text = self._key_text
        read: bytes | Vector | None = None
        if text is not None:
            read = text.key(parameters) or integers_of(self._type, text, parameters)
        if read is None:
            return self.find(transaction, table, read_values(parameters))
        if transaction.tells_reads:
            transaction.has_read(self._table.name, partial(_has_key_in, self._table, parameters))
        tree = table.indexes[self._index].tree
        if isinstance(read, Vector):
            return self._rows.at(table.pages, tree.find_run(build_run([read])))
        return self._rows.of_key(table.pages, tree.root, read)

    def find(self, transaction: Transaction, table: Table, keys: Sequence[Any]) -> str:
        """A JSON array with the row of each key, null for one that no row has."""
        if transaction.tells_reads:
            transaction.has_read(self._table.name, partial(_has_key, self._table, keys))
        index = table.indexes[self._index]
        cells = self._cells(keys, 0) if len(keys) == 1 else None
        if cells is not None:
            return self._rows.of_key(table.pages, index.tree.root, index.key(cells))
        return self._rows.at(table.pages, self._addresses(index, keys))

    def _addresses(self, index: Index, keys: Sequence[Any]) -> memoryview:
        """Where the row of each key is, or NO_ADDRESS."""
        if len(self._columns) == 1 and len(keys) > 1 and None not in keys:
            column = self._columns[0]
            try:
                vector = vector_from_json(
                    column.type, keys, table=self._table.name, column=column.name, nullable=False
                )
                return index.tree.find_run(build_run([vector]))
            except InvalidInput:  # a key that is no cell of the column may equal one all the same
                pass
        found = (self._cells(keys, number) for number in range(len(keys)))
        places = (NO_ADDRESS if cells is None else index.find(cells) for cells in found)
        return memoryview(array("Q", places))

    def _cells(self, keys: Sequence[Any], number: int) -> Sequence[Cell] | None:
        """The cells of a key; None for one that no row can have."""
        if len(self._columns) == 1 and type(keys[number]) in PLAIN:
            return exact_cell(self._columns[0], keys[number])
        cells: list[Cell] = []
        for column, literal in zip(
            self._columns, _literals(self._table, keys, number), strict=True
        ):
            found = exact_cell(column, literal.value, literal.type)
            if found is None:
                return None
            cells += found
        return cells


def _has_key(table: TableDefinition, keys: Sequence[Any], rows: Batch) -> bool:
    """Whether one of some complete rows has one of these primary keys."""
    literals = [_literals(table, keys, number) for number in range(len(keys))]
    if len(table.key) == 1:
        column = Membership(table.primary_key, tuple(literal for (literal,) in literals))
        return FilterTest(table, column)(rows)
    return any(FilterTest(table, equals(table.key, each))(rows) for each in literals)


def _has_key_in(table: TableDefinition, parameters: str, rows: Batch) -> bool:
    """The same for keys that are read only when somebody asks, which is seldom."""
    return _has_key(table, read_values(parameters), rows)


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
