"""Values as JSON cells and back."""

import json
import math
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasidb_schema.cells import CODECS, decode_column, encode_cell, encode_column

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
VALUES = st.one_of(
    st.tuples(st.just("int64"), st.integers(-(2**63), 2**63 - 1)),
    st.tuples(st.just("boolean"), st.booleans()),
    st.tuples(st.just("text"), st.text()),
    st.tuples(st.just("float64"), st.floats(allow_nan=False)),
    st.tuples(st.just("decimal"), st.decimals(allow_nan=False, allow_infinity=False)),
    st.tuples(st.just("date"), st.dates()),
    st.tuples(st.just("datetime"), st.datetimes(timezones=ZONES)),
    st.tuples(st.just("uuid"), st.uuids()),
    st.tuples(st.just("blob"), st.binary()),
    st.tuples(st.just("json"), st.dictionaries(st.text(), st.none() | st.integers())),
)


@given(VALUES)
def test_values_survive(typed: tuple[str, Any]) -> None:
    type_name, value = typed
    (cell,) = json.loads(json.dumps(encode_column(CODECS[type_name], [value])))
    assert decode_column(CODECS[type_name], [cell]) == [value]


@pytest.mark.parametrize(
    ("type_name", "value", "cell"),
    [
        ("decimal", Decimal("-123.450"), "-123.450"),
        ("decimal", Decimal("1E-3"), "0.001"),
        ("decimal", 5, "5"),
        ("float64", math.inf, "Infinity"),
        ("float64", -math.inf, "-Infinity"),
        ("float32", math.nan, "NaN"),
        ("date", date(33, 1, 2), "0033-01-02"),
        ("datetime", datetime(2024, 1, 2, tzinfo=timezone(timedelta(minutes=-90))),
         "2024-01-02T00:00:00.000000-01:30"),
        ("uuid", UUID(int=255), "00000000-0000-0000-0000-0000000000ff"),
        ("blob", b"\x00\xff", "AP8="),
        ("json", {"ä": [1, None]}, '{"ä":[1,null]}'),
        ("json", "text", '"text"'),
        ("date", "2024-02-29", "2024-02-29"),
        ("text", "x", "x"),
        ("int8", None, None),
    ],
)  # fmt: skip
def test_forms(type_name: str, value: Any, cell: Any) -> None:
    assert encode_cell(CODECS[type_name], value) == cell


def test_none_in_json_is_null_only_where_null_may_be() -> None:
    assert encode_column(CODECS["json"], [None], nullable=True) == [None]
    assert encode_column(CODECS["json"], [None], nullable=False) == ["null"]


@pytest.mark.parametrize(
    ("type_name", "value", "reason"),
    [
        ("datetime", datetime(2024, 1, 1), "give it one, e.g. tzinfo=UTC"),
        ("decimal", Decimal("Infinity"), "not a finite number"),
        ("decimal", Decimal("1E+9999"), "too many digits"),
        ("decimal", Decimal("1E-9999"), "too many digits"),
        ("json", {"a": math.nan}, "not JSON compliant"),
        ("date", 3, "expected a date"),
        ("date", datetime(2024, 1, 1), "without a time"),
        ("datetime", date(2024, 1, 1), "expected a datetime"),
        ("decimal", 1.5, "a Decimal or an int"),
        ("uuid", 3, "UUID"),
        ("blob", 3, "bytes-like"),
        ("float64", [], "real number"),
    ],
)
def test_impossible_values(type_name: str, value: Any, reason: str) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError), match=reason):
        encode_cell(CODECS[type_name], value)


def test_json_that_is_nested_deeper_than_python_goes() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(ValueError, match="nested too deep"):
        encode_cell(CODECS["json"], value)
