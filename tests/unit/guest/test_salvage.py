"""Salvage takes any file there can be: it ends, it raises nothing, and it names places."""

import functools
import json
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from tests.support.engine_on_memory import EngineOnMemory
from tests.support.golden_syntax import parse_definition
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.rows import Rows
from wasidb_guest.pages.cache import PageCache
from wasidb_guest.pages.layout import REGISTRY_HEADER, U32
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_guest.tables.registry import read_registry
from wasidb_guest.tables.salvage import Salvage
from wasidb_memory import PAGE_SIZE, HeapLog, HeapMemory

USERS = "users: id uint32 key auto, name text unique, born date null; index born, name"
POSTS = "posts: id uint32 key, author uint32 -> users.id, body json null"
ROWS = {"users": 20, "posts": 35}


@functools.cache
def sound_file() -> bytes:
    """Two tables, and a hole where rows were."""
    memory = HeapMemory()
    engine = EngineOnMemory(memory)
    Catalog(engine).create_tables(json.dumps([parse_definition(USERS), parse_definition(POSTS)]))
    users = [[f"name {i}", f"2024-01-{i + 1:02}"] for i in range(20)]
    posts = [[i, i % 20 + 1, f'{{"n": {i}}}'] for i in range(40)]
    for table, columns, rows in (
        ("users", ["name", "born"], users),
        ("posts", ["id", "author", "body"], posts),
    ):
        Rows(engine).insert(table, json.dumps({"columns": columns, "rows": rows}), None)
    Rows(engine).delete("posts", "restrict", '{"Lt": ["id", 5]}', None)
    engine.store.checkpoint()
    return memory.read(0, memory.size())


@functools.cache
def stored_places() -> list[int]:
    """The offsets of all bytes that are not zero."""
    return [offset for offset, byte in enumerate(sound_file()) if byte]


def salvaged(content: bytes) -> tuple[dict[str, int], Salvage]:
    """The number of rows in each table, and the rest."""
    salvage = Salvage(PageCache(HeapMemory(content), RedoLog(HeapLog(), "x")))
    rows = {name: sum(map(len, salvage.rows(name))) for name in salvage.definitions}
    return rows, salvage


def test_sound_file_has_no_problems() -> None:
    rows, salvage = salvaged(sound_file())
    assert rows == ROWS
    assert salvage.problems == []


@given(st.lists(st.tuples(st.integers(0, 1 << 30), st.integers(0, 255)), min_size=1, max_size=8))
@example([(19, 18)])
@example([(32, 18)])
def test_damaged_bytes(damages: list[tuple[int, int]]) -> None:
    content = bytearray(sound_file())
    places = stored_places()
    for choice, value in damages:
        content[places[choice % len(places)]] = value
    rows, salvage = salvaged(bytes(content))
    if not salvage.problems:
        assert rows.keys() == ROWS.keys()
        assert all(count >= ROWS[name] - len(damages) for name, count in rows.items())


@pytest.mark.parametrize("use", ["free-segments", "index-ledger", "autoincrement"])
def test_record_page_that_is_a_structure_of_another_table_by_mistake(use: str) -> None:
    content = bytearray(sound_file())
    (page,) = salvaged(bytes(content))[1]._record_pages["posts"]
    users = read_registry(PageCache(HeapMemory(bytes(content)), RedoLog(HeapLog(), "x")))[1][0]
    (before,) = (each for each, name in users.structure_pages() if name == use)
    at = content.index(U32.pack(before), REGISTRY_HEADER.size)
    U32.pack_into(content, at, page)
    rows, salvage = salvaged(bytes(content))
    assert rows == ROWS
    what = f"{use} of table 'users' at page {page}, which is something else"
    assert what in [problem.what for problem in salvage.problems]


def test_record_page_that_two_tables_have() -> None:
    content = bytearray(sound_file())
    (page,) = salvaged(bytes(content))[1]._record_pages["posts"]
    users = read_registry(PageCache(HeapMemory(bytes(content)), RedoLog(HeapLog(), "x")))[1][0]
    U32.pack_into(content, users.page_ledger * PAGE_SIZE + U32.size, page)
    _, salvage = salvaged(bytes(content))
    whats = [problem.what for problem in salvage.problems]
    assert f"record page {page} is something else too" in whats


@given(st.integers(0, 30), st.integers(0, 1 << 32))
def test_page_of_garbage(page: int, seed: int) -> None:
    content = bytearray(sound_file())
    at = page * PAGE_SIZE % len(content)
    content[at : at + PAGE_SIZE] = Random(seed).randbytes(PAGE_SIZE)
    for problem in salvaged(bytes(content))[1].problems:
        assert 0 <= problem.offset <= PAGE_SIZE


@given(st.integers(0, 30))
def test_file_cut_short(pages: int) -> None:
    content = sound_file()
    kept = content[: pages % (len(content) // PAGE_SIZE) * PAGE_SIZE]
    rows, salvage = salvaged(kept)
    assert salvage.problems or rows == ROWS
