"""The slot of one record, where it stands: overwritten, erased. A kernel.

What `tables.table` does for many records first sorts out which page has which of them.
"""

from wasidb_guest.encoding.copying import copy_bytes
from wasidb_guest.encoding.record_slots import slot_end
from wasidb_guest.pages.cache import PageStore
from wasidb_guest.pages.frame import frame_at


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
