"""Bulk data as Arrow: what comes in is what is found, whole or not at all, and what goes out."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import wasidb
from tests.support.arrow import arrow_bytes
from tests.support.engine_under_test import EngineUnderTest
from tests.support.golden_syntax import parse_definition
from wasidb.errors import (
    InvalidQuery,
    LimitExceeded,
    MemoryFailed,
    NotNullViolated,
    PrimaryKeyConflict,
    TableNotFound,
    TransactionNotFound,
)

READINGS = (
    "readings: id uint32 key, a int8 null, b int64 null, c float64 null, d boolean null, "
    "e text null, f blob null, g decimal null, h date null, i datetime null; index e"
)

ROWS: dict[str, pa.Array] = {
    "id": pa.array([1, 2, 3], pa.uint32()),
    "a": pa.array([-128, None, 127], pa.int8()),
    "b": pa.array([-(2**63), None, 2**63 - 1], pa.int64()),
    "c": pa.array([0.5, None, -1e300], pa.float64()),
    "d": pa.array([True, None, False], pa.bool_()),
    "e": pa.array(["", None, "héllo"], pa.utf8()),
    "f": pa.array([b"\x00\xff", None, b""], pa.binary()),
    "g": pa.array([Decimal("1.50"), None, Decimal("-0.25")], pa.decimal128(10, 2)),
    "h": pa.array([date(2024, 2, 29), None, date(1969, 12, 31)], pa.date32()),
    "i": pa.array(
        [
            datetime(2024, 1, 1, 12, tzinfo=UTC),
            None,
            datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
        ],
        pa.timestamp("us", "UTC"),
    ),
}
CELLS = [
    [1, -128, -(2**63), 0.5, True, "", "AP8=", "1.50",
     "2024-02-29", "2024-01-01T12:00:00.000000+00:00"],
    [2, None, None, None, None, None, None, None, None, None],
    [3, 127, 2**63 - 1, -1e300, False, "héllo", "", "-0.25",
     "1969-12-31", "1969-12-31T23:59:59.000001+00:00"],
]  # fmt: skip


@pytest.fixture
def readings(engine: EngineUnderTest) -> EngineUnderTest:
    engine.create(parse_definition(READINGS))
    return engine


def found(engine: EngineUnderTest) -> list[list[Any]]:
    order = [{"column": "id", "direction": "asc"}]
    return engine.select({"from": "readings", "order_by": order})


def test_every_type(readings: EngineUnderTest) -> None:
    db = wasidb.Database(readings)
    assert db.insert_arrow("readings", pa.table(ROWS)) == 3
    assert found(readings) == CELLS
    readings.reopen()
    assert found(readings) == CELLS
    assert readings.select(
        {"from": "readings", "columns": ["id"], "where": {"Eq": ["e", "héllo"]}}
    ) == [[3]]


def test_columns_are_matched_by_name(readings: EngineUnderTest) -> None:
    table = pa.table({"e": ["x"], "id": pa.array([7], pa.int64())})
    assert wasidb.Database(readings).insert_arrow("readings", table) == 1
    assert found(readings) == [[7, None, None, None, None, "x", None, None, None, None]]


def test_many_batches(readings: EngineUnderTest, is_compiled: bool) -> None:
    count = 40_000 if is_compiled else 10_000
    table = pa.table(
        {"id": pa.array(range(count), pa.uint32()), "e": [f"text {i % 100}" for i in range(count)]}
    )
    progress: list[tuple[int, int | None]] = []
    db = wasidb.Database(readings)
    assert (
        db.insert_arrow("readings", table, lambda done, total: progress.append((done, total)))
        == count
    )
    assert progress[-1] == (count, count)
    assert [done for done, _ in progress] == sorted({done for done, _ in progress})
    counted = {"from": "readings", "aggregates": [{"function": "count", "as": "n"}]}
    assert readings.select(counted) == [[count]]
    where = {"And": [{"Eq": ["e", "text 42"]}, {"Ge": ["id", count - 100]}]}
    assert readings.select({"from": "readings", "columns": ["id"], "where": where}) == [
        [count - 58]
    ]


def test_all_or_nothing_over_batches(readings: EngineUnderTest) -> None:
    numbers = [*range(33_000), 5]
    db = wasidb.Database(readings)
    with pytest.raises(PrimaryKeyConflict):
        db.insert_arrow("readings", pa.table({"id": pa.array(numbers, pa.uint32())}))
    assert found(readings) == []


def test_null_in_a_required_column(readings: EngineUnderTest) -> None:
    with pytest.raises(NotNullViolated) as raised:
        wasidb.Database(readings).insert_arrow(
            "readings", pa.table({"id": pa.array([1, None], pa.uint32())})
        )
    assert raised.value.details["column"] == "id"
    assert found(readings) == []


def test_transaction(readings: EngineUnderTest) -> None:
    db = wasidb.Database(readings)
    number = readings.begin()
    assert (
        readings.call("columns", "insert-bytes", "readings", arrow_bytes(pa.table(ROWS)), number)
        == 3
    )
    assert found(readings) == []
    readings.rollback(number)
    assert found(readings) == []
    with db.transaction() as tx:
        tx.insert_arrow("readings", pa.table(ROWS))
    assert found(readings) == CELLS


def test_autoincrement_and_defaults(engine: EngineUnderTest) -> None:
    engine.create(
        parse_definition('notes: id uint32 key auto, body text, kind text default "plain"')
    )
    db = wasidb.Database(engine)
    assert db.insert_arrow("notes", pa.table({"body": ["a", "b"]})) == 2
    assert db.insert_arrow("notes", pa.table({"body": ["c"]})) == 1
    assert engine.select({"from": "notes"}) == [
        [1, "a", "plain"],
        [2, "b", "plain"],
        [3, "c", "plain"],
    ]


# Out.


def written(stream: bytes) -> pa.Table:
    with pa.ipc.open_stream(stream) as reader:
        table = reader.read_all()
    table.validate(full=True)
    return table


def as_query(table: str) -> str:
    return json.dumps({"from": table})


def test_every_type_comes_out_as_it_went_in(readings: EngineUnderTest) -> None:
    wasidb.Database(readings).insert_arrow("readings", pa.table(ROWS))
    columns = {**ROWS, "g": ROWS["g"].cast(pa.decimal128(38, 2))}
    stream = readings.call("columns", "select-bytes", as_query("readings"), None)
    assert written(stream) == pa.table(columns)


def test_file_appears_once(readings: EngineUnderTest) -> None:
    wasidb.Database(readings).insert_arrow("readings", pa.table(ROWS))
    file = readings.exchange.folder / "out.arrow"
    arguments = ("select-file", as_query("readings"), readings.exchange.name_of(file), None)
    assert readings.call("columns", *arguments) == 3
    found = readings.call("columns", "select-bytes", as_query("readings"), None)
    assert file.read_bytes() == found
    file.write_bytes(b"precious")
    with pytest.raises(MemoryFailed, match=r"cannot create '.*out.arrow': it exists"):
        readings.call("columns", *arguments)
    assert file.read_bytes() == b"precious"
    assert list(readings.exchange.folder.iterdir()) == [file]


def test_file_in_a_folder_that_is_not_there(readings: EngineUnderTest) -> None:
    path = readings.exchange.name_of(Path("nowhere")) + "/out.arrow"
    with pytest.raises(MemoryFailed, match=r"nowhere/out.arrow") as raised:
        readings.call("columns", "select-file", as_query("readings"), path, None)
    assert raised.value.details["path"] == path


def test_refused_questions_leave_no_file(readings: EngineUnderTest) -> None:
    path = readings.exchange.name_of(Path("out.arrow"))
    for query, tx, error in (
        (as_query("nothing"), None, TableNotFound),
        ("{}", None, InvalidQuery),
        (as_query("readings"), 99, TransactionNotFound),
    ):
        with pytest.raises(error):
            readings.call("columns", "select-file", query, path, tx)
        with pytest.raises(error):
            readings.call("columns", "select-bytes", query, tx)
    assert list(readings.exchange.folder.iterdir()) == []


def test_values_that_have_no_place_leave_no_file(readings: EngineUnderTest) -> None:
    readings.insert("readings", ["id", "g"], [1, "10000000000"], [2, f"0.{'0' * 27}1"])
    path = readings.exchange.name_of(Path("out.arrow"))
    with pytest.raises(LimitExceeded, match="11 digits before the point and 28 behind") as raised:
        readings.call("columns", "select-file", as_query("readings"), path, None)
    assert raised.value.details["column"] == "g"
    assert list(readings.exchange.folder.iterdir()) == []


def test_many_rows_go_round(readings: EngineUnderTest, is_compiled: bool) -> None:
    size = 70_000 if is_compiled else 7_000
    texts = [None if n % 7 == 0 else f"text {n}" for n in range(size)]
    table = pa.table({"id": pa.array(range(size), pa.uint32()), "e": texts})
    wasidb.Database(readings).insert_arrow("readings", table)
    query = {"from": "readings", "columns": ["id", "e"]}
    found = written(readings.call("columns", "select-bytes", json.dumps(query), None))
    assert found == table
    batches = [batch.num_rows for batch in found.to_batches()]
    assert batches == ([65_536, 4_464] if is_compiled else [7_000])
