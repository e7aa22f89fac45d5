"""Columns as JSON text, each written in one go; a kernel.

    int64  [1, -20, 3]      ──put_column──▶   1,-20,3
    text   ["A\\"", NULL]    ──put_column──▶   "A\\"",null

Cells read as in `json_rows`, which writes row by row. There the type of a cell, the room for it and
the comma in front of it are found out once for each; here once for all rows of a column, and so is
whether any text has something to be escaped. What is rare or costs much by itself (floats, bytes,
truth values) is left to `json_rows`, and so is text with escapes.

What is written goes through plain pointers, as there: there is room for all cells before the first.
"""

from wasidb_guest.encoding.copying import copy_bytes
from wasidb_guest.encoding.json_numbers import print_column
from wasidb_guest.encoding.json_rows import (
    JsonText,
    VectorCells,
    is_plain,
    put_cells,
)
from wasidb_guest.encoding.text_forms import print_one
from wasidb_guest.vectors import WritableBytes

DATE, DECIMAL, INT8, INT64, JSON, TEXT, UINT8, UINT64, UUID = 2, 4, 5, 8, 9, 11, 12, 15, 16

QUOTE, COMMA = 34, 44

INTEGER_SIZE_MAX = 22  # with sign and comma
FORM_SIZE_MAX = 51  # with quotes and comma
TEXT_FRAME_SIZE = 5  # quotes and comma, or null and comma
NULL, NULL_SIZE = b"null", 4


def put_column(text: JsonText, cells: VectorCells, first: int, last: int) -> None:
    """Append the cells of the rows from `first` to `last`, excluded, behind a comma unless they are
    the first ones of an array.
    """
    tag = cells.tag
    if first == last:
        return
    if INT8 <= tag <= INT64 or UINT8 <= tag <= UINT64:
        put_integers(text, cells, first, last)
    elif tag in (TEXT, JSON) and is_plain(cells.source, cells.offsets[first], cells.offsets[last]):
        put_texts(text, cells, first, last)
    elif DATE <= tag <= DECIMAL or tag == UUID:
        put_forms(text, cells, first, last)
    else:
        put_cells(text, [cells], first, last)


# Each of these makes room for all cells, writes a comma behind each, and takes the last one back.


def put_integers(text: JsonText, cells: VectorCells, first: int, last: int) -> None:
    """Little-endian integers."""
    if last * cells.width > cells.source.size:
        raise IndexError("integers")
    text.separate()
    text.reserve(INTEGER_SIZE_MAX * (last - first))
    out, end = text.raw, text.size
    row = first
    while row < last:
        if cells.has_null and cells.flags[row] == 0:
            end = put_null(out, end)
            row += 1
        else:
            stop = row + 1 if cells.has_null else last
            end = print_column(
                cells.source.raw, cells.width, cells.tag <= INT64, row, stop, out, end
            )
            row = stop
    text.size = end - 1


def put_texts(text: JsonText, cells: VectorCells, first: int, last: int) -> None:
    """Strings in which nothing is to be escaped."""
    start, limit = cells.offsets[first], cells.offsets[last]
    text.separate()
    text.reserve(limit - start + TEXT_FRAME_SIZE * (last - first))
    out, end = text.raw, text.size
    for row in range(first, last):
        stop = cells.offsets[row + 1]
        if stop < start or stop > limit:
            raise IndexError("offsets")
        if cells.has_null and cells.flags[row] == 0:
            end = put_null(out, end)
        else:
            out[end] = QUOTE
            copy_bytes(cells.source.raw, start, stop - start, out, end + 1)
            end += stop - start + 1
            out[end] = QUOTE
            out[end + 1] = COMMA
            end += 2
        start = stop
    text.size = end - 1


def put_forms(text: JsonText, cells: VectorCells, first: int, last: int) -> None:
    """Dates, date-times, decimals or UUIDs."""
    text.separate()
    text.reserve(FORM_SIZE_MAX * (last - first))
    out, end = text.raw, text.size
    for row in range(first, last):
        if cells.has_null and cells.flags[row] == 0:
            end = put_null(out, end)
            continue
        out[end] = QUOTE
        end = print_one(cells.tag, cells.source.bytes, row * cells.width, text.text, end + 1)
        out[end] = QUOTE
        out[end + 1] = COMMA
        end += 2
    text.size = end - 1


def put_null(out: WritableBytes, end: int) -> int:
    for i in range(NULL_SIZE):
        out[end + i] = NULL[i]
    out[end + NULL_SIZE] = COMMA
    return end + NULL_SIZE + 1
