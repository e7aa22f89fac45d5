"""Files written by the Rust engine open here and hold what they should."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine_under_test import EngineUnderTest, Start
from tests.support.manifest import GoldenFile, golden_files, to_cell

OVERLAPPING = "16-migration-overlap.b"
FILES = [file for file in golden_files() if str(file) != OVERLAPPING]
RANGES = {"Gt", "Ge", "Lt", "Le"}
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


every_file = pytest.mark.parametrize("golden", FILES, ids=str, indirect=True)


@every_file
def test_tables_are_those_of_the_manifest(golden: GoldenFile, reader: EngineUnderTest) -> None:
    stored = {table["name"]: table for table in json.loads(reader.call("catalog", "tables"))}
    assert list(stored) == sorted(golden.definitions())
    for name, expected in golden.definitions().items():
        assert stored[name]["primary_key"] == expected["primary_key"]
        assert list(map(described, stored[name]["columns"])) == list(
            map(expected_column, expected["columns"])
        )


def described(column: dict[str, Any]) -> dict[str, Any]:
    """A column of our definition JSON with everything that may be left out filled in."""
    left_out = {
        "nullable": False,
        "autoincrement": False,
        "unique": False,
        "references": None,
        "default": None,
    }
    return {**left_out, **column}


def expected_column(column: dict[str, Any]) -> dict[str, Any]:
    """The same for a column of a manifest."""
    custom = column["type"]["custom"] if isinstance(column["type"], dict) else None
    width = custom and custom["wire_size"] != "length_prefixed" and custom["wire_size"]["fixed"]
    return {
        "name": column["name"],
        "type": {"custom": custom["tag"], **({"width": width} if width else {})}
        if custom
        else column["type"],
        "nullable": column["nullable"],
        "autoincrement": column["auto_increment"],
        "unique": column["unique"] and not column["primary_key"],
        "references": column["foreign_key"],
        "default": column["default"] and next(iter(column["default"].values())),
    }


@every_file
def test_rows_are_all_there(golden: GoldenFile, reader: EngineUnderTest) -> None:
    for table in golden.entry["tables"]:
        expected = golden.rows(table)
        answer = reader.answer({"from": table})
        assert answer["columns"] == golden.entry["tables"][table]["columns"]
        assert sorted(map(json.dumps, answer["rows"])) == sorted(map(json.dumps, expected))
        count = {"from": table, "aggregates": [{"function": "count", "as": "n"}]}
        assert reader.select(count) == [[len(expected)]]


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


@pytest.mark.parametrize(
    "golden", [file for file in FILES if file.is_sound], ids=str, indirect=True
)
def test_sound_files_pass_the_check(golden: GoldenFile, reader: EngineUnderTest) -> None:
    assert reader.check() == []


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
    assert reader.check()
