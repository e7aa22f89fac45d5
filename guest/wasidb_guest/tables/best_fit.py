"""Which page has the smallest segment that is large enough? In O(log n) for n pages.

    sizes     32                96          512
    pages     [7, 9, 12]        [9]         [7, 8]          find(40) -> 96 bytes, page 9

A page may have many segments of a size. Of the pages that have one, the lowest comes first.
"""

from bisect import bisect_left, insort


class BestFit:
    """Which pages have a segment of each size, with a fast search for the smallest."""

    def __init__(self) -> None:
        self._sizes: list[int] = []
        self._pages: dict[int, list[int]] = {}

    def enter(self, size: int, page: int) -> None:
        """Let a page have segments of a size, of which it had none."""
        pages = self._pages.get(size)
        if pages is None:
            insort(self._sizes, size)
            self._pages[size] = [page]
        else:
            insort(pages, page)

    def strike(self, size: int, page: int) -> None:
        """Let a page have no segments of a size any more."""
        pages = self._pages[size]
        del pages[bisect_left(pages, page)]
        if not pages:
            del self._pages[size]
            del self._sizes[bisect_left(self._sizes, size)]

    def find(self, size: int) -> tuple[int, int] | None:
        """The smallest size of at least `size`, and the lowest page that has it, or None."""
        place = bisect_left(self._sizes, size)
        return None if place == len(self._sizes) else self._lowest(self._sizes[place])

    def largest(self) -> tuple[int, int] | None:
        """The largest size, and the lowest page that has it, or None."""
        return self._lowest(self._sizes[-1]) if self._sizes else None

    def _lowest(self, size: int) -> tuple[int, int]:
        return size, self._pages[size][0]
