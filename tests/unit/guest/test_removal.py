"""A table is dropped whole or not at all, whichever operation of the disk fails."""

import itertools
import json

from tests.support.crash_disk import CrashDisk, Image
from tests.support.engine_on_memory import EngineOnMemory
from tests.support.golden_syntax import parse_definition
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.maintenance import Maintenance
from wasidb_guest.api.rows import Rows
from wasidb_guest.errors import MemoryFailed

KEPT, DOOMED = "kept: id uint32 key", "doomed: id uint32 key auto, body text; index body"


def filled_disk() -> Image:
    """Two tables; the one to be dropped has several record pages and a hole."""
    disk = CrashDisk()
    engine = EngineOnMemory(disk.memory, disk.log)
    Catalog(engine).create_tables(json.dumps([parse_definition(KEPT), parse_definition(DOOMED)]))
    rows = json.dumps({"columns": ["body"], "rows": [[f"{i:0300}"] for i in range(600)]})
    Rows(engine).insert("doomed", rows, None)
    Rows(engine).insert("kept", '{"columns": ["id"], "rows": [[7]]}', None)
    Rows(engine).delete("doomed", "restrict", '{"Lt": ["id", 9]}', None)
    engine.store.checkpoint()
    return disk.image()


def state_of(disk: CrashDisk) -> dict[str, int]:
    """The number of rows in each table of a sound database."""
    engine = EngineOnMemory(disk.memory, disk.log)
    assert json.loads(Maintenance(engine).check()) == []
    tables = json.loads(Maintenance(engine).statistics())["tables"]
    return {table["name"]: table["rows"] for table in tables}


def test_disk_that_fails() -> None:
    start = filled_disk()
    before, after = {"kept": 1, "doomed": 592}, {"kept": 1}
    assert state_of(CrashDisk(start)) == before
    for number in itertools.count():
        disk = CrashDisk(start)
        engine = EngineOnMemory(disk.memory, disk.log)
        disk.fail(after=number, is_lasting=True)
        try:
            Catalog(engine).drop_tables('["doomed"]')
        except MemoryFailed:
            disk.heal()
            # A commit whose flush has failed may be found to be durable.
            is_flush = disk.failures[0].kind == "flush"
            assert state_of(disk) in ([before, after] if is_flush else [before])
        else:
            disk.heal()
            break
    assert number > 5
    assert state_of(disk) == after
