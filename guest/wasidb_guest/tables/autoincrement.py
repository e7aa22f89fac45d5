"""The autoincrement ledger: the last number handed out for each column that numbers itself. One
page a table.

    u8 count | for each column: str8 name | tagged integer

Numbers are drawn in memory and saved with the rows that got them. A number drawn for a statement
that is refused, or in a transaction that is rolled back, is not handed out again in this run of the
engine.

A page of zeros stands for counters that are all 0: the Rust engine leaves one behind when a
migration creates a table.
"""

from typing import Any

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.reader import Reader, str8
from wasidb_guest.encoding.tagged import decode_tagged, encode_tagged
from wasidb_guest.errors import LimitExceeded
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.layout import LEDGER_ALIGNMENT, PAGE_SIZE, aligned
from wasidb_guest.values import INTEGER_RANGES


class AutoincrementLedger:
    """The counters of one table."""

    def __init__(self, pages: PageSource, number: int, definition: TableDefinition) -> None:
        self.pages: Any = pages
        self.number = number
        self._table = definition.name
        self._types = {column.name: column.type for column in definition.autoincrement_columns}
        self._last = dict.fromkeys(self._types, 0)
        listed: set[str] = set()
        reader = Reader(pages.read(number), number)
        for _ in range(reader.u8("counter count")):
            name = reader.str8("counter name")
            if name not in self._types:
                raise reader.corrupted(f"counter for {name!r}, which is no autoincrement column")
            if name in listed:
                raise reader.corrupted(f"counter for {name!r} is listed twice")
            listed.add(name)
            last = decode_tagged(reader, self._types[name])
            if not isinstance(last, int):
                raise reader.corrupted(f"counter for {name!r} is NULL")
            self._last[name] = last
        self._saved = dict(self._last)
        self._drawn: dict[str, int] = {}

    def share(self, drawn: dict[str, int]) -> None:
        """Draw no number that another reading of this ledger draws, or has drawn: `drawn`, the last
        of each column, belongs to all of them.
        """
        self._drawn = drawn

    def last(self, column: str) -> int:
        """The last number handed out; 0 for a column that does not number itself."""
        return self._last.get(column, 0)

    def draw(self, column: str, count: int) -> range:
        """The next `count` numbers of a column. Raises LimitExceeded when its type has no more."""
        first = max(self._last[column], self._drawn.get(column, 0)) + 1
        highest = INTEGER_RANGES[self._types[column].name][1]
        if first + count - 1 > highest:
            message = (
                f"autoincrement column {self._table}.{column} has reached its maximum of {highest}"
            )
            raise LimitExceeded(message, limit="autoincrement", table=self._table, column=column)
        self._last[column] = self._drawn[column] = first + count - 1
        return range(first, first + count)

    def advance(self, column: str, number: int) -> None:
        """Never hand out a number up to `number`: a row has brought it along."""
        self._last[column] = max(self._last[column], number)

    def catch_up(self, other: "AutoincrementLedger") -> None:
        """Never hand out a number that another ledger has."""
        for column, number in other._last.items():
            self.advance(column, number)

    def save(self) -> None:
        """Rewrite the ledger if a counter has moved since it was read or written."""
        if self._last != self._saved:
            self.write()

    def write(self) -> None:
        """Rewrite the ledger."""
        parts = [bytes((len(self._last),))]
        parts += [
            str8(name) + encode_tagged(self._types[name], last) for name, last in self._last.items()
        ]
        ledger = b"".join(parts)
        size = aligned(len(ledger), LEDGER_ALIGNMENT)
        if size > PAGE_SIZE:
            raise LimitExceeded(
                "the autoincrement columns' names do not fit one page", limit="counters"
            )
        self.pages.writable(self.number, 0, size)[:size] = ledger.ljust(size, b"\0")
        self._saved = dict(self._last)
