"""Sanitizers, each on a column of cells."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasidb_guest.rules.rule import BadRule, rules_from_json
from wasidb_guest.rules.sanitizers import SANITIZERS, RefusedCell
from wasidb_guest.values import BUILT_IN


def sanitized(rule: Any, *cells: Any, type: str = "text") -> list[Any]:
    """What one sanitizer makes of a column."""
    (made,) = rules_from_json([rule], SANITIZERS, BUILT_IN[type])
    return made.work(cells)


@pytest.mark.parametrize(
    ("rule", "cell", "result"),
    [
        ("trim", "  Ann\t\u3000", "Ann"),
        ("trim", "\x1fAnn\x1c", "\x1fAnn\x1c"),
        ("collapse_whitespace", "  Hello,       World!  ", "Hello, World!"),
        ("collapse_whitespace", "a\u2028\u00a0b\x1fc", "a b\x1fc"),
        ("lower_case", "ÀİΣ", "ài̇ς"),
        ("upper_case", "straße", "STRASSE"),
        ("slug", "  Hello,       World!  ", "hello-world"),
        ("slug", "snake_case & Ünder—Score", "snakecase--ünderscore"),
        ("slug", "हिन्दी ①", "हिनदी-①"),
        ("url_encode", "你好 rust", "%E4%BD%A0%E5%A5%BD%20rust"),
        ("url_encode", "a-b.c_d%", "a%2Db%2Ec%5Fd%25"),
        ("null_if_empty", "", None),
        ("null_if_empty", " ", " "),
        ("null_if_empty", "Hello", "Hello"),
    ],
)
def test_text(rule: str, cell: str, result: str | None) -> None:
    assert sanitized(rule, cell) == [result]


@pytest.mark.parametrize("type", ["int8", "int32", "int64", "uint8", "uint32", "uint64"])
def test_clamp_works_on_every_integer_type(type: str) -> None:
    low = 0 if type.startswith("u") else -10
    assert sanitized({"clamp": [0, 100]}, 50, low, 127, type=type) == [50, 0, 100]


@pytest.mark.parametrize(
    ("scale", "cell", "result"),
    [
        (2, "12.3456", "12.35"),
        (2, "12.345", "12.34"),
        (0, "2.5", "2"),
        (0, "-3.5", "-4"),
        (2, "12.3", "12.3"),
        (2, "12", "12"),
        (1, "0.04", "0.0"),
        (1, "7922816251426433759354395033.5", "7922816251426433759354395033.5"),
        (0, "7922816251426433759354395033.5", "7922816251426433759354395034"),
    ],
)
def test_rounding_goes_to_the_even_digit(scale: int, cell: str, result: str) -> None:
    assert sanitized({"round_to_scale": scale}, cell, type="decimal") == [result]


@pytest.mark.parametrize(
    ("minutes", "cell", "result"),
    [
        (60, "2024-01-01T10:00:00.000000+01:00", "2024-01-01T10:00:00.000000+01:00"),
        (120, "2024-01-01T10:00:00.123456+01:00", "2024-01-01T11:00:00.123456+02:00"),
        (0, "2024-03-15T00:30:00.000000+01:00", "2024-03-14T23:30:00.000000+00:00"),
        (0, "2024-05-01T00:00:00.000000+01:00", "2024-04-30T23:00:00.000000+00:00"),
        (0, "2024-01-01T00:00:00.000000+01:00", "2023-12-31T23:00:00.000000+00:00"),
        (0, "2024-03-01T00:00:00.000000+01:00", "2024-02-29T23:00:00.000000+00:00"),
        (-90, "1900-03-01T00:00:00.000000+00:00", "1900-02-28T22:30:00.000000-01:30"),
        (0, "0001-01-01T00:00:00.000000+01:00", "0000-12-31T23:00:00.000000+00:00"),
        (60, "9999-12-31T23:30:00.000000+00:00", "10000-01-01T00:30:00.000000+01:00"),
    ],
)
def test_time_zone_keeps_the_instant(minutes: int, cell: str, result: str) -> None:
    assert sanitized({"time_zone": minutes}, cell, type="datetime") == [result]


@given(st.integers(-1439, 1439), st.datetimes())
def test_time_zone_and_back_is_where_it_was(minutes: int, moment: Any) -> None:
    cell = moment.isoformat(timespec="microseconds") + "+00:00"
    if moment.year not in (1, 9999):
        (shifted,) = sanitized({"time_zone": minutes}, cell, type="datetime")
        assert sanitized("utc", shifted, type="datetime") == [cell]


def test_utc_is_the_time_zone_without_offset() -> None:
    cell = "2024-06-01T00:15:00.000000+00:45"
    assert sanitized("utc", cell, type="datetime") == ["2024-05-31T23:30:00.000000+00:00"]


def test_a_year_before_the_first_is_refused_by_its_place() -> None:
    cells = ["2024-01-01T00:00:00.000000+00:00", "0000-01-01T00:00:00.000000+01:00"]
    with pytest.raises(RefusedCell, match="from year 0 to 65535") as refusal:
        sanitized("utc", *cells, type="datetime")
    assert refusal.value.place == 1


@pytest.mark.parametrize(
    ("rules", "type", "expected"),
    [
        ("trim", "text", "a list of rules"),
        (["trin"], "text", "there is no 'trin'"),
        ([7], "text", "made of names and objects"),
        ([["trim"]], "text", "made of names and objects"),
        ([{"trim": 1, "slug": 2}], "text", "made of names and objects"),
        ([{"trim": 1}], "text", 'made with "trim", not'),
        (["clamp"], "int8", 'made with {"clamp": ...}, not'),
        (["trim"], "int32", "for int32: 'trim' is for text"),
        ([{"clamp": [0, 1]}], "text", "for text: 'clamp' is for int16, int32"),
        ([{"clamp": [0, 300]}], "uint8", "a whole number from 0 to 255, not 300"),
        ([{"clamp": [5, 1]}], "uint8", "low is above high"),
        ([{"clamp": 5}], "uint8", r"\[low, high\]"),
        ([{"clamp": [False, True]}], "uint8", "a whole number"),
        ([{"round_to_scale": 29}], "decimal", "a whole number from 0 to 28"),
        ([{"time_zone": 1440}], "datetime", "a whole number from -1439 to 1439"),
        ([{"time_zone": "UTC"}], "datetime", "a whole number"),
    ],
)
def test_what_is_no_rule_of_the_column_is_refused(rules: Any, type: str, expected: str) -> None:
    with pytest.raises(BadRule, match=expected.replace("{", r"\{")):
        rules_from_json(rules, SANITIZERS, BUILT_IN[type])
