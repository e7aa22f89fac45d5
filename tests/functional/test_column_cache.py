"""Columns that are kept from one scan to the next are never those of rows that have changed since.

Each question is asked before a change, so that its columns are kept, and again behind it.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pytest

import wasidb
from wasidb import Field, Table, UInt16, UInt32, select

COUNT = 300
LARGE = 500


class Part(Table, table="parts"):
    id: UInt32 = Field(primary_key=True)
    kind: str | None
    size: int


Rows = dict[int, tuple[str | None, int]]


def stored() -> Rows:
    """Rows that take several pages."""
    return {number: (f"{number} ".ljust(600, "x"), number * 2) for number in range(COUNT)}


def parts(rows: Rows) -> list[Part]:
    return [Part(id=number, kind=kind, size=size) for number, (kind, size) in rows.items()]


def insert(session: Any) -> Rows:
    rows: Rows = {COUNT: (None, 7), COUNT + 1: ("new", LARGE)}
    session.insert(parts(rows))
    return stored() | rows


def insert_on_a_new_page(session: Any) -> Rows:
    """No page that had rows changes."""
    rows: Rows = {COUNT: ("z" * 60_000, LARGE)}
    session.insert(parts(rows))
    return stored() | rows


def load(session: Any) -> Rows:
    rows: Rows = {COUNT + each: (f"loaded {each}", each) for each in range(COUNT)}
    kinds, sizes = zip(*rows.values(), strict=True)
    ids = pa.array(rows, pa.uint32())
    session.insert_arrow(Part, pa.table({"id": ids, "kind": kinds, "size": sizes}))
    return stored() | rows


def update_in_place(session: Any) -> Rows:
    session.update(Part, Part.id == 200, size=3)
    return stored() | {200: (stored()[200][0], 3)}


def update_that_moves(session: Any) -> Rows:
    """A shorter record leaves its place, a longer one takes that of others."""
    session.update(Part, Part.id == 1, kind="short")
    session.update(Part, Part.id == 250, kind="y" * 5_000)
    return stored() | {1: ("short", 2), 250: ("y" * 5_000, 500)}


def upsert(session: Any) -> Rows:
    rows: Rows = {5: (None, LARGE), COUNT: ("new", 1)}
    session.upsert(parts(rows))
    return stored() | rows


def delete(session: Any) -> Rows:
    session.delete(Part, Part.size < LARGE)
    return {number: row for number, row in stored().items() if row[1] >= LARGE}


def delete_all_over(session: Any) -> Rows:
    """On each page some rows go and others stay."""
    session.delete(Part, Part.kind.like("%1% %"))
    return {number: row for number, row in stored().items() if "1" not in str(number)}


def delete_twice(session: Any) -> Rows:
    """Columns of the rows that the first one has left are looked at by the second."""
    left = delete_all_over(session)
    assert rows_of(session) == left
    session.delete(Part, Part.kind.like("%2% %"))
    return {number: row for number, row in left.items() if "2" not in str(number)}


CHANGES = [
    insert,
    insert_on_a_new_page,
    load,
    update_in_place,
    update_that_moves,
    upsert,
    delete,
    delete_all_over,
    delete_twice,
]


def rows_of(session: Any) -> Rows:
    """All rows, as two questions have them: one reads whole columns, one some rows of others."""
    columns = Part.id, Part.kind, Part.size
    every = session.select_tuples(select(*columns))
    large = session.select_tuples(select(*columns).where(Part.size >= LARGE))
    assert sorted(large) == sorted(row for row in every if row[2] >= LARGE)
    return {number: (kind, size) for number, kind, size in every}


@pytest.fixture
def filled(db: wasidb.Database) -> wasidb.Database:
    db.create_tables(Part)
    db.insert(parts(stored()))
    assert rows_of(db) == stored()
    return db


@pytest.mark.parametrize("change", CHANGES)
def test_a_commit_is_seen_by_those_who_come_later(
    filled: wasidb.Database, change: Callable[[Any], Rows]
) -> None:
    with filled.transaction(read_only=True) as earlier:
        assert rows_of(earlier) == stored()
        after = change(filled)
        assert rows_of(filled) == after
        assert rows_of(earlier) == stored()
        with filled.transaction(read_only=True) as later:
            assert rows_of(later) == after
    assert rows_of(filled) == after


@pytest.mark.parametrize("change", CHANGES)
def test_own_changes_are_seen_by_their_transaction_alone(
    filled: wasidb.Database, change: Callable[[Any], Rows]
) -> None:
    with suppress(LookupError), filled.transaction() as tx:
        with suppress(KeyError), tx.savepoint():
            after = change(tx)
            assert rows_of(tx) == after
            assert rows_of(filled) == stored()
            raise KeyError
        assert rows_of(tx) == stored()
        change(tx)
        assert rows_of(tx) == after
        raise LookupError
    assert rows_of(filled) == stored()


def test_a_table_of_the_same_name_and_pages(filled: wasidb.Database) -> None:
    filled.drop_tables(Part)
    filled.create_tables(Part)
    assert rows_of(filled) == {}
    few = {number: (None, -number) for number in range(10)}
    filled.insert(parts(few))
    assert rows_of(filled) == few


def test_a_table_with_other_columns(filled: wasidb.Database) -> None:
    class Wide(Table, table="parts"):
        id: UInt32 = Field(primary_key=True)
        shelf: UInt16 = 9
        kind: str | None
        size: int

    filled.migrate(Wide)
    wide = filled.select_tuples(select(Wide.id, Wide.shelf, Wide.kind, Wide.size))
    assert {number: row for number, *row in wide} == {
        number: [9, *row] for number, row in stored().items()
    }
