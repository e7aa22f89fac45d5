"""A table selected as Arrow and inserted again is the same table.

Every type, NULLs anywhere, any number of rows. What a column of Arrow has only one of, a zone and a
scale, is the same for all rows of a table here; `docs/queries.md` says what becomes of others.
"""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.engine_under_test import EngineUnderTest
from tests.support.golden_syntax import parse_definition
from tests.unit.guest.cell_strategies import CELLS, PHONE, ROLE, cells_of
from wasidb_guest.encoding.cells import cell_to_json
from wasidb_guest.values import BUILT_IN, DataType

TYPES: dict[str, DataType] = {**BUILT_IN, "custom:role:1": ROLE, "custom:phone": PHONE}
NAMES = ["id", *[f"c{number}" for number in range(len(TYPES))]]
COLUMNS = ", ".join(f"c{number} {name} null" for number, name in enumerate(TYPES))
TABLE = f"id uint32 key, {COLUMNS}"
ORDERED = {"order_by": [{"column": "id", "direction": "asc"}]}

ZONES = st.sampled_from(["+00:00", "+02:00", "-23:59"])
SCALES = st.integers(0, 28)


@st.composite
def rows_of_a_table(draw: st.DrawFn) -> list[list[Any]]:
    """Rows without their numbers."""
    zone, scale = draw(ZONES), draw(SCALES)
    alike = {
        "datetime": CELLS["datetime"].map(lambda cell: str(cell)[:-6] + zone),
        "decimal": st.integers(-(2**96) + 1, 2**96 - 1).map(lambda number: point(number, scale)),
    }
    columns = [alike.get(each.name, cells_of(each)) | st.none() for each in TYPES.values()]
    return [list(row) for row in draw(st.lists(st.tuples(*columns), max_size=12))]


def point(number: int, scale: int) -> str:
    """The decimal of a number and a scale."""
    digits = str(abs(number)).zfill(scale + 1)
    whole = len(digits) - scale
    sign = "-" if number < 0 else ""
    return f"{sign}{digits[:whole]}.{digits[whole:]}" if scale else f"{sign}{digits}"


@pytest.fixture
def two_tables(engine: EngineUnderTest) -> EngineUnderTest:
    engine.create(parse_definition(f"a: {TABLE}"), parse_definition(f"b: {TABLE}"))
    return engine


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows_of_a_table())
def test_selected_and_inserted_again(two_tables: EngineUnderTest, rows: list[list[Any]]) -> None:
    tx = two_tables.begin()
    try:
        assert copied(two_tables, rows, tx) == two_tables.select({"from": "a", **ORDERED}, tx)
    finally:
        two_tables.rollback(tx)


def copied(engine: EngineUnderTest, rows: list[list[Any]], tx: int) -> list[list[Any]]:
    """The rows inserted into one table, as they are in the other after a copy through Arrow."""
    cells = [list(map(cell_to_json, TYPES.values(), row)) for row in rows]
    engine.insert("a", NAMES, *[[number, *row] for number, row in enumerate(cells)], tx=tx)
    arrow = engine.call("columns", "select-bytes", json.dumps({"from": "a"}), tx)
    assert engine.call("columns", "insert-bytes", "b", arrow, tx) == len(rows)
    return engine.select({"from": "b", **ORDERED}, tx)
