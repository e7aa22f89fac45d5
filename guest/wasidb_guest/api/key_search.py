"""Rows found by an index alone: a filter that is nothing but equalities on its first columns.

    {"And": [{"Eq": ["city", "Oslo"]}, {"Eq": ["age", {"Param": 0}]}]}

is one if an index begins with `city` and `age`, in whatever order, because nothing else has to be
checked of the rows it finds. What the columns are equal to may differ from call to call; all that
depends on the definition of the table is settled when the search is made.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import partial, reduce
from typing import Any

from wasidb_guest.api.parameters import Parameter, is_plain, read_values, value_of, values_literal
from wasidb_guest.definitions import ColumnDefinition, TableDefinition
from wasidb_guest.encoding.cells import CELL_SIZE_MAX, Cell
from wasidb_guest.encoding.key_text import KeyText
from wasidb_guest.indexes.search import NO_ADDRESS, after
from wasidb_guest.query.access_path import is_indexable
from wasidb_guest.query.comparable import constant_for
from wasidb_guest.query.expression import And, Comparison, Filter, Literal, conjuncts
from wasidb_guest.query.look_ups import in_order
from wasidb_guest.query.reads import FilterTest
from wasidb_guest.query.scope import Scope
from wasidb_guest.tables.table import Table
from wasidb_guest.values import INTEGER_RANGES, DataType
from wasidb_guest.vectors import Batch, Vector

SHORT_TEXT = CELL_SIZE_MAX // 4
"""So many characters fit in a cell, whichever they are."""

NO_ROWS = memoryview(array("Q"))


class KeySearch:
    """Finds the rows of a table whose first columns of an index equal certain literals.

    Whoever asks for them tells the transaction that it `finds` them: an answer depends on what is
    not found, too. `values` are those of the parameters among the literals. `is_whole` says
    whether these are all columns of the index, `is_unique` whether no two rows share such cells,
    unless one of these is NULL. `key_text` makes the key of the text of most parameters; it is None
    if they have to be read.
    """

    def __init__(
        self,
        table: TableDefinition,
        index: int,
        keys: Sequence[tuple[ColumnDefinition, Literal]],
        *,
        is_whole: bool,
        is_unique: bool,
    ) -> None:
        self.index = index
        self.is_whole = is_whole
        self.is_unique = is_unique
        self._table = table
        self._keys = keys
        (column, literal), *others = keys
        is_only = not others and literal == Literal(None, Parameter(0))
        self.key_text = key_text(column.type) if is_only else None

    def cells(self, values: Sequence[Any]) -> list[Cell] | None:
        """What the first columns of the index must hold; None if there can be no such row."""
        cells: list[Cell] = []
        for column, literal in self._keys:
            value, data_type = literal.value, literal.type
            if type(value) is Parameter:
                number = value.number
                value = values[number]
                if not (type(value) is int or is_plain(value)):
                    literal = values_literal(values, number)
                    value, data_type = literal.value, literal.type
            found = exact_cell(column, value, data_type)
            if found is None:
                return None
            cells += found
        return cells

    def find(self, table: Table, cells: Sequence[Cell] | None) -> memoryview:
        """The addresses of the rows with these cells, each once and ascending."""
        if cells is None:
            return NO_ROWS
        addresses = table.indexes[self.index].equal(cells)
        return addresses if len(addresses) < 2 else in_order([addresses])

    def find_at_once(self, table: Table, parameters: str) -> memoryview | None:
        """The same for the text of the parameters; None if that has to be read."""
        key = None if self.key_text is None else self.key_text.key(parameters)
        return None if key is None else self._under(table, key)

    def _under(self, table: Table, key: bytes) -> memoryview:
        """The same for the key that these cells make, none of which is NULL."""
        tree = table.indexes[self.index].tree
        if self.is_unique:
            found = tree.find(key)
            return NO_ROWS if found == NO_ADDRESS else memoryview(array("Q", (found,)))
        return in_order([tree.addresses_between(key, after(key))])

    def finds(self, values: Sequence[Any], rows: Batch) -> bool:
        """Whether one of some complete rows would be found."""
        names = [column.name for column, _ in self._keys]
        literals = [value_of(literal, values) for _, literal in self._keys]
        return FilterTest(self._table, equals(names, literals))(rows)

    def finds_in(self, parameters: str, rows: Batch) -> bool:
        """The same for values that are read only when somebody asks, which is seldom."""
        return self.finds(read_values(parameters), rows)


def key_text(data_type: DataType) -> KeyText | None:
    """The same for a column of this type that equals the only parameter."""
    if not data_type.is_integer and data_type.name != "text":
        return None
    return KeyText(data_type.tag, data_type.width)


def integers_of(data_type: DataType, text: KeyText, parameters: str) -> Vector | None:
    """The column of integers that are the items of a JSON array; None if that has to be read."""
    cells = text.cells(parameters)
    return None if cells is None else Vector(data_type, len(cells) // data_type.width, cells)


def equals(columns: Iterable[str], literals: Iterable[Literal]) -> Filter:
    """Whether each of one or more columns equals its literal."""
    equalities: Iterator[Filter] = map(partial(Comparison, "Eq"), columns, literals)
    return reduce(And, equalities)


def key_search_for(where: Filter | None, table: Table, name: str = "") -> KeySearch | None:
    """The search for the rows for which a filter is true, if it is one; `name` is what the filter
    calls the table.
    """
    literals = _equalities(where, Scope.of_table(table.definition, name))
    for number, index in enumerate(table.indexes if literals else ()):
        names = index.columns[: len(literals)]
        if literals.keys() == set(names):
            keys = [(table.definition.column(name), literals[name]) for name in names]
            is_whole = len(names) == len(index.columns)
            is_unique = index.unique and is_whole
            return KeySearch(table.definition, number, keys, is_whole=is_whole, is_unique=is_unique)
    return None


def _equalities(where: Filter | None, scope: Scope) -> dict[str, Literal]:
    """What each column must equal; nothing at all if there is any other condition."""
    literals: dict[str, Literal] = {}
    for condition in conjuncts(where):
        if not isinstance(condition, Comparison) or condition.operator != "Eq":
            return {}
        column = scope.column(condition.column)
        if column.name in literals or not is_indexable(column.type):
            return {}
        literals[column.name] = condition.literal
    return literals


def exact_cell(
    column: ColumnDefinition, value: Any, data_type: DataType | None = None
) -> tuple[Cell] | None:
    """The cell a column must hold to equal a literal; None if it can hold no such cell."""
    if value is None:
        return (None,)
    # The two most frequent cases: what `constant_for` finds, but at once.
    if type(value) is int and column.type.name in INTEGER_RANGES:
        low, high = INTEGER_RANGES[column.type.name]
        return (value,) if low <= value <= high else None
    is_text = data_type is None and column.type.name == "text"
    if is_text and type(value) is str and len(value) <= SHORT_TEXT:
        return (value,)
    constant = constant_for(column.type, Literal(data_type, value), column.name)
    return (constant.cell,) if constant.is_exact and constant.cell is not None else None
