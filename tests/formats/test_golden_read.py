"""Files written by the Rust engine open here and hold what they should."""

import json
import re
from collections.abc import Iterable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine_under_test import EngineUnderTest, Start
from tests.support.manifest import (
    FOLDER,
    GoldenFile,
    golden_cases,
    golden_files,
    to_cell,
    to_definition,
)

OVERLAPPING = "16-migration-overlap.b"
FILES = [file for file in golden_files() if str(file) != OVERLAPPING]
# What the Rust engine left wrong, as page, offset and a phrase: leaves that its chain passes over,
# and record pages that do not ascend. Where it cannot scan other files, the bytes are sound.
WRONG = {
    "16-orphan-chain": [(14, 0, "next leaf"), (17, 0, "previous leaf")],
    "16-orphan-duplicates": [(20, 0, "next leaf"), (24, 0, "previous leaf")],
    "16-orphan-leaf.c": [(14, 0, "next leaf"), (17, 0, "previous leaf"), (19, 0, "previous leaf")],
    "16-page-order": [(15, 16, "behind page 41"), (15, 64, "behind page 40")],
}
RANGES = {"Gt", "Ge", "Lt", "Le"}
CASE_ROW = re.compile(r"^\| (\d\d\w?-[\w-]+) \| (\d+) \|", re.MULTILINE)
DATETIME = re.compile(r"(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)\.(\d+)([+-])(\d+):(\d+)")


@pytest.fixture
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> GoldenFile:
    file: GoldenFile = request.param
    file.unpack(tmp_path / "golden.wasidb")
    return file


@pytest.fixture
def reader(golden: GoldenFile, tmp_path: Path, start: Start) -> Iterator[EngineUnderTest]:
    """The file, opened for reading only."""
    engine = EngineUnderTest(tmp_path / "golden.wasidb", start, read_only=True)
    yield engine
    engine.close()


def test_every_file_has_a_manifest_and_every_manifest_its_files() -> None:
    files = sorted(path.name for path in FOLDER.glob("*.bin.*"))
    assert files == [file.name for file in golden_files()]
    kept = [
        step["file"]
        for case in golden_cases().values()
        for step in case[0].manifest["steps"]
        if step["op"] == "snapshot"
    ]
    assert files == sorted(kept)


def test_the_read_me_lists_every_case() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    listed = {case: int(count) for case, count in CASE_ROW.findall(text)}
    assert listed == {case: len(files) for case, files in golden_cases().items()}


every_file = pytest.mark.parametrize("golden", FILES, ids=str, indirect=True)


@every_file
def test_tables_are_those_of_the_manifest(golden: GoldenFile, reader: EngineUnderTest) -> None:
    expected = [to_definition(table) for table in golden.definitions().values()]
    stored = json.loads(reader.call("catalog", "tables"))
    assert stored == sorted(expected, key=itemgetter("name"))


@every_file
def test_rows_are_all_there(golden: GoldenFile, reader: EngineUnderTest) -> None:
    for table in golden.entry["tables"]:
        expected = golden.rows(table)
        answer = reader.answer({"from": table})
        assert answer["columns"] == golden.entry["tables"][table]["columns"]
        assert sorted(map(json.dumps, answer["rows"])) == sorted(map(json.dumps, expected))
        count = {"from": table, "aggregates": [{"function": "count", "as": "n"}]}
        assert reader.select(count) == [[len(expected)]]
        if golden.is_sound:
            assert len(expected) == golden.entry["tables"][table]["count"]


@every_file
def test_look_ups_find_their_rows(golden: GoldenFile, reader: EngineUnderTest) -> None:
    for lookup in golden.entry["lookups"]:
        table, definition = lookup["table"], golden.definitions()[lookup["table"]]
        key = definition["primary_key"]
        where = lookup["filter"] if "filter" in lookup else key_filter(definition, lookup)
        found = [row[0] for row in reader.select({"from": table, "columns": [key], "where": where})]
        assert sorted(found) == sorted(expected_keys(golden, lookup)), where


