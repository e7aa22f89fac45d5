"""Copies of an open database: snapshots, and the dense copy that compaction makes."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine_under_test import PAGE_SIZE, EngineUnderTest
from tests.support.fixtures import OpenEngine
from tests.support.golden_syntax import parse_definition
from tests.support.manifest import GoldenFile, golden_files
from wasidb.errors import Conflict, Corrupted, LimitExceeded, MemoryFailed, NotOpen, ReadOnly

NOTES = "notes: id uint32 key auto, body text null; index body"
PAIRS = "pairs: a uint32 key, b uint64 unique"
REFERENCES = "marks: id uint32 key, note uint32 null -> notes.id"
COPY = "copy.wasidb"


@pytest.fixture
def filled(engine: EngineUnderTest) -> EngineUnderTest:
    """Three tables with holes, unused pages, and a counter ahead of the rows."""
    engine.create(*map(parse_definition, (REFERENCES, NOTES, PAIRS, "gone: id uint32 key")))
    engine.insert("notes", ["body"], *([f"{i:0200}"] for i in range(600)), [None])
    engine.insert("marks", ["id", "note"], [1, 590], [2, None])
    engine.insert("pairs", ["a", "b"], *([i, i << 33] for i in range(500)))
    engine.delete("notes", {"Gt": ["id", 595]})
    engine.delete("notes", {"Lt": ["id", 450]})
    engine.delete("pairs", {"Lt": ["a", 100]})
    engine.drop("gone")
    return engine


def name_of(engine: EngineUnderTest, path: Path) -> str:
    """How the engine under test calls a file beside its database."""
    is_component = engine.exchange.name == "/exchange"
    return f"/{path.name}" if is_component else str(path)


def copy_with(engine: EngineUnderTest, function: str) -> Path:
    target = engine.path.with_name(COPY)
    engine.call("maintenance", function, name_of(engine, target))
    if function == "compact":
        with pytest.raises(NotOpen):
            engine.call("catalog", "tables")
        engine.close()
    return target


def contents(engine: EngineUnderTest) -> dict[str, Any]:
    """Definitions and rows in physical order."""
    tables = json.loads(engine.call("catalog", "tables"))
    rows = {table["name"]: engine.select({"from": table["name"]}) for table in tables}
    return {"definitions": tables, "rows": rows}


@pytest.mark.parametrize("function", ["snapshot", "compact"])
def test_copy_has_the_same_contents(
    filled: EngineUnderTest, open_engine: OpenEngine, function: str
) -> None:
    before = contents(filled)
    copy = open_engine(copy_with(filled, function))
    assert contents(copy) == before
    assert copy.insert("notes", ["body"], ["new"]) == [602]
    siblings = {path.name for path in filled.path.parent.iterdir()}
    assert not {name for name in siblings if name.endswith(".part")}


def test_snapshot_is_the_committed_state(filled: EngineUnderTest, open_engine: OpenEngine) -> None:
    before = contents(filled)
    reader, writer = filled.begin(), filled.begin()
    filled.insert("pairs", ["a", "b"], [1, 1], tx=writer)
    copy = open_engine(copy_with(filled, "snapshot"))
    assert contents(copy) == before
    filled.insert("pairs", ["a", "b"], [2, 2], tx=writer)
    filled.commit(writer)
    filled.rollback(reader)
    assert [1, 1] in filled.select({"from": "pairs"})
    assert contents(copy) == before


def test_snapshot_has_the_bytes_of_the_file(filled: EngineUnderTest) -> None:
    copy = copy_with(filled, "snapshot")
    filled.close()
    assert copy.read_bytes() == filled.path.read_bytes()


def test_snapshot_of_a_file_opened_for_reading(filled: EngineUnderTest) -> None:
    filled.reopen(read_only=True)
    if filled.exchange.name == "/exchange":
        with pytest.raises(MemoryFailed, match="cannot create"):
            copy_with(filled, "snapshot")
        target = filled.exchange.folder / COPY
        filled.call("maintenance", "snapshot", filled.exchange.name_of(target))
    else:
        target = copy_with(filled, "snapshot")
    assert target.read_bytes() == filled.path.read_bytes()


@pytest.mark.parametrize("function", ["snapshot", "compact"])
def test_file_that_exists_is_spared(filled: EngineUnderTest, function: str) -> None:
    target = filled.path.with_name(COPY)
    target.write_text("precious")
    with pytest.raises(MemoryFailed, match="it exists"):
        copy_with(filled, function)
    assert target.read_text() == "precious"
    assert len(filled.select({"from": "pairs"})) == 400


@pytest.mark.parametrize("function", ["snapshot", "compact"])
def test_folder_that_does_not_exist(filled: EngineUnderTest, function: str) -> None:
    path = name_of(filled, filled.path.with_name("none")) + "/copy"
    with pytest.raises(MemoryFailed, match="cannot create"):
        filled.call("maintenance", function, path)
    assert len(filled.select({"from": "pairs"})) == 400


def test_remains_of_a_crash_are_replaced(filled: EngineUnderTest) -> None:
    filled.path.with_name(f"{COPY}.part").write_bytes(b"x" * 7)
    copy_with(filled, "snapshot")
    assert not filled.path.with_name(f"{COPY}.part").exists()


def test_compact_leaves_no_page_over(filled: EngineUnderTest, open_engine: OpenEngine) -> None:
    before = json.loads(filled.call("maintenance", "statistics"))
    copy = open_engine(copy_with(filled, "compact"))
    after = json.loads(copy.call("maintenance", "statistics"))
    assert before["free_pages"] > 0
    assert (after["free_pages"], after["unreferenced_pages"]) == (0, 0)
    assert after["pages"] < before["pages"] - before["free_pages"]
    assert copy.path.stat().st_size == after["pages"] * PAGE_SIZE
    assert [table["rows"] for table in after["tables"]] == [2, 146, 400]
    segments = json.loads(copy.call("maintenance", "page-map"))["pages"].count("segment-table")
    assert segments == 0


def test_compact_leaves_two_files(filled: EngineUnderTest) -> None:
    copy_with(filled, "compact")
    assert {path.name for path in filled.path.parent.iterdir()} == {filled.path.name, COPY}


def test_compact_waits_for_nobody(filled: EngineUnderTest) -> None:
    transaction = filled.begin()
    with pytest.raises(Conflict, match="a transaction is open; end that first"):
        copy_with(filled, "compact")
    filled.rollback(transaction)
    assert len(filled.select({"from": "pairs"})) == 400


def test_compact_needs_a_file_that_may_be_written(filled: EngineUnderTest) -> None:
    filled.reopen(read_only=True)
    with pytest.raises(ReadOnly):
        copy_with(filled, "compact")


def test_compact_of_a_damaged_file(filled: EngineUnderTest) -> None:
    """Text that is none cannot be made whole; the file stays open and as it is."""
    filled.close()
    sound = filled.path.read_bytes()
    at = sound.index(f"{500:0200}".encode())
    filled.path.write_bytes(sound[:at] + b"\xff" + sound[at + 1 :])
    filled.open()
    with pytest.raises(Corrupted, match=r"notes\.body of this record"):
        copy_with(filled, "compact")
    assert len(filled.select({"from": "pairs"})) == 400
    assert not filled.path.with_name(COPY).exists()
    filled.close()
    filled.path.write_bytes(sound)


CHOSEN = ("03-all-types", "04-autoincrement.c", "08-indexes.b", "12-custom-types.b", "15-acl")
GOLDEN = {str(file): file for file in golden_files()}


@pytest.mark.parametrize("file", [GOLDEN[name] for name in CHOSEN], ids=str)
def test_files_of_the_rust_engine(
    open_engine: OpenEngine, tmp_path: Path, file: GoldenFile
) -> None:
    path = tmp_path / "golden.wasidb"
    acl = file.unpack(path)[PAGE_SIZE : 2 * PAGE_SIZE]
    source = open_engine(path)
    before = contents(source)
    snapshots = stored_definitions(path)
    copy = copy_with(source, "compact")
    assert contents(open_engine(copy)) == before
    assert copy.read_bytes()[PAGE_SIZE : 2 * PAGE_SIZE] == acl
    assert stored_definitions(copy) == snapshots


def test_compact_of_records_larger_than_we_write(open_engine: OpenEngine, tmp_path: Path) -> None:
    """The Rust engine stores records of up to 65,533 bytes; they stay as they are."""
    path = tmp_path / "golden.wasidb"
    before = records_of(GOLDEN["14-many-pages.a"].unpack(path))
    assert max(map(len, before)) == 65_535
    source = open_engine(path)
    rows = contents(source)
    copy = open_engine(copy_with(source, "compact"))
    assert contents(copy) == rows
    assert records_of(copy.path.read_bytes()) == before


def records_of(content: bytes) -> list[bytes]:
    """The records of the only table of a file, with their headers, in physical order."""
    ledger = int.from_bytes(content[28:32], "little") * PAGE_SIZE
    count = int.from_bytes(content[ledger : ledger + 4], "little")
    found = []
    for entry in range(count):
        at = ledger + 4 + 12 * entry
        start = int.from_bytes(content[at : at + 4], "little") * PAGE_SIZE
        offset = 0
        while offset + 2 <= PAGE_SIZE:
            size = int.from_bytes(content[start + offset : start + offset + 2], "little")
            if size:
                found.append(content[start + offset : start + offset + 2 + size])
            offset += 32 * -(-(2 + size) // 32) if size else 32
    return found


BODIES = "bodies: id uint32 key, body text null"


def with_record(engine: EngineUnderTest, body: int) -> bytes:
    """Make the only row of a table as long as a stolen page allows: a record of `body` bytes."""
    engine.create(parse_definition(BODIES))
    engine.insert("bodies", ["id", "body"], [1, "x" * 65_000])
    engine.close()
    content = bytearray(engine.path.read_bytes())
    record = next(
        at for at in range(0, len(content), PAGE_SIZE) if content[at + 9 : at + 13] == b"xxxx"
    )
    content[record : record + 2] = body.to_bytes(2, "little")
    content[record + 7 : record + 9] = (body - 7).to_bytes(2, "little")
    content[record + 9 : record + 2 + body] = b"x" * (body - 7)
    ledger = int.from_bytes(content[28:32], "little") * PAGE_SIZE
    content[ledger + 8 : ledger + 16] = bytes(8)
    sound = engine.path.read_bytes()
    engine.path.write_bytes(content)
    engine.open()
    return sound


def test_compact_of_the_largest_record(engine: EngineUnderTest, open_engine: OpenEngine) -> None:
    with_record(engine, 65_533)
    assert engine.check() == []
    copy = open_engine(copy_with(engine, "compact"))
    assert copy.select({"from": "bodies"}) == [[1, "x" * 65_526]]


def test_compact_of_a_record_that_ends_with_its_page(engine: EngineUnderTest) -> None:
    """One the Rust engine writes by mistake, and overwrites with its next insert."""
    sound = with_record(engine, 65_534)
    with pytest.raises(LimitExceeded, match="takes 65534 bytes, its record ends with its page"):
        copy_with(engine, "compact")
    assert engine.select({"from": "bodies"}) == [[1, "x" * 65_527]]
    assert not engine.path.with_name(COPY).exists()
    engine.close()
    engine.path.write_bytes(sound)


def stored_definitions(path: Path) -> list[bytes]:
    """The snapshot pages of a file, in the order of its registry."""
    content = path.read_bytes()
    count, at, pages = int.from_bytes(content[8:16], "little"), 16, []
    for _ in range(count):
        pages.append(int.from_bytes(content[at + 8 : at + 12], "little"))
        at += 29 if content[at + 24] else 25
    return [content[page * PAGE_SIZE : (page + 1) * PAGE_SIZE] for page in pages]


def test_checkpoint_empties_the_log(engine: EngineUnderTest) -> None:
    engine.create(parse_definition(PAIRS))
    engine.insert("pairs", ["a", "b"], [1, 1])
    before = json.loads(engine.call("maintenance", "statistics"))
    engine.call("maintenance", "checkpoint")
    after = json.loads(engine.call("maintenance", "statistics"))
    assert before["log_bytes"] > after["log_bytes"] == 0
    assert before["pages"] == after["pages"]
    assert engine.path.stat().st_size % PAGE_SIZE == 0


def test_checkpoint_of_a_file_opened_for_reading(engine: EngineUnderTest) -> None:
    engine.reopen(read_only=True)
    with pytest.raises(ReadOnly):
        engine.call("maintenance", "checkpoint")
