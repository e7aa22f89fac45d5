"""Several transactions made durable with one flush, through the contract."""

import json
import threading

import wasidb
from tests.support.engine_under_test import EngineUnderTest
from wasidb import Field, Table

NOTES = [
    {
        "name": "notes",
        "primary_key": "id",
        "columns": [{"name": "id", "type": "uint32"}, {"name": "text", "type": "text"}],
    }
]


class Note(Table, table="written"):
    id: int = Field(primary_key=True)
    writer: int


def begin_with(engine: EngineUnderTest, key: int, text: str) -> int:
    """A transaction that has inserted a note."""
    number: int = engine.begin()
    rows = {"columns": ["id", "text"], "rows": [[key, text]]}
    engine.call("rows", "insert", "notes", json.dumps(rows), number)
    return number


def keys(engine: EngineUnderTest) -> list[int]:
    query = {"from": "notes", "columns": ["id"], "order_by": [{"column": "id"}]}
    found = json.loads(engine.call("rows", "select", json.dumps(query), None))
    return [row[0] for row in found["rows"]]


def test_each_transaction_of_a_group_has_its_own_outcome(engine: EngineUnderTest) -> None:
    engine.call("catalog", "create-tables", json.dumps(NOTES))
    numbers = [begin_with(engine, key, "first") for key in (1, 2)]
    numbers.append(begin_with(engine, 2, "a key that the one before takes"))
    numbers.append(begin_with(engine, 4, "last"))
    outcomes = json.loads(engine.call("rows", "commit-many", [*numbers, 77]))
    assert outcomes[:2] == [None, None]
    assert outcomes[2]["code"] == "primary-key-conflict"
    assert json.loads(outcomes[2]["details"])["value"] == 2
    assert outcomes[3] is None
    assert outcomes[4]["code"] == "transaction-not-found"
    assert keys(engine) == [1, 2, 4]


def test_an_empty_group_is_nothing(engine: EngineUnderTest) -> None:
    assert engine.call("rows", "commit-many", []) == "[]"


def test_threads_that_commit_at_the_same_time_lose_nothing(db: wasidb.Database) -> None:
    db.create_tables(Note)
    failures: list[BaseException] = []

    def write(writer: int) -> None:
        try:
            for number in range(10):
                with db.transaction() as tx:
                    tx.insert(Note(id=writer * 100 + number, writer=writer))
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    found = db.select(wasidb.select(Note))
    assert sorted(note.id for note in found) == [w * 100 + n for w in range(6) for n in range(10)]
