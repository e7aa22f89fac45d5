"""FORMAT.md says what the code does: its tables and numbers, and the bytes of its example.

`pytest --rewrite-golden tests/docs/test_format.py` writes them anew.
"""

import re

import pytest

from tests.docs.format_tables import FORMAT, PHRASES, TABLE, TABLES, with_tables
from tests.support.engine_under_test import PAGE_SIZE, EngineUnderTest
from tests.support.golden_syntax import parse_definition

DUMP = re.compile(r"^(\d+):([0-9a-f]{4})  ((?:[0-9a-f]{2} ?)+)", re.MULTILINE)


def test_tables_are_those_of_the_code(request: pytest.FixtureRequest) -> None:
    text = FORMAT.read_text(encoding="utf-8")
    assert sorted(name for name, *_ in TABLE.findall(text)) == sorted(TABLES)
    if request.config.getoption("--rewrite-golden"):
        FORMAT.write_text(with_tables(text), encoding="utf-8")
    else:
        assert text == with_tables(text)


@pytest.mark.parametrize("phrase", PHRASES)
def test_numbers_in_the_text_are_those_of_the_code(phrase: str) -> None:
    assert phrase in " ".join(FORMAT.read_text(encoding="utf-8").split())


def test_example_is_what_the_engine_writes(engine: EngineUnderTest) -> None:
    """Every byte of the file but zeros stands in the example, at its place."""
    engine.create(parse_definition("single: id uint32 key, name text"))
    engine.insert("single", ["id", "name"], [1, "Alice"], [2, "Bob"])
    engine.close()
    expected = bytearray(engine.path.stat().st_size)
    for page, offset, shown in DUMP.findall(FORMAT.read_text(encoding="utf-8")):
        start = int(page) * PAGE_SIZE + int(offset, 16)
        data = bytes.fromhex(shown)
        expected[start : start + len(data)] = data
    assert engine.path.read_bytes() == expected
