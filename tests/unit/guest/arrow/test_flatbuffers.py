"""Flatbuffers built by hand: what is read from a sound one, and how far a hostile one gets."""

import struct

import pytest

from tests.unit.guest.arrow.blocks import ABSENT, ORIGIN, root_with
from wasidb_guest.encoding.arrow.flatbuffers import I32, I64, U8, Block
from wasidb_guest.errors import InvalidValue

PAIR = struct.Struct("<qq")


def pointer(distance: int) -> bytes:
    return struct.pack("<I", distance)


def test_numbers_lie_in_the_table():
    table = root_with(struct.pack("<i", -5), struct.pack("<B", 200), struct.pack("<q", 1 << 40))
    assert table.number(0, I32) == -5
    assert table.number(1, U8) == 200
    assert table.number(2, I64) == 1 << 40


def test_absent_fields_have_their_default():
    table = root_with(ABSENT, struct.pack("<i", 7))
    assert table.number(0, I32) == 0
    assert table.number(0, I32, default=128) == 128
    assert table.number(5, I32, default=-1) == -1
    assert table.text(0) is None
    assert table.table(0) is None
    assert list(table.tables(0)) == []
    assert table.structs(0, PAIR) == []


def test_a_required_table_is_missed_by_name():
    with pytest.raises(InvalidValue, match=rf"message header is missing at byte {ORIGIN + 10}"):
        root_with(ABSENT).require_table(0, "message header")


def test_text():
    assert root_with(pointer(4), behind=b"\x06\0\0\0h\xc3\xa9llo\0").text(0) == "héllo"


def test_text_must_be_utf_8():
    table = root_with(pointer(4), behind=b"\x02\0\0\0a\xff")
    with pytest.raises(
        InvalidValue, match=f"metadata text that is not UTF-8 at byte {ORIGIN + 23}"
    ):
        table.text(0)


def test_structs():
    table = root_with(pointer(4), behind=struct.pack("<Iqqqq", 2, 1, -2, 3, -4))
    assert table.structs(0, PAIR) == [(1, -2), (3, -4)]


def test_tables_of_a_vector():
    # Two pointers to the same table, whose vtable of no fields stands behind it.
    behind = struct.pack("<III", 2, 8, 4) + struct.pack("<iHH", -4, 4, 4)
    first, second = root_with(pointer(4), behind=behind).tables(0)
    assert first.position == second.position
    assert first.number(0, I32, default=9) == 9


@pytest.mark.parametrize(
    "behind",
    [
        b"",
        b"\x05\0\0\0abcd",
        b"\xff\xff\xff\xff" + bytes(64),
    ],
)
def test_a_vector_longer_than_the_block_is_refused(behind):
    table = root_with(pointer(4), behind=behind)
    for read in (table.text, lambda field: table.structs(field, PAIR)):
        with pytest.raises(InvalidValue, match="points outside itself at byte"):
            read(0)
    with pytest.raises(InvalidValue, match="points outside itself at byte"):
        list(table.tables(0))


@pytest.mark.parametrize("distance", [100, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_pointer_out_of_the_block_is_refused(distance):
    table = root_with(pointer(distance))
    for read in (table.text, table.table):
        with pytest.raises(InvalidValue, match="metadata of 18 bytes points outside itself"):
            read(0)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\0",
        pointer(4),
        pointer(1 << 31) + bytes(8),
        pointer(4) + struct.pack("<i", 100),
        pointer(4) + struct.pack("<i", -100),
        pointer(8) + struct.pack("<HHi", 500, 4, 4),
    ],
)
def test_a_broken_root_is_refused(data):
    with pytest.raises(InvalidValue, match=r"^arrow stream: metadata of \d+ bytes points outside"):
        Block(data, ORIGIN).root()
