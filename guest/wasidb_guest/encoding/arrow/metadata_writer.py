"""Writes the messages of a stream: the schema, record batches, the end.

    ff ff ff ff | i32 metadata size | metadata | body: buffers in the order of the columns

Messages and buffers are padded to ALIGNMENT, so that who maps a file into memory can compute on the
columns where they lie. Numbers of fields and of types are those of Arrow's Message.fbs and
Schema.fbs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
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
SCHEMAS_KEPT = 64
END = b"\xff\xff\xff\xff\0\0\0\0"

WrittenType: TypeAlias = Boolean | ValueType
"""Dates in days, timestamps in microseconds, offsets of 4 bytes."""

_PREFIX = Struct("<ii")
_PAIR = Struct("<qq")
_VERSION_5 = 4
_DAYS, _MICROSECONDS = 0, 2
_EXTENSION_NAME, _EXTENSION_PARAMETERS = "ARROW:extension:name", "ARROW:extension:metadata"


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


def batch_message(
    count: int, null_counts: Sequence[int], buffers: Sequence[Bytes]
) -> Iterator[Bytes]:
    """A record batch of `count` rows, piece by piece.

    `null_counts` has the NULLs of each column, `buffers` those of all columns one after the other.
    """
    sizes = list(map(len, buffers))
    starts = list(accumulate(map(_padded, sizes), initial=0))
    nodes = Structs(_PAIR, [(count, null_count) for null_count in null_counts])
    places = Structs(_PAIR, list(zip(starts, sizes, strict=False)))
    yield _framed(RECORD_BATCH, (Number(I64, count), nodes, places), starts[-1])
    for buffer, size in zip(buffers, sizes, strict=True):
        yield buffer
        yield bytes(_padded(size) - size)


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
