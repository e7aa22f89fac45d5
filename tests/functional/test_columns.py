"""Bulk data as Arrow: what comes in is what is found, whole or not at all, and what goes out."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest

import wasidb
from tests.support.arrow import arrow_bytes
from tests.support.engine_under_test import EngineUnderTest
from tests.support.golden_syntax import parse_definition
from wasidb.errors import (
    InvalidQuery,
    InvalidValue,
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


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many rows go to the engine in one call."""
    monkeypatch.setattr("wasidb.arrow.CHUNK_ROWS", 3_000)
    return 3_000


def test_many_pieces(readings: EngineUnderTest, is_compiled: bool, small_pieces: int) -> None:
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
    assert progress == [(min(n, count), count) for n in pieces(small_pieces, count)]
    counted = {"from": "readings", "aggregates": [{"function": "count", "as": "n"}]}
    assert readings.select(counted) == [[count]]
    where = {"And": [{"Eq": ["e", "text 42"]}, {"Ge": ["id", count - 100]}]}
    assert readings.select({"from": "readings", "columns": ["id"], "where": where}) == [
        [count - 58]
    ]


def pieces(rows: int, count: int) -> range:
    """The numbers of rows after each piece, the last one rounded up."""
    return range(rows, count + rows, rows)


def test_all_or_nothing_over_pieces(readings: EngineUnderTest, small_pieces: int) -> None:
    numbers = [*range(small_pieces), 5]
    data = pa.table({"id": pa.array(numbers, pa.uint32())})
    db = wasidb.Database(readings)
    with pytest.raises(PrimaryKeyConflict):
        db.insert_arrow("readings", data)
    assert found(readings) == []
    with db.transaction() as tx:
        tx.insert({"id": 7_000_000}, table="readings")
        with pytest.raises(PrimaryKeyConflict):
            tx.insert_arrow("readings", data)
    assert readings.select({"from": "readings", "columns": ["id"]}) == [[7_000_000]]


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


def test_all_that_is_wrong_with_the_columns_is_said_at_once(engine: EngineUnderTest) -> None:
    engine.create(parse_definition("notes: id uint32 key, body text, kind text, at date null"))
    table = pa.table({"body": [1], "nope": [2], "at": [[3]]})
    with pytest.raises(InvalidValue) as raised:
        wasidb.Database(engine).insert_arrow("notes", table)
    assert raised.value.details["problems"] == [
        "column notes.body of type text cannot store Arrow int64",
        "table 'notes' has no column 'nope'",
        "column notes.at of type date cannot store Arrow list",
        "column notes.id needs a value",
        "column notes.kind needs a value",
    ]


def test_nulls_of_all_columns_are_said_at_once(engine: EngineUnderTest) -> None:
    engine.create(parse_definition("notes: id uint32 key, body text, kind text null"))
    rows = {"id": pa.array([1, 2, None], pa.uint32()), "body": ["a", None, None]}
    with pytest.raises(InvalidValue) as raised:
        wasidb.Database(engine).insert_arrow("notes", pa.table(rows))
    assert raised.value.details["problems"] == [
        "column notes.id needs a value (row 2)",
        "column notes.body needs a value (row 1)",
    ]
    assert engine.select({"from": "notes"}) == []


# Some of the rows exist.


def test_upsert(readings: EngineUnderTest) -> None:
    db = wasidb.Database(readings)
    db.insert_arrow("readings", pa.table(ROWS))
    news = pa.table({"id": pa.array([3, 4, 3], pa.uint32()), "e": ["c", "d", "C"]})
    assert db.upsert_arrow("readings", news) == wasidb.Upserted(inserted=1, updated=2)
    changed = [cell if at != 5 else "C" for at, cell in enumerate(CELLS[2])]
    assert found(readings) == [*CELLS[:2], changed, [4, *[None] * 4, "d", *[None] * 4]]


def test_upsert_as_bytes(readings: EngineUnderTest) -> None:
    def upsert(table: pa.Table) -> dict[str, int]:
        stream = arrow_bytes(table)
        answer: dict[str, int] = json.loads(
            readings.call("columns", "upsert-bytes", "readings", stream, None)
        )
        return answer

    assert upsert(pa.table(ROWS)) == {"inserted": 3, "updated": 0}
    assert upsert(pa.table(ROWS)) == {"inserted": 0, "updated": 3}
    assert upsert(pa.table({"id": pa.array([], pa.uint32())})) == {"inserted": 0, "updated": 0}
    with pytest.raises(NotNullViolated, match=r"column readings.id needs a value"):
        upsert(pa.table({"e": ["x"]}))
    assert found(readings) == CELLS


def test_upsert_is_all_or_nothing_over_chunks(
    readings: EngineUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wasidb.arrow.CHUNK_ROWS", 3)
    db = wasidb.Database(readings)
    progress: list[tuple[int, int | None]] = []
    numbers = pa.array([1, 2, 3, 1, 4], pa.uint32())
    rows = pa.table({"id": numbers, "a": pa.array(range(5), pa.int8())})
    done = db.upsert_arrow("readings", rows, lambda *step: progress.append(step))
    assert (done, progress) == ((4, 1), [(3, 5), (5, 5)])
    before = found(readings)
    assert [row[:2] for row in before] == [[1, 3], [2, 1], [3, 2], [4, 4]]
    with pytest.raises(NotNullViolated) as raised:
        db.upsert_arrow("readings", pa.table({"id": [1, 2, 3, 4, None], "a": pa.nulls(5)}))
    assert raised.value.details["row"] == 4
    assert found(readings) == before


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


def test_decimals_of_all_sizes_go_round(readings: EngineUnderTest) -> None:
    large, small = "79228162514264337593543950335", f"-0.{'0' * 27}1"
    readings.insert("readings", ["id", "g"], [1, large], [2, small], [3, None])
    found = written(readings.call("columns", "select-bytes", as_query("readings"), None))
    assert found.schema.field("g").type == pa.decimal256(76, 28)
    assert found.column("g").to_pylist() == [Decimal(large), Decimal(small), None]
    readings.delete("readings")
    wasidb.Database(readings).insert_arrow("readings", found)
    assert readings.select({"from": "readings", "columns": ["g"]}) == [[large], [small], [None]]


def test_uuid_and_json_are_extension_types(engine: EngineUnderTest) -> None:
    engine.create(parse_definition("documents: id uuid key, body json null"))
    key = UUID("0123abcd-0123-0123-0123-0123456789ab")
    table = pa.table(
        {
            "id": pa.array([key.bytes], pa.uuid()),
            "body": pa.array(['{"a":1}'], pa.json_()),
        }
    )
    assert wasidb.Database(engine).insert_arrow("documents", table) == 1
    found = written(engine.call("columns", "select-bytes", as_query("documents"), None))
    assert found == table
    assert found.to_pylist() == [{"id": key, "body": '{"a":1}'}]


def test_many_rows_go_round(readings: EngineUnderTest, is_compiled: bool) -> None:
    size = 70_000 if is_compiled else 7_000
    texts = [None if n % 7 == 0 else f"text {n}" for n in range(size)]
    table = pa.table({"id": pa.array(range(size), pa.uint32()), "e": texts})
    wasidb.Database(readings).insert_arrow("readings", table)
    query = {"from": "readings", "columns": ["id", "e"]}
    found = written(readings.call("columns", "select-bytes", json.dumps(query), None))
    assert found == table
    assert max(batch.num_rows for batch in found.to_batches()) <= 65_536
