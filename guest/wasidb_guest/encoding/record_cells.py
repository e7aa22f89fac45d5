"""Cells out of records: the columns of many records at once; a kernel.

    record    id=17  customer=4  status="paid"  amount=250      steps    [skip 12, take status]
                                                                         [take amount]

The columns of a table up to the last one wanted are a list of steps. A step first moves over `lead`
bytes, those of columns that are fixed, never NULL and not wanted, and then deals with one column:
it takes its cell or moves over it. A page is gone through step after step; `cursors` holds where
the next cell of each record is, `ends` where its body ends.

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
    first = 0
    for number in range(len(pages)):
        frame = pages[number]
        last = limits[number]
        reached = take_from_page(
            frame, len(frame), cursors, ends, first, last, layout, outs, count, offsets, flags
        )  # fmt: skip
        if reached < last:
            return reached
        first = last
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
    first = 0
    for k in range(len(pages)):
        frame = pages[k]
        last = find_more(frame, len(frame), stride, cursors, ends, first)
        if last < 0:
            return last - (k << 16)
        for row in range(first, last):
            addresses[row] = numbers[k] << 16 | (cursors[row] - 2)
        limits[k] = last
        reached = take_from_page(
            frame, len(frame), cursors, ends, first, last, layout, outs, room, offsets, flags
        )  # fmt: skip
        if reached < last:
            return -1 - (k << 16 | int(addresses[reached] & 0xFFFF))
        first = last
    return first


def take_from_page(
    page: Bytes,
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
    """Go through all steps for the records from `first` to `last`, which are on one page."""
    offsets_at = flags_at = 0
    for step in range(len(outs)):
        lead = layout[4 * step]
        is_wanted = layout[4 * step + 1] != 0
        width = layout[4 * step + 2]
        is_nullable = layout[4 * step + 3] != 0
        out = outs[step]
        if not is_wanted:
            reached = skip(page, cursors, ends, first, last, lead, width, is_nullable)
        elif is_nullable:
            reached = take_nullable(
                page, page_size, cursors, ends, first, last, lead, width,
                out, offsets, offsets_at, flags, flags_at,
            )  # fmt: skip
            flags_at += count
        elif width == 0:
            reached = take_variable(
                page, page_size, cursors, ends, first, last, lead, out, offsets, offsets_at
            )
        elif width == 8:
            reached = take_eights(page, cursors, ends, first, last, lead, out)
        else:
            reached = take_fixed(page, cursors, ends, first, last, lead, width, out)
        if reached < last:
            return reached
        if is_wanted and width == 0:
            offsets_at += count + 1
    return last


def skip(
    page: Bytes,
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


def take_eights(
    page: Bytes,
    cursors: memoryview,
    ends: memoryview,
    first: int,
    last: int,
    lead: int,
    out: WritableBytes,
) -> int:
    """Take a column of eight bytes that is never NULL."""
    for row in range(first, last):
        at = cursors[row] + lead
        if at + 8 > ends[row]:
            return row
        move_eight(page, at, out, 8 * row)
        cursors[row] = at + 8
    return last


def take_fixed(
    page: Bytes,
    cursors: memoryview,
    ends: memoryview,
    first: int,
    last: int,
    lead: int,
    width: int,
    out: WritableBytes,
) -> int:
    """Take a column of any fixed width that is never NULL."""
    for row in range(first, last):
        at = cursors[row] + lead
        if at + width > ends[row]:
            return row
        for i in range(width):
            out[width * row + i] = page[at + i]
        cursors[row] = at + width
    return last


def take_variable(
    page: Bytes,
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
    page: Bytes,
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
