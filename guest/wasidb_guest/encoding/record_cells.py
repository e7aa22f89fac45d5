"""Cells out of records: the columns of many records at once; a kernel.

    record    id=17  customer=4  status="paid"  amount=250      steps    [skip 12, take status]
                                                                         [take amount]

The columns of a table up to the last one wanted are a list of steps. A step first moves over `lead`
bytes, those of columns that are fixed, never NULL and not wanted, and then deals with one column:
it takes its cell or moves over it. Some records at once, each on its page, are gone through step
after step; `cursors` holds where the next cell of each is, `ends` where its body ends.

    layout    lead, 1 if wanted, width (0 if variable), 1 if nullable: four numbers a step
    outs      for each step, room for the cells that it takes, back to back
    offsets   for each variable column among the wanted, the offsets of its cells
    flags     for each nullable column among the wanted, a byte a row: 1 for a cell, 0 for NULL

Variable cells are copied eight bytes at a time, so seven bytes may be written beyond the cells of a
column, and there has to be room for these. NULL of a fixed width is written as zeros.

Pages and `outs` are plain pointers to the compiler, which does not check what is read through them:
every step looks at a record's end first, and whoever has set it has seen that it is in the page.

Types: cursors, ends, layout and offsets are int32; `limits[k]` is the first row that is not
on page k, also int32. Addresses and numbers of pages are uint64."""

from collections.abc import Sequence

from wasidb_guest.encoding.records import find_more
from wasidb_guest.vectors import Bytes, WritableBytes

ROWS_AT_ONCE = 64
"""So many records go through all steps before the next ones do: what is read of them stays in the
processor's nearest cache meanwhile."""
LINE_SIZE = 64
MOVE_SIZE = 8
"""Less than this is written beyond the cells of a column."""


def columns_at(
    pages: Sequence[bytearray],
    limits: memoryview,
    addresses: memoryview,
    first: int,
    cursors: memoryview,
    ends: memoryview,
    layout: memoryview,
    outs: list[bytearray],
    offsets: memoryview,
    flags: bytearray,
) -> int:
    """Locate the records at these addresses from row `first` on, some at a time, and go through all
    steps for these while they are at hand.

    How many records there are; or the first one of some for whose cells there may be no room, with
    where these records are; or -1 - the first one that is missing, whose end is 0, or ends too
    early."""
    sources: list[Bytes] = [b""] * 64  # ROWS_AT_ONCE; an array has a literal length
    count = len(addresses)
    number = 0
    while first < count:
        last = min(first + ROWS_AT_ONCE, count)
        number = set_sources(sources, pages, limits, number, first, last)
        page_size = len(pages[0])
        reached = locate_rows(sources, page_size, addresses, cursors, ends, first, last)
        if reached < last:
            return -1 - reached
        if not has_room(cursors, ends, first, last, layout, outs, count, offsets):
            return first
        reached = take_rows(
            sources, page_size, cursors, ends, first, last, layout, outs, count, offsets, flags
        )  # fmt: skip
        if reached < last:
            return -1 - reached
        first = last
    return count


def take_columns(
    pages: Sequence[bytearray],
    limits: memoryview,
    cursors: memoryview,
    ends: memoryview,
    layout: memoryview,
    outs: list[bytearray],
    count: int,
    offsets: memoryview,
    flags: bytearray,
) -> int:
    """Go through all steps for `count` records; the first one that ends too early, or `count`.

    Cursors end behind the last step."""
    sources: list[Bytes] = [b""] * 64  # ROWS_AT_ONCE
    number = 0
    for first in range(0, count, ROWS_AT_ONCE):
        last = min(first + ROWS_AT_ONCE, count)
        number = set_sources(sources, pages, limits, number, first, last)
        reached = take_rows(
            sources, len(pages[0]), cursors, ends, first, last,
            layout, outs, count, offsets, flags,
        )  # fmt: skip
        if reached < last:
            return reached
    return count


