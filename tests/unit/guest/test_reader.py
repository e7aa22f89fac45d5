import pytest

from wasidb_guest.encoding.reader import Reader, str8
from wasidb_guest.errors import Corrupted


def test_reads_fields_in_order() -> None:
    reader = Reader(b"\x07\x01\x02\x01\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x01", page=3)
    assert reader.u8("a") == 7
    assert reader.u16("b") == 0x0201
    assert reader.u32("c") == 1
    assert reader.u64("d") == 2
    assert reader.flag("e") is True
    reader.expect_end("all")


def test_str8_round_trip() -> None:
    assert Reader(str8("héllo"), page=0).str8("name") == "héllo"


def test_too_short_names_page_offset_and_field() -> None:
    reader = Reader(b"\x01\x02\x03", page=9)
    reader.u8("first")
    with pytest.raises(Corrupted, match="page 9, offset 1: second needs 4 bytes, 2 are left"):
        reader.u32("second")


def test_a_part_does_not_read_beyond_itself() -> None:
    reader = Reader(bytes(10), page=1, offset=2)
    part = reader.part(3, "column")
    assert reader.offset == 5
    with pytest.raises(Corrupted, match="offset 2: field needs 4 bytes, 3 are left"):
        part.u32("field")


def test_a_part_needs_to_fit() -> None:
    with pytest.raises(Corrupted, match="column needs 11 bytes, 10 are left"):
        Reader(bytes(10), page=1).part(11, "column")


@pytest.mark.parametrize(
    ("stored", "read", "problem"),
    [
        (b"\x02", "flag", "offset 0: field is 2 instead of 0 or 1"),
        (b"\x01\xff", "str8", "offset 0: field is not UTF-8 text"),
        (b"\x01", "expect_end", "offset 0: field ends 1 bytes early"),
    ],
)
def test_refuses_what_makes_no_sense(stored: bytes, read: str, problem: str) -> None:
    with pytest.raises(Corrupted, match=problem):
        getattr(Reader(stored, page=1), read)("field")
