"""The rows that an update or a delete is about."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from wasidb_guest.api.key_search import KeySearch, key_search_for
from wasidb_guest.api.list_search import ListSearch, list_search_for
from wasidb_guest.api.parameters import filler, parameters_in, read_values
from wasidb_guest.definitions import TableDefinition
from wasidb_guest.query.executor import matching_addresses
from wasidb_guest.query.expression import Filter
from wasidb_guest.tables.access_control import Permission
from wasidb_guest.tables.table import Table
from wasidb_guest.transactions.transaction import Transaction


class ChosenRows:
    """The rows of a table for which a filter is true, found anew for every run.

    What the definition of the table decides is settled once: whether an index alone finds them.
    """

    def __init__(self, table: str, where: Filter | None) -> None:
        self.table = table
        self.parameters = tuple(parameters_in(where))
        self._where = where
        self._fill = filler(where)
        self._definition: TableDefinition | None = None
        self._search: KeySearch | None = None
        self._listed: ListSearch | None = None

    def find(
        self, transaction: Transaction, values: Sequence[Any], permission: Permission
    ) -> memoryview:
        """Their addresses, each once and ascending. Raises LimitExceeded if they are more than may
        be changed.
        """
        addresses = self._find(transaction, values, permission)
        transaction.limits.check_rows(len(addresses), "the statement changes")
        return addresses

    def find_given(
        self, transaction: Transaction, parameters: str, count: int, permission: Permission
    ) -> memoryview:
        """The same for `count` values in a JSON array, which are not read if they are a key, or a
        list of integers.
        """
        table = self._searched(transaction)
        search = self._search or self._listed
        addresses = None if search is None else search.find_at_once(table, parameters)
        if addresses is None or search is None:
            return self.find(transaction, read_values(parameters, count), permission)
        transaction.has_read(self.table, partial(search.finds_in, parameters), permission)
        transaction.limits.check_rows(len(addresses), "the statement changes")
        return addresses

    def _searched(self, transaction: Transaction) -> Table:
        """The table, once it is known how its rows are found."""
        table = transaction.table(self.table)
        if table.definition is not self._definition:
            self._definition = table.definition
            self._search = key_search_for(self._where, table)
            self._listed = list_search_for(self._where, table, only_few=False)
        return table

    def _find(
        self, transaction: Transaction, values: Sequence[Any], permission: Permission
    ) -> memoryview:
        table = self._searched(transaction)
        if self._search is not None:
            transaction.has_read(self.table, partial(self._search.finds, values), permission)
            return self._search.find(table, self._search.cells(values))
        if self._listed is not None:
            found = self._listed.find(table, values)
            if found is not None:
                transaction.has_read(self.table, partial(self._listed.finds, values), permission)
                return found
        where = self._fill(values)
        return matching_addresses(transaction, self.table, where, permission)