def find_columns(
    pages: Sequence[bytearray],
    numbers: memoryview,
    stride: int,
    limits: memoryview,
    cursors: memoryview,
    ends: memoryview,
    addresses: memoryview,
    layout: memoryview,
    outs: list[bytearray],
    room: int,
    offsets: memoryview,
    flags: bytearray,
) -> int:
    """Find every record of the pages of these numbers, page after page, and go through all steps
    for those of a page while it is at hand; offsets and flags have room for so many rows.

    How many records there are, or -1 - the place of a damaged one: its offset in the page, and 16
    bits above it which of the pages it is."""
    sources: list[Bytes] = [b""] * 64  # ROWS_AT_ONCE
    first = 0
    for k in range(len(pages)):
        frame = pages[k]
        for i in range(ROWS_AT_ONCE):
            sources[i] = frame
        last = find_more(frame, len(frame), stride, cursors, ends, first)
        if last < 0:
            return last - (k << 16)
        for row in range(first, last):
            addresses[row] = numbers[k] << 16 | (cursors[row] - 2)
        limits[k] = last
        while first < last:
            end = min(first + ROWS_AT_ONCE, last)
            reached = take_rows(
                sources, len(frame), cursors, ends, first, end, layout, outs, room, offsets, flags
            )  # fmt: skip
            if reached < end:
                return -1 - (k << 16 | int(addresses[reached] & 0xFFFF))
            first = end
    return first


def set_sources(
    sources: list[Bytes],
    pages: Sequence[bytearray],
    limits: memoryview,
    number: int,
    first: int,
    last: int,
) -> int:
    """Set the page of each record from `first` to `last`, of which the first is on the page of this
    number among `pages` or behind it; the number of the last one's. All pages are as large."""
    frame = pages[number]
    page = frame
    limit = limits[number]
    for row in range(first, last):
        while row >= limit:
            number += 1
            frame = pages[number]
            if len(frame) != len(pages[0]):
                raise IndexError("pages")
            page = frame
            limit = limits[number]
        sources[row - first] = page
    return number


def locate_rows(
    sources: Sequence[Bytes],
    page_size: int,
    addresses: memoryview,
    cursors: memoryview,
    ends: memoryview,
    first: int,
    last: int,
) -> int:
    """Set the body's start and end of the record at each address; the first that is missing, or
    `last`.

    All lengths are read before one is looked at, and with each a byte of the line behind it: a
    processor then waits for all of these lines at once."""
    for row in range(first, last):
        page = sources[row - first]
        at = int(addresses[row] & 0xFFFF)
        at = min(at, page_size - 2)
        ends[row] = page[at] | page[at + 1] << 8
        at = min(at + LINE_SIZE, page_size - 1)
        cursors[row] = page[at]
    for row in range(first, last):
        at = int(addresses[row] & 0xFFFF)
        end = at + 2 + ends[row]
        if ends[row] == 0 or end > page_size:
            ends[row] = 0
            return row
        cursors[row] = at + 2
        ends[row] = end
    return last


def has_room(
    cursors: memoryview,
    ends: memoryview,
    first: int,
    last: int,
    layout: memoryview,
    outs: list[bytearray],
    count: int,
    offsets: memoryview,
) -> bool:
    """Whether there is room for the cells of the records from `first` to `last`, though each
    column of variable size took all of them."""
    bodies = 0
    for row in range(first, last):
        bodies += ends[row] - cursors[row]
    offsets_at = 0
    for step in range(len(outs)):
        if layout[4 * step + 1] == 0:
            continue
        width = layout[4 * step + 2]
        start, size = width * first, width * (last - first)
        if width == 0:
            start, size = offsets[offsets_at + first], bodies
            offsets_at += count + 1
        if size > len(outs[step]) - MOVE_SIZE - start:
            return False
    return True


def take_rows(
    sources: Sequence[Bytes],
    page_size: int,
    cursors: memoryview,
    ends: memoryview,
    first: int,
    last: int,
    layout: memoryview,
    outs: list[bytearray],
    count: int,
    offsets: memoryview,
    flags: WritableBytes,
) -> int:
    """Go through all steps for a few records, from `first` to `last`, of which each has its page in
    `sources`."""
    offsets_at = flags_at = 0
    for step in range(len(outs)):
        lead = layout[4 * step]
        is_wanted = layout[4 * step + 1] != 0
        width = layout[4 * step + 2]
        is_nullable = layout[4 * step + 3] != 0
        out = outs[step]
        if not is_wanted:
            reached = skip(sources, cursors, ends, first, last, lead, width, is_nullable)
        elif is_nullable:
            reached = take_nullable(
                sources, page_size, cursors, ends, first, last, lead, width,
                out, offsets, offsets_at, flags, flags_at,
            )  # fmt: skip
            flags_at += count
        elif width == 0:
            reached = take_variable(
                sources, page_size, cursors, ends, first, last, lead, out, offsets, offsets_at
            )
        else:
            reached = take_fixed(sources, page_size, cursors, ends, first, last, lead, width, out)
        if reached < last:
            return reached
        if is_wanted and width == 0:
            offsets_at += count + 1
    return last


