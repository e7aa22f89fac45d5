"""Salvage: whatever is damaged, the rest can be read, and what cannot is named."""

import json
import random
import struct
from pathlib import Path
from typing import Any

import pytest

from tests.functional.test_copies import name_of
from tests.support.engine_under_test import PAGE_SIZE, EngineUnderTest
from tests.support.golden_syntax import parse_definition
from wasidb.errors import Corrupted, MemoryFailed

USERS = "users: id uint32 key auto, name text, born date null; index born"
BLOBS = "blobs: id uint32 key, data blob"
REGISTRY, SNAPSHOT, PAGE_LEDGER, INDEX_LEDGER = 0, 3, 4, 6

Line = dict[str, Any]


class Patient:
    """A database of two tables whose file is damaged, and made well before the test ends."""

    def __init__(self, engine: EngineUnderTest) -> None:
        self.engine = engine
        engine.create(parse_definition(USERS), parse_definition(BLOBS))
        names = [[f"name {i:0100}", None if i % 3 else "2024-02-29"] for i in range(1000)]
        engine.insert("users", ["name", "born"], *names)
        engine.insert("blobs", ["id", "data"], *([i, "AAEC"] for i in range(100)))
        self.rows = {name: engine.select({"from": name}) for name in ("users", "blobs")}
        page_map = json.loads(engine.call("maintenance", "page-map"))
        uses = list(zip(page_map["pages"], page_map["owners"], strict=True))
        self.record_pages = [n for n, use in enumerate(uses) if use == ("record", "users")]
        self.index_pages = [n for n, use in enumerate(uses) if use == ("index", "users")]
        engine.close()
        self.sound = engine.path.read_bytes()
        self.content = bytearray(self.sound)

    def write(self, page: int, offset: int, data: bytes) -> None:
        at = page * PAGE_SIZE + offset
        self.content[at : at + len(data)] = data

    def salvage(self) -> tuple[list[Line], list[Line]]:
        """The lines of the dump, and the problems."""
        engine = self.engine
        engine.path.write_bytes(self.content)
        healthy = EngineUnderTest(engine.path.with_name("healthy"), engine._start)
        output = engine.path.with_name("dump.jsonl")
        arguments = name_of(healthy, engine.path), name_of(healthy, output)
        result = json.loads(healthy.call("maintenance", "salvage", *arguments))
        healthy.close()
        assert engine.path.read_bytes() == self.content
        engine.path.write_bytes(self.sound)
        lines = [json.loads(line) for line in output.read_text().splitlines()]
        counted = {table["name"]: table["rows"] for table in result["tables"]}
        assert counted == {name: len(rows_in(lines, name)) for name in counted}
        return lines, result["problems"]

    def must_not_open(self) -> None:
        self.engine.path.write_bytes(self.content)
        with pytest.raises(Corrupted):
            self.read_as_usual()
        self.engine._engine = None

    def read_as_usual(self) -> None:
        self.engine.open()
        self.engine.select({"from": "users"})


def rows_in(lines: list[Line], table: str) -> list[list[Any]]:
    return [line["row"] for line in lines if line.get("table") == table]


@pytest.fixture
def patient(engine: EngineUnderTest) -> Patient:
    return Patient(engine)


def test_sound_file_is_dumped_whole(patient: Patient) -> None:
    lines, problems = patient.salvage()
    assert problems == []
    assert [line["definition"]["name"] for line in lines[:2]] == ["users", "blobs"]
    assert lines[2:] == [
        {"table": table, "row": row} for table, rows in patient.rows.items() for row in rows
    ]


def test_schema_hash_that_does_not_match(patient: Patient) -> None:
    patient.write(REGISTRY, 0, b"garbage!")
    patient.must_not_open()
    lines, (problem,) = patient.salvage()
    assert problem["what"].startswith("schema hash does not match")
    assert rows_in(lines, "users") == patient.rows["users"]


@pytest.mark.parametrize("page", [PAGE_LEDGER, INDEX_LEDGER])
def test_lost_ledger(patient: Patient, page: int) -> None:
    patient.write(page, 0, b"\xff" * PAGE_SIZE)
    patient.must_not_open()
    lines, problems = patient.salvage()
    assert [problem["page"] for problem in problems] == [page]
    assert rows_in(lines, "users") == patient.rows["users"]
    assert rows_in(lines, "blobs") == patient.rows["blobs"]


