"""The calls of the golden vectors, G0 to G70, whose files the Rust engine has fixed by SHA-256.

Tables made and filled row by row leave the same bytes: the file is closed and hashed. After deletes
and updates that change the size of rows our files are others, as sound and with the same rows. G61
is left out: a migration that rewrites a table, with its bugs.
"""

import hashlib
from collections.abc import Iterable, Iterator
from struct import Struct
from typing import Any

import pytest

from tests.support.engine_under_test import PAGE_SIZE, EngineUnderTest
from tests.support.golden_syntax import parse_definition

SINGLE = "single: id uint32 key, name text"
TEXT_KEY = "textpk: id text key, v uint32"
FIXED = "fixed: id uint32 key, v uint32"
AUTO = "auto: id uint64 key auto, body text"
USERS = (
    "users: id uint32 key, name text, email text unique, age uint32 null, city text, zip int64; "
    "index age; index city, zip"
)
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


def test_rows_changed_one_by_one(engine: EngineUnderTest) -> None:
    """G3 to G6: a row grows, two go, one takes their place."""
    engine.create(parse_definition(SINGLE))
    rows = {1: "Alice", 2: "Bob", 3: "Carol-with-a-rather-long-name"}
    engine.insert("single", ["id", "name"], *rows.items())
    assert engine.update("single", {"name": "Alicia"}, {"Eq": ["id", 1]}) == 1
    assert_holds(engine, "single", rows | {1: "Alicia"})
    assert engine.delete("single", {"Eq": ["id", 2]}) == 1
    assert_holds(engine, "single", {1: "Alicia", 3: rows[3]})
    assert engine.delete("single", {"Eq": ["id", 3]}) == 1
    engine.insert("single", ["id", "name"], [4, "Dave"])
    assert_holds(engine, "single", {1: "Alicia", 4: "Dave"})
    assert_page_count_is(engine, 10)


def test_holes_filled_again(engine: EngineUnderTest) -> None:
    """G10 to G13: every other row goes, shorter and longer ones come, a hundred change."""
    engine.create(parse_definition(SINGLE))
    rows = {i: f"name-{i}" for i in range(1000)}
    engine.insert("single", ["id", "name"], *rows.items())
    tx = engine.begin()
    for i in range(0, 1000, 2):
        assert engine.delete("single", {"Eq": ["id", i]}, tx) == 1
        del rows[i]
    engine.commit(tx)
    assert_holds(engine, "single", rows)
    added = {i: "x" * (i % 50) for i in range(1000, 1300)}
    engine.insert("single", ["id", "name"], *added.items())
    assert_holds(engine, "single", rows | added)
    renamed = {i: f"renamed-{i}" for i in range(1, 200, 2)}
    tx = engine.begin()
    for i, name in renamed.items():
        assert engine.update("single", {"name": name}, {"Eq": ["id", i]}, tx) == 1
    engine.commit(tx)
    assert_holds(engine, "single", rows | added | renamed)
    assert_page_count_is(engine, 10)


def test_long_keys_deleted(engine: EngineUnderTest) -> None:
    """G22: every third key of G21 goes."""
    engine.create(parse_definition(TEXT_KEY))
    rows = dict(long_text_keys())
    engine.insert("textpk", ["id", "v"], *rows.items())
    for key in list(rows)[::3]:
        assert engine.delete("textpk", {"Eq": ["id", key]}) == 1
        del rows[key]
    assert_holds(engine, "textpk", rows)


def test_table_dropped(engine: EngineUnderTest) -> None:
    """G60: the pages of the table that went are all unclaimed."""
    engine.create(parse_definition(SINGLE), parse_definition(TEXT_KEY))
    engine.insert("textpk", ["id", "v"], *([f"k{i:05}", i] for i in range(100)))
    rows = {i: f"n{i}" for i in range(100)}
    engine.insert("single", ["id", "name"], *rows.items())
    engine.drop("textpk")
    assert_holds(engine, "single", rows)
    assert_page_count_is(engine, 15)
    unclaimed = Struct("<7I").unpack_from(engine.path.read_bytes(), 2 * PAGE_SIZE)
    assert unclaimed[0] == 6
    assert set(unclaimed[1:]) == {8, 9, 10, 11, 12, 13}


def test_rows_deleted_from_four_indexes(engine: EngineUnderTest) -> None:
    """G70: unique, plain and composite indexes; every fifth row goes."""
    engine.create(parse_definition(USERS))
    rows: dict[int, list[Any]] = {
        i: [f"n{i}", f"e{i}@x.io", i % 90 if i % 7 else None, f"c{i % 50}", -i] for i in range(500)
    }
    columns = ["id", "name", "email", "age", "city", "zip"]
    engine.insert("users", columns, *([i, *row] for i, row in rows.items()))
    for i in range(0, 500, 5):
        assert engine.delete("users", {"Eq": ["id", i]}) == 1
        del rows[i]
    stored = engine.select({"from": "users"})
    assert {key: cells for key, *cells in stored} == rows
    assert len(stored) == len(rows)
    for city in ("c1", "c5"):
        where = {"And": [{"Eq": ["city", city]}, {"Lt": ["zip", -100]}]}
        found = engine.select({"from": "users", "columns": ["id"], "where": where})
        expected = [i for i, row in rows.items() if row[3] == city and row[4] < -100]
        assert sorted(found) == [[i] for i in expected]
    assert engine.check() == []


def assert_holds(engine: EngineUnderTest, table: str, rows: dict[Any, Any]) -> None:
    """A table of two columns has exactly these rows, and the file is sound."""
    stored = engine.select({"from": table})
    assert sorted(stored) == sorted(map(list, rows.items()))
    assert engine.check() == []


def assert_page_count_is(engine: EngineUnderTest, pages: int) -> None:
    engine.close()
    assert engine.path.stat().st_size == pages * PAGE_SIZE


def assert_file_is(engine: EngineUnderTest, pages: int, digest: str) -> None:
    engine.close()
    content = engine.path.read_bytes()
    assert len(content) == pages * PAGE_SIZE
    assert hashlib.sha256(content).hexdigest() == digest
