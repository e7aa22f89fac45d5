"""Cells overwritten where they are, in records of more pages than are worked on at once."""

import json
from array import array

import pytest

from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.engine import Engine
from wasidb_guest.api.rows import Rows
from wasidb_guest.encoding.record_slots import slot_end
from wasidb_guest.errors import Corrupted
from wasidb_guest.pages.commit_point import WriteSet
from wasidb_guest.pages.layout import PAGE_SIZE, address
from wasidb_guest.tables.overwriting import overwrite_columns
from wasidb_guest.tables.record_block import CACHED_PAGES
from wasidb_guest.tables.record_columns import ColumnReader
from wasidb_guest.tables.table import Table
from wasidb_guest.values import TEXT, UINT32
from wasidb_guest.vectors import Vector

COUNT = 2_500
NOTE_SIZE = 1_000
SIZE = 1
"""The column that is overwritten."""


Sizes = tuple[Table, WriteSet]


@pytest.fixture
def sizes() -> Sizes:
    """A table with sizes in records of a kibibyte, on more than two stretches of pages."""
    engine = Engine()
    engine.open(":memory:")
    types = {"id": "uint32", "size": "uint32", "note": "text"}
    columns = [{"name": name, "type": type_} for name, type_ in types.items()]
    definition = {"name": "sizes", "primary_key": "id", "columns": columns}
    Catalog(engine).create_tables(json.dumps([definition]))
    given = [[number, 7, "x" * NOTE_SIZE] for number in range(COUNT)]
    Rows(engine).insert("sizes", json.dumps({"columns": list(types), "rows": given}), None)
    table = engine.store.catalog.table("sizes")
    assert len(table.ledger.record_pages) > 2 * CACHED_PAGES
    return table, WriteSet(engine.store.cache)


def places(table: Table) -> memoryview:
    """The addresses of all records."""
    found = []
    for place, number in enumerate(table.ledger.record_pages):
        page, at = table.pages.read(number), 0
        while at < table.ledger.high_water(place):
            found.append(address(number, at))
            at = slot_end(page, PAGE_SIZE, at, table.definition.stride)
    return memoryview(array("Q", sorted(found)))


def cells_at(addresses: memoryview, table: Table, pages: WriteSet) -> list[int]:
    batch, _ = ColumnReader(table.definition, (SIZE,)).read_at(pages, addresses)
    (vector,) = batch.vectors
    return memoryview(vector.data).cast("B").cast("I").tolist()


def test_every_record_gets_its_own_cell(sizes: Sizes) -> None:
    table, pages = sizes
    everything = places(table)
    chosen = memoryview(array("Q", everything.tolist()[::3]))
    cells = list(range(1, len(chosen) + 1))
    vector = Vector(UINT32, len(chosen), array("I", cells).tobytes())
    assert overwrite_columns(pages, table.definition, chosen, {SIZE: vector})
    expected = [7] * COUNT
    expected[::3] = cells
    assert cells_at(everything, table, pages) == expected
    assert pages.kept.keys() == set(table.ledger.record_pages)


def test_damage_behind_the_first_stretch_is_found(sizes: Sizes) -> None:
    table, pages = sizes
    addresses = places(table)
    number = sorted(table.ledger.record_pages)[CACHED_PAGES + 1]
    page = table.pages.read(number)
    page[:2] = (slot_end(page, PAGE_SIZE, 0, table.definition.stride) + 8).to_bytes(2, "little")
    vector = Vector(UINT32, COUNT, bytes(4 * COUNT))
    with pytest.raises(Corrupted, match="'sizes' runs into the next one") as error:
        overwrite_columns(pages, table.definition, addresses, {SIZE: vector})
    assert error.value.details["page"] == number


def test_what_may_change_its_size_is_left_alone(sizes: Sizes) -> None:
    table, pages = sizes
    notes = Vector(TEXT, COUNT, b"", memoryview(array("i", [0] * (COUNT + 1))))
    assert not overwrite_columns(pages, table.definition, places(table), {2: notes})
    assert not pages.kept
