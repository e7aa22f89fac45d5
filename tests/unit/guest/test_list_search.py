"""When a list leads to so much of a table that its rows are better read in another way, and that
who changes them asks for no other.
"""

import json
from types import SimpleNamespace
from typing import Any, NoReturn, cast

import pytest

from wasidb_guest.api import chosen_rows
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.engine import Engine
from wasidb_guest.api.list_search import ROWS_MAX, is_much
from wasidb_guest.api.rows import Rows
from wasidb_guest.tables.index import Index

COUNT = 2_000


@pytest.mark.parametrize(
    ("count", "entries", "much"),
    [
        (1_000, 10, False),
        (1_001, 4_000, True),
        (1_001, 4_004, False),
        (ROWS_MAX, 10_000_000, False),
        (ROWS_MAX + 1, 10_000_000, True),
    ],
)
def test_much(count: int, entries: int, much: bool) -> None:
    def estimate(*_: Any, **__: Any) -> int:
        return entries

    assert is_much(cast(Index, SimpleNamespace(estimate=estimate)), count) is much


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Rows:
    """Of a table of numbers; there is no making plans."""
    engine = Engine()
    engine.open(":memory:")
    types = {"id": "uint32", "size": "uint32"}
    columns = [{"name": name, "type": type_} for name, type_ in types.items()]
    definition = {"name": "sizes", "primary_key": "id", "columns": columns}
    Catalog(engine).create_tables(json.dumps([definition]))
    rows = Rows(engine)
    given = [[number, 7] for number in range(COUNT)]
    rows.insert("sizes", json.dumps({"columns": list(types), "rows": given}), None)

    def planned(*_: object) -> NoReturn:
        pytest.fail("a plan was made")

    monkeypatch.setattr(chosen_rows, "matching_addresses", planned)
    return rows


def test_rows_to_be_deleted_are_found_by_a_list_that_leads_to_much(rows: Rows) -> None:
    where = {"In": ["id", {"Param": 0}]}
    delete = rows.prepare(json.dumps({"delete": {"table": "sizes", "where": where}}))
    listed = [COUNT + 5, 3, *range(COUNT - 10), 3]
    assert rows.execute(delete, json.dumps([listed]), None) == str(COUNT - 10)
    assert rows.count("sizes", None, None) == 10


def test_rows_to_be_updated_are_found_by_a_list_that_leads_to_much(rows: Rows) -> None:
    where = {"In": ["id", {"Param": 1}]}
    asked = {"table": "sizes", "changes": {"size": {"Param": 0}}, "where": where}
    update = rows.prepare(json.dumps({"update": asked}))
    listed = [-1, 3, *range(COUNT - 10), 3]
    assert rows.execute(update, json.dumps([8, listed]), None) == str(COUNT - 10)
    changed = json.dumps({"Eq": ["size", 8]})
    assert rows.count("sizes", changed, None) == COUNT - 10
