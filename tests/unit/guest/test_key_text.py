"""Keys written straight from JSON text are those that the parsed value has, or none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasidb_guest.api.key_search import exact_cell, key_text
from wasidb_guest.api.parameters import read_values
from wasidb_guest.definitions import ColumnDefinition
from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.encoding.tagged import key_column
from wasidb_guest.values import BUILT_IN, INTEGER_RANGES

INTEGERS = sorted(INTEGER_RANGES)
AROUND = [(1 << bits) + step for bits in (0, 7, 8, 15, 16, 31, 32, 63, 64) for step in (-1, 0, 1)]
SINGLE = b"\x01\0\0\0"
TEXT_SIZE_MAX = 64
"""That of `encoding.key_text`, which its library does not tell."""


def written(type_name: str, text: str) -> bytes | None:
    """The key of a text for a column of this type."""
    writer = key_text(BUILT_IN[type_name])
    assert writer is not None
    return writer.key(text)


def parsed(type_name: str, text: str) -> bytes | None:
    """The key of the value that the text says; None if no cell equals it."""
    column = ColumnDefinition("it", BUILT_IN[type_name])
    cells = exact_cell(column, *read_values(text, 1))
    return None if cells is None else SINGLE + key_column(column.type)(cells[0])


@pytest.mark.parametrize("type_name", INTEGERS)
@given(
    number=st.one_of(st.integers(-(1 << 65), 1 << 65), st.sampled_from(AROUND)), sign=st.booleans()
)
def test_integers(type_name: str, number: int, sign: bool) -> None:
    text = json.dumps([-number if sign else number])
    key = written(type_name, text)
    assert key is None or key == parsed(type_name, text)
    low, high = INTEGER_RANGES[type_name]
    is_short = abs(number) < 10**18
    if low <= json.loads(text)[0] <= high and is_short:
        assert key is not None


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=TEXT_SIZE_MAX))
def test_texts(text: str) -> None:
    for is_escaped in (False, True):
        source = json.dumps([text], ensure_ascii=is_escaped)
        key = written("text", source)
        assert key is None or key == parsed("text", source)
        if "\\" not in source and len(source.encode()) <= TEXT_SIZE_MAX and text != "Null":
            assert key is not None


@pytest.mark.parametrize(
    "source",
    ["", "[", "[]", "[]]", "7", "[7", "7]", "[-]", "[--7]", "[+7]", "[07]", "[-07]", "[ 7]", "[7 ]",
     "[7,8]", "[7.0]", "[7e1]", "[0x7]", "[null]", "[true]", '["7"]', "[[7]]", '[{"Int32":7}]',
     "[1234567890123456789]"],
)  # fmt: skip
def test_no_plain_integer(source: str) -> None:
    assert written("int64", source) is None


@pytest.mark.parametrize(
    "source",
    ['["]', '[""', '"a"', "[a]", "[7]", "[null]", '["Null"]', '["a","b"]', '["a"b"]', '["a\\n"]',
     '["a\n"]', '["\0"]', '[ "a"]', '["a" ]', '[["a"]]', '["\ud800"]', '["' + 61 * "a" + '"]'],
)  # fmt: skip
def test_no_plain_text(source: str) -> None:
    assert written("text", source) is None


def cells(type_name: str, text: str) -> bytearray | None:
    """The cells of a text for a column of this type."""
    writer = key_text(BUILT_IN[type_name])
    assert writer is not None
    return writer.cells(text)


@pytest.mark.parametrize("type_name", INTEGERS)
@given(data=st.data(), separators=st.sampled_from([(",", ":"), (", ", ": ")]))
def test_cells_of_many_integers(
    type_name: str, data: st.DataObject, separators: tuple[str, str]
) -> None:
    data_type, (low, high) = BUILT_IN[type_name], INTEGER_RANGES[type_name]
    numbers = data.draw(st.lists(st.integers(low - 1, high + 1), min_size=1, max_size=9))
    found = cells(type_name, json.dumps(numbers, separators=separators))
    is_short = all(abs(number) < 10**18 for number in numbers)
    if found is not None or (is_short and all(low <= number <= high for number in numbers)):
        wanted = vector_from_cells(data_type, numbers, table="t", column="c", nullable=False)
        assert found == wanted.data


@pytest.mark.parametrize(
    "source",
    ["", "[", "[]", "[]]", "[7,", "7,8", "[7,]", "[,7]", "[7,,8]", "[7,  8]", "[7 ,8]", "[7,8 ]",
     "[7,-]", "[7,08]", "[7,8.0]", "[7,null]", '[7,"8"]', "[[7,8]]", "[7,[8]]", "[7,8]]",
     "[7,1234567890123456789]", '["\ud800"]'],
)  # fmt: skip
def test_no_plain_integers(source: str) -> None:
    assert cells("int64", source) is None


def test_texts_have_no_cells() -> None:
    assert cells("text", "[7,8]") is None


def test_keys_do_not_depend_on_those_before() -> None:
    writer = key_text(BUILT_IN["text"])
    assert writer is not None
    long, short = writer.key('["' + 60 * "x" + '"]'), writer.key('["y"]')
    assert long == parsed("text", '["' + 60 * "x" + '"]')
    assert short == parsed("text", '["y"]')


@pytest.mark.parametrize("type_name", sorted(set(BUILT_IN) - {*INTEGERS, "text"}))
def test_other_types_have_none(type_name: str) -> None:
    assert key_text(BUILT_IN[type_name]) is None