def skip(
    sources: Sequence[Bytes],
    cursors: memoryview,
    ends: memoryview,
    first: int,
    last: int,
    lead: int,
    width: int,
    is_nullable: bool,
) -> int:
    """Move over a column."""
    for row in range(first, last):
        page = sources[row - first]
        at = cursors[row] + lead
        end = ends[row]
        is_null = False
        if is_nullable:
            if at >= end:
                return row
            is_null = page[at] == 0
            at += 1
        if not is_null:
            if width == 0:
                if at + 2 > end:
                    return row
                at += page[at] | page[at + 1] << 8
                at += 2
            at += width
        if at > end:
            return row
        cursors[row] = at
    return last


def take_fixed(
    sources: Sequence[Bytes],
    page_size: int,
    cursors: memoryview,
    ends: memoryview,
    first: int,
    last: int,
    lead: int,
    width: int,
    out: WritableBytes,
) -> int:
    """Take a column of fixed width that is never NULL."""
    for row in range(first, last):
        page = sources[row - first]
        at = cursors[row] + lead
        if at + width > ends[row]:
            return row
        move(page, page_size, at, width, out, width * row)
        cursors[row] = at + width
    return last


def take_variable(
    sources: Sequence[Bytes],
    page_size: int,
    cursors: memoryview,
    ends: memoryview,
    first: int,
    last: int,
    lead: int,
    out: WritableBytes,
    offsets: memoryview,
    offsets_at: int,
) -> int:
    """Take a column of variable width that is never NULL."""
    size = offsets[offsets_at + first]
    for row in range(first, last):
        page = sources[row - first]
        at = cursors[row] + lead
        end = ends[row]
        if at + 2 > end:
            return row
        length = page[at] | page[at + 1] << 8
        at += 2
        if at + length > end:
            return row
        move(page, page_size, at, length, out, size)
        size += length
        offsets[offsets_at + row + 1] = size
        cursors[row] = at + length
    return last


def take_nullable(
    sources: Sequence[Bytes],
    page_size: int,
    cursors: memoryview,
    ends: memoryview,
    first: int,
    last: int,
    lead: int,
    width: int,
    out: WritableBytes,
    offsets: memoryview,
    offsets_at: int,
    flags: WritableBytes,
    flags_at: int,
) -> int:
    """Take a column of any kind that may be NULL."""
    size = width * first
    if width == 0:
        size = offsets[offsets_at + first]
    for row in range(first, last):
        page = sources[row - first]
        at = cursors[row] + lead
        end = ends[row]
        if at >= end:
            return row
        is_null = page[at] == 0
        length = width
        at += 1
        if width == 0 and not is_null:
            if at + 2 > end:
                return row
            length = page[at] | page[at + 1] << 8
            at += 2
        flags[flags_at + row] = not is_null
        if is_null:
            for i in range(width):
                out[size + i] = 0
        else:
            if at + length > end:
                return row
            move(page, page_size, at, length, out, size)
            at += length
        size += length
        if width == 0:
            offsets[offsets_at + row + 1] = size
        cursors[row] = at
    return last


def move(page: Bytes, page_size: int, at: int, length: int, out: WritableBytes, to: int) -> None:
    """Copy bytes, and up to seven that come behind them in the page."""
    i = 0
    while i < length and at + i + 8 <= page_size:
        move_eight(page, at + i, out, to + i)
        i += 8
    while i < length:
        out[to + i] = page[at + i]
        i += 1


def move_eight(page: Bytes, at: int, out: WritableBytes, to: int) -> None:
    """Copy eight bytes; all are read before one is written, so a compiler moves them at once."""
    a, b, c, d = page[at], page[at + 1], page[at + 2], page[at + 3]
    e, f, g, h = page[at + 4], page[at + 5], page[at + 6], page[at + 7]
    out[to], out[to + 1], out[to + 2], out[to + 3] = a, b, c, d
    out[to + 4], out[to + 5], out[to + 6], out[to + 7] = e, f, g, h
