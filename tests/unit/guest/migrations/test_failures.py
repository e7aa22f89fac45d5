"""A migration is done whole or not at all, whichever operation of the disk fails."""

import itertools
import json

import pytest

from tests.support.crash_disk import CrashDisk, Image
from tests.support.engine_on_memory import EngineOnMemory
from tests.support.golden_syntax import parse_definition
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.maintenance import Maintenance
from wasidb_guest.api.rows import Rows
from wasidb_guest.errors import Corrupted, MemoryFailed
from wasidb_guest.pages.layout import PAGE_SIZE

STORED = "notes: id uint32 key auto, body text; index body"
WANTED = "pages: id uint64 key auto, title text null, body text; index title; was notes"
DESTRUCTIVE = '{"allow_destructive": true}'


def definitions(*lines: str) -> str:
    return json.dumps([parse_definition(line) for line in lines])


def filled_disk() -> Image:
    """A table of several record pages."""
    disk = CrashDisk()
    engine = EngineOnMemory(disk.memory, disk.log)
    Catalog(engine).create_tables(definitions(STORED))
    rows = json.dumps({"columns": ["body"], "rows": [[f"{i:0300}"] for i in range(600)]})
    Rows(engine).insert("notes", rows, None)
    engine.store.checkpoint()
    return disk.image()


def state_of(disk: CrashDisk) -> list[str]:
    """The definitions of a sound database with all rows."""
    engine = EngineOnMemory(disk.memory, disk.log)
    assert json.loads(Maintenance(engine).check()) == []
    tables = json.loads(Maintenance(engine).statistics())["tables"]
    assert [table["rows"] for table in tables] == [600]
    return [table["name"] for table in tables]


def test_disk_that_fails() -> None:
    start = filled_disk()
    for number in itertools.count():
        disk = CrashDisk(start)
        engine = EngineOnMemory(disk.memory, disk.log)
        disk.fail(after=number, is_lasting=True)
        try:
            Catalog(engine).migrate(definitions(WANTED), DESTRUCTIVE)
        except MemoryFailed:
            disk.heal()
            # A commit whose flush has failed may be found to be durable.
            is_flush = disk.failures[0].kind == "flush"
            assert state_of(disk) in ([["notes"], ["pages"]] if is_flush else [["notes"]])
        else:
            disk.heal()
            break
    assert number > 5
    assert state_of(disk) == ["pages"]


def test_pages_of_somebody_else_stay() -> None:
    """A damaged table does not take other tables' pages with it when it is written anew."""
    disk = CrashDisk(filled_disk())
    engine = EngineOnMemory(disk.memory, disk.log)
    Catalog(engine).create_tables(definitions("kept: id uint32 key"))
    entries = engine.store.catalog.registered
    ledger, foreign = entries["notes"][1].page_ledger, entries["kept"][1].snapshot
    engine.close()
    content = bytearray(disk.image().memory)
    at = ledger * PAGE_SIZE + 4
    content[at : at + 4] = foreign.to_bytes(4, "little")
    disk = CrashDisk(Image(bytes(content)))
    engine = EngineOnMemory(disk.memory, disk.log)
    with pytest.raises(Corrupted, match="page of table 'notes' is not its own"):
        Catalog(engine).migrate(definitions(WANTED, "kept: id uint32 key"), DESTRUCTIVE)
    assert disk.image().memory == content
