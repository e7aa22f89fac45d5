"""Filters against a model that looks at one row at a time and knows true, false and unknown."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.query.memory_source import MemorySource, make_table, numbered
from wasidb_guest.errors import DbmsError, InvalidQuery, UnknownColumn
from wasidb_guest.query.binding import bind
from wasidb_guest.query.executor import matching_addresses
from wasidb_guest.query.expression import (
    And,
    Comparison,
    Filter,
    Like,
    Literal,
    Membership,
    Not,
    NullTest,
    Or,
)
from wasidb_guest.query.filter_json import parse_filter
from wasidb_guest.query.scope import Scope

COMPARE = {
    "Eq": lambda a, b: a == b,
    "Ne": lambda a, b: a != b,
    "Gt": lambda a, b: a > b,
    "Ge": lambda a, b: a >= b,
    "Lt": lambda a, b: a < b,
    "Le": lambda a, b: a <= b,
}
TABLE = (
    "id uint32, small int8 null, large uint64 null, price decimal null, name text null, "
    "ratio float64 null"
)


def mask_of(table: Any, where: Filter) -> list[bool | None]:
    """The mask of the whole table, true, false or None for unknown."""
    scope = Scope.of_table(table.definition)
    predicate = bind(where, scope)
    outcomes: list[bool | None] = []
    for batch, _ in table.scan(range(len(scope.columns))):
        outcomes += [(False, True, None)[outcome] for outcome in predicate.evaluate(batch)]
    return outcomes


def truth(where: Filter, row: dict[str, Any]) -> bool | None:
    """What SQL says of one row."""
    match where:
        case And(left, right):
            both = (truth(left, row), truth(right, row))
            return False if False in both else None if None in both else True
        case Or(left, right):
            both = (truth(left, row), truth(right, row))
            return True if True in both else None if None in both else False
        case Not(operand):
            inner = truth(operand, row)
            return None if inner is None else not inner
        case NullTest(column, is_null):
            return (row[column] is None) == is_null
        case Membership(column, literals):
            values = [number(each.value) for each in literals]
            if row[column] is None:
                return True if None in values else None if values else False
            return number(row[column]) in values
        case Comparison(operator, column, literal):
            cell, wanted = number(row[column]), number(literal.value)
            if wanted is None and operator in ("Eq", "Ne"):
                return (cell is None) == (operator == "Eq")
            if cell is None or wanted is None:
                return None
            return COMPARE[operator](cell, wanted)
    raise AssertionError(where)


def number(value: Any) -> Any:
    """Numbers as exact fractions, decimals from their text; names stay as they are."""
    if isinstance(value, int | float | Decimal):
        return Fraction(value)
    if isinstance(value, str) and value.lstrip("-").replace(".", "", 1).isdigit():
        return Fraction(value)
    return value


cells = {
    "small": st.none() | st.integers(-128, 127) | st.integers(-3, 3),
    "large": st.none() | st.integers(0, 2**64 - 1) | st.integers(0, 3),
    "price": st.none() | st.sampled_from(["0", "1.0", "1.00", "1.5", "-2", "3", "0.1"]),
    "name": st.none() | st.text(alphabet="abÄ", max_size=3),
    "ratio": st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0.0, 1.5]),
}
rows = st.fixed_dictionaries(cells)
numbers = (
    st.integers(-4, 4)
    | st.integers(-(2**70), 2**70)
    | st.sampled_from([Decimal("1.5"), Decimal("-0.5"), Decimal("1e30"), Decimal("-1e-40")])
)
literals = {
    "small": numbers,
    "large": numbers,
    "price": numbers,
    "name": st.text(alphabet="abÄ", max_size=3),
    "ratio": st.sampled_from([0, 1, Decimal("1.5"), Decimal("-2.25"), 2**53]),
}


def comparisons() -> st.SearchStrategy[Filter]:
    def on(column: str) -> st.SearchStrategy[Filter]:
        literal = st.builds(Literal, st.none(), st.none() | literals[column])
        return st.one_of(
            st.builds(Comparison, st.sampled_from(sorted(COMPARE)), st.just(column), literal),
            st.builds(Membership, st.just(column), st.lists(literal, max_size=3).map(tuple)),
            st.builds(NullTest, st.just(column), st.booleans()),
        )

    return st.sampled_from(sorted(cells)).flatmap(on)


filters = st.recursive(
    comparisons(),
    lambda inner: (
        st.builds(And, inner, inner) | st.builds(Or, inner, inner) | st.builds(Not, inner)
    ),
    max_leaves=6,
)


@given(st.lists(rows, max_size=10), filters)
def test_masks_are_those_of_the_row_at_a_time_model(
    data: list[dict[str, Any]], where: Filter
) -> None:
    table = make_table("t", TABLE, [[i, *map(row.get, cells)] for i, row in enumerate(data)])
    assert mask_of(table, where) == [truth(where, row) for row in data]


@given(st.lists(rows, max_size=12), filters)
def test_an_index_never_changes_what_is_found(data: list[dict[str, Any]], where: Filter) -> None:
    listed = [[i, *map(row.get, cells)] for i, row in enumerate(data)]
    plain = make_table("t", TABLE, listed)
    indexes = [["small", "large"], ["price"], ["name"], ["ratio", "small"]]
    indexed = make_table("t", TABLE, listed, indexes)
    expected = [
        address
        for address, row in zip(plain.addresses(), data, strict=True)
        if truth(where, row) is True
    ]
    assert matching_addresses(MemorySource(plain), "t", where).tolist() == expected
    assert matching_addresses(MemorySource(indexed), "t", where).tolist() == expected


def found(columns: str, values: list[Any], text: str) -> list[Any]:
    """The cells of column `c` for which a filter is true."""
    table = make_table("t", f"id uint32, {columns}", numbered(values))
    outcomes = mask_of(table, parse_filter(text))
    return [value for value, outcome in zip(values, outcomes, strict=True) if outcome]


DATE_OBJECT = '{"Date": {"year": 2024, "month": 6, "day": 5}}'


@pytest.mark.parametrize(
    ("column", "values", "text", "expected"),
    [
        ("c uint32", [1, 5, 9], '{"Gt": ["c", {"Int64": -1}]}', [1, 5, 9]),
        ("c uint32", [1, 5, 9], '{"Lt": ["c", {"Uint64": 18446744073709551615}]}', [1, 5, 9]),
        ("c uint32", [1, 5, 9], '{"Ne": ["c", -1]}', [1, 5, 9]),
        ("c uint64", [0, 2**64 - 1], '{"Eq": ["c", 18446744073709551615]}', [2**64 - 1]),
        ("c int64", [-(2**63), 0], '{"Le": ["c", {"Decimal": "-0.5"}]}', [-(2**63)]),
        ("c int64", [-1, 0], '{"Gt": ["c", -1e999999999]}', [-1, 0]),
        ("c decimal", ["1.0", "1.00", "2"], '{"Eq": ["c", {"Int8": 1}]}', ["1.0", "1.00"]),
        ("c decimal", ["1.0", "0.1"], '{"In": ["c", [0.1]]}', ["0.1"]),
        ("c float64", [0.1, float("inf"), -0.0], '{"Eq": ["c", 0]}', [-0.0]),
        ("c float64", [0.1, float("inf")], '{"Eq": ["c", 0.1]}', [0.1]),
        ("c float64", [1.0, float("inf")], '{"Gt": ["c", {"Decimal": "1.5"}]}', [float("inf")]),
        ("c float64", [1.0, float("inf")], '{"Ge": ["c", 1e400]}', [float("inf")]),
        ("c float64", [1.0, float("inf")], '{"Eq": ["c", 1e400]}', []),
        ("c float32", [0.1, 0.2], '{"Eq": ["c", 0.1]}', [0.1]),
        ("c float32", [-0.1, 0.2], '{"Lt": ["c", 1e40]}', [-0.1, 0.2]),
        ("c float32", [0.1, 0.2], '{"Eq": ["c", {"Decimal": "0.1"}]}', []),
        ("c boolean", [True, False], '{"Eq": ["c", false]}', [False]),
        ("c boolean", [True, False], '{"Gt": ["c", {"Boolean": false}]}', [True]),
        ("c date", ["2024-01-31", "2024-02-01"], '{"Ge": ["c", "2024-02-01"]}', ["2024-02-01"]),
        ("c date", ["2024-06-05"], f'{{"Eq": ["c", {DATE_OBJECT}]}}', ["2024-06-05"]),
        ("c date", ["2024-06-05"], '{"Eq": ["c", {"Date": [2024, 6, 5]}]}', ["2024-06-05"]),
        ("c blob", [b"\x01\xff", b"\x01"], '{"Gt": ["c", {"Blob": [1]}]}', [b"\x01\xff"]),
        ("c blob", [b"\x01\xff", b"\x01"], '{"Eq": ["c", "Af8="]}', [b"\x01\xff"]),
        ("c text", ["Alice", "alice"], '{"Eq": ["c", {"Text": "alice"}]}', ["alice"]),
        ("c text", ["Null", "x"], '{"Eq": ["c", {"Text": "Null"}]}', ["Null"]),
        ("c text null", [None, "x"], '{"Eq": ["c", "Null"]}', [None]),
        ("c text null", [None, "x"], '{"Ne": ["c", null]}', ["x"]),
        ("c text null", [None, "x"], '{"In": ["c", [{"Null": null}, "y"]]}', [None]),
    ],
)  # fmt: skip
def test_literals_compare_by_value(
    column: str, values: list[Any], text: str, expected: list[Any]
) -> None:
    assert found(column, values, text) == expected


def test_nan_is_the_greatest_number() -> None:
    values = [1.0, float("nan"), float("inf")]
    text = '{"Gt": ["c", {"Float64": "Infinity"}]}'
    (nan,) = found("c float64", values, text)
    assert nan != nan
    assert found("c float64", values, '{"Lt": ["c", "NaN"]}') == [1.0, float("inf")]


def test_date_times_compare_as_instants() -> None:
    values = ["2024-01-01T12:00:00.000000+02:00", "2024-01-01T10:00:00.000000+00:00"]
    wanted = (
        '{"year": 2024, "month": 1, "day": 1, "hour": 8, "minute": 30, "second": 0,'
        ' "microsecond": 0, "timezone_offset_minutes": -90}'
    )
    assert found("c datetime", values, f'{{"Eq": ["c", {{"DateTime": {wanted}}}]}}') == values
    assert found("c datetime", values, '{"Lt": ["c", "2024-01-01T10:00:00Z"]}') == []


UUID_TEXT = "550e8400-e29b-41d4-a716-446655440000"


@pytest.mark.parametrize(
    "literal",
    [
        f'"{UUID_TEXT}"',
        f'{{"Uuid": "{UUID_TEXT.upper()}"}}',
        '{"Uuid": [85, 14, 132, 0, 226, 155, 65, 212, 167, 22, 68, 102, 85, 68, 0, 0]}',
    ],
)
def test_uuid_literals_in_all_their_forms(literal: str) -> None:
    assert found("c uuid", [UUID_TEXT], f'{{"Eq": ["c", {literal}]}}') == [UUID_TEXT]


def test_a_uuid_literal_may_be_its_sixteen_characters() -> None:
    stored = "61616161-6161-6161-6161-616161616161"
    assert found("c uuid", [stored], '{"Eq": ["c", {"Uuid": "aaaaaaaaaaaaaaaa"}]}') == [stored]


@pytest.mark.parametrize(
    ("column", "text", "message"),
    [
        ("c text", '{"Eq": ["c", {"Int32": 1}]}', "column 'c' is text: int32 literal 1"),
        ("c int32", '{"Eq": ["c", {"Text": "1"}]}', "column 'c' is int32: text literal '1'"),
        ("c int32", '{"Eq": ["c", "1"]}', "is not a whole number"),
        ("c int32", '{"Eq": ["c", true]}', "is not a whole number"),
        ("c date", '{"Eq": ["c", "2024-02-30"]}', "a calendar date"),
        ("c int32", '{"Like": ["c", "1%"]}', "like needs a text column"),
        ("c text", '{"Json": ["c", {"HasKey": "a"}]}', "a condition on JSON needs a json column"),
    ],
)
def test_what_does_not_go_with_its_column_is_refused(column: str, text: str, message: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        found(column, [], text)
    assert message in caught.value.message
    assert caught.value.details["column"] == "c"


def test_unknown_columns_are_refused() -> None:
    with pytest.raises(UnknownColumn) as caught:
        found("c text", [], '{"IsNull": "d"}')
    assert caught.value.details == {"table": "t", "column": "d"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "invalid filter JSON: "),
        ("null", "invalid filter JSON: expected a filter, an object with one key, not None"),
        ("{}", "a filter, an object with one key"),
        ('{"eq": ["c", 1]}', "one of Eq, Ne, Gt, Lt, Ge, Le, In, Json, Like"),
        ('{"Eq": ["c", 1], "Ne": ["c", 1]}', "an object with one key"),
        ('{"Eq": ["c", 1], "Eq": ["c", 1]}', "the key 'Eq' stands twice"),
        ('{"Eq": ["c"]}', "Eq: expected an array of 2 elements"),
        ('{"Eq": ["c", 1, 2]}', "Eq: expected an array of 2 elements"),
        ('{"Eq": [1, 1]}', "Eq[0]: expected a string, not 1"),
        ('{"Eq": ["c", {"Int8": 128}]}', "Eq[1].Int8: expected a whole number from -128 to 127"),
        ('{"Eq": ["c", {"Int8": 1.0}]}', "Eq[1].Int8: expected a whole number"),
        ('{"Eq": ["c", {"Decimal": 1}]}', "Eq[1].Decimal: expected a string"),
        ('{"Eq": ["c", {"Decimal": "1e5"}]}', "Eq[1].Decimal: expected a decimal number"),
        ('{"Eq": ["c", {"Date": [2024, 2, 30]}]}', "Eq[1].Date: expected a calendar date"),
        ('{"Eq": ["c", {"Strange": 1}]}', "Eq[1]: expected a literal, one of Boolean"),
        ('{"Eq": ["c", NaN]}', "NaN is not a JSON number"),
        ('{"And": [{"IsNull": "c"}]}', "And: expected an array of 2 elements"),
        ('{"And": [{"IsNull": "c"}, {"IsNull": 2}]}', "And[1].IsNull: expected a string, not 2"),
        ('{"IsNull": "c"} x', "Extra data"),
        ('{"Json": ["c", {"Extract": ["a", "Maybe"]}]}', 'a comparison, "IsNull" or "NotNull"'),
    ],
)
def test_malformed_filters_name_the_place(text: str, message: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse_filter(text)
    assert message in caught.value.message


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"Not":' * 5_000, '{"Not":' * 120 + "{}" + "}" * 120]
)
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery, match=r"nested"):
        parse_filter(text)


def test_filters_nested_a_hundred_deep_are_fine() -> None:
    text = '{"Not":' * 99 + '{"IsNull": "c"}' + "}" * 99
    assert found("c text null", [None, "x"], text) == ["x"]


json_texts = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 300) | st.text(alphabet='aEq"Null', max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Eq", "And", "In", "c", "Int8", "Json", "Like"]), inner, max_size=2
        )
    ),
    max_leaves=8,
)


@given(json_texts)
def test_no_json_makes_anything_but_a_typed_error(value: Any) -> None:
    try:
        where = parse_filter(json.dumps(value))
        mask_of(make_table("t", "id uint32, c text null", [[1, None]]), where)
    except DbmsError:
        return
    assert isinstance(value, dict)


def test_like_is_unknown_for_null_and_matches_text() -> None:
    values = [None, "Johnathan", "Alice"]
    assert found("c text null", values, '{"Like": ["c", "%ohn%"]}') == ["Johnathan"]
    assert found("c text null", values, '{"Not": {"Like": ["c", "%ohn%"]}}') == ["Alice"]
    table = make_table("t", "id uint32, c text null", numbered(values))
    assert mask_of(table, Like("c", "%")) == [None, True, True]
