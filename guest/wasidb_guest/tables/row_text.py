"""Rows of a table as JSON text, straight from their records.

For rows that are wanted by address: nothing is collected in between, so one row costs little. Many
rows of a page come cheaper as vectors (`Table.scan`, `query.results`).
"""

from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.json_rows import JsonText, RecordRows, StoredBytes
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes.search import NO_ADDRESS
from wasidb_guest.pages.layout import offset_of, page_of
from wasidb_guest.tables.table import Table

FORMS_KEPT = 256


@lru_cache(FORMS_KEPT)
def record_rows(definition: TableDefinition, positions: tuple[int, ...]) -> RecordRows:
    """What writes the columns at `positions`, in this order, of a table's records."""
    numbers: list[int] = []
    for column in definition.columns[: max(positions) + 1]:
        numbers += (column.type.tag, column.type.width, column.nullable)
    return RecordRows(memoryview(array("i", numbers)), memoryview(array("i", positions)))


def put_rows(
    text: JsonText, table: Table, addresses: Iterable[int], positions: Sequence[int]
) -> None:
    """Append the rows at `addresses`, null where that is NO_ADDRESS. Raises Corrupted."""
    rows = record_rows(table.definition, tuple(positions))
    for number, group in groupby(addresses, page_of):
        if number == NO_PAGE:
            for _ in group:
                text.separate()
                text.put_null()
            continue
        page = StoredBytes(table.pages.read(number))
        for address in group:
            damage = rows.put(text, page, offset_of(address))
            if damage:
                what = f"no whole record of table {table.definition.name!r} here"
                raise Corrupted(number, -1 - damage, what)


NO_PAGE = page_of(NO_ADDRESS)
