import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.cell_strategies import PHONE, ROLE, TYPES, cells_of
from wasidb_guest import values
from wasidb_guest.encoding.cells import (
    BadCell,
    cell_to_json,
    decode_cell,
    encode_cell,
    json_to_cell,
    shortest_float32,
)
from wasidb_guest.errors import InvalidValue, LimitExceeded
from wasidb_guest.values import BUILT_IN, DataType

# What FORMAT.md says is stored, under "Values".
STORED: list[tuple[DataType, Any, str]] = [
    (values.UINT32, 42, "2a000000"),
    (values.INT16, -300, "d4fe"),
    (values.UINT64, 2**64 - 1, "ff" * 8),
    (values.BOOLEAN, True, "01"),
    (values.DATE, "2024-02-29", "e807021d"),
    (values.DATETIME, "2024-01-15T10:30:45.123456+02:00", "e807010f0a1e2d40e201007800"),
    (values.DATETIME, "1999-12-31T23:59:59.000000-01:30", "cf070c1f173b3b00000000a6ff"),
    (values.DECIMAL, "-123.45", "00000280393000000000000000000000"),
    (values.DECIMAL, "79228162514264337593543950335", "00000000" + "ff" * 12),
    (values.DECIMAL, "0.0000000000000000000000000001", "00001c00" + "01" + "00" * 11),
    (values.DECIMAL, "0.0", "00000100" + "00" * 12),
    (values.UUID, "0123abcd-4567-89ab-cdef-0123456789ab", "0123abcd456789abcdef0123456789ab"),
    (values.TEXT, "héllo", "68c3a96c6c6f"),
    (values.JSON, '{"b": 1,"a":[true,null]}', b'{"b": 1,"a":[true,null]}'.hex()),
    (values.BLOB, b"\x00\xff", "00ff"),
    (values.FLOAT32, 0.1, struct.pack("<f", 0.1).hex()),
    (values.FLOAT64, -0.5, struct.pack("<d", -0.5).hex()),
    (ROLE, b"\x05", "05"),
    (PHONE, b"+39", "2b3339"),
]


@pytest.mark.parametrize(("data_type", "cell", "stored"), STORED, ids=str)
def test_stored_bytes(data_type: DataType, cell: Any, stored: str) -> None:
    assert encode_cell(data_type, cell).hex() == stored
    assert decode_cell(data_type, bytes.fromhex(stored)) == cell


@pytest.mark.parametrize("data_type", TYPES, ids=str)
@given(data=st.data())
def test_round_trip(data_type: DataType, data: st.DataObject) -> None:
    cell = data.draw(cells_of(data_type))
    encoded = encode_cell(data_type, cell)
    assert not data_type.is_fixed or len(encoded) == data_type.width
    assert repr(decode_cell(data_type, encoded)) == repr(cell)


@pytest.mark.parametrize("data_type", TYPES, ids=str)
@given(data=st.data())
def test_json_round_trip(data_type: DataType, data: st.DataObject) -> None:
    cell: Any = data.draw(cells_of(data_type))
    value = cell_to_json(data_type, cell)
    assert not isinstance(value, bytes)
    assert repr(json_to_cell(data_type, value)) == repr(cell)


SPELLINGS = [
    (values.DECIMAL, "+1_000.50", "1000.50"),
    (values.DECIMAL, "00012.30", "12.30"),
    (values.DECIMAL, "1.", "1"),
    (values.DECIMAL, ".5", "0.5"),
    (values.DECIMAL, "-0.0", "0.0"),
    (values.DATE, "0000-02-29", "0000-02-29"),
    (values.DATE, "65535-12-31", "65535-12-31"),
    (values.DATETIME, "2024-02-29T12:30", "2024-02-29T12:30:00.000000+00:00"),
    (values.DATETIME, "2024-02-29 12:30:01.5Z", "2024-02-29T12:30:01.500000+00:00"),
    (values.DATETIME, "10000-01-01T00:00-01:30", "10000-01-01T00:00:00.000000-01:30"),
    (values.DATETIME, "2024-01-01T23:59:59.000001+23:59", "2024-01-01T23:59:59.000001+23:59"),
    (values.UUID, "0123ABCD456789ABCDEF0123456789AB", "0123abcd-4567-89ab-cdef-0123456789ab"),
    (values.FLOAT64, 3, 3.0),
    (values.FLOAT64, "-Infinity", float("-inf")),
    (values.FLOAT32, 0.1 + 1e-12, 0.1),
    (values.BLOB, memoryview(b"ab"), b"ab"),
]


