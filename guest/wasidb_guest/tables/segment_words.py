"""The free segments of a page in memory: a word of 64 bits for each, by offset. Kernels.

    word     u16 offset | u16 size | u32 place          highest bits first, so words sort by offset

The place says where the segment is listed: in which slot of which segment table. What lists the
segments is drawn in `tables.free_segments`.
"""

from array import array

from wasidb_guest.pages import layout

PAGE_SIZE = layout.PAGE_SIZE


def word(offset: int, size: int, place: int) -> int:
    """A segment of a page and where it is listed."""
    return offset << 48 | size << 32 | place


def read_segments(
    table: bytearray, count: int, first_place: int, words: "dict[int, array[int]]"
) -> int:
    """Add the segments of a segment table, which are at `first_place` and behind it, to the words
    of their pages, behind those that are there.

    Segments of no size are left out. Gives 0, or -1 - offset of a segment that runs past its page.
    """
    at = 2
    for slot in range(count):
        page = u16_at(table, at) | u16_at(table, at + 2) << 16
        offset, size = u16_at(table, at + 4), u16_at(table, at + 6)
        if offset + size > PAGE_SIZE:
            return -1 - at
        if size:
            if page not in words:
                words[page] = array("Q")
            words[page].append(word(offset, size, first_place + slot))
        at += 8
    return 0


def first_of_size(words: memoryview, size: int) -> int:
    """The index of the first segment of exactly `size` bytes; there is one."""
    index = 0
    while words[index] >> 32 & 0xFFFF != size:
        index += 1
    return index


def u16_at(table: bytearray, at: int) -> int:
    """The u16 at an offset."""
    return table[at] | table[at + 1] << 8
