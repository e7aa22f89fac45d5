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
    """The records are set aside: nobody else gets them."""
    patient.write(SNAPSHOT, 0, b"\xff")
    patient.must_not_open()
    lines, (broken, lost) = patient.salvage()
    assert (broken["page"], broken["offset"]) == (SNAPSHOT, 0)
    pages = len(patient.record_pages)
    assert lost["what"] == f"{pages} record pages are of a table whose definition is lost"
    assert rows_in(lines, "users") == []
    assert rows_in(lines, "blobs") == patient.rows["blobs"]


LOST_REGISTRIES = {
    "zeros": bytes(PAGE_SIZE),
    "garbage": random.Random(0).randbytes(PAGE_SIZE),
    "ones": b"\xff" * PAGE_SIZE,
    "no-count": bytes(16),
}


@pytest.mark.parametrize("damage", LOST_REGISTRIES.values(), ids=LOST_REGISTRIES)
def test_lost_registry(patient: Patient, damage: bytes) -> None:
    """Every table is found by its definition, and its ledger by the records it leads to."""
    patient.write(REGISTRY, 0, damage)
    lines, problems = patient.salvage()
    said = " ".join(problem["what"] for problem in problems)
    for table in ("users", "blobs"):
        assert rows_in(lines, table) == patient.rows[table]
        assert f"table '{table}' is not in the registry" in said
        assert f"page ledger is taken for that of table '{table}'" in said
    assert "no known structure" not in said


def test_lost_registry_and_page_ledger(patient: Patient) -> None:
    """The index that is left leads to the records."""
    patient.write(REGISTRY, 0, bytes(PAGE_SIZE))
    patient.write(PAGE_LEDGER, 0, random.Random(0).randbytes(PAGE_SIZE))
    lines, problems = patient.salvage()
    assert rows_in(lines, "users") == patient.rows["users"]
    assert rows_in(lines, "blobs") == patient.rows["blobs"]
    said = " ".join(problem["what"] for problem in problems)
    assert "index ledger is taken for that of table 'users'" in said


@pytest.mark.parametrize("is_registry_lost", [False, True])
def test_lost_page_ledger_and_indexes(patient: Patient, is_registry_lost: bool) -> None:
    """Only the records themselves say whose they are."""
    for page in (PAGE_LEDGER, INDEX_LEDGER):
        patient.write(page, 0, random.Random(page).randbytes(PAGE_SIZE))
    if is_registry_lost:
        patient.write(REGISTRY, 0, bytes(PAGE_SIZE))
    lines, problems = patient.salvage()
    assert rows_in(lines, "users") == patient.rows["users"]
    assert rows_in(lines, "blobs") == patient.rows["blobs"]
    taken = "page is taken for a record page of table 'users', by its records"
    assert [problem["what"] for problem in problems].count(taken) == len(patient.record_pages)


def test_page_ledger_of_zeros(patient: Patient) -> None:
    """Nothing in itself is wrong with a ledger that lists nothing; the indexes know better."""
    patient.write(PAGE_LEDGER, 0, bytes(PAGE_SIZE))
    lines, (problem,) = patient.salvage()
    assert problem["what"] == f"{len(patient.record_pages)} record pages are not listed"
    assert rows_in(lines, "users") == patient.rows["users"]


def test_lost_registry_and_definition(patient: Patient) -> None:
    patient.write(REGISTRY, 0, bytes(PAGE_SIZE))
    patient.write(SNAPSHOT, 0, random.Random(0).randbytes(PAGE_SIZE))
    lines, problems = patient.salvage()
    assert [line["definition"]["name"] for line in lines if "definition" in line] == ["blobs"]
    assert rows_in(lines, "blobs") == patient.rows["blobs"]
    what = f"page ledger has {len(patient.record_pages)} record pages, that fit no table"
    assert what in [problem["what"] for problem in problems]


class Twins:
    """Two tables of the same columns, whose registry is lost."""

    def __init__(self, engine: EngineUnderTest) -> None:
        for number, name in enumerate(("first", "second")):
            engine.create(parse_definition(f"{name}: id uint32 key, body text"))
            engine.insert(name, ["id", "body"], *([i, f"{name} {i}"] for i in range(number + 5)))
        page_map = json.loads(engine.call("maintenance", "page-map"))
        self.pages = list(zip(page_map["pages"], page_map["owners"], strict=True))
        self.rows = {name: engine.select({"from": name}) for name in ("first", "second")}
        self.patient = Patient(engine)
        self.patient.write(REGISTRY, 0, bytes(PAGE_SIZE))

    def lose(self, *uses: str) -> None:
        for number, (use, _) in enumerate(self.pages):
            if use in uses:
                self.patient.write(number, 0, b"\xff" * PAGE_SIZE)


def test_tables_of_the_same_columns(engine: EngineUnderTest) -> None:
    """They are told apart by where their structures were claimed."""
    twins = Twins(engine)
    lines, _ = twins.patient.salvage()
    assert {name: rows_in(lines, name) for name in twins.rows} == twins.rows


def test_records_that_fit_two_tables(engine: EngineUnderTest) -> None:
    """Rather none than those of another table."""
    twins = Twins(engine)
    twins.lose("page-ledger", "index-ledger")
    lines, problems = twins.patient.salvage()
    assert rows_in(lines, "first") == rows_in(lines, "second") == []
    what = (
        "page is of no known structure, as a record page it fits several tables: 'first', 'second'"
    )
    found = [problem["page"] for problem in problems if problem["what"] == what]
    assert found == [number for number, (use, _) in enumerate(twins.pages) if use == "record"]


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
        pytest.param(8, b"\xff", "column users.name of this record is not", id="text"),
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
