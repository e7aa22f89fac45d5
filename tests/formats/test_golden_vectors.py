"""The same calls leave the same bytes: files whose SHA-256 the Rust engine has fixed.

Each vector is a definition and rows that are inserted one at a time; the file is closed and hashed.
Layout 26.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from tests.support.engine_under_test import PAGE_SIZE, EngineUnderTest
from tests.support.golden_syntax import parse_definition

SINGLE = "single: id uint32 key, name text"
TEXT_KEY = "textpk: id text key, v uint32"
FIXED = "fixed: id uint32 key, v uint32"
AUTO = "auto: id uint64 key auto, body text"
ALL_TYPES = (
    "alltypes: id int64 key, bl blob, bo boolean, da date, dt datetime, i8 int8, i16 int16, "
    "i32 int32, u8 uint8, u16 uint16, u32 uint32, u64 uint64, js json, tx text, ni int32 null, "
    "nt text null, nd datetime null, nj json null, dec decimal"
)
ROW_OF_ALL_TYPES = [
    -2,
    "3q2+7w==",
    True,
    "2024-02-29",
    "2024-01-15T10:30:45.123456+02:00",
    -1,
    -300,
    -70000,
    255,
    65535,
    4000000000,
    18446744073709551615,
    '{"b": 1,"a":[true,null]}',
    "héllo",
    None,
    "x",
    "1999-12-31T23:59:59.000000-01:30",
    "[1]",
    "-123.450",
]


def long_text_keys() -> Iterator[list[Any]]:
    """400 keys of 1,010 to 6,009 bytes from a linear congruential generator."""
    x = 12345
    for i in range(400):
        x = (x * 1103515245 + 12345) % 2**31
        yield [f"{x:010}{'k' * (1000 + x % 5000)}", i]


@pytest.mark.parametrize(
    ("definition", "rows", "pages", "digest"),
    [
        pytest.param(
            SINGLE,
            [],
            8,
            "437ffd5936407614084ac024683b1bd36dca846d7d0ab0417dec75d3c63cc6b3",
            id="G1",
        ),
        pytest.param(
            SINGLE,
            [[1, "Alice"], [2, "Bob"], [3, "Carol-with-a-rather-long-name"]],
            9,
            "5a05c8def319ca21542c110876ba1b0364edcecd875e1579ab2d4272f9213d8e",
            id="G2",
        ),
        pytest.param(
            SINGLE,
            [[i, f"name-{i}"] for i in range(1000)],
            9,
            "afd46293dc40373728fb5d3a66405dda24acc8b79c146342489a6471e2791872",
            id="G10",
        ),
        pytest.param(
            SINGLE,
            [[i * 7919 % 7001, f"r{i}"] for i in range(7000)],
            16,
            "b1138967b7835b4d647bafb29eb5a6c27eb7f250f7e4ab7c902ff4462d661c7a",
            id="G20",
        ),
        pytest.param(
            TEXT_KEY,
            long_text_keys(),
            62,
            "6c1a7bfeb9ab09f3d96a8e667130cd2947a7061c93d5c2e38616d5765e836940",
            id="G21",
        ),
        pytest.param(
            AUTO,
            [],
            9,
            "a59f57a65d6655b9bcc8536aa855c579247d03ca610b0a64213a82b802db10e4",
            id="G30",
        ),
        pytest.param(
            ALL_TYPES,
            [ROW_OF_ALL_TYPES],
            9,
            "e4a0bc9dfa53f146661c376da737688abd45270490a88e88281bd6a0383009f2",
            id="G40",
        ),
        pytest.param(
            FIXED,
            [[1, 1000], [2, 1001], [3, 1002]],
            9,
            "687fe9ffeff7f04f04618ad25a9e3105e8317b2891f3ebf5c5a88bee30f1caa5",
            id="G50",
        ),
    ],
)
def test_table_filled_row_by_row(
    engine: EngineUnderTest,
    definition: str,
    rows: Iterable[list[Any]],
    pages: int,
    digest: str,
) -> None:
    table = parse_definition(definition)
    columns = [column["name"] for column in table["columns"]]
    engine.create(table)
    tx = engine.begin()  # how inserts are grouped does not show in the file
    for row in rows:
        engine.insert(table["name"], columns, row, tx=tx)
    engine.commit(tx)
    assert_file_is(engine, pages, digest)


def test_file_without_tables(engine: EngineUnderTest) -> None:
    assert_file_is(engine, 3, "3381de4ca9f3a477f25989dfc8b744e7916046b7aa369f61a9a2f7dc0963ec9e")


def test_automatic_numbers(engine: EngineUnderTest) -> None:
    engine.create(parse_definition(AUTO))
    keys = [engine.insert("auto", ["body"], [f"b{i}"]) for i in range(10)]
    assert keys == [[number] for number in range(1, 11)]
    assert_file_is(engine, 10, "c6d483df361a9a3bd494576c1ccb30d2217e4e120fdd8e296d369bc8fcde4748")


def test_every_insert_its_own_transaction(engine: EngineUnderTest) -> None:
    engine.create(parse_definition(SINGLE))
    for i in range(1000):
        engine.insert("single", ["id", "name"], [i, f"name-{i}"])
    assert_file_is(engine, 9, "afd46293dc40373728fb5d3a66405dda24acc8b79c146342489a6471e2791872")


def assert_file_is(engine: EngineUnderTest, pages: int, digest: str) -> None:
    engine.close()
    content = engine.path.read_bytes()
    assert len(content) == pages * PAGE_SIZE
    assert hashlib.sha256(content).hexdigest() == digest
