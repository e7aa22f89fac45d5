"""Selects as Arrow data, which are read once and asked again of tables that have changed since."""

import json

import pyarrow as pa
import pytest

from tests.support.engine_on_memory import EngineOnMemory
from tests.support.golden_syntax import parse_definition
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.columns import Columns
from wasidb_guest.api.rows import Rows
from wasidb_guest.query import table_planner
from wasidb_memory import HeapLog, HeapMemory

OLDER = json.dumps({"from": "people", "where": {"Gt": ["age", 40]}})


def test_the_same_select_of_another_table_of_that_name() -> None:
    engine = EngineOnMemory(HeapMemory(), HeapLog())
    columns, rows = Columns(engine), Rows(engine)

    def asked() -> list[dict[str, object]]:
        answer: list[dict[str, object]] = (
            pa.ipc.open_stream(columns.select_bytes(OLDER, None)).read_all().to_pylist()
        )
        return answer

    for definition, names, row in (
        ("people: id uint32 key, age uint8", ["id", "age"], [1, 41]),
        ("people: age int64, id uint32 key, name text", ["age", "id", "name"], [7 << 40, 2, "Ann"]),
    ):
        Catalog(engine).create_tables(json.dumps([parse_definition(definition)]))
        assert asked() == []
        rows.insert("people", json.dumps({"columns": names, "rows": [row]}), None)
        assert asked() == asked() == [dict(zip(names, row, strict=True))]
        Catalog(engine).drop_tables('["people"]')


def test_a_select_is_planned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = EngineOnMemory(HeapMemory(), HeapLog())
    Catalog(engine).create_tables(
        json.dumps([parse_definition("people: id uint32 key, age uint8")])
    )
    columns = Columns(engine)
    first = columns.select_bytes(OLDER, None)
    monkeypatch.delattr(table_planner, "bind")
    assert columns.select_bytes(OLDER, None) == first
