"""What changes rows keeps its limits too: nothing has changed, and the transaction goes on."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from wasidb import (
    Database,
    DeadlineExceeded,
    Field,
    InvalidQuery,
    LimitExceeded,
    Session,
    Table,
    Transaction,
    UInt32,
    select,
)

ROWS = 40
NO_TIME = 1e-9


class Note(Table, table="notes", alignment=32_768):
    """Rows that take half a page each."""

    id: UInt32 = Field(primary_key=True)
    group: int = Field(0, index=True)
    body: str = "x"


class Reply(Table, table="replies"):
    id: UInt32 = Field(primary_key=True)
    note: UInt32 = Field(references="notes.id", on_delete="cascade")


def more() -> list[dict[str, object]]:
    return [{"id": number, "body": "z"} for number in range(ROWS // 2, 2 * ROWS)]


CHANGES: dict[str, Callable[[Session], object]] = {
    "insert": lambda session: session.insert(more()[ROWS // 2 :], Note),
    "upsert": lambda session: session.upsert(more(), Note),
    "insert_arrow": lambda session: session.insert_arrow(
        Note, pa.Table.from_pylist(more()[ROWS // 2 :])
    ),
    "upsert_arrow": lambda session: session.upsert_arrow(Note, pa.Table.from_pylist(more())),
    "update": lambda session: session.update(Note, None, body="y"),
    "delete": lambda session: session.delete(Note, None),
}
CHOSEN: dict[str, Callable[[Session], object]] = {
    "update": lambda session: session.update(Note, None, group=1),
    "update by index": lambda session: session.update(Note, Note.group == 0, group=1),
    "update by condition": lambda session: session.update(Note, Note.body == "x", group=1),
    "delete": lambda session: session.delete(Note, None),
    "delete by index": lambda session: session.delete(Note, Note.group == 0),
    "select": lambda session: session.select(select(Note)),
}


@pytest.fixture
def notes(db: Database) -> Database:
    db.create_tables(Note, Reply)
    db.insert([Note(id=number) for number in range(ROWS)])
    return db


def contents(session: Session) -> list[tuple[object, ...]]:
    return session.select_tuples(select(Note))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_change_whose_time_is_up_leaves_its_transaction_as_it_was(
    notes: Database, change: Callable[[Transaction], object]
) -> None:
    before = contents(notes)
    with notes.transaction(statement_seconds=NO_TIME) as tx:
        with pytest.raises(DeadlineExceeded):
            change(tx)
        tx.insert(Reply(id=1, note=1))
        with pytest.raises(DeadlineExceeded):
            change(tx)
        tx.insert(Reply(id=2, note=2))
    assert contents(notes) == before
    assert notes.count(Reply) == 2
    with notes.transaction() as tx:
        change(tx)
    assert contents(notes) != before
    assert notes.check() == []


@pytest.mark.parametrize("change", CHOSEN.values(), ids=CHOSEN)
def test_change_of_too_many_rows_changes_none(
    notes: Database, change: Callable[[Transaction], object]
) -> None:
    before = contents(notes)
    with notes.transaction(result_rows=ROWS - 1) as tx:
        with pytest.raises(LimitExceeded, match=f"more than {ROWS - 1} rows") as raised:
            change(tx)
        assert raised.value.details["limit"] == "result rows"
        tx.insert(Reply(id=1, note=1))
    assert contents(notes) == before
    assert notes.count(Reply) == 1
    with notes.transaction(result_rows=ROWS) as tx:
        change(tx)


def test_memory_of_a_transaction(notes: Database) -> None:
    with notes.transaction(query_memory=1) as tx:
        assert tx.select_tuples(select(Note).order_by(Note.body, Note.id)) == contents(notes)


@pytest.mark.parametrize(
    "limits", [{"statement_seconds": 0}, {"result_rows": -1}, {"query_memory": True}], ids=str
)
def test_what_is_no_limit(notes: Database, limits: dict[str, float]) -> None:
    (name,) = limits
    with pytest.raises(InvalidQuery, match=f"{name} is a number of"), notes.transaction(**limits):
        pass
