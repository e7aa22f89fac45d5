"""Rows read by address: any order, any columns, many pages; damage is placed in its page."""

import json
import random
from typing import Any

import pytest

from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.engine import Engine
from wasidb_guest.api.rows import Rows
from wasidb_guest.encoding.cell_vectors import vector_to_cells
from wasidb_guest.errors import Corrupted
from wasidb_guest.pages.layout import PAGE_SIZE, offset_of, page_of
from wasidb_guest.tables import chunk_reader
from wasidb_guest.tables.record_columns import ColumnReader
from wasidb_guest.tables.table import Table
from wasidb_guest.vectors import Batch

COUNT = 3_000
COLUMNS = [
    {"name": "id", "type": "uint32"},
    {"name": "name", "type": "text", "nullable": True},
    {"name": "size", "type": "int16", "nullable": True},
    {"name": "note", "type": "text"},
]
ROWS = [
    [n, None if n % 3 == 0 else f"name {n}", None if n % 5 == 0 else -n, "é" * (n % 40)]
    for n in range(COUNT)
]


@pytest.fixture
def table() -> Table:
    engine = Engine()
    engine.open(":memory:")
    definition = {"name": "things", "primary_key": "id", "columns": COLUMNS}
    Catalog(engine).create_tables(json.dumps([definition]))
    names = [column["name"] for column in COLUMNS]
    Rows(engine).insert("things", json.dumps({"columns": names, "rows": ROWS}), None)
    return engine.store.catalog.table("things")


def addresses_of(table: Table) -> list[int]:
    return [address for _, addresses in table.scan([0]) for address in addresses]


def as_rows(rows: list[int]) -> memoryview:
    return memoryview(b"".join(each.to_bytes(4, "little") for each in rows)).cast("I")


def as_memory(addresses: list[int]) -> memoryview:
    return memoryview(b"".join(each.to_bytes(8, "little") for each in addresses)).cast("Q")


@pytest.mark.parametrize("positions", [[0, 1, 2, 3], [3], [2, 0], [1, 1]])
def test_rows_come_in_the_order_of_their_addresses(table: Table, positions: list[int]) -> None:
    addresses = addresses_of(table)
    assert len(set(map(page_of, addresses))) > 2
    rows = [random.Random(5).randrange(COUNT) for _ in range(500)] + [7, 7]
    batch = table.fetch(as_memory([addresses[row] for row in rows]), positions)
    assert batch.count == len(rows)
    assert batch.names == [COLUMNS[position]["name"] for position in positions]
    for position, vector in zip(positions, batch.vectors, strict=True):
        assert vector_to_cells(vector) == [ROWS[row][position] for row in rows]


def test_no_rows(table: Table) -> None:
    batch = table.fetch(as_memory([]), [1, 2])
    assert [vector_to_cells(vector) for vector in batch.vectors] == [[], []]


@pytest.mark.parametrize("positions", [[1], [3]])
def test_damage_is_placed_in_its_page(table: Table, positions: list[int]) -> None:
    """The name of one record claims to go on for 65,535 bytes; taken or skipped, it is found."""
    addresses = addresses_of(table)
    broken = addresses[1000]
    length_at = offset_of(broken) + 2 + 4 + 1
    table.pages.read(page_of(broken))[length_at : length_at + 2] = b"\xff\xff"
    some = as_memory([addresses[2500], addresses[999], broken, addresses[1001]])
    with pytest.raises(Corrupted, match="ends within column 'name'") as fetched:
        table.fetch(some, positions)
    with pytest.raises(Corrupted, match="ends within column 'name'") as scanned:
        list(table.scan(positions))
    for error in (fetched.value, scanned.value):
        assert error.details["page"] == page_of(broken)
        assert offset_of(broken) < error.details["offset"] <= length_at + 2


def test_variable_cells_have_no_more_room_than_they_may_take(table: Table) -> None:
    addresses = addresses_of(table)[:9]
    _, block = ColumnReader(table.definition, []).read_at(table.pages, as_memory(addresses))
    bodies = block.size_behind(0)
    assert block.size_behind(8) == bodies - 9 * 8
    assert block.size_behind(PAGE_SIZE) == 0
    for vector in table.fetch(as_memory(addresses), [1, 3]).vectors:
        assert len(vector.data) == vector.offsets[9]


