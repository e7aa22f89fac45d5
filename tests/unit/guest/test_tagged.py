import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.cell_strategies import PHONE, ROLE, TYPES, cells_of
from wasidb_guest import values
from wasidb_guest.encoding.cells import BadCell, encode_cell
from wasidb_guest.encoding.reader import Reader
from wasidb_guest.encoding.tagged import (
    decode_tagged,
    encode_tagged,
    tagged_prefix,
    tagged_sizes,
)
from wasidb_guest.errors import Corrupted
from wasidb_guest.values import DataType

STORED: list[tuple[DataType, object, str]] = [
    (values.UINT32, 1, "0e 01000000"),
    (values.TEXT, "ab", "0b 0200 6162"),
    (values.INT64, -1, "08" + "ff" * 8),
    (values.TEXT, None, "0a"),
    (ROLE, b"\x05", "11 0400 726f6c65 0100 05"),
    (PHONE, b"+3", "11 0500 70686f6e65 0400 0200 2b33"),
    (values.FLOAT64, 0.0, "13" + "00" * 8),
]


@pytest.mark.parametrize(("data_type", "cell", "stored"), STORED, ids=str)
def test_stored_bytes(data_type: DataType, cell: object, stored: str) -> None:
    assert encode_tagged(data_type, cell) == bytes.fromhex(stored)


@pytest.mark.parametrize("data_type", TYPES, ids=str)
@given(data=st.data())
def test_round_trip(data_type: DataType, data: st.DataObject) -> None:
    cells = data.draw(st.lists(cells_of(data_type) | st.none(), max_size=5))
    stored = b"".join(encode_tagged(data_type, cell) for cell in cells)
    reader = Reader(b"\xff" + stored, page=4, offset=1)
    assert repr([decode_tagged(reader, data_type) for _ in cells]) == repr(cells)
    reader.expect_end("values")


@pytest.mark.parametrize("data_type", TYPES, ids=str)
@given(data=st.data())
def test_prefix_and_sizes_stand_before_the_cell(data_type: DataType, data: st.DataObject) -> None:
    cell = data.draw(cells_of(data_type))
    encoded = encode_cell(data_type, cell)
    front = tagged_prefix(data_type) + tagged_sizes(data_type, len(encoded))
    assert encode_tagged(data_type, cell) == front + encoded


@pytest.mark.parametrize("data_type", TYPES, ids=str)
@given(data=st.data())
def test_every_cut_is_noticed(data_type: DataType, data: st.DataObject) -> None:
    stored = encode_tagged(data_type, data.draw(cells_of(data_type)))
    cut = stored[: data.draw(st.integers(0, len(stored) - 1))]
    with pytest.raises(Corrupted):
        decode_tagged(Reader(cut, page=4), data_type)


@pytest.mark.parametrize(
    ("data_type", "stored", "problem"),
    [
        (values.UINT32, "0f 0100000000000000", "offset 0: value is not of type uint32"),
        (values.TEXT, "0b 0100 ff", "offset 0: text value is not UTF-8 text"),
        (values.TEXT, "ff", "offset 0: value is not of type text"),
        (ROLE, "11 0400 526f6c65 0100 05", "value is not of type custom"),
        (ROLE, "11 0400 726f6c65 0200 0505", "value is not of type custom"),
        (PHONE, "11 0500 70686f6e65 0400 0100 2b33", r"custom\(phone\) value ends 1 bytes early"),
    ],
)
def test_malformed(data_type: DataType, stored: str, problem: str) -> None:
    with pytest.raises(Corrupted, match=problem) as caught:
        decode_tagged(Reader(bytes.fromhex(stored), page=4), data_type)
    assert caught.value.details["page"] == 4


def test_a_variable_custom_key_leaves_room_for_its_own_prefix() -> None:
    assert len(encode_tagged(PHONE, bytes(65_533))) == 65_533 + 12
    with pytest.raises(BadCell) as caught:
        encode_tagged(PHONE, bytes(65_534))
    assert caught.value.limit == "key size"
