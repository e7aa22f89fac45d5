"""Applying plans: random tables become other random tables, or stay exactly what they are."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support import in_memory
from tests.support.engine_under_test import EngineUnderTest
from wasidb.errors import ConstraintViolated, InvalidDefinition, InvalidValue
from wasidb_guest.values import INTEGER_RANGES

TYPES = ["int8", "int64", "uint8", "uint16", "text", "boolean", "float64"]
CELLS: dict[str, list[Any]] = {
    "int8": [-1, 0, 1, 127], "int64": [-(2**63), -1, 0, 1, 300],
    "uint8": [0, 1, 255], "uint16": [0, 1, 256], "text": ["", "1", "-1", "true", "x" * 300],
    "boolean": [False, True], "float64": [0.0, 1.5],
}  # fmt: skip
NAMES = ["a", "b", "c", "d"]
KEY = {"name": "id", "type": "uint32"}

Definition = dict[str, Any]


@st.composite
def columns(draw: st.DrawFn, name: str) -> Definition:
    column: Definition = {"name": name, "type": draw(st.sampled_from(TYPES))}
    if draw(st.booleans()):
        column["nullable"] = True
    if draw(st.sampled_from([False, False, True])):
        column["unique"] = True
    if draw(st.booleans()):
        column["default"] = draw(st.sampled_from(CELLS[column["type"]]))
    return column


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """A table `t` with the key `id` somewhere among some of the columns NAMES."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    drawn = [draw(columns(name)) for name in names]
    drawn.insert(draw(st.integers(0, len(drawn))), KEY)
    indexes = draw(st.lists(st.permutations(["id", *names]), max_size=2, unique_by=tuple))
    return {
        "name": "t",
        "primary_key": "id",
        "columns": drawn,
        "indexes": [index for index in indexes if len(index) > 1],
    }


@st.composite
def rows(draw: st.DrawFn, definition: Definition) -> list[list[Any]]:
    """Rows that no unique column refuses."""
    others = [column for column in definition["columns"] if column is not KEY]
    cells = [
        st.sampled_from(CELLS[each["type"]] + [None] * each.get("nullable", False))
        for each in others
    ]
    found = draw(st.lists(st.tuples(*cells), max_size=8))
    for position, column in enumerate(others):
        if column.get("unique"):
            found = list({row[position]: row for row in found}.values())
    at = definition["columns"].index(KEY)
    return [[*row[:at], number, *row[at:]] for number, row in enumerate(found, start=1)]


@given(st.data(), definitions(), definitions())
def test_random_tables(data: st.DataObject, stored: Definition, wanted: Definition) -> None:
    engine = EngineUnderTest(None, in_memory.start)  # type: ignore[arg-type]
    engine.create(stored)
    engine.insert("t", [each["name"] for each in stored["columns"]], *data.draw(rows(stored)))
    definition, before = tables(engine), engine.select({"from": "t"})
    try:
        done = migrate(engine, wanted)
    except (ConstraintViolated, InvalidDefinition, InvalidValue):
        assert tables(engine) == definition
        assert engine.select({"from": "t"}) == before
    else:
        assert pending(engine, wanted) == []
        assert bool(done) == (tables(engine) != definition)
        assert engine.select({"from": "t"}) == [migrated(row, stored, wanted) for row in before]
    assert engine.check() == []


def tables(engine: EngineUnderTest) -> str:
    text: str = engine.call("catalog", "tables")
    return text


def migrate(engine: EngineUnderTest, *wanted: Definition) -> Any:
    options = '{"allow_destructive": true}'
    return json.loads(engine.call("catalog", "migrate", json.dumps(wanted), options))


def pending(engine: EngineUnderTest, *wanted: Definition) -> Any:
    return json.loads(engine.call("catalog", "pending-migrations", json.dumps(wanted)))


def migrated(row: list[Any], stored: Definition, wanted: Definition) -> list[Any]:
    """What a row becomes."""
    cells = {
        column["name"]: (column["type"], cell)
        for column, cell in zip(stored["columns"], row, strict=True)
    }
    return [
        converted(*cells[each["name"]], each["type"])
        if each["name"] in cells
        else each.get("default")
        for each in wanted["columns"]
    ]


def converted(old: str, cell: Any, new: str) -> Any:
    """A cell in another type that has it."""
    if cell is None or old == new:
        return cell
    if new == "text":
        return json.dumps(cell)
    if new == "boolean":
        return cell == "true"
    return int(cell) if new in INTEGER_RANGES else float(cell)
