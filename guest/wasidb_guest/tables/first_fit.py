"""Which is the first number of a list that is large enough? In O(log n), by a tree of maxima.

sizes    3  7  2  5             first(4) -> 1
maxima     7     5
              7
"""

from itertools import chain


class FirstFit:
    """A list of sizes with a fast search for the first one of at least a given size."""

    def __init__(self, sizes: list[int]) -> None:
        self._build(sizes)

    def _build(self, sizes: list[int]) -> None:
        self._width = 1
        while self._width < len(sizes):
            self._width *= 2
        self._count = len(sizes)
        level = sizes + [0] * (self._width - len(sizes))
        levels = [level]
        while len(level) > 1:
            level = list(map(max, level[::2], level[1::2]))
            levels.append(level)
        # Node 1 is the root, and below each node are those of twice its number.
        self._maxima = [0, *chain.from_iterable(reversed(levels))]

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> int:
        return self._maxima[self._width + index]

    def __setitem__(self, index: int, size: int) -> None:
        node, maxima = self._width + index, self._maxima
        maxima[node] = size
        while node > 1:
            node //= 2
            left, right = maxima[2 * node], maxima[2 * node + 1]
            largest = left if left > right else right
            if maxima[node] == largest:
                return
            maxima[node] = largest

    def insert(self, index: int, size: int) -> None:
        """Put a size before the one at `index`; cheap at the end."""
        if index == self._count < self._width:
            self._count += 1
            self[index] = size
        else:
            sizes = self.sizes()
            sizes.insert(index, size)
            self._build(sizes)

    def sizes(self) -> list[int]:
        """All sizes, in order."""
        return self._maxima[self._width : self._width + self._count]

    def first(self, size: int) -> int | None:
        """The index of the first size that is at least `size`; None if there is none."""
        node = 1
        if self._maxima[node] < size:
            return None
        while node < self._width:
            node *= 2
            if self._maxima[node] < size:
                node += 1
        return node - self._width
