"""Which bytes of a page a writer may have changed, as a set of lines of 64 bytes.

    page     0 ....... 64 ...... 128 ..... 192 ..... 256 ...
    changed       ~~~~~~~~~~~~              ~~~
    lines    1         1         0          1         0            the integer 0b01011

A set is an integer with a bit for each line, so that adding a range is one operation and a page
costs 128 bytes at most, however often it is written to. A commit looks at these lines and at
nothing else.
"""

from wasidb_guest.pages.layout import PAGE_SIZE

LINE_SIZE = 64
LINE_COUNT = PAGE_SIZE // LINE_SIZE
ALL_LINES = (1 << LINE_COUNT) - 1
HEADER_LINE = 1


def lines_of(start: int, end: int) -> int:
    """The lines that hold the bytes from `start` to `end`, as far as the page goes."""
    if end > PAGE_SIZE:
        end = PAGE_SIZE
    return (1 << -(-end // LINE_SIZE)) - (1 << start // LINE_SIZE)
