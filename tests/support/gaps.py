"""Gaps of a page in the form that kernels take."""

from array import array
from collections.abc import Iterable, Sequence

from wasidb_guest.tables.free_segments import FreeSegments


def bounds(gaps: Iterable[tuple[int, int]]) -> tuple[memoryview, memoryview]:
    """Where gaps start and where they end."""
    starts, ends = array("i"), array("i")
    for start, end in gaps:
        starts.append(start)
        ends.append(end)
    return memoryview(starts), memoryview(ends)


def free(segments: FreeSegments, page: int, gaps: Sequence[tuple[int, int]]) -> None:
    """Free gaps of a page, from an offset to another each, and save that."""
    segments.free(page, *bounds(gaps))
    segments.save()
