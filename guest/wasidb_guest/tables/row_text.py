"""Rows of a table as JSON text, straight from their records. A kernel.

For rows that are wanted by address: nothing is collected in between, so one row costs little. Many
rows of a page come cheaper as vectors (`Table.scan`, `query.results`).
"""

from array import array
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.json_rows import JsonText, RecordRows, StoredBytes
from wasidb_guest.errors import Corrupted
from wasidb_guest.indexes import search
from wasidb_guest.indexes.search import find
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


def put_row_of_key(
    text: JsonText, rows: RecordRows, pages: Any, root: int, key: bytes, table: str
) -> bool:
    """Append the row that a unique index, the tree at `root`, has under a key; whether there is
    one. Raises Corrupted.
    """
    place = find(pages, root, key)
    if place == NO_ADDRESS:
        return False
    number = place >> 16
    damage = rows.put(text, StoredBytes(pages.read(number)), place & 0xFFFF)
    if damage:
        raise no_record(number, damage, table)
    return True


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
            raise no_record(number, damage, table)


def no_record(page: int, damage: int, table: str) -> Corrupted:
    """The error of what stands where a record should be; `damage` is that of `RecordRows.put`."""
    return Corrupted(page, -1 - damage, f"no whole record of table {table!r} here")
