"""Models whose primary key is of several columns, from one end to the other."""

import datetime

import pyarrow as pa
import pytest

import wasidb
from wasidb import Field, Table, UInt32, select
from wasidb.errors import InvalidValue, PrimaryKeyConflict


class Stay(Table, table="stays"):
    room: UInt32 = Field(primary_key=True)
    day: datetime.date = Field(primary_key=True)
    guest: str


DAYS = [datetime.date(2026, 11, day) for day in (20, 21, 22)]


@pytest.fixture
def stays(db: wasidb.Database) -> wasidb.Database:
    db.create_tables(Stay)
    keys = db.insert([Stay(room=7, day=day, guest="Ann") for day in DAYS])
    assert keys == [(7, day) for day in DAYS]
    return db


def test_rows_are_found_by_tuples(stays: wasidb.Database) -> None:
    assert stays.get(Stay, (7, DAYS[1])) == Stay(room=7, day=DAYS[1], guest="Ann")
    found = stays.get_many(Stay, [(8, DAYS[0]), (7, DAYS[2])])
    assert found == [None, Stay(room=7, day=DAYS[2], guest="Ann")]


@pytest.mark.parametrize("key", [7, (7,), [7, DAYS[0]], (7, DAYS[0], 1)])
def test_a_key_that_is_none_is_refused(stays: wasidb.Database, key: object) -> None:
    with pytest.raises(InvalidValue, match=r"stays \(key 0\): expected a tuple of room, day"):
        stays.get(Stay, key)
    with pytest.raises(InvalidValue, match=r"stays\.day \(row 0\): 3.5 is no date"):
        stays.get(Stay, (7, 3.5))


def test_the_key_is_unique(stays: wasidb.Database) -> None:
    with pytest.raises(PrimaryKeyConflict) as refused:
        stays.insert(Stay(room=7, day=DAYS[0], guest="Ben"))
    assert refused.value.details["constraint"] == "stays_pkey"
    assert refused.value.details["value"] == [7, "2026-11-20"]


def test_upserts_go_by_the_key(stays: wasidb.Database) -> None:
    rows = [Stay(room=7, day=DAYS[0], guest="Ben"), Stay(room=8, day=DAYS[0], guest="Cid")]
    assert stays.upsert(rows) == (1, 1)
    guests = [row.guest for row in stays.select(select(Stay).order_by(Stay.room, Stay.day))]
    assert guests == ["Ben", "Ann", "Ann", "Cid"]
    data = pa.table({"room": [8, 9], "day": DAYS[:2], "guest": ["Dan", "Eve"]})
    assert stays.upsert_arrow(Stay, data) == (1, 1)
    found = stays.get_many(Stay, [(8, DAYS[0]), (9, DAYS[1])])
    assert [row and row.guest for row in found] == ["Dan", "Eve"]


def test_a_model_fits_what_is_stored(stays: wasidb.Database) -> None:
    stays.create_tables(Stay)
    assert stays.migrate(Stay, dry_run=True) == []
    definition = stays.table("stays")
    assert definition.key == Stay.__table__.key
    assert [column.name for column in definition.columns] == ["rowid", "room", "day", "guest"]
    assert stays.check() == []
