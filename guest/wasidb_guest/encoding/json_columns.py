"""Columns as JSON text, each written in one go; a kernel.

    int64  [1, -20, 3]      ──put_column──▶   1,-20,3
    text   ["A\\"", NULL]    ──put_column──▶   "A\\"",null

Cells read as in `json_rows`, which writes row by row. There the type of a cell, the room for it and
the comma in front of it are found out once for each; here once for all rows of a column. What is
rare or costs much by itself (floats, bytes, truth values) is left to `json_rows`.
"""

from wasidb_guest.encoding.json_rows import JsonText, VectorCells, put_cells
from wasidb_guest.encoding.text_forms import print_one
from wasidb_guest.vectors import Bytes, WritableBytes

DATE, DECIMAL, INT8, INT64, JSON, TEXT, UINT8, UINT64, UUID = 2, 4, 5, 8, 9, 11, 12, 15, 16

QUOTE, COMMA, MINUS, ZERO, ARRAY, BACKSLASH = 34, 44, 45, 48, 91, 92
FIRST_PRINTABLE = 32

INTEGER_SIZE_MAX = 22  # with sign and comma
FORM_SIZE_MAX = 51  # with quotes and comma
TEXT_FRAME_SIZE = 5  # quotes and comma, or null and comma
ESCAPE_SIZE = 5  # what an escape takes at most, beside the character
NULL, NULL_SIZE = b"null", 4
ESCAPES = dict(
    zip(b'"\\\b\t\n\f\r', (b'\\"', rb"\\", rb"\b", rb"\t", rb"\n", rb"\f", rb"\r"), strict=True)
)
"""The escapes that are not `\\u` and a number."""


def put_column(text: JsonText, cells: VectorCells, first: int, last: int) -> None:
    """Append the cells of the rows from `first` to `last`, excluded, behind a comma unless they are
    the first ones of an array.
    """
    tag, count = cells.tag, last - first
    if count == 0:
        return
    if INT8 <= tag <= INT64 or UINT8 <= tag <= UINT64:
        text.reserve(INTEGER_SIZE_MAX * count)
        half = 0
        if tag <= INT64:
            half = 1
            half <<= 8 * cells.width - 1
        text.size = put_integers(
            cells.source.bytes, cells.width, half, cells.flags, first, last, text.text, text.size
        )
    elif tag in (TEXT, JSON):
        start, stop = cells.offsets[first], cells.offsets[last]
        escapes = count_escapes(cells.source.bytes, start, stop)
        text.reserve(stop - start + ESCAPE_SIZE * escapes + TEXT_FRAME_SIZE * count)
        text.size = put_texts(
            cells.source.bytes, cells.offsets, cells.flags, first, last,
            escapes > 0, text.text, text.size,
        )  # fmt: skip
    elif DATE <= tag <= DECIMAL or tag == UUID:
        text.reserve(FORM_SIZE_MAX * count)
        text.size = put_forms(
            tag, cells.source.bytes, cells.width, cells.flags, first, last, text.text, text.size
        )
    else:
        put_cells(text, [cells], first, last)


# Each of these writes rows to `out`, where there is room, from `end` on, and gives the new end.
# `flags` are 0 for NULL; there are none where nothing is NULL.


def put_integers(
    source: Bytes,
    width: int,
    half: int,
    flags: Bytes,
    first: int,
    last: int,
    out: WritableBytes,
    end: int,
) -> int:
    """Little-endian integers. From `half` on they stand for negative ones; 0 if none do."""
    has_null = len(flags) > 0
    for row in range(first, last):
        end = put_comma(out, end)
        if has_null and flags[row] == 0:
            end = put_null(out, end)
            continue
        value = 0
        for i in range((row + 1) * width - 1, row * width - 1, -1):
            value = value << 8 | source[i]
        if half != 0 and value >= half:
            out[end] = MINUS
            end += 1
            value = half - (value - half)
        end = put_number(value, out, end)
    return end


def put_texts(
    source: Bytes,
    offsets: memoryview,
    flags: Bytes,
    first: int,
    last: int,
    has_escapes: bool,
    out: WritableBytes,
    end: int,
) -> int:
    """Strings, in which is escaped what must be."""
    has_null = len(flags) > 0
    for row in range(first, last):
        end = put_comma(out, end)
        if has_null and flags[row] == 0:
            end = put_null(out, end)
            continue
        out[end] = QUOTE
        end += 1
        for i in range(offsets[row], offsets[row + 1]):
            if has_escapes and is_escaped(source[i]):
                end = put_escape(source[i], out, end)
            else:
                out[end] = source[i]
                end += 1
        out[end] = QUOTE
        end += 1
    return end


def put_forms(
    tag: int,
    source: Bytes,
    width: int,
    flags: Bytes,
    first: int,
    last: int,
    out: WritableBytes,
    end: int,
) -> int:
    """Dates, date-times, decimals or UUIDs."""
    has_null = len(flags) > 0
    for row in range(first, last):
        end = put_comma(out, end)
        if has_null and flags[row] == 0:
            end = put_null(out, end)
            continue
        out[end] = QUOTE
        end = print_one(tag, source, row * width, out, end + 1)
        out[end] = QUOTE
        end += 1
    return end


# Parts of cells.


def put_comma(out: WritableBytes, end: int) -> int:
    """A comma, unless an array has just begun."""
    if out[end - 1] == ARRAY:
        return end
    out[end] = COMMA
    return end + 1


def put_null(out: WritableBytes, end: int) -> int:
    for i in range(NULL_SIZE):
        out[end + i] = NULL[i]
    return end + NULL_SIZE


def put_number(value: int, out: WritableBytes, end: int) -> int:
    """An unsigned integer."""
    rest = value // 10
    end += 1
    while rest:
        rest //= 10
        end += 1
    at = end - 1
    while value >= 10:
        rest = value // 10
        out[at] = ZERO + (value - 10 * rest)
        value = rest
        at -= 1
    out[at] = ZERO + value
    return end


def count_escapes(source: Bytes, start: int, stop: int) -> int:
    """How many characters must be escaped."""
    count = 0
    for i in range(start, stop):
        count += is_escaped(source[i])
    return count


def is_escaped(character: int) -> bool:
    return (character < FIRST_PRINTABLE) | (character == QUOTE) | (character == BACKSLASH)


def put_escape(character: int, out: WritableBytes, end: int) -> int:
    """A quote, backslash or control character."""
    escape = ESCAPES.get(character) or b"\\u%04x" % character
    for i in range(len(escape)):
        out[end + i] = escape[i]
    return end + len(escape)
