"""Where to cut the entries of a node that has become too large.

    offsets   11  30  49  68  87        cuts  0, 2, 4
              └── left ─┘└ right ─┘

Cut points are entry numbers, the first 0 and the last the number of entries. `offsets` are where
the entries begin and the last one ends, with a header before the first.
"""

from bisect import bisect_right
from itertools import pairwise
from typing import Any

from wasidb_guest.pages.layout import INNER_HEADER, LEAF_HEADER, PAGE_SIZE


def halves(offsets: Any, count: int) -> list[int]:
    """Where to cut a leaf that one entry has made too large: in the middle, by number or, if that
    is no help, by bytes.
    """
    middle = count // 2
    header = LEAF_HEADER.size
    if max(offsets[middle], offsets[count] - offsets[middle] + header) <= PAGE_SIZE:
        return [0, middle, count]
    return cut_points(offsets, count, min((offsets[count] - header) // 2 + 1, PAGE_SIZE - header))


def inner_cuts(offsets: Any, count: int) -> list[int]:
    """Where to cut an inner node's entries; the last entry of each part but the last moves up."""
    middle = count // 2
    header = INNER_HEADER.size
    if max(offsets[middle], offsets[count] - offsets[middle + 1] + header) <= PAGE_SIZE:
        return [0, middle + 1, count]
    return cut_points(offsets, count, PAGE_SIZE - header)


def cut_points(offsets: Any, count: int, size: int) -> list[int]:
    """Entry numbers 0, ..., count such that the entries between two of them take at most `size`
    bytes.
    """
    cuts = [0]
    while cuts[-1] < count:
        last = bisect_right(offsets, offsets[cuts[-1]] + size, cuts[-1], count + 1) - 1
        cuts.append(max(last, cuts[-1] + 1))
    return cuts


def even_cuts(offsets: Any, count: int, size: int) -> list[int]:
    """Cut points between which there are about equally many bytes, `size` and a part of an entry at
    most: a small rest would be a leaf that is nearly empty, and its neighbours split again soon.
    Entries so large that they make leaves too full are cut by `cut_points`.
    """
    start, total = offsets[0], offsets[count] - offsets[0]
    parts = -(-total // size)
    ends = (start + total * part // parts for part in range(parts))
    cuts = sorted({count, *(bisect_right(offsets, end, 0, count + 1) - 1 for end in ends)})
    largest = max(offsets[high] - offsets[low] for low, high in pairwise(cuts))
    return cuts if largest <= PAGE_SIZE - LEAF_HEADER.size else cut_points(offsets, count, size)


def pairs(cuts: list[int]) -> list[tuple[int, int]]:
    """Neighbouring cut points."""
    return list(pairwise(cuts))


def separator(out: bytearray, at: int) -> bytes:
    """The key of an entry with its u16 size: an inner entry without its child."""
    return bytes(out[at : at + 2 + (out[at] | out[at + 1] << 8)])