def test_lost_index(patient: Patient) -> None:
    for page in patient.index_pages:
        patient.write(page, 0, random.Random(page).randbytes(PAGE_SIZE))
    lines, problems = patient.salvage()
    assert {problem["page"] for problem in problems} <= set(patient.index_pages)
    assert problems
    assert rows_in(lines, "users") == patient.rows["users"]


def test_lost_definition(patient: Patient) -> None:
    patient.write(SNAPSHOT, 0, b"\xff")
    patient.must_not_open()
    lines, problems = patient.salvage()
    assert [(problem["page"], problem["offset"]) for problem in problems] == [(SNAPSHOT, 0)]
    assert rows_in(lines, "users") == []
    assert rows_in(lines, "blobs") == patient.rows["blobs"]


def test_damaged_name(patient: Patient) -> None:
    patient.write(SNAPSHOT, 2, b"l")
    patient.must_not_open()
    lines, (problem,) = patient.salvage()
    assert problem["what"] == "table 'lsers' is registered under another name"
    assert rows_in(lines, "lsers") == patient.rows["users"]


def test_lost_registry_entries(patient: Patient) -> None:
    patient.write(REGISTRY, 8, struct.pack("<Q", 1 << 60))
    lines, problems = patient.salvage()
    assert [problem["what"] for problem in problems] == ["registry entry of no table"]
    assert rows_in(lines, "users") == patient.rows["users"]


@pytest.mark.parametrize(
    ("at", "damage", "what"),
    [
        pytest.param(8, b"\xff", "has a cell that is not", id="text"),
        pytest.param(6, b"\xff\x00", "ends within column 'name'", id="too-long-text"),
        pytest.param(6, b"\x01\x00", "is longer than its columns", id="too-short-text"),
        pytest.param(0, b"\xff\xff", "runs past the end", id="length"),
    ],
)
def test_damaged_record(patient: Patient, at: int, damage: bytes, what: str) -> None:
    page = patient.record_pages[0]
    start = patient.sound.index(f"name {3:0100}".encode()) - 8 - page * PAGE_SIZE
    patient.write(page, start + at, damage)
    lines, problems = patient.salvage()
    assert [(problem["page"], problem["offset"]) for problem in problems] == [(page, start)]
    assert what in problems[0]["what"]
    assert rows_in(lines, "users") == [row for row in patient.rows["users"] if row[0] != 4]


def test_lost_record_page(patient: Patient) -> None:
    first, *others = patient.record_pages
    patient.write(first, 0, random.Random(1).randbytes(PAGE_SIZE))
    lines, problems = patient.salvage()
    assert {problem["page"] for problem in problems} == {first}
    found = rows_in(lines, "users")
    assert others
    assert all(row in patient.rows["users"] for row in found)
    assert patient.rows["users"][-1] in found


def test_file_cut_off(patient: Patient) -> None:
    """At a place that is no end of a page, behind the last record."""
    del patient.content[-PAGE_SIZE // 2 :]
    lines, _ = patient.salvage()
    assert rows_in(lines, "users")
    assert len(rows_in(lines, "blobs")) <= 100


def test_leftover_log_is_read(engine: EngineUnderTest, tmp_path: Path) -> None:
    """What a killed process has committed may be in the log alone."""
    engine.create(parse_definition(BLOBS))
    engine.call("maintenance", "checkpoint")
    engine.insert("blobs", ["id", "data"], [1, "AAEC"])
    killed = tmp_path / "killed"
    killed.write_bytes(engine.path.read_bytes())
    killed.with_name("killed-wal").write_bytes(
        engine.path.with_name("test.wasidb-wal").read_bytes()
    )
    output = tmp_path / "dump.jsonl"
    arguments = name_of(engine, killed), name_of(engine, output)
    result = json.loads(engine.call("maintenance", "salvage", *arguments))
    assert result == {"tables": [{"name": "blobs", "rows": 1}], "problems": []}
    killed.write_bytes(bytes(4 * PAGE_SIZE))
    output.unlink()
    result = json.loads(engine.call("maintenance", "salvage", *arguments))
    assert "redo log is left out" in result["problems"][0]["what"]


def test_no_file(engine: EngineUnderTest, tmp_path: Path) -> None:
    output = tmp_path / "dump.jsonl"
    with pytest.raises(MemoryFailed, match="none"):
        engine.call(
            "maintenance", "salvage", name_of(engine, tmp_path / "none"), name_of(engine, output)
        )
    output.write_text("precious")
    with pytest.raises(MemoryFailed, match="it exists"):
        engine.call("maintenance", "salvage", *[name_of(engine, p) for p in (engine.path, output)])
    assert output.read_text() == "precious"
