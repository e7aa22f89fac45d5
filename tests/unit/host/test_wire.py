"""Values to C and back: what `fill` writes is what `read` finds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasidb.errors import InvalidValue
from wasidb.runtime import typed_contract as contract
from wasidb.runtime.typed_contract import AggregatedRow, ColumnValue, CustomValue, OrderKey, Query
from wasidb.runtime.wire import (
    INTEGER_KINDS,
    VALUE,
    Boolean,
    Bytes,
    Enum,
    Integer,
    ListOf,
    Option,
    Slot,
    Text,
    Variant,
    WireType,
)


def round_trip(wire_type: WireType, value: Any) -> Any:
    """Writes a value into a slot and reads the slot."""
    slot, keep = Slot(), list[object]()
    wire_type.fill(slot, value, keep)
    _, *words = VALUE.unpack_from(slot)
    return wire_type.read(*words)


@given(st.text())
def test_text(value: str) -> None:
    assert round_trip(Text(), value) == value


@given(st.binary())
def test_bytes(value: bytes) -> None:
    assert round_trip(Bytes(), value) == value


@pytest.mark.parametrize("name", INTEGER_KINDS)
def test_integers_to_their_limits(name: str) -> None:
    wire_type = Integer(name)
    for value in (wire_type.low, -1 if wire_type.low else 1, 0, wire_type.high):
        assert round_trip(wire_type, value) == value
    for value in (wire_type.low - 1, wire_type.high + 1, 0.5, "1"):
        with pytest.raises(InvalidValue, match=f"from {wire_type.low} to {wire_type.high}"):
            round_trip(wire_type, value)


def test_bits_beside_a_small_number_are_ignored() -> None:
    assert Integer("s8").read(0xABCDEFFF, 0, 0) == -1
    assert Integer("u8").read(0xABCDEFFF, 0, 0) == 255
    assert Boolean().read(0xFF00, 0, 0) is False


VALUES = st.one_of(
    st.tuples(st.just("bool-val"), st.booleans()),
    st.tuples(st.just("i64-val"), st.integers(-(2**63), 2**63 - 1)),
    st.tuples(st.just("text-val"), st.text()),
    st.tuples(st.just("blob-val"), st.binary()),
    st.tuples(st.just("null-val"), st.none()),
    st.tuples(st.just("custom-val"), st.builds(CustomValue, st.text(), st.binary(), st.text())),
)


@given(st.lists(st.builds(ColumnValue, st.text(), VALUES)))
def test_rows(row: list[ColumnValue]) -> None:
    assert round_trip(contract.ROW, row) == row


@pytest.mark.parametrize(
    ("wire_type", "value"),
    [
        (contract.QUERY, Query(None, [], ["a"], [], ["ä"], "{}", [OrderKey("b")], 0, 2**64 - 1)),
        (contract.AGGREGATED_ROW, AggregatedRow([("u8-val", 7)], [("min", ("null-val", None))])),
        (ListOf(contract.AGGREGATE_FUNCTION), [("count", None), ("count", "a"), ("sum", "b")]),
        (contract.DATA_TYPE, ("custom", contract.CustomDataType("role", ("fixed", 1)))),
        (contract.MIGRATION_STEP, ("drop-column", ("users", "email"))),
        (Option(Option(Text())), "x"),
        (Enum(("a", "b")), "b"),
    ],
)
def test_compound_values(wire_type: WireType, value: Any) -> None:
    assert round_trip(wire_type, value) == value


def test_records_come_back_by_name() -> None:
    assert round_trip(contract.ORDER_KEY, ("a", "desc")) == OrderKey("a", "desc")
    assert round_trip(contract.ORDER_KEY, ("a", "desc")).direction == "desc"


@pytest.mark.parametrize(
    ("wire_type", "value", "expected"),
    [
        (Boolean(), 1, "a bool"),
        (Text(), b"x", "a str"),
        (Text(), "\ud800", "surrogate"),
        (Bytes(), "x", "bytes"),
        (Enum(("asc", "desc")), "up", "asc, desc"),
        (Variant({"a": None}), ("b", None), "cases a"),
        (contract.ORDER_KEY, ("a",), "2 fields"),
    ],
)
def test_wrong_values_are_refused(wire_type: WireType, value: Any, expected: str) -> None:
    with pytest.raises(InvalidValue, match=expected):
        round_trip(wire_type, value)
