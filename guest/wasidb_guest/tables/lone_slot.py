"""The slot of one record, where it stands: filled, overwritten, erased. A kernel.

What `tables.table` does for many records first sorts out which page has which of them.
"""

from wasidb_guest.encoding.copying import copy_bytes
from wasidb_guest.encoding.record_slots import slot_end
from wasidb_guest.pages.cache import PageStore
from wasidb_guest.pages.frame import frame_at

PAST_END = "a record runs past the end of its page"


def is_free(pages: PageStore, place: int, size: int) -> bool:
    """Whether there are only zeros in so many bytes at an address, which are to be on its page."""
    number, start = place >> 16, place & 0xFFFF
    page = frame_at(pages, number)
    if start + size > len(page):
        raise IndexError(PAST_END)
    content, in_use = page, 0
    for i in range(start, start + size):
        in_use |= content[i]
    return not in_use


def put_record(pages: PageStore, place: int, record: bytearray) -> None:
    """Write a record to an address."""
    number, start, size = place >> 16, place & 0xFFFF, len(record)
    frame = pages.writable(number, start, start + size)
    if start + size > len(frame):
        raise IndexError(PAST_END)
    stored, target = record, frame
    copy_bytes(stored, 0, size, target, start)


def overwrite_record(pages: PageStore, place: int, record: bytearray) -> bool:
    """Put a record in the place of one that is as long; whether that was so."""
    number, start, size = place >> 16, place & 0xFFFF, len(record)
    frame = frame_at(pages, number)
    page_size, page, stored = len(frame), frame, record
    if start + size > page_size or page[start] != stored[0] or page[start + 1] != stored[1]:
        return False
    frame = pages.writable(number, start, start + size)
    copy_bytes(stored, 0, size, frame, start)
    return True


def erase_record(pages: PageStore, place: int, stride: int) -> int:
    """Zero the slot of a record; where it ends."""
    number, start = place >> 16, place & 0xFFFF
    page = frame_at(pages, number)
    end = slot_end(page, len(page), start, stride)
    frame = pages.writable(number, start, end)
    target = frame
    for i in range(start, end):
        target[i] = 0
    return end
