"""Filters as they print, and constants of user-defined types."""

import json
from typing import Any

import pytest

from tests.unit.guest.query.memory_source import MemorySource, MemoryTable
from wasidb_guest.definitions import ColumnDefinition, define_table
from wasidb_guest.errors import InvalidQuery
from wasidb_guest.query.executor import matching_addresses
from wasidb_guest.query.filter_json import parse_filter
from wasidb_guest.values import UINT8, custom


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"Eq": ["a", {"Int8": 1}]}, "a = 1"),
        ({"Ne": ["a", None]}, "a <> null"),
        ({"In": ["a", ["x", {"Boolean": True}]]}, "a in ('x', True)"),
        ({"Like": ["a", "x%"]}, "a like 'x%'"),
        ({"NotNull": "a"}, "a is not null"),
        ({"Not": {"Or": [{"IsNull": "a"}, {"Ge": ["b", 1]}]}}, "not ((a is null or b >= 1))"),
        ({"Json": ["a", {"Contains": "[1]"}]}, "a @> '[1]'"),
        ({"Json": ["a", {"HasKey": "b.c"}]}, "a has 'b.c'"),
        ({"Json": ["a", {"Extract": ["b", {"Le": 1}]}]}, "a -> 'b' <= 1"),
        ({"Json": ["a", {"Extract": ["b", "IsNull"]}]}, "a -> 'b' IsNull"),
    ],
)
def test_filters_print_as_one_would_write_them(value: Any, text: str) -> None:
    assert str(parse_filter(json.dumps(value))) == text


def found(width: int, encoded: list[int], tag: str = "role", operator: str = "Eq") -> list[int]:
    """Which of three rows of a custom type match; the last one is NULL."""
    columns = [
        ColumnDefinition("id", UINT8),
        ColumnDefinition("c", custom("role", width), nullable=True),
    ]
    table = MemoryTable(define_table("t", "id", columns), [[1, b"aa"], [2, b"bb"], [3, None]])
    literal = {"Custom": {"type_tag": tag, "encoded": encoded, "display": "any"}}
    where = parse_filter(json.dumps({operator: ["c", literal]}))
    addresses = matching_addresses(MemorySource(table), "t", where)
    return [table.addresses().index(address) for address in addresses]


@pytest.mark.parametrize(("width", "length"), [(2, []), (0, [2, 0])])
def test_custom_constants_bring_their_length_if_it_varies(width: int, length: list[int]) -> None:
    assert found(width, [*length, 97, 97]) == [0]
    assert found(width, [*length, 97, 97], operator="Gt") == [1]


@pytest.mark.parametrize(
    ("width", "encoded", "tag"), [(2, [97], "role"), (0, [97, 97], "role"), (2, [97, 97], "rank")]
)
def test_custom_constants_of_another_shape_or_type_are_refused(
    width: int, encoded: list[int], tag: str
) -> None:
    with pytest.raises(InvalidQuery, match=r"column 'c' is custom\(role\)"):
        found(width, encoded, tag)
