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


def move_up(out: WritableBytes, start: int, size: int, at: int) -> None:
    """Move bytes to `out[at:]`, eight bytes up or more: the last ones first."""
    i = size
    while i >= 8:
        i -= 8
        copy_eight(out, start + i, out, at + i)
    while i > 0:
        i -= 1
        out[at + i] = out[start + i]


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


def scatter_cells(
    source: Bytes, width: int, first: int, last: int, out: WritableBytes, cursors: memoryview
) -> None:
    """Copy the cells `first` to `last`, of `width` bytes each, to `out[cursors[i]:]`; the cursors
    are behind them then.
    """
    for i in range(first, last):
        at = cursors[i]
        if width == 8:
            copy_eight(source, 8 * i, out, at)
        elif width == 4:
            copy_four(source, 4 * i, out, at)
        else:
            copy_bytes(source, width * i, width, out, at)
        cursors[i] = at + width


def scatter_texts(
    source: Bytes,
    offsets: memoryview,
    first: int,
    last: int,
    out: WritableBytes,
    cursors: memoryview,
) -> None:
    """The same for cells of any size, of which `offsets` says where each begins and the last one
    ends.
    """
    for i in range(first, last):
        start, at = offsets[i], cursors[i]
        size = offsets[i + 1] - start
        copy_bytes(source, start, size, out, at)
        cursors[i] = at + size


def spread_cells(
    source: Bytes, width: int, count: int, out: WritableBytes, at: int, step: int
) -> None:
    """Copy cells of `width` bytes to `out[at:]`, `out[at + step:]` and so on."""
    for i in range(count):
        copy_bytes(source, i * width, width, out, i * step + at)


def copy_pieces(source: Bytes, size: int, order: memoryview, out: WritableBytes) -> None:
    """Copy the pieces of these numbers, of `size` bytes each, to `out`, side by side."""
    for i in range(len(order)):
        copy_bytes(source, order[i] * size, size, out, i * size)
