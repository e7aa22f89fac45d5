"""How deep JSON documents are, and what is refused before and while they are parsed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasidb_guest.encoding.json_document import DECODER, DEPTH_MAX, is_too_deep, parse_json

TEXTS = st.text('[]{}"\\a\u00e9\U0001f600', max_size=6)
VALUES = st.recursive(
    TEXTS | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=8,
)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def in_lists(value: Any, levels: int) -> Any:
    for _ in range(levels):
        value = [value]
    return value


@given(value=VALUES, around=st.integers(DEPTH_MAX - 6, DEPTH_MAX), is_ascii=st.booleans())
def test_depth_is_that_of_the_value(value: Any, around: int, is_ascii: bool) -> None:
    nested = [in_lists(value, around - 1), *["[" * 9] * 30]
    text = json.dumps(nested, ensure_ascii=is_ascii, indent=1)
    assert is_too_deep(text) == (depth(nested) > DEPTH_MAX)


def test_wide_documents_are_not_deep() -> None:
    rows = [[number, "[" * 300, {}] for number in range(1000)]
    assert parse_json(json.dumps(rows), DECODER) == rows


@pytest.mark.parametrize(
    "text",
    [
        "[" * 300,
        '{"a": ' * 300,
        "[{" * 150,
        '["[", ' * 300,
        "[" * 300 + "]" * 300,
        "[[]" * 300,
        '{"a": [' * 150 + "]}" * 150,
    ],
)
def test_deep_documents_are_refused_sound_or_not(text: str) -> None:
    with pytest.raises(ValueError, match="nested deeper than 256"):
        parse_json(text, DECODER)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "the key 'c' stands twice"),
        ("[NaN]", "NaN is not a JSON number"),
        ("-Infinity", "-Infinity is not a JSON number"),
        ("]" * 300 + "[" * 200, "Expecting value"),
        ('"' + "[" * 300, "Unterminated string"),
        ('"' + "[" * 300 + '" 1', "Extra data"),
    ],
)
def test_unsound_documents(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_json(text, DECODER)