@pytest.mark.parametrize(("data_type", "cell", "read"), SPELLINGS)
def test_other_spellings(data_type: DataType, cell: Any, read: Any) -> None:
    assert decode_cell(data_type, encode_cell(data_type, cell)) == read


REFUSED: dict[str, list[Any]] = {
    "int8": [128, -129, True, 1.0, "1"],
    "uint64": [-1, 2**64],
    "float32": [1e39, 10**39, True, "nan", "1"],
    "float64": [10**400, None, False, "1"],
    "boolean": [1, 0, "true"],
    "text": [1, b"a", "\ud800"],
    "blob": ["a", 1, [1]],
    "decimal": [
        1, 1.5, "", "-", ".", "1e5", " 1", "1 ", "--1", "1.2.3", "_1", "1_", "1__0", "1_.0", "1._0",
        "٣", "NaN", "79228162514264337593543950336", "0.00000000000000000000000000001",
        "99999999999999999999999999999999999999999999999999999999999999999999999999999999999",
    ],
    "date": [
        "2023-02-29", "1900-02-29", "2024-13-01", "2024-00-01", "2024-01-00", "2024-04-31",
        "2024-1-1", "24-01-01", "02024-01-01", "65536-01-01", "2024/01/01", "2024-01-01 ", "",
        "\uff12024-01-01", 20240101, "-2024-01-01", "2024-01-0", "99999-99-99", "2024-01-01x",
    ],
    "datetime": [
        "2024-01-01", "2024-01-01T", "2024-01-01T24:00", "2024-01-01T10:60", "2024-01-01T10",
        "2024-01-01T10:00:60", "2024-01-01T10:00:", "2024-01-01T10:00:00.", "2024-01-01t10:00",
        "2024-01-01T10:00:00.1234567", "2024-01-01T10:00+24:00", "2024-01-01T10:00+01:60",
        "2024-01-01T10:00+0100", "2024-01-01T10:00+01", "2024-01-01T10:00z", "2024-01-01T10:00Z1",
        "2023-02-29T10:00", "2024-01-01T10:00 +01:00", "2024-01-01T1000", 5,
    ],
    "uuid": [
        "", "0123", "0123abcd-4567-89ab-cdef-0123456789a", "0123abcd4567-89ab-cdef-0123456789ab-",
        "{0123abcd-4567-89ab-cdef-0123456789ab}", "g123abcd456789abcdef0123456789ab", 1,
        "0123abcd-4567-89ab-cdef-0123456789aé",
    ],
    "json": ["", "nul", b"1", "\ud800", "[" * 101 + "]" * 101],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "cell"), [(name, cell) for name in REFUSED for cell in REFUSED[name]]
)
def test_refused(name: str, cell: object) -> None:
    with pytest.raises(BadCell) as caught:
        encode_cell(BUILT_IN[name], cell)
    error = caught.value.located(cell, table="t", column="c", row=7)
    assert type(error) is InvalidValue
    assert error.message.startswith("t.c (row 7): ")
    assert len(error.message) < 300
    assert error.details["expected"] == caught.value.expected


@pytest.mark.parametrize(
    ("data_type", "cell"), [(ROLE, b""), (ROLE, b"ab"), (ROLE, "a"), (PHONE, 5)], ids=str
)
def test_custom_cells_are_bytes_of_their_width(data_type: DataType, cell: object) -> None:
    with pytest.raises(BadCell):
        encode_cell(data_type, cell)


