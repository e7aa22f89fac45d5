"""What the column cache keeps, and for how long."""

import json
import random
from array import array
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
from wasidb_guest.pages.column_cache import (
    ADDRESSES,
    PATIENCE,
    REMEMBERED_WIDTH,
    ColumnCache,
    Gaps,
)
from wasidb_guest.pages.layout import address
from wasidb_guest.pages.redo_log import RedoLog
from wasidb_guest.tables.table import MANY_ROWS
from wasidb_guest.values import UINT32, UINT64
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


class Erasures:
    """Columns 0 and 1 of pages 3 and 4, each with ten records of 32 bytes, of which some go."""

    def __init__(self) -> None:
        self.cache = ColumnCache(ROOM * VECTOR_SIZE, lambda: None)
        self._definition = definition_of(THINGS)
        self.left = [address(page, 32 * row) for page in (3, 4) for row in range(10)]
        self._cells = dict(zip(self.left, range(20), strict=True))
        cells = Vector(UINT32, 20, array("I", range(20)).tobytes())
        addresses = Vector(UINT64, 20, array("Q", self.left).tobytes())
        self.cache.keep(self._definition, [3, 4], {0: cells, 1: cells, ADDRESSES: addresses})

    def erase(self, *spans: tuple[int, int, int]) -> None:
        """Erase the records between two rows of pages, and forget what is not so any more."""
        erased: dict[int, Gaps] = {}
        for page in {page for page, _, _ in spans}:
            gaps = [(32 * start, 32 * end) for number, start, end in spans if number == page]
            starts, ends = (memoryview(array("i", each)) for each in zip(*gaps, strict=True))
            erased[page] = starts, ends
            gone = {
                at for gap in gaps for at in range(address(page, gap[0]), address(page, gap[1]))
            }
            self.left = [each for each in self.left if each not in gone]
        self.cache.forget(erased.keys(), {}, erased)

    def find(self, *positions: int) -> set[int]:
        """Those of the columns, or of the addresses, that are kept. All that comes with them is as
        it should be.
        """
        kept = self.cache.find(self._definition, [3, 4], positions)
        cells = [self._cells[each] for each in self.left]
        for position, vector in kept.items():
            is_addresses = position == ADDRESSES
            found = memoryview(vector.data).cast("Q" if is_addresses else "I")
            assert found.tolist() == (self.left if is_addresses else cells)
            assert vector.count == len(self.left)
        return set(kept.keys() & positions)


def test_of_a_page_with_erased_records_the_rows_that_are_left_stay() -> None:
    erasures = Erasures()
    size = erasures.cache.size
    erasures.erase((3, 0, 2), (3, 5, 6), (4, 7, 10))
    assert erasures.find(0, ADDRESSES) == {0, ADDRESSES}
    taken = size - erasures.cache.size
    assert taken == 6 * (4 + 8 + 2 * REMEMBERED_WIDTH)
    assert erasures.find(0, ADDRESSES) == {0, ADDRESSES}
    assert erasures.find(1) == {1}
    assert erasures.cache.size == size - taken - 6 * (4 + REMEMBERED_WIDTH)
    erasures.erase((3, 2, 5), (3, 6, 10), (4, 0, 7))
    assert erasures.find(0, 1, ADDRESSES) == {0, 1, ADDRESSES}
    assert erasures.left == []
    erasures.cache.forget({4})
    assert erasures.cache.size == 0


def test_a_column_that_was_not_used_between_two_erasures_goes() -> None:
    erasures = Erasures()
    erasures.erase((3, 1, 2))
    assert erasures.find(0, ADDRESSES) == {0, ADDRESSES}
    erasures.erase((4, 1, 2))
    assert erasures.find(0, 1, ADDRESSES) == {0, ADDRESSES}


def test_erasures_of_different_pages_can_wait_together() -> None:
    erasures = Erasures()
    erasures.erase((4, 1, 2))
    erasures.erase((3, 9, 10))
    assert erasures.find(0, 1, ADDRESSES) == {0, 1, ADDRESSES}
    erasures.erase((3, 1, 2))
    erasures.erase((3, 2, 3))
    assert erasures.find(0, 1, ADDRESSES) == set()
    assert erasures.cache.size == 0


def test_which_rows_are_left_is_told_by_the_addresses() -> None:
    erasures = Erasures()
    erasures.erase((3, 1, 2))
    assert erasures.find(0) == {0}
    erasures.erase((3, 2, 3))
    assert erasures.find(0) == set()
    assert erasures.cache.size == 0


