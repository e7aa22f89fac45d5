"""Changing the type of a column, for every pair of types there is."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.cell_strategies import CELLS
from wasidb_guest.encoding.cell_vectors import vector_from_cells, vector_to_cells
from wasidb_guest.encoding.cells import encode_cell
from wasidb_guest.errors import InvalidValue
from wasidb_guest.migrations.conversions import Destination, convert, is_convertible, is_widening
from wasidb_guest.values import BUILT_IN, INTEGER_RANGES, TEXT, custom

PAIRS = [
    (old, new) for old in BUILT_IN.values() for new in BUILT_IN.values() if is_convertible(old, new)
]
TO_TEXT_AND_BACK = [old for old, new in PAIRS if new is TEXT and (TEXT, old) in PAIRS]
INTEGERS = [BUILT_IN[name] for name in INTEGER_RANGES]


def converted(old: str, new: str, cells: list[Any]) -> list[Any]:
    vector = vector_from_cells(BUILT_IN[old], cells, table="t", column="c", nullable=True)
    result = convert(vector, Destination("t", "c", BUILT_IN[new]))
    assert result.type is BUILT_IN[new]
    assert result.count == len(cells)
    return vector_to_cells(result)


@pytest.mark.parametrize(
    ("old", "new", "is_wider"),
    [
        ("int8", "int32", True), ("int32", "int8", False), ("uint8", "uint64", True),
        ("uint16", "int32", True), ("uint32", "int32", False), ("float32", "float64", True),
        ("float64", "float32", False), ("text", "int32", False), ("int32", "uint64", False),
        ("uint32", "uint32", False), ("int32", "float64", False),
    ],
)  # fmt: skip
def test_widening(old: str, new: str, is_wider: bool) -> None:
    """Semantics 116."""
    assert is_widening(BUILT_IN[old], BUILT_IN[new]) == is_wider


@given(st.data(), st.sampled_from([pair for pair in PAIRS if is_widening(*pair)]))
def test_a_widening_refuses_nothing(data: st.DataObject, pair: Any) -> None:
    old, new = pair
    cells = data.draw(st.lists(st.none() | CELLS[old.name]))
    result = converted(old.name, new.name, cells)
    if old.is_integer:
        assert result == cells
    else:
        assert [encode_cell(old, cell) for cell in result if cell is not None] == [
            encode_cell(old, cell) for cell in cells if cell is not None
        ]


@given(st.data(), st.sampled_from(INTEGERS), st.sampled_from(INTEGERS))
def test_an_integer_keeps_its_value_or_is_refused(data: st.DataObject, old: Any, new: Any) -> None:
    low, high = INTEGER_RANGES[new.name]
    around = st.sampled_from([low - 1, low, high, high + 1, 0, 1, -1])
    possible = around.filter(lambda n: _in_range(n, old.name))
    cells = data.draw(st.lists(st.none() | CELLS[old.name] | possible))
    outside = [cell for cell in cells if cell is not None and not low <= cell <= high]
    if outside:
        with pytest.raises(InvalidValue) as raised:
            converted(old.name, new.name, cells)
        assert raised.value.details["value"] == outside[0]
        assert raised.value.details["table"] == "t"
        assert raised.value.details["column"] == "c"
        assert "row" not in raised.value.details
    else:
        assert converted(old.name, new.name, cells) == cells


def _in_range(number: int, name: str) -> bool:
    low, high = INTEGER_RANGES[name]
    return low <= number <= high


@given(st.data(), st.sampled_from(TO_TEXT_AND_BACK))
def test_text_is_a_way_to_come_back(data: st.DataObject, old: Any) -> None:
    strategy = CELLS[old.name]
    if old.is_float:
        strategy = strategy.filter(lambda cell: math.isfinite(cell))
    cells = data.draw(st.lists(st.none() | strategy))
    texts = converted(old.name, "text", cells)
    assert [text is None for text in texts] == [cell is None for cell in cells]
    assert converted("text", old.name, texts) == cells


def test_every_printable_type_comes_back_from_text() -> None:
    others = {"text", "blob"}
    assert {each.name for each in TO_TEXT_AND_BACK} == BUILT_IN.keys() - others


@pytest.mark.parametrize(
    ("old", "new", "cells", "bad"),
    [
        ("text", "int32", ["1", "01"], "01"),
        ("text", "int32", ["2147483648"], "2147483648"),
        ("text", "uint8", [None, " 1"], " 1"),
        ("text", "float64", ["1.5", "1_0"], "1_0"),
        ("text", "float64", ["nan"], "nan"),
        ("text", "boolean", ["true", "True"], "True"),
        ("text", "date", ["2024-02-29", "2023-02-29"], "2023-02-29"),
        ("text", "uuid", [""], ""),
        ("int64", "float64", [1, 2**53 + 1], 2**53 + 1),
        ("uint64", "float32", [2**24, 2**24 + 1], 2**24 + 1),
        ("float64", "float32", [0.1, 1e300], "1e+300"),
    ],
)
def test_what_has_no_counterpart(old: str, new: str, cells: list[Any], bad: object) -> None:
    with pytest.raises(InvalidValue) as raised:
        converted(old, new, cells)
    assert raised.value.details["value"] == bad


@pytest.mark.parametrize(
    ("old", "new", "cells", "expected"),
    [
        ("int64", "decimal", [-12, None], ["-12", None]),
        ("boolean", "int8", [True, None, False], [1, None, 0]),
        ("boolean", "text", [True, False], ["true", "false"]),
        ("float64", "float32", [0.1, None, math.inf], [0.1, None, math.inf]),
        ("int32", "float32", [2**24, None], [16777216.0, None]),
        ("uint64", "float64", [2**63], [2.0**63]),
        ("json", "text", ['{"a": 1}'], ['{"a": 1}']),
        ("text", "text", ["a"], ["a"]),
        ("int8", "int64", [], []),
        ("int8", "text", [None, None], [None, None]),
    ],
)
def test_values(old: str, new: str, cells: list[Any], expected: list[Any]) -> None:
    assert converted(old, new, cells) == expected


def test_user_defined_types_stay_what_they_are() -> None:
    assert not is_convertible(custom("role", 1), custom("role", 2))
    assert not is_convertible(custom("role", 1), TEXT)
