"""The free segments of a table in memory, however many: by page and offset, and by size.

    page 7     [0 +32] [96 +64] [512 +32]             words, see segment_words
    page 9     [160 +96]
    sizes      32: 7    64: 7    96: 9                best_fit

A neighbour is found by bisection in its page, which has at most a few thousand segments, and the
smallest segment that fits by its size and then its page. A segment takes eight bytes.
"""

from array import array
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator, Sequence
from operator import add

from wasidb_guest.pages.layout import address, offset_of, page_of
from wasidb_guest.tables.best_fit import BestFit
from wasidb_guest.tables.segment_words import first_of_size, word

Segment = tuple[int, int]
"""Address and size."""

NO_WORDS: "array[int]" = array("Q")
SIZE_LANE, OFFSET_LANE = 2, 3
"""Which u16 of a word, the lowest first."""


class Holes:
    """Free segments that do not overlap, each with the place where it is listed.

    They are made of the words of each page, which may be in any order. Of several words for one
    offset the one with the smallest size counts, and the others are dropped.
    """

    def __init__(self, words: "dict[int, array[int]]") -> None:
        self._words = {page: _in_order(each) for page, each in words.items()}
        self._sizes = BestFit()
        for page, each in self._words.items():
            for size, count in Counter(_lane(each, SIZE_LANE)).items():
                self._sizes.add(size, page, count)

    def __len__(self) -> int:
        return self._sizes.count()

    def __iter__(self) -> Iterator[Segment]:
        """Every segment, by address."""
        for page in sorted(self._words):
            for each in self._words[page]:
                yield address(page, each >> 48), each >> 32 & 0xFFFF

    def total(self) -> int:
        """Bytes in all segments."""
        return self._sizes.total()

    def find(self, size: int) -> Segment | None:
        """The smallest segment of at least `size` bytes, of these the first; None if there is
        none.
        """
        return self._first(self._sizes.find(size))

    def largest(self) -> Segment | None:
        """The largest segment, of these the first; None if there is none."""
        return self._first(self._sizes.largest())

    def _first(self, found: tuple[int, int] | None) -> Segment | None:
        if found is None:
            return None
        size, page = found
        words = self._words[page]
        return address(page, words[first_of_size(memoryview(words), size)] >> 48), size

    def place(self, start: int) -> int | None:
        """Where the segment at an address is listed; None if there is none."""
        words, index = self._locate(start)
        if index == len(words) or words[index] >> 48 != offset_of(start):
            return None
        return words[index] & 0xFFFF_FFFF

    def ending_at(self, start: int) -> int | None:
        """The address of the segment that ends where `start` is, in its page; None if none does."""
        words, index = self._locate(start)
        if not index:
            return None
        offset, size = words[index - 1] >> 48, words[index - 1] >> 32 & 0xFFFF
        return address(page_of(start), offset) if offset + size == offset_of(start) else None

    def edges(self, page: int) -> set[int]:
        """The offsets at which segments of a page begin and end."""
        words = self._words.get(page, NO_WORDS)
        starts, sizes = _lane(words, OFFSET_LANE), _lane(words, SIZE_LANE)
        return {*starts, *map(add, starts, sizes)}

    def add(self, page: int, segments: Sequence[tuple[int, int]], place: int) -> None:
        """Put in segments of a page, by offset and size, whose offsets are new; they are listed
        from `place` on.
        """
        words = self._words.setdefault(page, array("Q"))
        added = [word(*segment, place + number) for number, segment in enumerate(segments)]
        if len(added) == 1:
            insort(words, added[0])
        else:
            self._words[page] = array("Q", sorted((*words, *added)))
        for size, count in Counter(size for _, size in segments).items():
            self._sizes.add(size, page, count)

    def remove(self, start: int) -> tuple[int, int]:
        """Take out the segment at an address; its size and its place."""
        words, index = self._locate(start)
        removed = words.pop(index)
        size = removed >> 32 & 0xFFFF
        self._sizes.remove(size, page_of(start))
        return size, removed & 0xFFFF_FFFF

    def move(self, start: int, place: int) -> None:
        """Let the segment at an address be listed somewhere else."""
        words, index = self._locate(start)
        words[index] = words[index] & ~0xFFFF_FFFF | place

    def _locate(self, start: int) -> "tuple[array[int], int]":
        """The words of the address's page, and the index of the first one that is not before it."""
        words = self._words.get(page_of(start), NO_WORDS)
        return words, bisect_left(words, word(offset_of(start), 0, 0))


def _in_order(words: "array[int]") -> "array[int]":
    """The words of a page by offset, one for each."""
    ordered = array("Q", sorted(words))
    offsets = _lane(ordered, OFFSET_LANE)
    if len(set(offsets)) == len(offsets):
        return ordered
    firsts = dict(zip(reversed(offsets), reversed(ordered), strict=True))
    return array("Q", sorted(firsts.values()))


def _lane(words: "array[int]", lane: int) -> list[int]:
    """One u16 of every word."""
    return memoryview(words).cast("B").cast("H").tolist()[lane::4]
