"""Which free segment is the smallest that fits? In O(log n), by one heap of addresses a size.

    sizes     32            96          512
    heaps     [a, c, b]     [d]         [e, f]          find(40) -> d, 96 bytes

A table has few different sizes, for they are multiples of its alignment, and may have a million
segments. Of equal sizes the lowest address comes first. A removed segment stays in its heap until
it comes to the top, or until most of the heap is such remains.
"""

from bisect import bisect_left, insort
from heapq import heapify, heappop, heappush


class BestFit:
    """Sizes by address, with a fast search for the smallest that is large enough."""

    def __init__(self) -> None:
        self.size_of: dict[int, int] = {}
        self._sizes: list[int] = []
        self._heaps: dict[int, list[int]] = {}
        self._counts: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.size_of)

    def add(self, start: int, size: int) -> None:
        """Put in a segment, whose address is new."""
        self.size_of[start] = size
        heap = self._heaps.get(size)
        if heap is None:
            heap = self._heaps[size] = []
            self._counts[size] = 0
            insort(self._sizes, size)
        heappush(heap, start)
        self._counts[size] += 1

    def remove(self, start: int) -> int:
        """Take out the segment at an address; its size."""
        size = self.size_of.pop(start)
        self._counts[size] -= 1
        count = self._counts[size]
        if count == 0:
            del self._heaps[size], self._counts[size]
            del self._sizes[bisect_left(self._sizes, size)]
        elif len(self._heaps[size]) > 4 * count:
            self._heaps[size] = [each for each in set(self._heaps[size]) if self._is(each, size)]
            heapify(self._heaps[size])
        return size

    def _is(self, start: int, size: int) -> bool:
        return self.size_of.get(start) == size

    def find(self, size: int) -> tuple[int, int] | None:
        """The smallest segment of at least `size` bytes as (address, size), or None."""
        place = bisect_left(self._sizes, size)
        return None if place == len(self._sizes) else self._first(self._sizes[place])

    def largest(self) -> tuple[int, int]:
        """The largest segment as (address, size); (0, 0) if there is none."""
        return self._first(self._sizes[-1]) if self._sizes else (0, 0)

    def _first(self, size: int) -> tuple[int, int]:
        heap = self._heaps[size]
        while not self._is(heap[0], size):
            heappop(heap)
        return heap[0], size
