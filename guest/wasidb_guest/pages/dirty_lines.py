"""Which bytes of a page a writer may have changed, as a set of lines of 64 bytes. A kernel.

    page     0 ....... 64 ...... 128 ..... 192 ..... 256 ...
    changed       ~~~~~~~~~~~~              ~~~
    lines    1         1         0          1         0            the bits 01011 of the first byte

A set has a bit for each line, so that adding a range looks at nothing that was added before and a
page costs 128 bytes, however often it is written to. A commit looks at these lines and at nothing
else. `dirty` has the sets of pages by their numbers.
"""

from wasidb_guest.pages import layout

PAGE_SIZE, LINE_SIZE = layout.PAGE_SIZE, layout.LINE_SIZE
SET_SIZE = layout.LINE_COUNT // 8

Lines = bytearray
"""A set of lines."""

Spans = tuple[memoryview, memoryview, bool]
"""Where bytes have changed: where each span starts and where it ends, both int32, and whether all
of them are zeros now.
"""

Change = Lines | Spans
"""What is known of where a page has changed."""


def lines_of(dirty: dict[int, Lines], number: int) -> Lines:
    """The lines of a page, none at first."""
    lines = dirty.get(number)
    if lines is None:
        lines = dirty[number] = bytearray(SET_SIZE)
    return lines


def add_range(dirty: dict[int, Lines], number: int, start: int, end: int) -> None:
    """Add the lines of a page that hold the bytes from `start` to `end`, as far as it goes, and the
    first one: who changes a page changes its header.
    """
    if start < 0:
        raise IndexError("a change begins before its page")
    lines = lines_of(dirty, number)
    mask = lines
    mask[0] |= 1
    line, past = start // LINE_SIZE, (min(end, PAGE_SIZE) + LINE_SIZE - 1) // LINE_SIZE
    while line < past:
        if line & 7 == 0 and line + 8 <= past:
            mask[line >> 3] = 0xFF
            line += 8
        else:
            mask[line >> 3] |= 1 << (line & 7)
            line += 1


def add_spans(lines: Lines, starts: memoryview, ends: memoryview) -> None:
    """Add the lines that hold a byte of some spans; both are int32."""
    mask = lines
    for i in range(len(starts)):
        start, end = starts[i], ends[i]
        if start < 0 or end > PAGE_SIZE:
            raise IndexError("a span runs past the end of its page")
        line = start // LINE_SIZE
        while start < end and line * LINE_SIZE < end:
            mask[line >> 3] |= 1 << (line & 7)
            line += 1


def add_lines(lines: Lines, others: Lines) -> None:
    """Add the lines of another set."""
    mask, added = lines, others
    for i in range(SET_SIZE):
        mask[i] |= added[i]


def count_lines(lines: Lines) -> int:
    """How many lines are in a set."""
    mask, count = lines, 0
    for i in range(SET_SIZE):
        bits = mask[i]
        while bits:
            bits &= bits - 1
            count += 1
    return count
