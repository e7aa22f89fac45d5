"""Writes the messages of a stream: the schema, record batches, the end.

    ff ff ff ff | i32 metadata size | metadata | body: buffers in the order of the columns

Messages and buffers are padded to ALIGNMENT, so that who maps a file into memory can compute on the
columns where they lie. Numbers of fields and of types are those of Arrow's Message.fbs and
Schema.fbs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain
from operator import add
from struct import Struct
from typing import TypeAlias

from wasidb_guest.encoding.arrow.flatbuffer_writer import Fields, Number, Structs, block
from wasidb_guest.encoding.arrow.flatbuffers import I16, I32, I64, U8
from wasidb_guest.encoding.arrow.messages import RECORD_BATCH, SCHEMA
from wasidb_guest.encoding.arrow.schema import (
    Binary,
    Boolean,
    Date,
    Decimal,
    FixedBinary,
    Float,
    Integer,
    Text,
    Timestamp,
    ValueType,
)
from wasidb_guest.vectors import Bytes

ALIGNMENT = 64
PADDINGS = [bytes(-size % ALIGNMENT) for size in range(ALIGNMENT)]
"""What stands behind a buffer, by what its size leaves of a multiple of ALIGNMENT."""
SCHEMAS_KEPT = 64
END = b"\xff\xff\xff\xff\0\0\0\0"

WrittenType: TypeAlias = Boolean | ValueType
"""Dates in days, timestamps in microseconds, offsets of 4 bytes."""

_PREFIX = Struct("<ii")
_PAIR = Struct("<qq")
_VERSION_5 = 4
_DAYS, _MICROSECONDS = 0, 2
_EXTENSION_NAME, _EXTENSION_PARAMETERS = "ARROW:extension:name", "ARROW:extension:metadata"
_BODY_SIZE, _ROWS, _NODE, _BUFFER = -1, -2, -3, -4
"""Stand in a layout for the numbers of a record batch, none of which is negative."""


@dataclass(frozen=True, slots=True)
class WrittenField:
    """A column of the schema, and the extension type that says what its values are, if any does."""

    name: str
    type: WrittenType
    extension: str | None


@lru_cache(SCHEMAS_KEPT)
def schema_message(fields: tuple[WrittenField, ...]) -> bytes:
    """The message that starts a stream; every column may hold NULL."""
    return _framed(SCHEMA, (None, list(map(_field, fields))), 0)


def batch_message(count: int, null_counts: Sequence[int], buffers: Sequence[Bytes]) -> list[Bytes]:
    """A record batch of `count` rows, in pieces.

    `null_counts` has the NULLs of each column, `buffers` those of all columns one after the other.
    """
    sizes = list(map(len, buffers))
    paddings = [PADDINGS[size % ALIGNMENT] for size in sizes]
    *starts, body_size = accumulate(map(add, sizes, map(len, paddings)), initial=0)
    layout = _batch_layout(len(null_counts), len(buffers))
    metadata = layout.filled(body_size, count, null_counts, starts, sizes)
    return [metadata, *chain.from_iterable(zip(buffers, paddings, strict=True))]


class _BatchLayout:
    """The message of a record batch of so many columns and buffers, up to its body: 64-bit numbers,
    of which only some are other ones in another batch.
    """

    def __init__(self, columns: int, buffers: int) -> None:
        nodes = Structs(_PAIR, [(_NODE, _NODE)] * columns)
        places = Structs(_PAIR, [(_BUFFER, _BUFFER)] * buffers)
        message = _framed(RECORD_BATCH, (Number(I64, _ROWS), nodes, places), _BODY_SIZE)
        self._struct = Struct(f"<{len(message) // I64.size}q")
        self._numbers = self._struct.unpack(message)
        self._body_size, self._rows = map(self._numbers.index, (_BODY_SIZE, _ROWS))
        first_node, first_buffer = map(self._numbers.index, (_NODE, _BUFFER))
        self._lengths, self._null_counts = _pairs(first_node, columns)
        self._starts, self._sizes = _pairs(first_buffer, buffers)

    def filled(
        self,
        body_size: int,
        count: int,
        null_counts: Sequence[int],
        starts: Sequence[int],
        sizes: Sequence[int],
    ) -> bytes:
        """The message of a batch with these numbers."""
        numbers = list(self._numbers)
        numbers[self._body_size], numbers[self._rows] = body_size, count
        numbers[self._lengths] = [count] * len(null_counts)
        numbers[self._null_counts] = null_counts
        numbers[self._starts], numbers[self._sizes] = starts, sizes
        return self._struct.pack(*numbers)


_batch_layout = lru_cache(SCHEMAS_KEPT)(_BatchLayout)


def _pairs(first: int, count: int) -> tuple[slice, slice]:
    """Where the first and the second numbers of so many pairs are."""
    end = first + 2 * count
    return slice(first, end, 2), slice(first + 1, end, 2)


def _framed(kind: int, header: Fields, body_size: int) -> bytes:
    """A message up to its body."""
    metadata = block((Number(I16, _VERSION_5), Number(U8, kind), header, Number(I64, body_size)))
    size = _padded(_PREFIX.size + len(metadata)) - _PREFIX.size
    return _PREFIX.pack(-1, size) + metadata.ljust(size, b"\0")


def _padded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _field(field: WrittenField) -> Fields:
    number, parameters = _type(field.type)
    metadata: list[Fields] = []
    if field.extension is not None:
        metadata = [(_EXTENSION_NAME, field.extension), (_EXTENSION_PARAMETERS, "")]
    return (field.name, Number(U8, True), Number(U8, number), parameters, None, [], metadata)


def _type(stored: WrittenType) -> tuple[int, Fields]:
    """The number of a type, and its parameters; `schema.read_schema` reads them."""
    match stored:
        case Integer(width, is_signed):
            return 2, (Number(I32, 8 * width), Number(U8, is_signed))
        case Float(width):
            return 3, (Number(I16, width.bit_length() - 2),)
        case Binary():
            return 4, ()
        case Text():
            return 5, ()
        case Boolean():
            return 6, ()
        case Decimal(precision, scale, width):
            return 7, (Number(I32, precision), Number(I32, scale), Number(I32, 8 * width))
        case Date():
            return 8, (Number(I16, _DAYS),)
        case Timestamp(zone=zone):
            return 10, (Number(I16, _MICROSECONDS), zone)
        case FixedBinary(width):
            return 15, (Number(I32, width),)
