"""Dictionary-encoded columns: each distinct value travels once, rows hold indices to it.

    dictionary 7   "rome", "oslo"              a message of its own, before the batches that need it
    column         0, 1, NULL, 0               becomes the plain array "rome", "oslo", NULL, "rome"

Columns are expanded before they are converted, so a conversion never meets a dictionary and its
errors name the row. A later message replaces a dictionary; those that extend one (deltas) are left
out, as writers send them only on request.
"""

from collections.abc import Iterable
from dataclasses import replace

from wasidb_guest.encoding.arrow.arrays import Array, read_arrays, valid_count
from wasidb_guest.encoding.arrow.casts import first_outside, narrow
from wasidb_guest.encoding.arrow.contents import integers, spans, strings_too_large
from wasidb_guest.encoding.arrow.flatbuffers import I64, U8
from wasidb_guest.encoding.arrow.messages import Message
from wasidb_guest.encoding.arrow.offsets import leave_out_nulls
from wasidb_guest.encoding.arrow.refusals import malformed, unsupported
from wasidb_guest.encoding.arrow.schema import Binary, Dictionary, Text, ValueType
from wasidb_guest.encoding.copying import pointed_to
from wasidb_guest.encoding.gather import (
    gather_fixed,
    gather_flags,
    gather_offsets,
    gather_variable,
)
from wasidb_guest.encoding.records import pack_flags
from wasidb_guest.vectors import bitmap_size


class Dictionaries:
    """The dictionaries of a stream as far as it has been read."""

    def __init__(self, types: Iterable[Dictionary]) -> None:
        self._types: dict[int, ValueType] = {}
        self._values: dict[int, Array] = {}
        for encoded in types:
            if self._types.setdefault(encoded.id, encoded.value) != encoded.value:
                raise malformed(f"dictionary {encoded.id} with two types of values", 0)

    def read(self, message: Message) -> None:
        """Keeps the values of a dictionary message."""
        header = message.header
        id = header.number(0, I64)
        if header.number(2, U8):
            raise unsupported(f"dictionary {id} is extended by a delta; write whole dictionaries")
        if id not in self._types:
            raise malformed(f"dictionary {id} that no column uses", header.position)
        batch = header.require_table(1, "values of a dictionary")
        _, (self._values[id],) = read_arrays(message, batch, [self._types[id]])

    def expand(self, encoded: Dictionary, indices: Array) -> Array:
        """The plain array that a dictionary-encoded column stands for."""
        values = self._values.get(encoded.id)
        if values is None:
            what = f"batch that needs dictionary {encoded.id} before it was sent"
            raise malformed(what, indices.position)
        rows = _rows(encoded, indices, values.count)
        validity = _gather_validity(values, rows)
        if isinstance(encoded.value, Text | Binary):
            return _gather_strings(encoded.value, values, rows, validity)
        data = memoryview(bytearray(encoded.value.width * len(rows)))
        gather_fixed(values.data, encoded.value.width, rows, data)
        return Array(encoded.value, len(rows), values.position, validity, data)


def _rows(encoded: Dictionary, indices: Array, value_count: int) -> memoryview:
    """The row of the dictionary for each index, as `gather` wants them."""
    wide = integers(indices, encoded.index)
    has_value = indices.validity is None or valid_count(indices.validity, indices.count) > 0
    bad_row = first_outside(wide, 0, value_count - 1) if has_value else -1
    if bad_row >= 0:
        what = f"index {wide[bad_row]} into {value_count} values of dictionary {encoded.id}"
        raise malformed(f"{what}, in the message body", indices.position)
    rows = memoryview(bytearray(4 * indices.count)).cast("I")
    narrow(wide, rows)
    if indices.validity is not None:
        leave_out_nulls(rows, indices.validity)
    return rows


def _gather_validity(values: Array, rows: memoryview) -> memoryview | None:
    flags = bytearray(len(rows))
    gather_flags(b"" if values.validity is None else values.validity, rows, flags)
    validity = memoryview(bytearray(bitmap_size(len(rows))))
    has_null = pack_flags(flags, len(rows), validity) < len(rows)
    return validity if has_null else None


def _gather_strings(
    stored: Text | Binary, values: Array, rows: memoryview, validity: memoryview | None
) -> Array:
    """The strings of these rows, with offsets of 4 bytes whatever those of the dictionary are."""
    cells = spans(values)
    offsets = memoryview(bytearray(4 * (len(rows) + 1))).cast("i")
    size = gather_offsets(cells.offsets, rows, offsets)
    if size < 0:
        raise strings_too_large()
    data = bytearray(size)
    gather_variable(*pointed_to(cells.data), cells.offsets, rows, data, size)
    narrowed = replace(stored, offset_width=4)
    return Array(
        narrowed, len(rows), values.position, validity, memoryview(data), offsets.cast("B")
    )
