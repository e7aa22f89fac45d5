"""Cuts a stream into messages: a small header of metadata and a body of column data each.

    ff ff ff ff | i32 metadata size | metadata, a flatbuffer | body, its size is in the metadata
    ff ff ff ff | 00 00 00 00         the end of the stream

Writers older than Arrow 0.15 leave out the first four bytes, which costs nothing to read.

One message is in memory at a time. A message may claim any size, so bytes are fetched in steps and
memory never grows beyond twice of what the source really delivers. The end marker is required
although the format lets writers omit it: a stream cut between two messages would otherwise load as
if it were whole. For the same reason nothing may follow it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from wasidb_guest.encoding.arrow.flatbuffers import I16, I32, I64, U8, Block, Table
from wasidb_guest.encoding.arrow.refusals import malformed, unsupported

SCHEMA, DICTIONARY_BATCH, RECORD_BATCH = 1, 2, 3

_CONTINUATION = -1
_VERSION_4, _VERSION_5 = 3, 4
_FILE_MAGIC = b"ARRO"
_FIRST_STEP_SIZE = 24 << 20


class Source(Protocol):
    """Where a stream comes from: a file, or `io.BytesIO` over bytes at hand."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fills the front of `buffer` and gives the number of bytes; 0 at the end."""


@dataclass(frozen=True, slots=True)
class Message:
    """The kind of a header, the header, the body, and where in the stream the body starts."""

    kind: int
    header: Table
    body: memoryview
    body_position: int


def read_messages(source: Source) -> Iterator[Message]:
    """The messages of a stream, up to and without its end marker."""
    stream = _Stream(source)
    while size := _metadata_size(stream):
        position = stream.position
        block = Block(bytes(stream.take(size, "metadata")), position)
        yield _message(block.root(), stream)
    stream.require_end()


def _metadata_size(stream: "_Stream") -> int:
    """The size that introduces a message; 0 is the end marker."""
    position = stream.position
    prefix = stream.take(I32.size, "message or end marker")
    if position == 0 and prefix == _FILE_MAGIC:
        raise unsupported("this is an Arrow file (Feather); write the stream format instead")
    if I32.unpack(prefix)[0] == _CONTINUATION:
        prefix = stream.take(I32.size, "metadata size")
    size: int = I32.unpack(prefix)[0]
    if size < 0:
        raise malformed(f"metadata size of {size}", position)
    return size


def _message(table: Table, stream: "_Stream") -> Message:
    """Reads the body that the metadata announces; the stream stands at its first byte."""
    version = table.number(0, I16)
    if version not in (_VERSION_4, _VERSION_5):
        raise unsupported(f"metadata version {version + 1} is not supported, only 4 and 5 are")
    body_size = table.number(3, I64)
    if body_size < 0:
        raise malformed(f"body size of {body_size}", table.position)
    header = table.require_table(2, "message header")
    position = stream.position
    body = memoryview(stream.take(body_size, "message body"))
    return Message(table.number(1, U8), header, body, position)


class _Stream:
    """A source that knows its position and treats an early end as the error it is."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.position = 0

    def take(self, size: int, what: str) -> bytearray:
        """The next `size` bytes, in a buffer of their own."""
        taken = bytearray(min(size, _FIRST_STEP_SIZE))
        filled = 0
        while filled < size:
            if filled == len(taken):
                taken.extend(bytes(min(filled, size - filled)))
            with memoryview(taken)[filled:] as free:
                step = self._source.readinto(free)
            if not step:
                end = self.position + filled
                raise malformed(f"stream ends in {what}, {filled} of {size} bytes read,", end)
            filled += step
        self.position += size
        return taken

    def require_end(self) -> None:
        """Refuses bytes after the end marker."""
        with memoryview(bytearray(1)) as probe:
            if self._source.readinto(probe):
                raise malformed("data after the end marker", self.position)
