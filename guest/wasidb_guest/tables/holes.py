"""The free segments of a table in memory, however many: by page and offset, and by size.

    page 7     [0 +32] [96 +64] [512 +32]             words, see segment_words
    page 9     [160 +96]
    sizes      32: 7    64: 7    96: 9                best_fit

A page's words are changed all at once, by a kernel. Which sizes it has now, and which no more, is
found out by another when a size is looked for: whoever only deletes never asks. A segment takes
eight bytes.
"""

from array import array
from collections.abc import Iterator
from typing import Any

from wasidb_guest.pages.layout import PAGE_SIZE, address
from wasidb_guest.tables.best_fit import BestFit
from wasidb_guest.tables.record_block import uint64s
from wasidb_guest.tables.segment_words import (
    NO_WORDS,
    Numbers,
    add_gap,
    drop_used,
    fill_segments,
    first_of_size,
    free_gaps,
    lower_bound,
    sizes_without,
    take_front,
)
from wasidb_guest.vectors import WritableBytes

Segment = tuple[int, int]
"""Address and size."""

SEEN = bytearray(PAGE_SIZE)
"""Scratch space of a kernel, all zeros between its calls."""


class Holes:
    """Free segments that do not overlap, each with the place where it is listed.

    They are made of the words of each page, which may be in any order. Of several words for one
    offset the one with the smallest size counts, and the others are dropped.

    `words` are those of each page; `changed` are the pages that have some of which the segment
    tables do not know, and `vacated` the places where these list what is no more. `_sized` are the
    words of which `_sizes` knows, for pages that have others by now.
    """

    def __init__(self, words: "dict[int, array[int]]") -> None:
        self.words: dict[int, Any] = {}
        self.changed: set[int] = set()
        self.vacated: list[int] = []
        self._sizes = BestFit()
        self._sized: dict[int, Any] = {}
        for page, each in words.items():
            self.words[page], self._sized[page] = _in_order(each), NO_WORDS

    def __len__(self) -> int:
        return sum(map(len, self.words.values()))

    def __iter__(self) -> Iterator[Segment]:
        """Every segment, by address."""
        for page in sorted(self.words):
            for each in self.words[page]:
                yield address(page, each >> 48), each >> 32 & 0xFFFF

    def total(self) -> int:
        """Bytes in all segments."""
        return sum(size for _, size in self)

    def find(self, size: int) -> Segment | None:
        """The smallest segment of at least `size` bytes, of these the first; None if there is
        none.
        """
        found = self._sizes_now().find(size)
        return None if found is None else self._first(*found)

    def largest(self) -> Segment | None:
        """The largest segment, of these the first; None if there is none."""
        found = self._sizes_now().largest()
        return None if found is None else self._first(*found)

    def _first(self, size: int, page: int) -> Segment:
        """The first segment of a size on a page."""
        words = self.words[page]
        return address(page, words[first_of_size(words, size)] >> 48), size

    def free(
        self, pages: list[int], limits: memoryview, starts: memoryview, ends: memoryview
    ) -> None:
        """Add gaps to what is free of some pages: of each those up to its limit, which ascend and
        do not touch one another.
        """
        for page in set(pages).difference(self._sized):
            self._sized[page] = self.words.get(page, NO_WORDS)
        free_gaps(self.words, pages, limits, starts, ends, self.vacated)
        self.changed.update(pages)

    def free_alone(self, place: int, end: int) -> None:
        """The same for one gap, from an address to an offset of its page."""
        page, start = divmod(place, PAGE_SIZE)
        self._change(page, add_gap(self.words.get(page, NO_WORDS), start, end, self.vacated))

    def take_front(self, segment: int, size: int) -> None:
        """Let the first bytes of the segment at an address be free no more."""
        page, offset = divmod(segment, PAGE_SIZE)
        self._change(page, take_front(self.words[page], offset, size, self.vacated))

    def fill(
        self,
        page: int,
        only: int | None,
        content: WritableBytes,
        stride: int,
        records: bytearray,
        starts: memoryview,
        row: int,
        addresses: memoryview,
    ) -> int:
        """Put records from `row` on into the segments of a page, or into the one at the offset
        `only`; see `fill_segments`.
        """
        words = uint64s(len(self.words[page]))
        words[:] = self.words[page]
        first, last = 0, len(words)
        if only is not None:
            first = lower_bound(words, only)
            last = first + 1
        count = len(addresses)
        row = fill_segments(
            content, words, first, last, stride, records, starts, row, count, page, addresses
        )
        self._change(page, words[: drop_used(words, self.vacated)])
        return row

    def _change(self, page: int, words: Numbers) -> None:
        self._sized.setdefault(page, self.words.get(page, NO_WORDS))
        self.words[page] = words
        self.changed.add(page)

    def _sizes_now(self) -> BestFit:
        """The sizes that there are, all changes included."""
        for page, before in self._sized.items():
            words = self.words[page]
            for size in sizes_without(before, words, SEEN):
                self._sizes.strike(size, page)
            for size in sizes_without(words, before, SEEN):
                self._sizes.enter(size, page)
        self._sized.clear()
        return self._sizes


def _in_order(words: "array[int]") -> "array[int]":
    """Words by offset, only the smallest of those that have one in common."""
    ordered = array("Q", sorted(words))
    offsets = [each >> 48 for each in ordered]
    if len(set(offsets)) == len(offsets):
        return ordered
    firsts = dict(zip(reversed(offsets), reversed(ordered), strict=True))
    return array("Q", sorted(firsts.values()))
