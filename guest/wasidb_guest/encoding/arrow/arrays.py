"""Cuts the body of a record batch into arrays: one column each, its buffers checked for size.

    body     ▕ validity │ offsets ▕ data ▕ validity │ data ▕ ...
    buffers    in the order of the columns; which ones there are depends on the type:

        null                          none
        bool, numbers, dates, ...     validity, data
        string, binary                validity, offsets, data

An array's buffers are views of the body, cut to the bytes that its rows need. What is *in* them is
still unproven: offsets may decrease or point outside, text may not be UTF-8. The conversion that
reads them finds out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct

from wasidb_guest.encoding.arrow.flatbuffers import I64, U8, Table
from wasidb_guest.encoding.arrow.messages import Message
from wasidb_guest.encoding.arrow.refusals import malformed, unsupported
from wasidb_guest.encoding.arrow.schema import (
    Binary,
    Boolean,
    Dictionary,
    Null,
    ReadableType,
    Text,
)
from wasidb_guest.errors import LimitExceeded
from wasidb_guest.vectors import bitmap_size

BATCH_ROWS_MAX = 1 << 24
BUFFER_ALIGNMENT = 8
CODECS = {0: "LZ4", 1: "ZSTD"}

EMPTY = memoryview(b"")

_PAIR = Struct("<qq")


@dataclass(frozen=True, slots=True)
class Array:
    """One column of a record batch, in Arrow's own form; `validity` is None when no value is NULL.

    The array of a dictionary-encoded column is that of its indices. `position` is the byte of the
    stream at which the batch's body starts, for errors.
    """

    type: ReadableType
    count: int
    position: int
    validity: memoryview | None
    data: memoryview
    offsets: memoryview = EMPTY


def read_arrays(
    message: Message, batch: Table, types: Sequence[ReadableType | Dictionary]
) -> tuple[int, list[Array]]:
    """The number of rows of a record batch, and its columns."""
    compression = batch.table(3)
    if compression is not None:
        codec = CODECS.get(compression.number(0, U8), "an unknown codec")
        what = f"record batches compressed with {codec} are not supported, write them uncompressed"
        raise unsupported(what)
    count = _row_count(batch)
    nodes = batch.structs(1, _PAIR)
    if len(nodes) != len(types):
        what = f"record batch of {len(nodes)} columns where the schema has {len(types)}"
        raise malformed(what, batch.position)
    buffers = _Buffers(message, batch)
    arrays = [
        _read_array(data_type, count, node, buffers)
        for data_type, node in zip(types, nodes, strict=True)
    ]
    buffers.require_end()
    return count, arrays


def _row_count(batch: Table) -> int:
    count = batch.number(0, I64)
    if count < 0:
        raise malformed(f"record batch of {count} rows", batch.position)
    if count > BATCH_ROWS_MAX:
        raise LimitExceeded(
            f"arrow stream: a record batch of {count} rows, at most {BATCH_ROWS_MAX} are possible; "
            "write several smaller batches",
            limit="rows of a record batch",
        )
    return count


def _read_array(
    data_type: ReadableType | Dictionary, count: int, node: tuple[int, int], buffers: "_Buffers"
) -> Array:
    """The next column; `node` is its number of rows and of NULLs."""
    stored = data_type.index if isinstance(data_type, Dictionary) else data_type
    length, null_count = node
    if length != count:
        raise malformed(f"column of {length} rows in a batch of {count}", buffers.batch_position)
    position = buffers.body_position
    if isinstance(stored, Null):
        return Array(stored, count, position, memoryview(bytes(bitmap_size(count))), EMPTY)
    validity = buffers.take_validity(count, null_count)
    if isinstance(stored, Text | Binary):
        offsets = buffers.take_offsets(count, stored.offset_width)
        return Array(stored, count, position, validity, buffers.take_all(), offsets)
    size = bitmap_size(count) if isinstance(stored, Boolean) else count * stored.width
    return Array(stored, count, position, validity, buffers.take(size))


class _Buffers:
    """The buffers of a record batch, handed out in order."""

    def __init__(self, message: Message, batch: Table) -> None:
        self.batch_position = batch.position
        self.body_position = message.body_position
        self._body = message.body
        self._ranges = iter(batch.structs(2, _PAIR))

    def take_all(self) -> memoryview:
        """The next buffer, whatever its size."""
        offset, size = next(self._ranges, (None, None))
        if offset is None:
            raise malformed("record batch with too few buffers", self.batch_position)
        if offset < 0 or size < 0 or offset + size > len(self._body):
            what = f"buffer of {size} bytes at {offset} in a body of {len(self._body)} bytes"
            raise malformed(what, self.body_position)
        if offset % BUFFER_ALIGNMENT:
            what = f"buffer that is not aligned to {BUFFER_ALIGNMENT} bytes"
            raise malformed(what, self.body_position + offset)
        return self._body[offset : offset + size]

    def take(self, size: int) -> memoryview:
        """The front of the next buffer, which must have at least `size` bytes."""
        buffer = self.take_all()
        if len(buffer) < size:
            what = f"buffer of {len(buffer)} bytes where its rows need {size}"
            raise malformed(what, self.body_position)
        return buffer[:size]

    def take_validity(self, count: int, null_count: int) -> memoryview | None:
        """The next buffer as a validity bitmap; None when it is left out or has no NULL."""
        bitmap = self.take_all()
        if len(bitmap) == 0 and null_count == 0:
            return None
        if len(bitmap) < bitmap_size(count):
            what = f"validity bitmap of {len(bitmap)} bytes for {count} rows"
            raise malformed(what, self.body_position)
        bitmap = bitmap[: bitmap_size(count)]
        found = count - valid_count(bitmap, count)
        if found != null_count:
            what = f"column that announces {null_count} NULLs and has {found}"
            raise malformed(what, self.body_position)
        return bitmap if found else None

    def take_offsets(self, count: int, width: int) -> memoryview:
        """The next buffer as offsets; those of no rows, which may be left out, are a single 0."""
        if count == 0:
            self.take_all()
            return memoryview(bytes(width))
        return self.take((count + 1) * width)

    def require_end(self) -> None:
        """Refuses buffers that belong to no column."""
        if next(self._ranges, None) is not None:
            raise malformed("record batch with too many buffers", self.batch_position)


def valid_count(bitmap: memoryview, count: int) -> int:
    """How many of the first `count` bits are set."""
    bits = int.from_bytes(bitmap, "little")
    return (bits & ((1 << count) - 1)).bit_count()