def key_filter(definition: dict[str, Any], lookup: dict[str, Any]) -> dict[str, Any]:
    """The filter that asks an index of one or more columns for one key."""
    types = {column["name"]: column["type"] for column in definition["columns"]}
    where: dict[str, Any] = {}
    for column, value in zip(lookup["index"], lookup["key"], strict=True):
        cell = to_cell(types[column], value)
        equal = {"IsNull": column} if cell is None else {"Eq": [column, cell]}
        where = {"And": [where, equal]} if where else equal
    return where


def expected_keys(golden: GoldenFile, lookup: dict[str, Any]) -> list[Any]:
    """The keys the manifest lists, but for the two answers that are ours: NULL and instants.

    That engine gives NULL a place among the values of a column, so its ranges include NULL cells.
    And it compares datetimes field by field, the offset last, where we compare the instants they
    stand for.
    """
    definition = golden.definitions()[lookup["table"]]
    names = [column["name"] for column in definition["columns"]]
    types = [column["type"] for column in definition["columns"]]
    keys: list[Any] = lookup.get("pks_that_should_be_there", lookup["pks"])
    operator, operands = next(iter(lookup.get("filter", {"": None}).items()))
    if operator not in RANGES:
        return keys
    at = names.index(operands[0])
    rows = golden.rows(lookup["table"])
    key_at = names.index(definition["primary_key"])
    if types[at] == "datetime":
        assert operator == "Lt"
        bound = instant_of_parts(operands[1]["DateTime"].values())
        return [row[key_at] for row in rows if instant(row[at]) < bound]
    nulls = {row[key_at] for row in rows if row[at] is None}
    return [key for key in keys if key not in nulls]


def instant(cell: str) -> tuple[int, int]:
    """The instant of a datetime cell, whose parts may be impossible ones."""
    found = DATETIME.fullmatch(cell)
    assert found is not None
    *numbers, sign, hours, minutes = found.groups()
    offset = (int(hours) * 60 + int(minutes)) * (-1 if sign == "-" else 1)
    return instant_of_parts([*map(int, numbers), offset])


def instant_of_parts(parts: Iterable[int]) -> tuple[int, int]:
    """Minutes and microseconds since some moment, for the fields of a datetime literal.

    Every month counts as 31 days: the offsets here never reach over the end of a month.
    """
    year, month, day, hour, minute, second, microsecond, offset = parts
    days = (year * 12 + month) * 31 + day
    return (days * 24 + hour) * 60 + minute - offset, second * 1_000_000 + microsecond


@every_file
def test_check_reports_what_is_wrong_and_nothing_else(
    golden: GoldenFile, reader: EngineUnderTest
) -> None:
    problems = reader.check()
    expected = WRONG.get(str(golden), [])
    places = [(problem["page"], problem["offset"]) for problem in problems]
    assert places == [(page, offset) for page, offset, _ in expected]
    for problem, (_, _, phrase) in zip(problems, expected, strict=True):
        assert phrase in problem["what"]


@every_file
def test_reading_changes_no_byte(
    golden: GoldenFile, reader: EngineUnderTest, tmp_path: Path
) -> None:
    before = (tmp_path / "golden.wasidb").read_bytes()
    for table in golden.entry["tables"]:
        reader.select({"from": table, "limit": 1})
    reader.close()
    assert (tmp_path / "golden.wasidb").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["golden.wasidb"]


@pytest.mark.parametrize(
    "golden", [file for file in golden_files() if str(file) == OVERLAPPING], ids=str, indirect=True
)
def test_overlapping_rows_are_reported(golden: GoldenFile, reader: EngineUnderTest) -> None:
    """What was overwritten is gone: a scan meets 8 rows of 12, the index knows them all."""
    stored = golden.entry["tables"]["tags"]
    assert reader.select({"from": "tags"}) == stored["rows"]
    for row in stored["rows_that_should_be_there"]:
        where = {"Eq": ["id", row[0]]}
        assert reader.select({"from": "tags", "where": where}) == [row]
    (problem,) = reader.check()
    assert problem["what"].startswith("index tags(id) does not hold exactly the keys of the rows")
