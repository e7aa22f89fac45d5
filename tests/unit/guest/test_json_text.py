import json
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.cell_strategies import JSON_VALUES
from wasidb_guest.encoding.json_text import check_column, is_json


def accepts(text: str, depth: int = 100) -> bool:
    encoded = text.encode()
    return is_json(encoded, 0, len(encoded), bytearray(depth))


VALID = [
    "null", "true", "false", "0", "-0", "-1.5e+10", "1E5", "1e400", '""', '"\\u00e9\\n\\/"',
    '"\\ud800"', '"é"', '"\x7f"', "[]", "{}", " [ ] ", "[1,2]", '{"a":1,"a":2}',
    '\t{ "a" : [ {} , [] ] }\r\n',
]  # fmt: skip
INVALID = [
    "", " ", "nul", "nulll", "tru", "fals", "falsx", "True", "NaN", "Infinity", "-", "-a", "+1",
    "01", "1.", ".5", "1e", "1e+", "0x1", "1 2", '"', '"\\"', '"\\x"', '"\\u12g4"', '"\\u12',
    '"a\nb"', "'a'", "[", "]", "[1", "[1,]", "[,1]", "[1 2]", "[null", "[1}", "[1]]", "{", "}",
    '{"a"', '{"a"}', '{"a":', '{"a":}', '{"a":1,', '{"a":1,}', "{a:1}", '{"a":1 "b":2}', "{1:2}",
    '{"a":1]', "// x\n1", "\ufeff1",
]  # fmt: skip


@pytest.mark.parametrize("text", VALID)
def test_valid(text: str) -> None:
    assert accepts(text)


@pytest.mark.parametrize("text", INVALID)
def test_invalid(text: str) -> None:
    assert not accepts(text)


@given(JSON_VALUES, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_whatever_python_writes(value: object, ascii_only: bool, indent: int | str | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert accepts(text.encode(errors="replace").decode())


@given(st.text(alphabet='[]{}",:0123.eE+-\\ntrufalsn \t', max_size=12))
def test_agrees_with_pythons_parser(text: str) -> None:
    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        assert not accepts(text)
    else:
        assert accepts(text)


@pytest.mark.parametrize(("opener", "closer"), [("[", "]"), ('{"a":', "}")])
def test_depth(opener: str, closer: str) -> None:
    assert accepts(opener * 100 + "1" + closer * 100)
    assert not accepts(opener * 101 + "1" + closer * 101)


def test_a_column_reports_its_first_bad_row() -> None:
    offsets = memoryview(array("i", [0, 1, 1, 4]))
    assert check_column(b"1nul", offsets, b"\x01\x00\x01") == 2
    assert check_column(b"1nul", offsets, b"") == 1
    assert check_column(b"1nul", offsets, b"\x01\x00\x00") == -1
