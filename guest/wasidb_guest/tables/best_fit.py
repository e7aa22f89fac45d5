"""Which page has the smallest segment that is large enough? In O(log n) for n pages.

    sizes     32                96          512
    pages     [7, 9, 12]        [9]         [7, 8]          find(40) -> 96 bytes, page 9

A page may have many segments of a size. Of the pages that have one, the lowest comes first.
"""

from bisect import bisect_left, insort


class BestFit:
    """How many segments of each size each page has, with a fast search for the smallest."""

    def __init__(self) -> None:
        self._sizes: list[int] = []
        self._pages: dict[int, list[int]] = {}
        self._counts: dict[tuple[int, int], int] = {}

    def change(self, size: int, page: int, by: int) -> None:
        """Let a page have so many segments of a size more, or less."""
        before = self._counts.get((size, page), 0)
        after = before + by
        if after:
            self._counts[size, page] = after
            if not before:
                self._enter(size, page)
        elif before:
            del self._counts[size, page]
            self._strike(size, page)

    def _enter(self, size: int, page: int) -> None:
        if size not in self._pages:
            insort(self._sizes, size)
            self._pages[size] = []
        insort(self._pages[size], page)

    def _strike(self, size: int, page: int) -> None:
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

    def count(self) -> int:
        """How many segments there are."""
        return sum(self._counts.values())

    def total(self) -> int:
        """The bytes of all segments."""
        return sum(size * count for (size, _), count in self._counts.items())