def test_a_page_of_which_more_has_changed_than_records_erased() -> None:
    erasures = Erasures()
    erasures.erase((3, 1, 2))
    erasures.cache.forget({3}, {3: {1}})
    assert erasures.find(0, 1, ADDRESSES) == {0, ADDRESSES}
    erasures.erase((3, 2, 3))
    erasures.cache.forget({4})
    assert erasures.find(0, 1, ADDRESSES) == set()
    assert erasures.cache.size == 0


def test_columns_with_rows_that_are_gone_make_room_like_others() -> None:
    erasures = Erasures()
    erasures.erase((3, 1, 2))
    assert erasures.find(0) == {0}
    other, definition = Vector(UINT32, 1, bytes(4)), definition_of(THINGS)
    large = Vector(UINT32, ROOM * ROWS, bytes(4 * ROOM * ROWS))
    for _ in range(PATIENCE + 2):
        erasures.cache.keep(definition, [8], {0: large})
    assert erasures.find(0, 1, ADDRESSES) == set()
    assert erasures.cache.size == ROOM * VECTOR_SIZE
    erasures.cache.forget({8})
    assert erasures.cache.size == 0
    erasures.cache.keep(definition, [8], {0: other})
    assert erasures.cache.find(definition, [8], {0}) == {0: other}


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


NOTES = "notes: id uint32 key, size uint32, kind text"
NOTES_COUNT = 4_000


@pytest.fixture
def notes() -> EngineOnMemory:
    """Rows of several pages, with sizes in no order."""
    engine, sizes = EngineOnMemory(HeapMemory()), list(range(NOTES_COUNT))
    random.Random(3).shuffle(sizes)
    Catalog(engine).create_tables(json.dumps([parse_definition(NOTES)]))
    rows = [[number, size, f"kind {size % 7}"] for number, size in enumerate(sizes)]
    content = json.dumps({"columns": ["id", "size", "kind"], "rows": rows})
    Rows(engine).insert("notes", content, None)
    return engine


def notes_of(engine: EngineOnMemory, columns: list[str], tx: int | None = None) -> list[Any]:
    question = {"from": "notes", "columns": columns}
    return json.loads(Rows(engine).select(json.dumps(question), tx))["rows"]


def delete_notes(engine: EngineOnMemory, low: int, high: int, tx: int | None = None) -> None:
    where = json.dumps({"And": [{"Ge": ["size", low]}, {"Lt": ["size", high]}]})
    assert Rows(engine).delete("notes", "restrict", where, tx) == high - low


def test_columns_outlive_deletes_all_over_a_table(notes: EngineOnMemory) -> None:
    """The suite compares them with the records."""
    cache, every = notes.store.cache.columns, notes_of(notes, ["id", "size", "kind"])
    kept, step = cache.size, 5 * MANY_ROWS
    for low in range(0, NOTES_COUNT - step, step):
        delete_notes(notes, low, low + step)
        assert 0 < cache.size <= kept
        columns = [["id", "size", "kind"], ["size"], ["kind", "id"], ["id"]][low // step % 4]
        places = [["id", "size", "kind"].index(each) for each in columns]
        left = [[row[each] for each in places] for row in every if row[1] >= low + step]
        assert notes_of(notes, columns) == left
    assert cache.size < kept / 4


def test_a_transaction_that_deletes_many_rows(notes: EngineOnMemory) -> None:
    rows, every = Rows(notes), notes_of(notes, ["size", "kind"])
    left = [row for row in every if row[0] >= 500]
    earlier, later = (rows.begin_transaction(None) for _ in range(2))
    delete_notes(notes, 0, 500, later)
    assert notes_of(notes, ["size", "kind"], later) == left
    assert notes_of(notes, ["size", "kind"]) == every
    rows.rollback(later)
    assert notes_of(notes, ["size", "kind"]) == every
    delete_notes(notes, 0, 500)
    assert notes_of(notes, ["size", "kind"], earlier) == every
    assert notes_of(notes, ["size", "kind"]) == left
    rows.rollback(earlier)


def test_a_transaction_that_deletes_many_rows_twice(notes: EngineOnMemory) -> None:
    """More than whole records has changed then: a commit looks at the pages."""
    rows, cache = Rows(notes), notes.store.cache.columns
    every = notes_of(notes, ["size"])
    tx = rows.begin_transaction(None)
    delete_notes(notes, 0, 500, tx)
    delete_notes(notes, 500, 1_000, tx)
    rows.commit(tx)
    assert cache.size == 0
    assert notes_of(notes, ["size"]) == [row for row in every if row[0] >= 1_000]
