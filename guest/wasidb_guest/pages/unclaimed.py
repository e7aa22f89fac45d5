"""Page 2: the stack of pages that nobody uses.

    offset 0   u32  count
    offset 4   u32  page number, `count` times; the last one is claimed next

A page on the stack is all zeros and referenced nowhere else.
"""

from wasidb_guest.errors import Corrupted
from wasidb_guest.pages.layout import (
    LEDGER_ALIGNMENT,
    RESERVED_PAGES,
    U32,
    UNCLAIMED_PAGE,
    UNCLAIMED_PAGES_MAX,
    aligned,
)


def unclaimed_count(frame: bytearray) -> int:
    """How many pages are on the stack. Raises Corrupted when it cannot be so many."""
    count: int = U32.unpack_from(frame)[0]
    if count > UNCLAIMED_PAGES_MAX:
        what = f"{count} unclaimed pages, at most {UNCLAIMED_PAGES_MAX} are possible"
        raise Corrupted(UNCLAIMED_PAGE, 0, what)
    return count


def unclaimed_pages(frame: bytearray) -> list[int]:
    """The page numbers on the stack, top last. Raises Corrupted."""
    return memoryview(frame)[4 : 4 + 4 * unclaimed_count(frame)].cast("I").tolist()


def pop_unclaimed(frame: bytearray, page_count: int) -> int:
    """Take the top off a stack that is not empty; clears what the shorter, padded list covers."""
    count = unclaimed_count(frame) - 1
    end = 4 + 4 * count
    top: int = U32.unpack_from(frame, end)[0]
    if not RESERVED_PAGES <= top < page_count:
        raise Corrupted(
            UNCLAIMED_PAGE, end, f"unclaimed page {top} of a file of {page_count} pages"
        )
    U32.pack_into(frame, 0, count)
    frame[end : aligned(end, LEDGER_ALIGNMENT)] = bytes(-end % LEDGER_ALIGNMENT)
    return top


def push_unclaimed(frame: bytearray, page: int) -> None:
    """Put `page` on top of a stack that is not full."""
    count = unclaimed_count(frame)
    U32.pack_into(frame, 4 + 4 * count, page)
    U32.pack_into(frame, 0, count + 1)
