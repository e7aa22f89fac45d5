"""Bytes through pointers: having one, and copying from one place to another. A kernel.

To the compiler both sides of a copy are plain pointers, and nothing checks what is read and written
through them: whoever calls has made sure that there is room.
"""

from wasidb_guest.vectors import Bytes, WritableBytes


def pointed_to(data: Bytes) -> tuple[bytes | bytearray, int]:
    """The same bytes, to which a kernel can have a pointer, and their size."""
    return (data if isinstance(data, (bytes, bytearray)) else bytes(data)), len(data)


def copy_bytes(source: Bytes, start: int, size: int, out: WritableBytes, at: int) -> None:
    """Copy `source[start : start + size]` to `out[at:]`. The two do not overlap, or the bytes go
    down by eight or more.

    What is left of the last eight bytes, or four, is copied with those before it once more.
    """
    i = 0
    while i + 8 <= size:
        copy_eight(source, start + i, out, at + i)
        i += 8
    if i == size:
        return
    if size >= 8:
        copy_eight(source, start + size - 8, out, at + size - 8)
    elif size >= 4:
        copy_four(source, start, out, at)
        copy_four(source, start + size - 4, out, at + size - 4)
    else:
        while i < size:
            out[at + i] = source[start + i]
            i += 1


def copy_eight(source: Bytes, start: int, out: WritableBytes, at: int) -> None:
    """All bytes are read before one is written, so a compiler moves them at once."""
    a, b, c, d = source[start], source[start + 1], source[start + 2], source[start + 3]
    e, f, g, h = source[start + 4], source[start + 5], source[start + 6], source[start + 7]
    out[at], out[at + 1], out[at + 2], out[at + 3] = a, b, c, d
    out[at + 4], out[at + 5], out[at + 6], out[at + 7] = e, f, g, h


def copy_four(source: Bytes, start: int, out: WritableBytes, at: int) -> None:
    """The same for half as many."""
    a, b, c, d = source[start], source[start + 1], source[start + 2], source[start + 3]
    out[at], out[at + 1], out[at + 2], out[at + 3] = a, b, c, d