@pytest.mark.parametrize("count", [63, 64, 65, 128, 200])
@pytest.mark.parametrize("positions", [[1, 3], [0, 2], [3, 0]])
def test_room_grows_with_records_that_are_larger_than_the_first(
    table: Table, count: int, positions: list[int]
) -> None:
    """The first ones have no note, those behind them longer and longer ones."""
    rows = sorted(range(COUNT), key=lambda row: row % 40)[:: COUNT // count][:count]
    addresses = addresses_of(table)
    batch = table.fetch(as_memory([addresses[row] for row in rows]), positions)
    for position, vector in zip(positions, batch.vectors, strict=True):
        assert vector_to_cells(vector) == [ROWS[row][position] for row in rows]


def test_there_is_room_for_the_cells_of_records_that_end_too_early(table: Table) -> None:
    """Of a page cells are taken column by column, so some of them before the end is missed."""
    addresses = [addresses_of(table)[2000]] * 100
    page, at = table.pages.read(page_of(addresses[0])), offset_of(addresses[0])
    name_end = 4 + 1 + 2 + len("name 2000")
    page[at : at + 2] = name_end.to_bytes(2, "little")
    with pytest.raises(Corrupted, match="ends within column 'size'"):
        table.fetch(as_memory(addresses), [0, 1, 2, 3])


def test_an_address_without_a_record(table: Table) -> None:
    addresses = addresses_of(table)
    with pytest.raises(Corrupted, match="no record of table 'things' here") as error:
        table.fetch(as_memory([addresses[3], page_of(addresses[0]) << 16 | 65_534]), [0])
    assert error.value.details["page"] == page_of(addresses[0])


def test_addresses_without_a_record_among_many(table: Table) -> None:
    """At the end of a page, in a free place, and where a record would run past its page."""
    addresses = addresses_of(table)[:100]
    number = table.ledger.record_pages[0]
    for offset, content in [(65_535, b""), (65_400, b"\0\0"), (65_300, b"\xff\xff")]:
        table.pages.read(number)[offset : offset + len(content)] = content
        some = as_memory([*addresses, number << 16 | offset, *addresses])
        with pytest.raises(Corrupted, match="no record of table 'things' here") as error:
            table.fetch(some, [0, 1])
        assert (error.value.details["page"], error.value.details["offset"]) == (number, offset)


def test_a_scan_gives_the_rows_of_a_choice(table: Table) -> None:
    """Of the columns it looks at it sees every row, in the order in which they are stored."""
    every_address = addresses_of(table)
    for places, positions, share in [
        ([0], [0, 1, 2, 3], 7),
        ([1, 2], [2, 3, 1], 700),
        ([1], [3, 2], 1),
    ]:
        tested = [positions[place] for place in places]
        seen: list[tuple[object, ...]] = []

        def choose(
            batch: Batch, share: int = share, seen: list[Any] = seen, places: list[int] = places
        ) -> memoryview:
            first = len(seen)
            vectors = [batch.vectors[place] for place in places]
            seen.extend(zip(*map(vector_to_cells, vectors), strict=True))
            return as_rows([row for row in range(batch.count) if (first + row) % share == 0])

        found = list(table.scan(positions, (tested, choose)))
        wanted = range(0, COUNT, share)
        assert seen == [tuple(row[position] for position in tested) for row in ROWS]
        for place, position in enumerate(positions):
            cells = [cell for batch, _ in found for cell in vector_to_cells(batch.vectors[place])]
            assert cells == [ROWS[row][position] for row in wanted]
        addresses = [address for _, addresses in found for address in addresses]
        assert addresses == [every_address[row] for row in wanted]


def test_chosen_rows_come_of_more_and_more_chunks(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who wants the first few has waited for one chunk, who wants all of them has one batch."""
    monkeypatch.setattr(table.pages, "scan_pages", 1)
    chunks = len(table.ledger.record_pages)
    assert chunks > 3
    looked_at: list[int] = []

    def choose(batch: Batch) -> memoryview:
        looked_at.append(batch.count)
        return as_rows([batch.count - 1])

    list(table.scan([0], ([0], choose)))  # so that the column is kept
    looked_at.clear()
    few_first = table.scan([0, 1], ([0], choose), few_first=True)
    found = [(len(looked_at), batch.count) for batch, _ in few_first]
    assert found == [(1, 1), (3, 2), (min(7, chunks), min(4, chunks - 3))]
    (whole,) = table.scan([0, 1], ([0], choose))
    assert whole[0].count == chunks


def test_chosen_rows_are_put_together_up_to_a_size(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table.pages, "scan_pages", 1)
    monkeypatch.setattr(chunk_reader, "SIZE_MAX", 2 * PAGE_SIZE)
    pages = len(table.ledger.record_pages)
    most = table.scan([0, 1], ([0], lambda batch: as_rows(range(1, batch.count))))
    assert len(list(most)) == (pages + 1) // 2
    few = table.scan([0, 1], ([0], lambda _: as_rows([0])))
    assert len(list(few)) == 1


def test_chunks_from_which_nothing_is_chosen(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table.pages, "scan_pages", 1)
    found = [batch.count for batch, _ in table.scan([1, 3], ([0], lambda _: as_rows([])))]
    assert found
    assert not any(found)
