"""Rows found by an index alone: a filter that is nothing but a list of what a column may be.

    {"In": ["id", {"Param": 0}]}     parameters  [[9, 7, 12]]

    keys 7 9 12  ──one walk over the index──>  addresses  ──>  rows by ascending address

No plan is made, for which each key would be a literal, a constant and a probe. That is for integers
and texts that are what they look like; any other list, and one that leads to much of the table, is
for a plan.
"""

from collections.abc import Sequence
from typing import Any

from wasidb_guest.api.key_search import SHORT_TEXT, integers_of, key_text
from wasidb_guest.api.parameters import ListParameter, literals_of
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
    """Finds the rows of a table of which a column is one of the list that is a parameter."""

    def __init__(
        self, table: TableDefinition, index: int, column: ColumnDefinition, parameter: int
    ) -> None:
        self._table = table
        self._index = index
        self._column = column
        self._parameter = parameter
        self._key_text = key_text(column.type) if parameter == 0 else None

    def find(self, table: Table, values: Sequence[Any]) -> memoryview | None:
        """The addresses of the rows, each once and ascending; None if a plan has to find them."""
        keys = self._keys(values[self._parameter])
        index = table.indexes[self._index]
        if keys is None or is_much(index, len(keys)):
            return None
        column = self._column
        vector = vector_from_json(
            column.type, list(keys), table=self._table.name, column=column.name, nullable=False
        )
        return self._found(index, vector)

    def find_at_once(self, table: Table, parameters: str) -> memoryview | None:
        """The same for the text of the parameters; None as well if that has to be read."""
        if self._key_text is None or parameters[:1] != "[" or parameters[-1:] != "]":
            return None
        vector = integers_of(self._column.type, self._key_text, parameters[1:-1])
        index = table.indexes[self._index]
        if vector is None or is_much(index, vector.count):
            return None
        return self._found(index, vector)

    def _found(self, index: Index, keys: Vector) -> memoryview | None:
        if index.unique and len(index.columns) == 1:
            found = in_order([index.tree.find_run(build_run([keys]))])
            found = found[:-1] if found[-1] == NO_ADDRESS else found
        else:
            found = in_order([index.matching([keys])])
        return None if is_much(index, len(found)) else found

    def _keys(self, given: Any) -> set[Any] | None:
        """What cells of the column can equal in a list; None if that takes a closer look."""
        kinds = set(map(type, given)) if type(given) is list else ()
        name = self._column.type.name
        if kinds == {int} and name in INTEGER_RANGES:
            low, high = INTEGER_RANGES[name]
            keys = set(given)
            within = low <= min(keys) and max(keys) <= high
            return keys if within else {key for key in keys if low <= key <= high} or None
        if kinds == {str} and name == "text":
            keys = set(given)
            is_plain = NULL_TEXT not in keys and max(map(len, keys)) <= SHORT_TEXT
            return keys if is_plain else None
        return None

    def finds(self, values: Sequence[Any], rows: Batch) -> bool:
        """Whether one of some complete rows would be found."""
        literals = literals_of(values, self._parameter)
        return FilterTest(self._table, Membership(self._column.name, literals))(rows)


def is_much(index: Index, count: int) -> bool:
    """Whether so many rows are better read in another way than by their addresses."""
    return count > FEW_ROWS and (count > ROWS_MAX or count > INDEX_SHARE * entry_count(index))


def list_search_for(where: Filter | None, table: Table, name: str = "") -> ListSearch | None:
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
    return ListSearch(table.definition, best, table.definition.column(column.name), value.number)
