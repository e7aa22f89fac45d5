"""Records that only the Rust engine writes are moved as they are."""

import json
from pathlib import Path

from tests.support.engine_on_memory import EngineOnMemory
from tests.support.golden_syntax import parse_definition
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.maintenance import Maintenance
from wasidb_guest.api.rows import Rows
from wasidb_guest.encoding.snapshot import decode_snapshot, schema_hash
from wasidb_memory import PAGE_SIZE, HeapMemory

DEFINITION = "bodies: id uint32 key, body text"
SNAPSHOT = 3 * PAGE_SIZE
ALIGNMENT_AT = SNAPSHOT + 1 + len("_bodies") + len("_id")
BODY_SIZE = 65_494


def with_alignment(alignment: int) -> bytes:
    """A file with one row, whose record of 65,502 bytes begins its page."""
    memory = HeapMemory()
    engine = EngineOnMemory(memory)
    Catalog(engine).create_tables(json.dumps([parse_definition(DEFINITION)]))
    row = json.dumps({"columns": ["id", "body"], "rows": [[1, "x" * BODY_SIZE]]})
    Rows(engine).insert("bodies", row, None)
    engine.store.checkpoint()
    content = bytearray(memory.read(0, memory.size()))
    content[ALIGNMENT_AT : ALIGNMENT_AT + 4] = alignment.to_bytes(4, "little")
    definition = decode_snapshot(content[SNAPSHOT:], 3)
    content[:8] = schema_hash([definition]).to_bytes(8, "little")
    return bytes(content)


def test_record_whose_padding_does_not_fit_a_page(tmp_path: Path) -> None:
    """No page is a multiple of 100 bytes: that engine lets the padding run into the next page."""
    source = EngineOnMemory(HeapMemory(with_alignment(100)))
    Maintenance(source).compact(str(tmp_path / "copy"))
    copy = EngineOnMemory(HeapMemory((tmp_path / "copy").read_bytes()))
    assert json.loads(Maintenance(copy).check()) == []
    rows = json.loads(Rows(copy).select('{"from": "bodies"}', None))["rows"]
    assert rows == [[1, "x" * BODY_SIZE]]
