"""Foreign keys that act on many rows at once, over many pages."""

from typing import Any

import pytest

import wasidb
from tests.support.engine_under_test import EngineUnderTest
from tests.support.golden_syntax import parse_definition
from wasidb import Field, ForeignKeyViolated, RowIsReferenced, Table, UniqueViolated, select

PARENTS, CHILDREN = 400, 2400


@pytest.fixture
def family(engine: EngineUnderTest) -> EngineUnderTest:
    """Children 0, 400, 800 ... of each table belong to parent 0; `note` makes rows large."""
    engine.create(
        *map(
            parse_definition,
            (
                "parents: id uint32 key, code text unique",
                "heirs: id uint32 key, parent uint32 -> parents.id cascade; index parent",
                "wards: id uint32 key, note text, "
                "parent uint32 null -> parents.id set_null unindexed",
                "pupils: id uint32 key, note text, code text -> parents.code; index code",
            ),
        )
    )
    engine.insert("parents", ["id", "code"], *([n, f"c{n}"] for n in range(PARENTS)))
    children = range(CHILDREN)
    engine.insert("heirs", ["id", "parent"], *([n, n % PARENTS] for n in children))
    engine.insert(
        "wards", ["id", "note", "parent"], *([n, "-" * 90, n % PARENTS] for n in children)
    )
    engine.insert(
        "pupils", ["id", "note", "code"], *([n, "-" * 90, f"c{n % PARENTS}"] for n in range(300))
    )
    return engine


def rows(engine: EngineUnderTest, table: str, column: str) -> list[Any]:
    order = [{"column": "id", "direction": "asc"}]
    statement = {"from": table, "columns": [column], "order_by": order}
    return [cell for (cell,) in engine.select(statement)]


@pytest.mark.parametrize("first", [398, 300])
def test_many_rows_are_deleted_and_emptied(family: EngineUnderTest, first: int) -> None:
    """Few parents are looked for with the index, many by reading all rows."""
    gone = PARENTS - first
    where = {"Ge": ["id", first]}
    assert family.delete("parents", where) == gone * (1 + CHILDREN // PARENTS)
    expected = [n % PARENTS for n in range(CHILDREN)]
    assert rows(family, "heirs", "parent") == [parent for parent in expected if parent < first]
    kept = [parent if parent < first else None for parent in expected]
    assert rows(family, "wards", "parent") == kept
    assert family.check() == []


def test_many_keys_are_followed(family: EngineUnderTest) -> None:
    """As a batch of rows may give each of them another key; each is taken over by another."""
    family.upsert(
        "parents", ["id", "code"], *([n, f"c{(n + 1) % PARENTS}"] for n in range(PARENTS))
    )
    assert rows(family, "pupils", "code") == [f"c{(n + 1) % PARENTS}" for n in range(300)]
    assert rows(family, "parents", "code") == [f"c{(n + 1) % PARENTS}" for n in range(PARENTS)]
    assert family.check() == []


class Hall(Table, table="halls"):
    id: int = Field(primary_key=True)


class Seat(Table, table="seats", unique=[("hall", "place")]):
    id: int = Field(primary_key=True)
    hall: int = Field(references="halls.id", on_update="restrict", deferred=True)
    place: int


TAKEN = {
    "columns": ["hall", "place"],
    "references": {"table": "seats", "columns": ["hall", "place"]},
}


class Ticket(Table, table="tickets", foreign_keys=[{**TAKEN, "on_delete": "set_null"}]):
    id: int = Field(primary_key=True)
    hall: int | None = None
    place: int | None = None


def test_models_say_what_their_keys_do(engine: EngineUnderTest) -> None:
    db = wasidb.Database(engine)
    db.create_tables(Hall, Seat, Ticket)
    with db.transaction() as tx:
        tx.insert([Seat(id=1, hall=7, place=1), Seat(id=2, hall=7, place=2)])
        tx.insert(Hall(id=7))
    db.insert([Ticket(id=1, hall=7, place=1), Ticket(id=2, hall=7, place=2)])
    assert db.delete(Seat, Seat.id == 1) == 1
    assert db.get(Ticket, 1) == Ticket(id=1)
    assert db.get(Ticket, 2) == Ticket(id=2, hall=7, place=2)
    assert db.table("tickets").foreign_keys == Ticket.__table__.foreign_keys
    with pytest.raises(ForeignKeyViolated), db.transaction() as tx:
        tx.update(Hall, Hall.id == 7, id=8)
    with pytest.raises(UniqueViolated) as taken:
        db.insert(Seat(id=3, hall=7, place=2))
    assert taken.value.details == {
        "table": "seats",
        "constraint": "seats_hall_place_key",
        "column": "hall, place",
        "value": [7, 2],
    }
    assert len(db.select(select(Seat))) == 1


def test_facts_of_a_broken_reference(family: EngineUnderTest) -> None:
    where = {"table": "parents", "constraint": "pupils_code_fkey", "column": "code"}
    with pytest.raises(RowIsReferenced) as held:
        family.delete("parents", {"Eq": ["id", 5]})
    assert held.value.details == {**where, "value": "c5", "source": "pupils.code"}
    with pytest.raises(ForeignKeyViolated) as missing:
        family.insert("heirs", ["id", "parent"], [9000, 1], [9001, 777])
    assert missing.value.details == {
        "table": "heirs",
        "constraint": "heirs_parent_fkey",
        "column": "parent",
        "value": 777,
        "target": "parents.id",
    }
