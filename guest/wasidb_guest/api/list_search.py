"""Rows found by an index alone: a filter that is nothing but a list of what a column may be.

    {"In": ["id", {"Param": 0}]}     parameters  [[9, 7, 12]]

    keys 7 9 12  ──one walk over the index──>  addresses  ──>  rows by ascending address

No plan is made, for which each key would be a literal, a constant and a probe. That is for integers
and texts that are what they look like; any other list is for a plan, and so is one that leads to
much of the table, where rows are to be read: there are faster ways to read them.
"""

from collections.abc import Sequence
from typing import Any

from wasidb_guest.api.key_search import SHORT_TEXT, integers_of, key_text
from wasidb_guest.api.parameters import ListParameter, literals_of, read_values
from wasidb_guest.definitions import ColumnDefinition, TableDefinition
from wasidb_guest.encoding.cell_vectors import vector_from_json
from wasidb_guest.indexes.run import build_run
from wasidb_guest.indexes.search import NO_ADDRESS
from wasidb_guest.query.access_path import is_indexable
from wasidb_guest.query.expression import Filter, Membership
from wasidb_guest.query.literals import NULL_TEXT
from wasidb_guest.query.look_ups import FEW_ROWS, INDEX_SHARE, in_order
from wasidb_guest.query.reads import FilterTest
from wasidb_guest.query.scope import Scope
from wasidb_guest.query.statistics import entry_count
from wasidb_guest.tables.index import Index
from wasidb_guest.tables.table import Table
from wasidb_guest.values import INTEGER_RANGES
from wasidb_guest.vectors import Batch, Vector

ROWS_MAX = 50_000
"""So many are told at once; hosts ask for pages of no more."""


class ListSearch:
    """Finds the rows of a table of which a column is one of the list that is a parameter; if
    `only_few`, then not if they may be much of the table.
    """

    def __init__(
        self,
        table: TableDefinition,
        index: int,
        column: ColumnDefinition,
        parameter: int,
        *,
        only_few: bool,
    ) -> None:
        self._only_few = only_few
        self._table = table
        self._index = index
        self._column = column
        self._parameter = parameter
        self._key_text = key_text(column.type) if parameter == 0 else None

    def find(self, table: Table, values: Sequence[Any]) -> memoryview | None:
        """The addresses of the rows, each once and ascending; None if a plan has to find them."""
        keys = self._keys(values[self._parameter])
        index = table.indexes[self._index]
        if keys is None or self._is_much(index, len(keys)):
            return None
        column = self._column
        vector = vector_from_json(
            column.type, keys, table=self._table.name, column=column.name, nullable=False
        )
        return self._found(index, vector)

    def find_at_once(self, table: Table, parameters: str) -> memoryview | None:
        """The same for the text of the parameters; None as well if that has to be read."""
        if self._key_text is None or parameters[:1] != "[" or parameters[-1:] != "]":
            return None
        vector = integers_of(self._column.type, self._key_text, parameters[1:-1])
        index = table.indexes[self._index]
        if vector is None or self._is_much(index, vector.count):
            return None
        return self._found(index, vector)

    def _found(self, index: Index, keys: Vector) -> memoryview | None:
        if index.unique and len(index.columns) == 1:
            found = in_order([index.tree.find_run(build_run([keys]))])
            found = found[:-1] if found[-1] == NO_ADDRESS else found
        else:
            found = in_order([index.matching([keys])])
        return None if self._is_much(index, len(found)) else found

    def _is_much(self, index: Index, count: int) -> bool:
        return self._only_few and is_much(index, count)

    def _keys(self, given: Any) -> list[Any] | None:
        """What cells of the column can equal in a list; None if that takes a closer look."""
        kinds = set(map(type, given)) if type(given) is list else ()
        name = self._column.type.name
        if kinds == {int} and name in INTEGER_RANGES:
            low, high = INTEGER_RANGES[name]
            within = low <= min(given) and max(given) <= high
            return given if within else [key for key in given if low <= key <= high] or None
        if kinds == {str} and name == "text":
            is_plain = NULL_TEXT not in given and max(map(len, given)) <= SHORT_TEXT
            return given if is_plain else None
        return None

    def finds(self, values: Sequence[Any], rows: Batch) -> bool:
        """Whether one of some complete rows would be found."""
        literals = literals_of(values, self._parameter)
        return FilterTest(self._table, Membership(self._column.name, literals))(rows)

    def finds_in(self, parameters: str, rows: Batch) -> bool:
        """The same for values that are read only when somebody asks, which is seldom."""
        return self.finds(read_values(parameters), rows)


def is_much(index: Index, count: int) -> bool:
    """Whether so many rows are better read in another way than by their addresses."""
    return count > FEW_ROWS and (count > ROWS_MAX or count > INDEX_SHARE * entry_count(index))


def list_search_for(
    where: Filter | None, table: Table, name: str = "", *, only_few: bool
) -> ListSearch | None:
    """The search for the rows for which a filter is true, if it is one; `name` is what the filter
    calls the table.
    """
    if not isinstance(where, Membership):
        return None
    value = where.literals[0].value if len(where.literals) == 1 else None
    if not isinstance(value, ListParameter):
        return None
    column = Scope.of_table(table.definition, name).column(where.column)
    if not is_indexable(column.type):
        return None
    numbers = [
        number for number, index in enumerate(table.indexes) if index.columns[0] == column.name
    ]
    if not numbers:
        return None
    # One that is about this column alone, rather than one of several.
    best = min(numbers, key=lambda number: len(table.indexes[number].columns))
    listed = table.definition.column(column.name)
    return ListSearch(table.definition, best, listed, value.number, only_few=only_few)
