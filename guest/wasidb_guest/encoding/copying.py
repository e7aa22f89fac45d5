"""Copying a few bytes from one place to another. A kernel.

To the compiler both sides are plain pointers, and nothing checks what is read and written through
them: whoever calls has made sure that there is room.
"""

from wasidb_guest.vectors import Bytes, WritableBytes


def copy_bytes(source: Bytes, start: int, size: int, out: WritableBytes, at: int) -> None:
    """Copy `source[start : start + size]` to `out[at:]`; the two do not overlap.

    Eight bytes are read before one of them is written, so a compiler moves them at once.
    """
    i = 0
    while i + 8 <= size:
        a, b = source[start + i], source[start + i + 1]
        c, d = source[start + i + 2], source[start + i + 3]
        e, f = source[start + i + 4], source[start + i + 5]
        g, h = source[start + i + 6], source[start + i + 7]
        out[at + i], out[at + i + 1], out[at + i + 2], out[at + i + 3] = a, b, c, d
        out[at + i + 4], out[at + i + 5], out[at + i + 6], out[at + i + 7] = e, f, g, h
        i += 8
    while i < size:
        out[at + i] = source[start + i]
        i += 1
