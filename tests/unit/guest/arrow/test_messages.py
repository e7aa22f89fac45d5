"""How a stream is cut into messages, and what happens to streams that are cut short."""

import io
import struct

import pyarrow as pa
import pytest

from tests.unit.guest.arrow.streams import read_columns, table_of, write_stream
from wasidb_guest.encoding.arrow.messages import RECORD_BATCH, SCHEMA, read_messages
from wasidb_guest.errors import InvalidValue
from wasidb_guest.values import BUILT_IN, TEXT

TABLE = table_of(n=BUILT_IN["int64"], s=TEXT)
STREAM = write_stream(pa.table({"n": [1, 2, None], "s": ["a", None, "ccc"]}))
COLUMNS = {"n": [1, 2, None], "s": ["a", None, "ccc"]}
END_MARKER = struct.pack("<Ii", 0xFFFFFFFF, 0)


class Trickle(io.RawIOBase):
    """A file that gives at most three bytes a call."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        return self._content.readinto(memoryview(buffer)[:3])


def test_messages_come_in_order_with_their_place_in_the_stream():
    schema, batch = read_messages(io.BytesIO(STREAM))
    assert (schema.kind, batch.kind) == (SCHEMA, RECORD_BATCH)
    assert len(schema.body) == 0
    assert STREAM[batch.body_position :] == bytes(batch.body) + END_MARKER


def test_a_source_may_give_few_bytes_at_a_time():
    kinds = [message.kind for message in read_messages(Trickle(STREAM))]
    assert kinds == [SCHEMA, RECORD_BATCH]


def test_every_cut_is_noticed():
    for size in range(len(STREAM)):
        with pytest.raises(InvalidValue, match=r"^arrow stream: .* at byte \d+$"):
            read_columns(STREAM[:size], TABLE)


def test_a_stream_cut_between_messages_does_not_pass_for_a_whole_one():
    with pytest.raises(InvalidValue, match="stream ends in message or end marker"):
        read_columns(STREAM.removesuffix(END_MARKER), TABLE)


def test_nothing_may_follow_the_end():
    with pytest.raises(InvalidValue, match=f"data after the end marker at byte {len(STREAM)}"):
        read_columns(STREAM + STREAM, TABLE)


def test_framing_and_metadata_older_than_arrow_0_15_are_read():
    table = pa.table(COLUMNS)
    old = write_stream(table, use_legacy_format=True, metadata_version=pa.ipc.MetadataVersion.V4)
    assert not old.startswith(b"\xff\xff\xff\xff")
    assert read_columns(old, TABLE) == COLUMNS


def test_an_arrow_file_is_told_from_a_stream():
    sink = io.BytesIO()
    table = pa.table(COLUMNS)
    with pa.ipc.new_file(sink, table.schema) as out:
        out.write_table(table)
    with pytest.raises(InvalidValue, match="this is an Arrow file"):
        read_columns(sink.getvalue(), TABLE)


@pytest.mark.parametrize("stream", [b"", END_MARKER])
def test_a_stream_starts_with_a_schema(stream):
    with pytest.raises(InvalidValue, match=r"^arrow stream"):
        read_columns(stream, TABLE)


def test_a_size_that_the_stream_does_not_have_takes_no_memory():
    claim = struct.pack("<Ii", 0xFFFFFFFF, 0x7FFFFFFF)
    with pytest.raises(InvalidValue, match="0 of 2147483647 bytes read, at byte 8"):
        read_columns(claim, TABLE)


def test_a_negative_size_is_refused():
    with pytest.raises(InvalidValue, match="metadata size of -7 at byte 0"):
        read_columns(struct.pack("<i", -7), TABLE)


def test_a_second_schema_is_refused():
    schema = STREAM[: _message_size(STREAM)]
    with pytest.raises(InvalidValue, match="message of kind 1 among the record batches"):
        read_columns(schema + STREAM, TABLE)


def _message_size(stream: bytes) -> int:
    """The size of a message without body."""
    return 8 + struct.unpack_from("<i", stream, 4)[0]
