"""One record where it stands: read, overwritten, erased.

A statement about one row comes here and touches one page; what `tables.table` does for many first
sorts out which page has which of them.
"""

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.record_slots import slot_end
from wasidb_guest.encoding.single_row import columns_of
from wasidb_guest.pages.cache import PageSource, PageStore
from wasidb_guest.pages.layout import PAGE_SIZE, RECORD_HEADER_SIZE, offset_of, page_of
from wasidb_guest.vectors import Vector


def read_record(pages: PageSource, table: TableDefinition, place: int) -> list[Vector] | None:
    """All columns of the row at an address; None if its record has not all of them."""
    page = pages.read(page_of(place))
    return columns_of(page, offset_of(place), table.types, table.nullable_flags)


def overwrite_record(pages: PageStore, place: int, record: bytearray) -> bool:
    """Put a record in the place of one that is as long; whether that was so."""
    number, start, end = page_of(place), offset_of(place), offset_of(place) + len(record)
    header = slice(start, start + RECORD_HEADER_SIZE)
    if end > PAGE_SIZE or pages.read(number)[header] != record[:RECORD_HEADER_SIZE]:
        return False
    pages.writable(number, start, end)[start:end] = record
    return True


def erase_record(pages: PageStore, place: int, stride: int) -> int:
    """Zero the slot of a record; where it ends."""
    number, start = page_of(place), offset_of(place)
    end = slot_end(pages.read(number), PAGE_SIZE, start, stride)
    pages.writable(number, start, end)[start:end] = bytes(end - start)
    return end
