"""What `Database` and `Transaction` say to the engine, and what they make of its answers."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest

from tests.unit.host.fake_engine import FakeEngine
from tests.unit.host.models import Airline, Everything, Flight
from wasidb import (
    ComponentFailed,
    Conflict,
    Database,
    DatabaseFileError,
    DatabaseLocked,
    InvalidQuery,
    InvalidValue,
    MemoryFailed,
    NotOpen,
    Problem,
    TableNotFound,
    Transaction,
    UnknownColumn,
    Upserted,
    column,
    count,
    select,
    statements,
)
from wasidb.arrow import CHUNK_ROWS
from wasidb.runtime.database_file import DatabaseFile, path_as_the_host_has_it
from wasidb.runtime.lock import FileLock

BEGUN = ("rows.begin-transaction", '{"isolation":"serializable","read_only":false}')


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    return FakeEngine(tmp_path)


@pytest.fixture
def db(engine: FakeEngine) -> Database:
    return Database(engine)


def inserted(prepare: tuple[Any, ...], execute: tuple[Any, ...]) -> tuple[Any, Any]:
    """The columns and the rows of an insert."""
    assert (prepare[0], execute[0]) == ("rows.prepare", "rows.execute")
    return json.loads(prepare[1])["insert"]["columns"], json.loads(execute[2])


def test_insert_of_one_model_gives_its_key(db: Database, engine: FakeEngine) -> None:
    engine.answer(3, [41])
    flight = Flight(carrier="UA", month=1, fare=Decimal("9.90"))
    assert db.insert(flight) == 41
    assert flight.id == 41
    columns = '["id","carrier","month","delay","fare"]'
    assert engine.calls == [
        ("rows.prepare", f'{{"insert":{{"table":"flights","columns":{columns}}}}}'),
        ("rows.execute", 3, '[[null,"UA",1,null,"9.90"]]', None),
    ]


def test_insert_of_many_models_gives_their_keys(db: Database, engine: FakeEngine) -> None:
    keys = [UUID(int=1), UUID(int=2)]
    engine.answer(3, [str(key) for key in keys])
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    rows = [
        Everything(id=keys[0], day=date(2024, 2, 29), raw=b"\0", ratio=float("nan"), document=None),
        Everything(id=keys[1], moment=moment, document={"a": 1}, extra=[]),
    ]
    assert db.insert(rows) == keys
    assert inserted(*engine.calls) == (
        ["id", "day", "moment", "raw", "ratio", "document", "extra"],
        [
            [str(keys[0]), "2024-02-29", None, "AA==", "NaN", "null", None],
            [str(keys[1]), None, "2024-01-01T00:00:00.000000+00:00", None, None, '{"a":1}', "[]"],
        ],
    )


def test_numbers_given_are_kept(db: Database, engine: FakeEngine) -> None:
    engine.answer(3, [7, 8])
    flights = [Flight(id=7, carrier="UA", month=1), Flight(carrier="UA", month=1)]
    db.insert(flights)
    assert [row[0] for row in inserted(*engine.calls)[1]] == [7, None]
    assert [flight.id for flight in flights] == [7, 8]


def test_insert_of_dicts_is_prepared_once(db: Database, engine: FakeEngine) -> None:
    engine.answer([Flight.__table__.as_json()], 3, [1], [2])
    for _ in range(2):
        db.insert({"carrier": "UA", "month": 1, "fare": Decimal("2")}, table="flights")
    assert engine.calls[0][0] == "catalog.tables"
    assert inserted(*engine.calls[1:3]) == (["carrier", "month", "fare"], [["UA", 1, "2"]])
    assert engine.calls[3:] == [("rows.execute", 3, '[["UA",1,"2"]]', None)]


def test_insert_of_nothing(db: Database, engine: FakeEngine) -> None:
    assert db.insert([]) == []
    assert engine.calls == []


@pytest.mark.parametrize(
    ("rows", "table", "error", "message"),
    [
        ([Flight(carrier="UA", month=1), Airline(carrier="UA", name="x")], None, InvalidValue,
         "row 1 is Airline, the first is Flight"),
        ({"carrier": "UA"}, None, InvalidValue, "dicts and tuples need a table"),
        (Airline(carrier="UA", name="x"), "flights", InvalidValue, "cannot go into 'flights'"),
        ([{"carrier": "UA"}, {"month": 1}], "flights", InvalidValue, "columns: carrier, month"),
        ({"colour": "red"}, "flights", UnknownColumn, "no column 'colour'"),
        ({"carrier": "UA"}, "trains", TableNotFound, "trains"),
        ([3], None, InvalidValue, "expected models, dicts or tuples"),
        ([{"fare": 1}, {"fare": Decimal("nan")}], "flights", InvalidValue,
         r"flights\.fare \(row 1\): Decimal\('NaN'\) is no decimal"),
        ({"month": object()}, "flights", InvalidValue,
         r"flights\.month \(row 0\): <object object at .*> is no uint8"),
        ({"month": float("nan")}, "flights", InvalidValue, r"\(row 0\): nan is no uint8"),
    ],
)  # fmt: skip
def test_impossible_rows(
    db: Database, engine: FakeEngine, rows: Any, table: str | None, error: Any, message: str
) -> None:
    engine.answer([Flight.__table__.as_json()])
    with pytest.raises(error, match=message):
        db.insert(rows, table)
    assert "rows.execute" not in [call[0] for call in engine.calls]


def test_select_is_prepared_once_for_all_constants(db: Database, engine: FakeEngine) -> None:
    engine.answer(7, {"columns": ["count"], "rows": [[3]]}, {"columns": ["count"], "rows": [[4]]})
    for month, found in ((1, 3), (2, 4)):
        question = select(count()).from_(Flight).where(Flight.month == month)
        assert db.select(question) == [(found,)]
    text = (
        '{"pages":{"rows":50000,"select":{"from":"flights","columns":[],'
        '"aggregates":[{"function":"count","as":"count"}],"where":{"Eq":["month",{"Param":0}]}}}}'
    )
    assert engine.calls == [
        ("rows.prepare", text),
        ("rows.execute", 7, "[1]", None),
        ("rows.execute", 7, "[2]", None),
    ]


def test_list_is_one_parameter(db: Database, engine: FakeEngine) -> None:
    engine.answer(7, {"columns": ["count"], "rows": [[3]]}, {"columns": ["count"], "rows": [[4]]})
    for months in ([1, 2], [3, 4, 5]):
        db.select(select(count()).from_(Flight).where(column(Flight.month).in_(months)))
    (_, text), (_, _, first, _), (_, _, second, _) = engine.calls
    assert '"where":{"In":["month",{"Param":0}]}' in text
    assert (json.loads(first), json.loads(second)) == ([[1, 2]], [[3, 4, 5]])


def test_more_constants_than_parameters(
    db: Database, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "PARAMETERS_MAX", 2)
    month = column(Flight.month)
    engine.answer(7, {"columns": ["count"], "rows": [[3]]})
    db.select(select(count()).from_(Flight).where((month > 1) & (month < 9) & (month != 4)))
    (_, text), (_, _, parameters, _) = engine.calls
    assert '{"Ne":["month",4]}' in text
    assert json.loads(parameters) == [1, 9]


def test_long_statements_are_not_kept(
    db: Database, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "KEPT_SIZE", 10)
    engine.answer(7, {"columns": ["count"], "rows": [[3]]})
    db.select(select(count()).from_(Flight))
    assert engine.calls[2:] == [("rows.close-statement", 7)]


def test_last_statements_are_kept(
    db: Database, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "KEPT_MAX", 2)
    month = column(Flight.month)
    conditions = month == 1, month < 1, month > 1, month != 1
    questions = [select(count()).from_(Flight).where(each) for each in conditions]
    for handle, question in enumerate(questions):
        engine.answer(handle, {"columns": ["count"], "rows": [[3]]})
        db.select(question)
    assert [call for call in engine.calls if call[0] == "rows.close-statement"] == [
        ("rows.close-statement", 0),
        ("rows.close-statement", 1),
    ]
    engine.calls.clear()
    for question in questions[2:]:
        engine.answer({"columns": ["count"], "rows": [[3]]})
        db.select(question)
    assert [call[:2] for call in engine.calls] == [("rows.execute", 2), ("rows.execute", 3)]


def test_get(db: Database, engine: FakeEngine) -> None:
    engine.answer(7, [None], [["UA", "United"], None])
    assert db.get(Airline, "XX") is None
    assert db.get_many(Airline, ["UA", "XX"]) == [Airline(carrier="UA", name="United"), None]
    assert engine.calls == [
        ("rows.prepare", '{"get":{"table":"airlines","columns":["carrier","name"]}}'),
        ("rows.execute", 7, '["XX"]', None),
        ("rows.execute", 7, '["UA","XX"]', None),
    ]


def test_transactions_share_prepared_statements(db: Database, engine: FakeEngine) -> None:
    engine.answer(7, [None], 5, [None])
    db.get(Airline, "XX")
    with db.transaction() as tx:
        tx.get(Airline, "XX")
    assert engine.calls[2:4] == [BEGUN, ("rows.execute", 7, '["XX"]', 5)]


def test_stream_closes_its_cursor(db: Database, engine: FakeEngine) -> None:
    page = {"columns": ["carrier"], "cells": [["UA", "DL"]]}
    engine.answer(7, {**page, "cursor": 3}, page, None, None)
    assert [row.carrier for row in db.stream(select(Airline.carrier), page_rows=2)] == [
        "UA", "DL", "UA", "DL",
    ]  # fmt: skip
    select_text = '{"from":"airlines","columns":["carrier"]}'
    assert engine.calls == [
        ("rows.prepare", f'{{"pages":{{"rows":2,"select":{select_text}}}}}'),
        ("rows.execute", 7, "[]", None),
        *[("rows.fetch", 3)] * 2,
        ("rows.close-cursor", 3),
    ]


def test_stream_that_is_left_closes_its_cursor(db: Database, engine: FakeEngine) -> None:
    engine.answer(7, {"columns": ["carrier"], "cells": [["UA", "DL"]], "cursor": 3})
    rows = db.stream(select(Airline.carrier))
    next(rows)
    rows.close()  # type: ignore[attr-defined]
    assert engine.calls[-1] == ("rows.close-cursor", 3)


def test_update_and_delete(db: Database, engine: FakeEngine) -> None:
    engine.answer(0, "2", 1, "3", 2, "4", "5")
    assert db.update(Flight, Flight.month == 1, fare=Decimal("1"), delay=None) == 2
    assert db.delete(Flight, None) == 3
    assert db.delete(Flight, Flight.month == 1, cascade=True) == 4
    assert db.delete(Flight, Flight.month == 2, cascade=True) == 5
    where = '"where":{"Eq":["month",{"Param":%d}]}'
    changes = '"changes":{"fare":{"Param":0},"delay":{"Param":1}}'
    assert engine.calls == [
        ("rows.prepare", f'{{"update":{{"table":"flights",{changes},{where % 2}}}}}'),
        ("rows.execute", 0, '["1",null,1]', None),
        ("rows.prepare", '{"delete":{"table":"flights","behavior":"restrict"}}'),
        ("rows.execute", 1, "[]", None),
        ("rows.prepare", f'{{"delete":{{"table":"flights","behavior":"cascade",{where % 0}}}}}'),
        ("rows.execute", 2, "[1]", None),
        ("rows.execute", 2, "[2]", None),
    ]


def test_numbers_of_rows(db: Database, engine: FakeEngine) -> None:
    engine.answer(7, 0, True)
    assert db.count(Flight) == 7
    assert db.count(Flight, Flight.month == 1) == 0
    assert db.exists(Flight, Flight.month == 2) is True
    assert engine.calls == [
        ("rows.count", "flights", None, None),
        ("rows.count", "flights", '{"Eq":["month",1]}', None),
        ("rows.exists", "flights", '{"Eq":["month",2]}', None),
    ]


def test_upsert_numbers_models(db: Database, engine: FakeEngine) -> None:
    engine.answer(3, {"inserted": 1, "updated": 1, "keys": [1, 8]})
    flights = [Flight(id=1, carrier="UA", month=1), Flight(carrier="UA", month=2)]
    assert db.upsert(flights) == Upserted(inserted=1, updated=1)
    assert [flight.id for flight in flights] == [1, 8]
    columns = '["id","carrier","month","delay","fare"]'
    assert engine.calls[0][1] == f'{{"upsert":{{"table":"flights","columns":{columns}}}}}'
    assert db.upsert([]) == (0, 0)


def test_update_needs_changes_of_known_columns(db: Database) -> None:
    with pytest.raises(InvalidQuery, match="nothing to change"):
        db.update(Flight, None)
    with pytest.raises(UnknownColumn, match="colour"):
        db.update(Flight, None, colour="red")


def test_savepoint_is_released_or_gone_back_to(db: Database, engine: FakeEngine) -> None:
    engine.answer(9, 0, None, 1, None, None, None)
    with db.transaction() as tx:
        with tx.savepoint():
            pass
        with pytest.raises(ZeroDivisionError), tx.savepoint():
            1 / 0  # noqa: B018
    assert engine.calls[1:] == [
        ("rows.savepoint", 9),
        ("rows.release", 9, 0),
        ("rows.savepoint", 9),
        ("rows.rollback-to", 9, 1),
        ("rows.release", 9, 1),
        ("rows.commit", 9),
    ]


def test_transaction_commits(db: Database, engine: FakeEngine) -> None:
    engine.answer(9, 3, ["UA"], None)
    with db.transaction() as tx:
        tx.insert(Airline(carrier="UA", name="United"))
    assert engine.calls[2:] == [
        ("rows.execute", 3, '[["UA","United"]]', 9),
        ("rows.commit", 9),
    ]
    with pytest.raises(NotOpen, match="transaction has ended"):
        tx.delete(Airline, None)
    with pytest.raises(NotOpen, match="used once"), tx:
        pass


def test_exception_rolls_back_and_comes_out(db: Database, engine: FakeEngine) -> None:
    engine.answer(9)
    with pytest.raises(ZeroDivisionError), db.transaction():
        raise ZeroDivisionError
    assert engine.calls[1:] == [("rows.rollback", 9)]


def test_failed_engine_does_not_hide_the_reason(db: Database, engine: FakeEngine) -> None:
    engine.answer(9, ComponentFailed("trap"), ComponentFailed("failed earlier"))
    with pytest.raises(ComponentFailed, match="trap"), db.transaction() as tx:
        tx.delete(Flight, None)


def test_conflict_at_commit_comes_out(db: Database, engine: FakeEngine) -> None:
    engine.answer(9, Conflict("too late"))
    with pytest.raises(Conflict), db.transaction():
        pass


def test_work_is_run_again_after_a_conflict(db: Database, engine: FakeEngine) -> None:
    engine.answer(1, 7, ["UA"], Conflict("at the end"))
    engine.answer(2, Conflict("before"), None)
    engine.answer(3, ["UA"], None)
    assert db.run(lambda tx: tx.insert(Airline(carrier="UA", name="United"))) == "UA"
    assert [call[0] for call in engine.calls] == [
        *("rows.begin-transaction", "rows.prepare", "rows.execute", "rows.commit"),
        *("rows.begin-transaction", "rows.execute", "rows.rollback"),
        *("rows.begin-transaction", "rows.execute", "rows.commit"),
    ]


def test_last_conflict_and_other_errors_come_out(db: Database, engine: FakeEngine) -> None:
    def conflict(tx: Transaction) -> None:
        raise Conflict("again")

    engine.answer(1, None, 2, None, 3, None)

    with pytest.raises(Conflict):
        db.run(conflict, attempts=2, isolation="snapshot")
    with pytest.raises(ZeroDivisionError):
        db.run(lambda tx: 1 / 0)
    assert [call[0] for call in engine.calls] == ["rows.begin-transaction", "rows.rollback"] * 3


def test_rollback_ends_a_transaction_early(db: Database, engine: FakeEngine) -> None:
    engine.answer(9)
    with db.transaction() as tx:
        tx.rollback()
    assert engine.calls == [BEGUN, ("rows.rollback", 9)]


def test_transaction_outside_its_block(db: Database) -> None:
    with pytest.raises(NotOpen, match="has not begun"):
        db.transaction().delete(Flight, None)


def test_insert_arrow_goes_through_the_exchange(
    db: Database, engine: FakeEngine, tmp_path: Path
) -> None:
    engine.answer(9, 2)
    seen: list[tuple[int, int | None]] = []
    data = pa.table({"carrier": ["UA", "B6"]})
    assert db.insert_arrow(Airline, data, lambda done, total: seen.append((done, total))) == 2
    assert seen == [(2, 2)]
    begin, (function, table, file, transaction), commit = engine.calls
    assert (begin, commit) == (BEGUN, ("rows.commit", 9))
    assert (function, table, transaction) == ("columns.insert-file", "airlines", 9)
    assert file.startswith("/exchange/")
    assert list(tmp_path.iterdir()) == []


def test_insert_arrow_counts_rows_over_all_pieces(db: Database, engine: FakeEngine) -> None:
    engine.answer(9, CHUNK_ROWS, InvalidValue("row 5 is odd", row=5))
    data = pa.table({"carrier": pa.nulls(CHUNK_ROWS + 10, pa.utf8())})
    with pytest.raises(InvalidValue, match=f"row {CHUNK_ROWS + 5} is odd") as raised:
        db.insert_arrow("airlines", data)
    assert raised.value.details["row"] == CHUNK_ROWS + 5
    assert engine.calls[-1] == ("rows.rollback", 9)


class WritingEngine(FakeEngine):
    """Writes a table where it is told to."""

    def __init__(self, folder: Path, table: pa.Table) -> None:
        super().__init__(folder)
        self.table = table

    def call(self, interface: str, function: str, *arguments: Any) -> Any:
        answer = super().call(interface, function, *arguments)
        path = self.exchange.folder / Path(arguments[1]).name
        with pa.ipc.new_stream(str(path), self.table.schema) as stream:
            stream.write_table(self.table)
        return answer


def test_select_arrow_comes_through_the_exchange(tmp_path: Path) -> None:
    engine = WritingEngine(tmp_path, pa.table({"carrier": ["UA"], "count": [3]}))
    question = select(count(), Flight.carrier).group_by(Flight.carrier)
    table = Database(engine).select_arrow(question)
    assert table == pa.table({"count": [3], "carrier": ["UA"]})
    ((function, statement, file, transaction),) = engine.calls
    assert (function, transaction) == ("columns.select-file", None)
    assert json.loads(statement) == question.statement()
    assert file.startswith("/exchange/")
    assert list(tmp_path.iterdir()) == []


def test_refused_select_arrow_leaves_no_file(
    db: Database, engine: FakeEngine, tmp_path: Path
) -> None:
    engine.answer(InvalidValue("no such day", row=5))
    with pytest.raises(InvalidValue, match="no such day"):
        db.select_arrow(select(Flight))
    assert list(tmp_path.iterdir()) == []


def test_errors_name_the_path_of_the_host(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    renamed = path_as_the_host_has_it("/x.db", file)
    with pytest.raises(MemoryFailed, match=f"^'{file}' is no database$") as raised, renamed:
        raise MemoryFailed("'/x.db' is no database", path="/x.db")
    assert raised.value.details == {"path": str(file)}
    renamed = path_as_the_host_has_it("/x.db", file)
    with pytest.raises(MemoryFailed, match=r"^disk full$"), renamed:
        raise MemoryFailed("disk full")


def test_create_tables_and_list_them(db: Database, engine: FakeEngine) -> None:
    definitions = [Airline.__table__.as_json(), Flight.__table__.as_json()]
    engine.answer(None, definitions)
    db.create_tables(Airline, Flight)
    assert json.loads(engine.calls[0][1]) == definitions
    assert db.tables() == [Airline.__table__, Flight.__table__]


def test_check_names_problems(db: Database, engine: FakeEngine) -> None:
    engine.answer([{"page": 3, "offset": 8, "what": "torn"}])
    assert db.check() == [Problem(3, 8, "torn")]


def test_page_map(db: Database, engine: FakeEngine) -> None:
    index = {"columns": ["id"], "unique": True, "pages": 1, "entries": 4, "height": 1}
    facts = {"name": "t", "rows": 4, "columns": 2, "record_pages": 1, "free_bytes": 9}
    tables = [{**facts, "indexes": [index]}]
    engine.answer({"pages": ["registry", "record"], "owners": [None, "t"], "tables": tables})
    page_map = db.page_map()
    assert (page_map.pages, page_map.owners) == (("registry", "record"), (None, "t"))
    (table,) = page_map.tables
    assert (table.name, table.rows, table.indexes[0].columns) == ("t", 4, ("id",))


def test_statistics_are_reports(db: Database, engine: FakeEngine) -> None:
    index = {"columns": ["id"], "unique": True, "pages": 1, "entries": 4, "height": 1}
    sizes = {"rows": 4, "columns": 2, "record_pages": 1, "free_bytes": 9, "pages": 7}
    totals = {"pages": 12, "free_pages": 1, "unreferenced_pages": 1, "log_bytes": 5, "problems": 0}
    engine.answer({**totals, "tables": [{"name": "t", **sizes, "indexes": [index]}]})
    statistics = db.stats()
    assert (statistics.pages, statistics.log_bytes) == (12, 5)
    (table,) = statistics.tables
    assert (table.name, table.pages, table.indexes[0].entries) == ("t", 7, 4)


def test_tables_are_dropped_by_model_or_name(db: Database, engine: FakeEngine) -> None:
    db.drop_tables(Airline, "old")
    db.checkpoint()
    assert engine.calls == [
        ("catalog.drop-tables", '["airlines","old"]'),
        ("maintenance.checkpoint",),
    ]


def test_copies_need_a_file_of_the_host(db: Database, tmp_path: Path) -> None:
    for verb in (db.compact, lambda: db.snapshot(tmp_path / "copy")):
        with pytest.raises(DatabaseFileError, match="no file of this host"):
            verb()


def test_close_happens_once_and_gives_the_file_up(engine: FakeEngine, tmp_path: Path) -> None:
    file = DatabaseFile(tmp_path / "x.wasidb", read_only=False, options={})
    with Database(engine, file) as db, pytest.raises(DatabaseLocked):
        FileLock(file.path, read_only=True)
    db.close()
    assert engine.calls == [("maintenance.close",)]
    assert engine.is_closed
    FileLock(file.path, read_only=True).release()
    for use in (lambda: db.tables(), lambda: db.transaction(), lambda: db.__enter__()):
        with pytest.raises(NotOpen, match="database has been closed"):
            use()


def test_close_of_a_failed_engine(engine: FakeEngine) -> None:
    engine.answer(ComponentFailed("gone"))
    Database(engine).close()
    assert engine.is_closed


def test_typed_interface_shares_the_engine(db: Database, engine: FakeEngine) -> None:
    engine.answer(0)
    assert db.typed.begin_transaction() == 0
    assert engine.calls == [("database.begin-transaction",)]
