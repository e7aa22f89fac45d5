"""The order of values; numbers in comments are those of engine-semantics 11.1."""

import struct
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.cell_strategies import PHONE, ROLE, TYPES, cells_of
from wasidb_guest import values
from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.encoding.cells import BadCell, encode_cell
from wasidb_guest.encoding.ordering import ordering_key, sort_keys
from wasidb_guest.values import DataType


def key(data_type: DataType, cell: Any) -> Any:
    return ordering_key(data_type, encode_cell(data_type, cell))


ASCENDING: dict[str, tuple[DataType, list[Any]]] = {
    "int8": (values.INT8, [-128, -42, -1, 0, 127]),
    "int64": (values.INT64, [-(2**63), -9 * 10**9, 0, 2**63 - 2, 2**63 - 1]),
    "uint64": (values.UINT64, [0, 1, 2**63, 2**64 - 1]),
    "boolean": (values.BOOLEAN, [False, True]),
    "float64": (values.FLOAT64, ["-Infinity", -1.5, 0.0, 5e-324, 1.5, "Infinity", "NaN"]),
    "float32": (values.FLOAT32, ["-Infinity", -1.5, 0.0, 0.1, 1.5, "Infinity", "NaN"]),
    # 4: by year, then month, then day
    "date": (values.DATE, ["2023-12-31", "2024-01-31", "2024-06-15", "2024-06-16"]),
    # 5: microseconds and minutes count; the zone comes last and is not normalised
    "datetime": (
        values.DATETIME,
        [
            "2024-06-15T12:29:59.999999-02:00",
            "2024-06-15T12:30:45.123456-02:00",
            "2024-06-15T12:30:45.123456-01:30",
            "2024-06-15T12:30:45.123456+00:00",
            "2024-06-15T12:30:45.123457-02:00",
            "2024-06-15T12:31:00.000000+23:59",
        ],
    ),
    "decimal": (
        values.DECIMAL,
        [
            "-79228162514264337593543950335", "-1.5", "-1.49", "-0.0000000000000000000000000001",
            "0.00", "0.0000000000000000000000000001", "1.4", "1.50", "10", "99.9",
            "79228162514264337593543950335",
        ],
    ),
    "text": (values.TEXT, ["", "A", "a", "ab", "abc", "b", "z", "é", "￿", "😀"]),
    "blob": (values.BLOB, [b"", b"\x00", b"\x00\x01", b"\x7f", b"\x80", b"\xff"]),
    "uuid": (values.UUID, ["0" * 32, "0" * 30 + "ff", "f" * 32]),
    # 6: custom values by their bytes
    "custom": (ROLE, [b"\x00", b"\x7f", b"\xff"]),
    "variable custom": (PHONE, [b"", b"b", b"aa", b"ab"]),
    # 9: ranks
    "json null": (values.JSON, ["null", "false", "0", '""', "[]", "{}"]),
    "json ranks": (values.JSON, ["null", "true", "999999", '"zzz"', "[1, 2, 3]", "{}"]),
    # 10: within a rank
    "json booleans": (values.JSON, ["false", "true"]),
    "json numbers": (
        values.JSON,
        ["-1e300", "-10", "-5", "-0.0", "0", "1", "1.5", "2", "9223372036854775806",
         "9223372036854775807", "18446744073709551615", "1e300"],
    ),
    "json strings": (values.JSON, ['""', '"A"', '"a"', '"ab"', '"abc"', '"\\u00e9"']),
    "json arrays": (values.JSON, ["[]", "[null]", "[false]", "[1]", "[1,2]", "[1,3]", "[2]"]),
    # 11: objects
    "json objects": (
        values.JSON,
        ["{}", '{"":null}', '{"a":1}', '{"a":1,"b":2}', '{"a":2}', '{"b":1}', '{"x":1}', '{"x":2}'],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data_type", "cells"), ASCENDING.values(), ids=ASCENDING)
def test_ascending(data_type: DataType, cells: list[Any]) -> None:
    for low, high in combinations(cells, 2):
        assert key(data_type, low) < key(data_type, high), (low, high)
        assert key(data_type, low) != key(data_type, high), (low, high)


EQUAL = [
    (values.DECIMAL, "1.0", "1.00"),
    (values.DECIMAL, "0", "0.000"),
    (values.DECIMAL, "-1.50", "-1.5"),
    (values.FLOAT64, -0.0, 0.0),
    (values.FLOAT64, "NaN", "NaN"),
    (values.JSON, '{"a":1,"b":[2]}', ' { "b" : [ 2 ] , "a" : 1 } '),  # 11: key order is irrelevant
    (values.JSON, "1", "1.0"),
    (values.JSON, "-0", "-0.0"),
    (values.JSON, "18446744073709551616", "1.8446744073709551616e19"),
    (values.JSON, '{"a":1,"a":2}', '{"a":2}'),
    (values.JSON, '"\\u0041"', '"A"'),
]


@pytest.mark.parametrize(("data_type", "one", "other"), EQUAL, ids=str)
def test_equal(data_type: DataType, one: Any, other: Any) -> None:
    first, second = key(data_type, one), key(data_type, other)
    assert first == second
    assert not first < second
    assert not second < first
    assert hash(first) == hash(second)


def test_json_integers_are_exact_among_themselves_and_floats_beside_floats() -> None:
    small, large, between = "9007199254740992", "9007199254740993", "9007199254740992.0"
    assert key(values.JSON, small) < key(values.JSON, large)
    assert key(values.JSON, between) == key(values.JSON, small)
    assert key(values.JSON, between) == key(values.JSON, large)


# 12: text that is no JSON
@pytest.mark.parametrize("stored", [b"", b"{", b"nul", b"NaN", b"\xff", b"[" * 100_000])
def test_stored_json_that_is_none(stored: bytes) -> None:
    with pytest.raises(BadCell):
        ordering_key(values.JSON, stored)


def test_a_decimal_of_scale_31_orders_as_it_reads() -> None:
    stored = bytes.fromhex("00001f00") + (1_000).to_bytes(12, "little")
    assert ordering_key(values.DECIMAL, stored) == key(
        values.DECIMAL, "0.0000000000000000000000000001"
    )


@pytest.mark.parametrize("data_type", TYPES, ids=str)
@given(data=st.data())
def test_a_column_is_its_cells_one_by_one(data_type: DataType, data: st.DataObject) -> None:
    cells = data.draw(st.lists(cells_of(data_type) | st.none()))
    vector = vector_from_cells(data_type, cells, table="t", column="c", nullable=True)
    one_by_one = [None if cell is None else key(data_type, cell) for cell in cells]
    assert sort_keys(vector) == one_by_one


@given(st.lists(st.floats(width=32)))
def test_floats_sort_with_nan_last(numbers: list[float]) -> None:
    keys = [ordering_key(values.FLOAT32, struct.pack("<f", number)) for number in numbers]
    ordered = [number for _, number in sorted(zip(keys, numbers, strict=True), key=lambda p: p[0])]
    finite = [number for number in ordered if number == number]
    assert finite == sorted(finite)
    assert all(number != number for number in ordered[len(finite) :])
