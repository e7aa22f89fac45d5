"""Rows that do not fit in a statement's memory stand in files beside the database for a while."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine_under_test import EngineUnderTest

ROWS = 500
BY_NAME: dict[str, Any] = {
    "from": "t",
    "order_by": [{"column": "name"}],
    "limits": {"memory": 1000},
}


@pytest.fixture
def filled(engine: EngineUnderTest) -> EngineUnderTest:
    columns = [{"name": "id", "type": "uint32"}, {"name": "name", "type": "text"}]
    engine.create({"name": "t", "primary_key": "id", "columns": columns})
    engine.insert("t", ["id", "name"], *([id, f"name {id * 7 % ROWS:03}"] for id in range(ROWS)))
    return engine


def scratch_files(engine: EngineUnderTest) -> list[Path]:
    return list(engine.path.parent.glob(f"{engine.path.name}-scratch-*"))


def open_cursor(engine: EngineUnderTest) -> int:
    cursor: int = engine.call("rows", "open-cursor", json.dumps(BY_NAME), 200, None)
    return cursor


def test_statement_leaves_no_file(filled: EngineUnderTest) -> None:
    names = [name for _, name in filled.select(BY_NAME)]
    assert names == sorted(names)
    assert len(names) == ROWS
    assert scratch_files(filled) == []


def test_cursor_keeps_a_file_until_it_is_closed(filled: EngineUnderTest) -> None:
    cursor = open_cursor(filled)
    assert len(scratch_files(filled)) == 1
    pages = [filled.call("rows", "fetch", cursor) for _ in range(4)]
    assert [page is None or page.count("name ") for page in pages] == [200, 200, 100, True]
    filled.call("rows", "close-cursor", cursor)
    assert scratch_files(filled) == []


def test_closing_the_database_removes_files_in_use(filled: EngineUnderTest) -> None:
    open_cursor(filled)
    filled.close()
    assert scratch_files(filled) == []


def test_opening_removes_what_a_killed_process_has_left(filled: EngineUnderTest) -> None:
    filled.close()
    (filled.path.parent / f"{filled.path.name}-scratch-00").write_bytes(b"left")
    filled.open(read_only=True)
    assert len(scratch_files(filled)) == 1
    assert len(filled.select(BY_NAME)) == ROWS
    filled.reopen()
    assert scratch_files(filled) == []
