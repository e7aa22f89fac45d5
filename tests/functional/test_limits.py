"""The limits of the layout: what just fits is stored, what does not is refused by the limit's name.

The limits that only a file of hundreds of megabytes reaches are in tests/unit/guest/test_limits.py.
"""

import json
from typing import Any

import pytest

from tests.support.engine_under_test import EngineUnderTest
from tests.support.golden_syntax import parse_definition
from wasidb.errors import DbmsError, InvalidDefinition, LimitExceeded

NOTES = "notes: id uint32 key, body text"
RECORD_SIZE_MAX = 65_502
KEY_SIZE_MAX = 65_513
ID_AND_LENGTH = 6
KEY_OVERHEAD = 20
ACCESS_LIST_MAX = 252
"""Identities of 255 bytes in one page."""


def numbered_columns(count: int, **more: Any) -> dict[str, Any]:
    """A table with so many columns."""
    columns = [{"name": f"c{i}", "type": "uint32", **more} for i in range(count)]
    return {"name": "wide", "primary_key": "c0", "columns": columns}


def named(table: str = "t", column: str = "id") -> dict[str, Any]:
    return {"name": table, "primary_key": column, "columns": [{"name": column, "type": "uint32"}]}


def over_all_columns(definition: dict[str, Any]) -> dict[str, Any]:
    """The same table with an index over all its columns."""
    return {**definition, "indexes": [[column["name"] for column in definition["columns"]]]}


def test_record_size(engine: EngineUnderTest) -> None:
    engine.create(parse_definition(NOTES))
    longest = "x" * (RECORD_SIZE_MAX - ID_AND_LENGTH)
    engine.insert("notes", ["id", "body"], [1, longest])
    with pytest.raises(LimitExceeded, match="at most 65502 fit") as raised:
        engine.insert("notes", ["id", "body"], [2, "fits"], [3, longest + "x"])
    assert raised.value.details["limit"] == "record size"
    assert raised.value.details["row"] == 1
    with pytest.raises(LimitExceeded, match="at most 65502 fit"):
        engine.update("notes", {"body": longest + "x"})
    assert engine.select({"from": "notes"}) == [[1, longest]]


def test_key_size(engine: EngineUnderTest) -> None:
    engine.create(parse_definition(f"{NOTES}; index id, body"))
    longest = "x" * (KEY_SIZE_MAX - KEY_OVERHEAD)
    engine.insert("notes", ["id", "body"], [1, longest])
    with pytest.raises(LimitExceeded, match="exceeds the limit of 65513") as raised:
        engine.insert("notes", ["id", "body"], [2, "fits"], [3, longest + "x"])
    assert raised.value.details["limit"] == "key size"
    with pytest.raises(LimitExceeded, match="exceeds the limit of 65513"):
        engine.update("notes", {"body": longest + "x"})
    assert engine.select({"from": "notes", "where": {"Eq": ["id", 1]}}) == [[1, longest]]


@pytest.mark.parametrize(
    ("fits", "too_large", "error", "message"),
    [
        (named("t" * 255), named("t" * 256), InvalidDefinition, "1 to 255 bytes"),
        (named(column="c" * 255), named(column="c" * 256), InvalidDefinition, "1 to 255 bytes"),
        (named("é" * 127), named("é" * 128), InvalidDefinition, "1 to 255 bytes"),
        (
            numbered_columns(255, autoincrement=True),
            numbered_columns(256, autoincrement=True),
            InvalidDefinition,
            "255 columns at most",
        ),
        (
            over_all_columns(numbered_columns(255)),
            over_all_columns(numbered_columns(256)),
            InvalidDefinition,
            "1 to 255 columns",
        ),
        (
            {**named(), "alignment": 32_768},
            {**named(), "alignment": 65_536},
            InvalidDefinition,
            "from 8 to 32768",
        ),
        (
            numbered_columns(5000),
            numbered_columns(6000),
            LimitExceeded,
            "65536 is the limit",
        ),
    ],
    ids=["table", "column", "bytes", "counters", "index", "alignment", "definition"],
)
def test_definitions(
    engine: EngineUnderTest,
    fits: dict[str, Any],
    too_large: dict[str, Any],
    error: type[DbmsError],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        engine.create(too_large)
    assert json.loads(engine.call("catalog", "tables")) == []
    engine.create(fits)


def test_access_list(engine: EngineUnderTest) -> None:
    def grant(identity: str) -> None:
        engine.call("maintenance", "grant", json.dumps({"identity": identity, "flags": ["admin"]}))

    with pytest.raises(LimitExceeded, match="at most 255 fit"):
        grant("aa" * 256)
    for number in range(ACCESS_LIST_MAX):
        grant(f"{number:04x}" + "aa" * 253)
    with pytest.raises(LimitExceeded, match="does not fit its page"):
        grant("ffff" + "aa" * 253)
    assert len(json.loads(engine.call("maintenance", "access-list"))) == ACCESS_LIST_MAX
