"""What the column cache keeps, and for how long."""

import json
from collections.abc import Iterable
from typing import Any
from weakref import ref

import pytest

from tests.support.engine_on_memory import EngineOnMemory
from tests.support.golden_syntax import parse_definition
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.rows import Rows
from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.definition_json import definition_from_json
from wasidb_guest.pages.cache import PageCache
from wasidb_guest.pages.column_cache import PATIENCE, REMEMBERED_WIDTH, ColumnCache
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_guest.tables.table import MANY_ROWS
from wasidb_guest.values import UINT32
from wasidb_guest.vectors import Vector
from wasidb_memory import PAGE_SIZE, HeapLog, HeapMemory

THINGS = "things: id uint32 key, size uint32"
ROWS = 1_000
VECTOR = Vector(UINT32, ROWS, bytes(4 * ROWS))
VECTOR_SIZE = (4 + REMEMBERED_WIDTH) * ROWS
ROOM = 4
LARGE, SMALL = range(10, 16), range(2)


def definition_of(text: str) -> TableDefinition:
    return definition_from_json(parse_definition(text))


class Scans:
    """Scans of one column of tables whose chunks have a page each, in a cache with room for four
    such columns."""

    def __init__(self) -> None:
        self.cache = ColumnCache(ROOM * VECTOR_SIZE, lambda: None)
        self._definition = definition_of(THINGS)

    def scan(self, pages: Iterable[int]) -> list[int]:
        """Those of the pages whose column was kept; the others are to be kept now."""
        kept = [number for number in pages if self.cache.find(self._definition, [number], {1})]
        for number in set(pages).difference(kept):
            self.cache.keep(self._definition, [number], {1: VECTOR})
        return kept


def test_of_a_table_that_is_too_large_some_columns_stay() -> None:
    scans = Scans()
    assert scans.scan(LARGE) == []
    kept = scans.scan(LARGE)
    assert len(kept) == ROOM
    assert [scans.scan(LARGE) for _ in range(5 * PATIENCE)] == [kept] * 5 * PATIENCE


def test_large_scans_drive_out_only_what_nobody_uses() -> None:
    scans = Scans()
    scans.scan(SMALL)
    for _ in range(5 * PATIENCE):
        scans.scan(LARGE)
        assert scans.scan(SMALL) == list(SMALL)
    for _ in range(5 * PATIENCE):
        scans.scan(LARGE)
    assert len(scans.scan(LARGE)) == ROOM
    assert scans.scan(SMALL) == []


def test_a_changed_page_takes_its_chunk_with_it() -> None:
    cache, definition = Scans().cache, definition_of(THINGS)
    cache.keep(definition, [3, 4], {0: VECTOR, 1: VECTOR})
    cache.keep(definition, [5, 6], {1: VECTOR})
    cache.forget({4, 9})
    assert cache.find(definition, [3, 4], {0}) == {}
    assert cache.find(definition, [5, 6], {1}) == {1: VECTOR}
    cache.forget({5, 6})
    assert cache.size == 0


def test_of_an_overwritten_page_the_other_columns_stay() -> None:
    cache, definition = Scans().cache, definition_of(THINGS)
    cache.keep(definition, [3, 4], {0: VECTOR, 1: VECTOR})
    cache.keep(definition, [5, 6], {1: VECTOR})
    cache.forget({3, 4, 5}, {3: {1}, 4: {1}, 5: {0}})
    assert cache.find(definition, [3, 4], {0}) == {0: VECTOR}
    assert cache.find(definition, [5, 6], {1}) == {1: VECTOR}
    cache.forget({3, 4, 5}, {3: {0}, 5: {1}})
    assert cache.size == 0


def test_a_chunk_is_of_just_these_pages_and_of_one_definition() -> None:
    cache, definition = Scans().cache, definition_of(THINGS)
    cache.keep(definition, [3, 4], {1: VECTOR})
    assert cache.find(definition, [3, 4, 5], {1}) == {}
    assert cache.find(definition_of("things: id uint32 key, weight int32"), [3, 4], {1}) == {}
    cache.keep(definition, [4, 5], {0: VECTOR})
    assert cache.find(definition, [3, 4], {1}) == {}
    assert cache.size == VECTOR_SIZE


def test_columns_and_pages_share_one_budget() -> None:
    """Columns take half of it, and then no more; pages have the rest."""
    memory = HeapMemory(bytes(100 * PAGE_SIZE))
    pages = PageCache(memory, RedoLog(HeapLog(), ""), size_max=16 * PAGE_SIZE)
    frames = [ref(pages.read(number)) for number in (*range(100), *range(50))]
    assert sum(frame() is not None for frame in frames) == 16
    count = 2 * PAGE_SIZE // (4 + REMEMBERED_WIDTH)
    vector = Vector(UINT32, count, bytes(4 * count))
    definition = definition_of(THINGS)
    for number in range(10):
        pages.columns_of([number]).keep(definition, [number], {1: vector})
    assert pages.columns.size == 4 * (4 + REMEMBERED_WIDTH) * count
    assert sum(frame() is not None for frame in frames) == 8


@pytest.fixture
def things() -> EngineOnMemory:
    engine = EngineOnMemory(HeapMemory())
    Catalog(engine).create_tables(json.dumps([parse_definition(THINGS)]))
    rows = [[number, 7] for number in range(10)]
    Rows(engine).insert("things", json.dumps({"columns": ["id", "size"], "rows": rows}), None)
    return engine


def sizes(engine: EngineOnMemory) -> Any:
    question = {"from": "things", "columns": ["size"]}
    return json.loads(Rows(engine).select(json.dumps(question), None))["rows"]


def test_columns_that_are_not_on_the_pages_are_noticed(things: EngineOnMemory) -> None:
    """The suite looks at all that a scan takes from the cache."""
    assert sizes(things) == [[7]] * 10
    (chunk,) = set(things.store.cache.columns._chunks.values())
    chunk.vectors[1].data = bytes(8 * 10)
    with pytest.raises(AssertionError, match="other columns"):
        sizes(things)


def test_an_update_of_many_rows_leaves_other_columns_where_they_are(things: EngineOnMemory) -> None:
    cache, rows = things.store.cache.columns, Rows(things)
    more = [[number, 7] for number in range(10, 2 * MANY_ROWS)]
    rows.insert("things", json.dumps({"columns": ["id", "size"], "rows": more}), None)
    low = json.dumps({"Lt": ["id", MANY_ROWS]})
    expected = [[7]] * 2 * MANY_ROWS
    assert sizes(things) == expected
    assert rows.count("things", low, None) == MANY_ROWS
    question = json.dumps({"from": "things", "columns": ["id"]})
    assert len(json.loads(Rows(things).select(question, None))["rows"]) == 2 * MANY_ROWS
    kept = cache.size
    assert rows.update("things", '{"size": 8}', low, None) == MANY_ROWS
    assert 0 < cache.size < kept
    expected[:MANY_ROWS] = [[8]] * MANY_ROWS
    assert sizes(things) == expected
    assert cache.size == kept
    assert rows.update("things", '{"size": 9}', '{"Eq": ["id", 0]}', None) == 1
    assert cache.size == 0
    assert sizes(things) == [[9], *expected[1:]]