def test_the_error_names_value_and_place_as_far_as_known() -> None:
    problem = BadCell("true or false")
    assert problem.located("x", table="t", column="c", row=0).details == {
        "table": "t",
        "column": "c",
        "row": 0,
        "value": "x",
        "expected": "true or false",
    }
    assert problem.located(b"\x01").message == r"b'\x01' is not true or false"


def test_an_integer_too_long_to_print() -> None:
    with pytest.raises(BadCell) as caught:
        encode_cell(values.INT64, 10**5000)
    message = caught.value.located(10**5000).message
    assert message.startswith("an integer of thousands of digits is not a whole number from -9223")


@pytest.mark.parametrize("data_type", [values.TEXT, values.BLOB, values.JSON, PHONE], ids=str)
def test_variable_cells_have_at_most_65535_bytes(data_type: DataType) -> None:
    def cell(size: int) -> str | bytes:
        return "1" * size if data_type.name in ("text", "json") else b"1" * size

    assert len(encode_cell(data_type, cell(65_535))) == 65_535
    with pytest.raises(BadCell) as caught:
        encode_cell(data_type, cell(65_536))
    error = caught.value.located(cell(65_536), table="t", column="c")
    assert isinstance(error, LimitExceeded)
    assert error.details["limit"] == "cell size"


def test_text_is_measured_in_bytes() -> None:
    with pytest.raises(BadCell):
        encode_cell(values.TEXT, "é" * 32_768)


# What other engines may have stored.


@pytest.mark.parametrize(
    ("data_type", "stored", "cell"),
    [
        (values.DATE, "0000 00 00", "0000-00-00"),
        (values.DATE, "ffff ff ff", "65535-255-255"),
        (values.DATETIME, "ffff ff ff ff ff ff ffffffff 0080",
         "65535-255-255T255:255:255.4294967295-546:08"),
        (values.BOOLEAN, "07", True),
        (values.DECIMAL, "34 12 82 ff 39 30" + "00" * 10, "-123.45"),
        (values.DECIMAL, "00 00 00 80" + "00" * 12, "0"),
        (values.DECIMAL, "00 00 1d 00 0f" + "00" * 11, "0.0000000000000000000000000002"),
        (values.DECIMAL, "00 00 1d 00 0e" + "00" * 11, "0.0000000000000000000000000001"),
        (values.DECIMAL, "00 00 1f 80" + "ff" * 12, "-0.0079228162514264337593543951"),
    ],
)  # fmt: skip
def test_lenient_reading(data_type: DataType, stored: str, cell: object) -> None:
    assert decode_cell(data_type, bytes.fromhex(stored)) == cell


def test_a_scale_beyond_28_rounds_as_in_the_rust_engine() -> None:
    """Rust Decimal rounds up from a remainder of 5 even where the divisor is 100 or 1000."""
    stored = bytes.fromhex("00001f00") + (1_005).to_bytes(12, "little")
    assert decode_cell(values.DECIMAL, stored) == "0.0000000000000000000000000002"


@pytest.mark.parametrize(
    ("data_type", "stored"),
    [(values.TEXT, b"\xff"), (values.JSON, b"\xc3"), (values.INT32, b"\x01"), (ROLE, b"ab")],
    ids=str,
)
def test_bytes_without_a_cell(data_type: DataType, stored: bytes) -> None:
    with pytest.raises(BadCell):
        decode_cell(data_type, stored)


@given(st.lists(st.floats(width=32)))
def test_shortest_float32(numbers: list[float]) -> None:
    for number, short in zip(numbers, shortest_float32(numbers), strict=True):
        assert struct.pack("<f", short) == struct.pack("<f", number) or number != number
        digits = len(repr(short).split("e")[0].strip("-0.").replace(".", ""))
        assert digits <= 9 or number != number


def test_float32_prints_like_the_number_that_was_written() -> None:
    assert shortest_float32([struct.unpack("<f", struct.pack("<f", 16777.2))[0]]) == [16777.2]
