"""Rows of a table as JSON text, straight from their records. A kernel.

For rows that are wanted by address: nothing is collected in between, so one row costs little. Many
rows of a page come cheaper as vectors (`Table.scan`, `query.results`).
"""

from array import array
from collections.abc import Callable
from functools import lru_cache

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.json_rows import JsonText, RecordRows, StoredBytes
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes import search
from wasidb_guest.pages.frame import Frame

NO_ADDRESS = search.NO_ADDRESS
FORMS_KEPT = 256


@lru_cache(FORMS_KEPT)
def record_rows(definition: TableDefinition, positions: tuple[int, ...]) -> RecordRows:
    """What writes the columns at `positions`, in this order, of a table's records."""
    numbers: list[int] = []
    for column in definition.columns[: max(positions) + 1]:
        numbers += (column.type.tag, column.type.width, column.nullable)
    return RecordRows(memoryview(array("i", numbers)), memoryview(array("i", positions)))


def put_rows(
    text: JsonText,
    rows: RecordRows,
    read: Callable[[int], Frame],
    addresses: memoryview,
    table: str,
) -> None:
    """Append the rows of a table at `addresses`, on pages that `read` gives; null for NO_ADDRESS.
    Raises Corrupted.
    """
    page = StoredBytes(b"")
    current = NO_ADDRESS
    for i in range(len(addresses)):
        place = addresses[i]
        if place == NO_ADDRESS:
            text.separate()
            text.put_null()
            continue
        number = place >> 16
        if number != current:
            page = StoredBytes(read(number))
            current = number
        damage = rows.put(text, page, place & 0xFFFF)
        if damage:
            raise Corrupted(number, -1 - damage, f"no whole record of table {table!r} here")
