"""What is in an array's buffers, proven sound: fixed cells, integers, strings.

What lies under a NULL is arbitrary in Arrow. Here it becomes zero, or no bytes at all in strings,
so that nothing is ever refused, or stored, because of a value that is not there.

    array of "ab", NULL, "c"    offsets 5 7 9 10     data ?????abxxc
    strings                     offsets 0 2 2 3      data abc
"""

from array import array as packed
from dataclasses import dataclass
from itertools import accumulate, repeat
from typing import Any

from wasidb_guest.encoding.arrow.arrays import Array
from wasidb_guest.encoding.arrow.casts import blank_nulls, widen
from wasidb_guest.encoding.arrow.offsets import drop_null_bytes, has_null_bytes, rebase
from wasidb_guest.encoding.arrow.refusals import malformed
from wasidb_guest.encoding.arrow.schema import Binary, Date, Integer, Text, Timestamp
from wasidb_guest.encoding.records import unpack_flags
from wasidb_guest.errors import LimitExceeded

STRINGS_SIZE_MAX = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class Strings:
    """Cell i is `data[offsets[i] : offsets[i + 1]]`; int32 offsets that start at 0."""

    data: memoryview
    offsets: memoryview

    def cell(self, row: int) -> memoryview:
        """The bytes of one cell."""
        return self.data[self.offsets[row] : self.offsets[row + 1]]


def flags_of(array: Array) -> bytearray:
    """A byte a row, 0 where NULL; none at all when nothing is."""
    if array.validity is None:
        return bytearray()
    flags = bytearray(array.count)
    unpack_flags(array.validity, array.count, flags)
    return flags


def fixed_cells(array: Array, width: int) -> memoryview:
    """The data of a type of `width` bytes, zero where NULL."""
    if array.validity is None:
        return array.data
    data = memoryview(bytearray(array.data))
    blank_nulls(data, width, array.validity)
    return data


def integers(array: Array, stored: Integer | Date | Timestamp) -> memoryview:
    """The values as signed 64-bit integers, 0 where NULL; uint64 from 2^63 on becomes negative."""
    data = fixed_cells(array, stored.width)
    if stored.width == 8:
        return data.cast("q")
    wide = memoryview(bytearray(8 * array.count)).cast("q")
    widen(numbers(data, stored.format), wide)
    return wide


def numbers(data: Any, code: str) -> memoryview:
    """The bytes as numbers of this code of `memoryview.cast`."""
    view: memoryview = data.cast(code)
    return view


def strings(array: Array) -> Strings:
    """The cells of a string, binary or fixed-size array."""
    cells = spans(array)
    if array.validity is None or not has_null_bytes(cells.offsets, array.validity):
        return cells
    data = memoryview(bytearray(len(cells.data)))
    size = drop_null_bytes(cells.data, cells.offsets, array.validity, data)
    return Strings(data[:size], cells.offsets)


def spans(array: Array) -> Strings:
    """The same with whatever bytes the NULL cells have."""
    if len(array.data) > STRINGS_SIZE_MAX:
        raise strings_too_large()
    if isinstance(array.type, Text | Binary):
        return _rebased(array, array.type)
    width = len(array.data) // array.count
    offsets = packed("i", accumulate(repeat(width, array.count), initial=0))
    return Strings(array.data, memoryview(offsets))


def strings_too_large() -> LimitExceeded:
    """A column of a record batch has more bytes than 32-bit offsets reach."""
    return LimitExceeded(
        f"arrow stream: a column of more than {STRINGS_SIZE_MAX} bytes in one record batch; "
        "write several smaller batches",
        limit="column bytes of a record batch",
    )


def _rebased(array: Array, stored: Text | Binary) -> Strings:
    source = array.offsets.cast("i" if stored.offset_width == 4 else "q")
    offsets = memoryview(bytearray(4 * (array.count + 1))).cast("i")
    row = rebase(source, len(array.data), offsets)
    if row >= 0:
        what = (
            f"{stored} value {row} of its batch has offsets {source[row]} to {source[row + 1]} "
            f"in {len(array.data)} bytes of data, in the message body"
        )
        raise malformed(what, array.position)
    first = source[0]
    return Strings(array.data[first : first + offsets[array.count]], offsets)
