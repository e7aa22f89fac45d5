"""Dropping tables: the pages come back, in the order the Rust engine gives them back."""

import hashlib
import json
import struct

import pytest

from tests.support.engine_under_test import PAGE_SIZE, EngineUnderTest
from tests.support.golden_syntax import parse_definition
from wasidb.errors import Corrupted, InvalidDefinition

SINGLE = "single: id uint32 key, name text"
TEXT_KEY = "textpk: id text key, v uint32"
WIDE = "wide: id uint32 key auto, body text; index body"


def test_file_is_that_of_the_rust_engine(engine: EngineUnderTest) -> None:
    """Golden vector G60 of the layout."""
    engine.create(parse_definition(SINGLE), parse_definition(TEXT_KEY))
    for i in range(100):
        engine.insert("textpk", ["id", "v"], [f"k{i:05}", i])
    for i in range(100):
        engine.insert("single", ["id", "name"], [i, f"n{i}"])
    engine.drop("textpk")
    engine.close()
    content = engine.path.read_bytes()
    assert struct.unpack_from("<7I", content, 2 * PAGE_SIZE) == (6, 13, 9, 10, 12, 11, 8)
    digest = "0d5e493b67f1f21b39fc0e4a098c646c3de85de297acc16175697d7b73b5de39"
    assert hashlib.sha256(content).hexdigest() == digest


def fill_wide(engine: EngineUnderTest) -> None:
    """Several record pages, trees of two levels, a segment table."""
    engine.create(parse_definition(WIDE))
    engine.insert("wide", ["body"], *([f"{i:0300}"] for i in range(1000)))
    engine.delete("wide", {"Lt": ["id", 10]})


def test_pages_are_used_again(engine: EngineUnderTest) -> None:
    sizes = set()
    for _ in range(4):
        fill_wide(engine)
        engine.drop("wide")
        assert engine.check() == []
        page_map = json.loads(engine.call("maintenance", "page-map"))
        assert set(page_map["pages"][3:]) == {"free"}
        sizes.add(len(page_map["pages"]))
    assert len(sizes) == 1


def test_page_of_somebody_else_is_not_given_back(engine: EngineUnderTest) -> None:
    """A damaged page ledger must not take other tables' pages with it."""
    engine.create(parse_definition(SINGLE), parse_definition(TEXT_KEY))
    engine.insert("single", ["id", "name"], [1, "n"])
    engine.close()
    sound = engine.path.read_bytes()
    for page in (0, 4, 8, 1 << 31):
        damaged = bytearray(sound)
        struct.pack_into("<IIQ", damaged, 4 * PAGE_SIZE, 1, page, PAGE_SIZE)
        engine.path.write_bytes(damaged)
        engine.open()
        with pytest.raises(Corrupted, match=r"not its own|not exist"):
            engine.drop("single")
        engine.close()
        assert engine.path.read_bytes() == damaged
    engine.path.write_bytes(sound)


def owned_pages(engine: EngineUnderTest) -> list[tuple[str, str | None]]:
    """The use and owner of every page."""
    page_map = json.loads(engine.call("maintenance", "page-map"))
    return list(zip(page_map["pages"], page_map["owners"], strict=True))


def test_rows_of_somebody_else_are_not_given_back(engine: EngineUnderTest) -> None:
    """Nor are index nodes below the root, and segment tables."""
    engine.create(parse_definition(SINGLE))
    engine.insert("single", ["id", "name"], [1, "n"])
    fill_wide(engine)
    pages = owned_pages(engine)
    foreign = {use: number for number, (use, owner) in enumerate(pages) if owner == "wide"}
    ledger = pages.index(("page-ledger", "single"))
    engine.close()
    sound = engine.path.read_bytes()
    for use in ("record", "index", "segment-table"):
        damaged = bytearray(sound)
        struct.pack_into("<I", damaged, ledger * PAGE_SIZE + 4, foreign[use])
        engine.path.write_bytes(damaged)
        engine.open()
        with pytest.raises(Corrupted, match="not its own"):
            engine.drop("single")
        engine.close()
        assert engine.path.read_bytes() == damaged
    engine.path.write_bytes(sound)


@pytest.mark.parametrize("use", ["page-ledger", "free-segments", "index-ledger", "index", "record"])
def test_damage_elsewhere_is_no_hindrance(engine: EngineUnderTest, use: str) -> None:
    engine.create(parse_definition(SINGLE), parse_definition(TEXT_KEY))
    engine.insert("single", ["id", "name"], [1, "n"])
    engine.insert("textpk", ["id", "v"], ["k", 1])
    damaged = owned_pages(engine).index((use, "single"))
    doomed = {n for n, (_, owner) in enumerate(owned_pages(engine)) if owner == "textpk"}
    engine.close()
    content = bytearray(engine.path.read_bytes())
    before = content[damaged * PAGE_SIZE : (damaged + 1) * PAGE_SIZE]
    content[damaged * PAGE_SIZE : (damaged + 1) * PAGE_SIZE] = b"\xff" * PAGE_SIZE
    engine.path.write_bytes(content)
    engine.open()
    engine.drop("textpk")
    engine.close()
    content = bytearray(engine.path.read_bytes())
    count = int.from_bytes(content[2 * PAGE_SIZE : 2 * PAGE_SIZE + 4], "little")
    assert set(struct.unpack_from(f"<{count}I", content, 2 * PAGE_SIZE + 4)) == doomed
    assert not any(any(content[n * PAGE_SIZE : (n + 1) * PAGE_SIZE]) for n in doomed)
    content[damaged * PAGE_SIZE : (damaged + 1) * PAGE_SIZE] = before
    engine.path.write_bytes(content)
    engine.open()
    assert engine.select({"from": "single"}) == [[1, "n"]]


@pytest.mark.parametrize("names", ["x", "{}", '"single"', "[1]", '["single", "single"]'])
def test_names_are_a_list_of_names(engine: EngineUnderTest, names: str) -> None:
    engine.create(parse_definition(SINGLE))
    with pytest.raises(InvalidDefinition, match="invalid names JSON"):
        engine.call("catalog", "drop-tables", names)
    assert len(json.loads(engine.call("catalog", "tables"))) == 1


def test_nothing_named_is_nothing_dropped(engine: EngineUnderTest) -> None:
    engine.create(parse_definition(SINGLE))
    engine.drop()
    assert len(json.loads(engine.call("catalog", "tables"))) == 1
