"""The lines of a page that hold spans of bytes. A kernel.

    spans    96 to 104, 160 to 168, 224 to 232
    lines    1, 2, 3

What a line is, and what becomes of it, is in `pages.dirty_lines`.
"""

from wasidb_guest.pages import dirty_lines, layout

PAGE_SIZE, LINE_SIZE = layout.PAGE_SIZE, dirty_lines.LINE_SIZE
SET_SIZE = dirty_lines.LINE_COUNT // 8


def lines_of_spans(starts: memoryview, ends: memoryview) -> int:
    """The lines that hold a byte of some spans, as a set; both are int32."""
    lines = bytearray(SET_SIZE)
    mask = lines
    for i in range(len(starts)):
        start, end = starts[i], ends[i]
        if start < 0 or end > PAGE_SIZE:
            raise IndexError("a span runs past the end of its page")
        line = start // LINE_SIZE
        while start < end and line * LINE_SIZE < end:
            mask[line >> 3] |= 1 << (line & 7)
            line += 1
    return int.from_bytes(lines, "little")
