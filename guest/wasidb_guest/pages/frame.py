"""A page in memory, and where it is found. A kernel.

    a layer of a writer ──base──> a writer ──base──> a snapshot
       kept  {12: ...}              kept {8: ...}      kept  all that are committed and in memory

What a page is, is said by the topmost source that keeps it.
"""

from typing import Any


class Frame(bytearray):
    """A page's 65,536 bytes, and what an index has found out about them.

    `entries` holds the offsets of the entries when the page is an index node that has been looked
    at: they live as long as the bytes do, so the budget of the page cache bounds both. Whoever is
    about to change the bytes forgets them; the index, which knows what it changes, sets them again.
    A copy of a frame begins with those of the frame, so they are changed themselves only where a
    frame `has_own_entries`.
    """

    entries: Any = None
    has_own_entries = False


def frame_at(pages: Any, number: int) -> Frame:
    """A page of a PageSource: without a step of Python, if it is kept there or beneath."""
    source = pages
    frame = None
    while frame is None and source is not None:
        kept: dict[int, Frame] = source.kept
        frame = kept.get(number)
        source = source.base
    if frame is None:
        frame = pages.read(number)
    return frame
