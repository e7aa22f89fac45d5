"""Rows that a filter wants, of tables some columns of which are kept."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.engine_on_memory import EngineOnMemory
from tests.support.golden_syntax import parse_definition
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.rows import Rows
from wasidb_guest.tables import chunk_reader
from wasidb_memory import HeapLog, HeapMemory

DEFINITION = "things: id uint32 key, name text, size int64, note text null"
NAMES = ["id", "name", "size", "note"]
COUNT = 5_000
TEN = {"Lt": ["size", 10]}
ALL = {"Ge": ["size", 0]}


def row(number: int) -> list[Any]:
    note = None if number % 3 else "n" * (number % 50)
    return [number, f"thing {number}", number * 7919 % 1_000, note]


@pytest.fixture
def rows() -> Rows:
    engine = EngineOnMemory(HeapMemory(), HeapLog())
    Catalog(engine).create_tables(json.dumps([parse_definition(DEFINITION)]))
    rows = Rows(engine)
    things = {"columns": NAMES, "rows": list(map(row, range(COUNT)))}
    rows.insert("things", json.dumps(things), None)
    return rows


def found(rows: Rows, columns: Sequence[str], where: Any = None) -> list[list[Any]]:
    question = {"from": "things", "columns": list(columns)}
    if where is not None:
        question["where"] = where
    answer: list[list[Any]] = json.loads(rows.select(json.dumps(question), None))["rows"]
    return answer


def expected(columns: Sequence[str], size_max: int) -> list[list[Any]]:
    return [
        [each[NAMES.index(name)] for name in columns]
        for each in map(row, range(COUNT))
        if each[2] < size_max
    ]


@pytest.mark.parametrize("kept", [(), ("size",), ("name", "note"), NAMES], ids=str)
@pytest.mark.parametrize("columns", [NAMES, ("note", "id"), ("size",), ("name", "size")], ids=str)
def test_rows_are_the_same_whatever_is_kept(
    kept: Sequence[str], columns: Sequence[str], rows: Rows
) -> None:
    if kept:
        found(rows, kept)
    for _ in range(3):
        assert found(rows, columns, TEN) == expected(columns, 10)
    assert found(rows, columns, ALL) == expected(columns, COUNT)


def test_what_rows_come_from(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    def take(vector: Any, numbers: memoryview) -> Any:
        taken.append(len(numbers))
        return real_take(vector, numbers)

    def taken_for(columns: Sequence[str], size_max: int) -> list[int]:
        taken.clear()
        where = {"Lt": ["size", size_max]}
        assert found(rows, columns, where) == expected(columns, size_max)
        return list(taken)

    real_take = chunk_reader.take
    monkeypatch.setattr(chunk_reader, "take", take)
    of_records = [50]  # where they are
    found(rows, ("size", "id"))
    assert taken_for(["id", "name", "size"], 10) == of_records
    found(rows, NAMES)
    assert taken_for(["id", "name", "size"], 10) == [50] * 4  # that, and the columns
    assert taken_for(NAMES, 10) == of_records
    assert taken_for(NAMES, 100) == [500] * 5
