"""Gaps of pages in the form that kernels take."""

from array import array
from collections.abc import Mapping, Sequence

from wasidb_guest.tables.free_segments import FreeSegments
from wasidb_guest.tables.holes import Holes

Gaps = Sequence[tuple[int, int]]
"""From an offset to another each."""


def free_gaps(holes: Holes, gaps: Mapping[int, Gaps]) -> None:
    """Free gaps of some pages, all at once."""
    limits, starts, ends = array("i"), array("i"), array("i")
    for each in gaps.values():
        starts.extend(start for start, _ in each)
        ends.extend(end for _, end in each)
        limits.append(len(starts))
    holes.free(list(gaps), memoryview(limits), memoryview(starts), memoryview(ends))


def free(segments: FreeSegments, page: int, gaps: Gaps) -> None:
    """Free gaps of a page, and save that."""
    free_gaps(segments.holes, {page: gaps})
    segments.save()
