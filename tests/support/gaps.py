"""Gaps of pages in the form that kernels take."""

from array import array
from collections.abc import Mapping, Sequence
from typing import Protocol

from wasidb_guest.tables.free_segments import FreeSegments

Gaps = Sequence[tuple[int, int]]
"""From an offset to another each."""


class Freeing(Protocol):
    """Free segments, be they saved or in memory only."""

    def free(
        self, pages: list[int], limits: memoryview, starts: memoryview, ends: memoryview
    ) -> None: ...


def free_gaps(segments: Freeing, gaps: Mapping[int, Gaps]) -> None:
    """Free gaps of some pages, all at once."""
    limits, starts, ends = array("i"), array("i"), array("i")
    for each in gaps.values():
        starts.extend(start for start, _ in each)
        ends.extend(end for _, end in each)
        limits.append(len(starts))
    segments.free(list(gaps), memoryview(limits), memoryview(starts), memoryview(ends))


def free(segments: FreeSegments, page: int, gaps: Gaps) -> None:
    """Free gaps of a page, and save that."""
    free_gaps(segments, {page: gaps})
    segments.save()
