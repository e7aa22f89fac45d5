"""A page in memory."""

from typing import Any


class Frame(bytearray):
    """A page's 65,536 bytes, and what an index has found out about them.

    `entries` holds the offsets of the entries when the page is an index node that has been looked
    at: they live as long as the bytes do, so the budget of the page cache bounds both. Whoever is
    about to change the bytes forgets them; the index, which knows what it changes, sets them again.
    """

    entries: Any = None

    def copy(self) -> "Frame":
        """The same bytes, to be changed."""
        return Frame(self)
