"""Conditions on json columns: engine-semantics 11.4."""

import json
from typing import Any

import pytest

from tests.unit.guest.query.memory_source import make_table, numbered
from wasidb_guest.errors import InvalidQuery
from wasidb_guest.query.binding import bind
from wasidb_guest.query.filter_json import parse_filter
from wasidb_guest.query.json_path import contains, parse_path, value_at
from wasidb_guest.query.scope import Scope


def outcomes(documents: list[Any], condition: Any) -> list[int]:
    """The mask of a condition on a column of documents; None is a NULL cell."""
    texts = [None if document is None else json.dumps(document) for document in documents]
    return outcomes_of_texts(texts, condition)


def outcomes_of_texts(texts: list[str | None], condition: Any) -> list[int]:
    table = make_table("t", "id uint32, c json null", numbered(texts))
    where = parse_filter(json.dumps({"Json": ["c", condition]}))
    predicate = bind(where, Scope.of_table(table.definition))
    return [each for batch, _ in table.scan([0, 1]) for each in predicate.evaluate(batch)]


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("name", ("name",)),
        ("a.b.c.d", ("a", "b", "c", "d")),
        ("items[0]", ("items", 0)),
        ("data[0][1]", ("data", 0, 1)),
        ("[0]", (0,)),
        ("[0][1]", (0, 1)),
        ("users[0].addresses[1].city", ("users", 0, "addresses", 1, "city")),
        ("users[+2]name", ("users", 2, "name")),
        ("a.[0]", ("a", 0)),
        ("user_name", ("user_name",)),
        ("$.a", ("$", "a")),
    ],
)
def test_paths(text: str, segments: tuple[str | int, ...]) -> None:
    assert parse_path(text, "c") == segments


@pytest.mark.parametrize(
    "text",
    [
        "", "user.", ".user", "user..name", "items[0", "items[]", "items[-1]", "items[abc]",
        "items[1.5]", "items]0[",
    ],
)  # fmt: skip
def test_malformed_paths_are_refused_even_without_rows(text: str) -> None:
    with pytest.raises(InvalidQuery, match="needs a key or"):
        outcomes([], {"HasKey": text})
    with pytest.raises(InvalidQuery, match="needs a key or"):
        outcomes([], {"Extract": [text, "IsNull"]})


@pytest.mark.parametrize(
    ("document", "pattern", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {}, True),
        ({"u": {"n": "x", "m": 1}}, {"u": {"n": "x"}}, True),
        ([1, 2, 3], [3, 1], True),
        ([1, 2, 3], [1, 1], True),
        ([1, 2, 3], [], True),
        ([[1, 2, 3], [4, 5]], [[1, 2]], True),
        ({"items": [1, 2, 3]}, {"items": [1, 2]}, True),
        ([1, 2, 3], 2, True),
        ([[1, 2]], 2, True),
        ([1, None, 3], None, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1}, {"a": 2}, False),
        ([1, 2], [1, 2, 3], False),
        ({"a": 1}, [], False),
        ([], {}, False),
        ("42", 42, False),
        (None, False, False),
        (1, True, False),
    ],
)
def test_contains(document: Any, pattern: Any, expected: bool) -> None:
    assert contains(document, pattern) is expected
    assert outcomes_of_texts([json.dumps(document)], {"Contains": json.dumps(pattern)}) == [
        expected
    ]


def test_contains_tells_integers_from_other_numbers() -> None:
    assert outcomes_of_texts(["1", "1.0"], {"Contains": "1"}) == [1, 0]


def test_a_pattern_that_is_no_json_is_refused() -> None:
    with pytest.raises(InvalidQuery, match="JSON that cannot be read"):
        outcomes([], {"Contains": "{"})


def test_has_key_and_null_cells() -> None:
    documents = [{"items": [1, 2, None]}, {"items": 1}, {}, None]
    assert outcomes(documents, {"HasKey": "items[2]"}) == [1, 0, 0, 2]
    assert value_at({"a": None}, ("a",)) is None


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        # found:              1  1.0  2.5 "1" true null [1] missing NULL cell
        ({"Eq": {"Int64": 1}}, [1, 1, 0, 0, 0, 2, 0, 0, 2]),
        ({"Ne": 1}, [0, 0, 1, 1, 1, 2, 1, 0, 2]),
        ({"Gt": {"Decimal": "1.5"}}, [0, 0, 1, 0, 0, 2, 0, 0, 2]),
        ({"Le": {"Uint8": 1}}, [1, 1, 0, 0, 0, 2, 0, 0, 2]),
        ({"Eq": "1"}, [0, 0, 0, 1, 0, 2, 0, 0, 2]),
        ({"Eq": {"Boolean": True}}, [0, 0, 0, 0, 1, 2, 0, 0, 2]),
        ({"Eq": {"Json": "[1.0]"}}, [0, 0, 0, 0, 0, 2, 1, 0, 2]),
        ({"Lt": {"Json": "[2]"}}, [0, 0, 0, 0, 0, 2, 0, 0, 2]),
        ({"In": [1, "1"]}, [1, 1, 0, 1, 0, 2, 0, 0, 2]),
        ({"In": ["Null", True]}, [0, 0, 0, 0, 1, 1, 0, 0, 2]),
        ({"Eq": None}, [0, 0, 0, 0, 0, 1, 0, 0, 2]),
        ({"Ne": None}, [1, 1, 1, 1, 1, 0, 1, 0, 2]),
        ({"Gt": None}, [2, 2, 2, 2, 2, 2, 2, 0, 2]),
        ("IsNull", [0, 0, 0, 0, 0, 1, 0, 1, 2]),
        ("NotNull", [1, 1, 1, 1, 1, 0, 1, 0, 2]),
    ],
)
def test_extract(comparison: Any, expected: list[int]) -> None:
    found = ["1", "1.0", "2.5", '"1"', "true", "null", "[1]"]
    texts = [*(f'{{"a": {{"b": {each}}}}}' for each in found), "{}", None]
    assert outcomes_of_texts(texts, {"Extract": ["a.b", comparison]}) == expected


@pytest.mark.parametrize("literal", [{"Date": [2024, 1, 1]}, [1], {"Float64": "NaN"}])
def test_extract_refuses_what_json_has_not(literal: Any) -> None:
    with pytest.raises(InvalidQuery, match="what is at a JSON path compares with"):
        outcomes([], {"Extract": ["a", {"Eq": literal}]})
