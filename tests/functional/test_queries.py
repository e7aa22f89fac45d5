"""What the query builder can ask, on real tables."""

from base64 import b64decode
from collections.abc import Sequence
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from typing import Annotated, Any

import pytest

import wasidb
from wasidb import (
    Custom,
    Database,
    Field,
    Table,
    alias,
    column,
    count,
    count_distinct,
    first,
    last,
    many,
    median,
    one,
    quantile,
    select,
    stddev,
    variance,
)


class Employee(Table, table="employees"):
    id: int = Field(primary_key=True)
    name: str
    city: str
    boss: int | None = Field(default=None, references="employees.id", index=True)
    salary: int | None = None


class Visit(Table, table="visits"):
    id: int = Field(primary_key=True)
    city: str
    employee: int = Field(references="employees.id")


class Reading(Table, table="readings"):
    id: int = Field(primary_key=True)
    room: str = Field(index=True)
    level: int | None = Field(default=None, index=True)


ANN = Employee(id=1, name="Ann", city="Oslo", salary=900)
BOB = Employee(id=2, name="Bob", city="Oslo", boss=1, salary=500)
EVE = Employee(id=3, name="Eve", city="Bergen", boss=1)
DAN = Employee(id=4, name="Dan", city="Bergen", boss=2, salary=400)
HOME = Visit(id=1, city="Oslo", employee=2)
AWAY = Visit(id=2, city="Oslo", employee=3)


@pytest.fixture
def staff(db: Database) -> Database:
    db.create_tables(Employee, Visit)
    db.insert([ANN, BOB, EVE, DAN])
    db.insert([HOME, AWAY])
    return db


def test_a_table_is_joined_to_itself(staff: Database) -> None:
    boss = alias(Employee, "boss")
    question = (
        select(Employee.name, boss.name)
        .join(boss, on=(Employee.boss == boss.id) & (Employee.city == boss.city), how="left")
        .order_by(boss.name.desc().nulls_first(), Employee.name)
    )
    assert list(map(tuple, staff.select(question))) == [
        ("Ann", None), ("Dan", None), ("Eve", None), ("Bob", "Ann"),
    ]  # fmt: skip


def test_rows_with_and_without_partner(staff: Database) -> None:
    visited = (Visit.employee == Employee.id) & (Visit.city == Employee.city)
    assert staff.select(select(Employee).join(Visit, on=visited, how="semi")) == [BOB]
    outside = (Visit.employee == Employee.id) & (Visit.city != "Oslo")
    everybody = staff.select(select(Employee).join(Visit, on=outside, how="anti"))
    assert everybody == [ANN, BOB, EVE, DAN]


def test_related_rows(staff: Database) -> None:
    visits = many(Visit, Visit.employee).order_by(Visit.id)
    question = (
        select(Employee)
        .where(Employee.id <= 3)
        .order_by(Employee.id)
        .include(
            chief=one(Employee, Employee.boss), staff=many(Employee, Employee.boss), out=visits
        )
    )
    ann, bob, eve = staff.select(question)
    assert ann == (ANN, None, [BOB, EVE], [])
    assert bob == (BOB, ANN, [DAN], [HOME])
    assert (eve.employees, eve.out) == (EVE, [AWAY])
    nested = select(Visit).include(
        who=one(Employee, Visit.employee).include(staff=many(Employee, Employee.boss))
    )
    assert [(each.who.employees, each.who.staff) for each in staff.select(nested)] == [
        (BOB, [DAN]), (EVE, []),
    ]  # fmt: skip


def test_aggregates(staff: Database) -> None:
    pay = Employee.salary
    question = select(
        count_distinct(Employee.city), first(Employee.name), last(pay), median(pay),
        quantile(pay, 0.75).as_("upper"), stddev(pay), variance(pay),
    )  # fmt: skip
    (row,) = staff.select(question)
    assert row[:5] == (2, "Ann", 400, Decimal(500), Decimal(700))
    assert row[5:] == pytest.approx((264.575131106459, 70_000.0))


@pytest.fixture
def readings(db: Database) -> list[Reading]:
    """More rows than are looked at one by one; every 40th has no level, every level recurs."""
    db.create_tables(Reading)
    rows = [
        Reading(id=id, room=f"room {id % 7}", level=id * 11 % 250 - 9 if id % 40 else None)
        for id in range(4000)
    ]
    db.insert(rows)
    return rows


def by_level(row: Reading) -> tuple[bool, int]:
    return row.level is not None, row.level or 0


def test_the_first_rows_in_an_order(db: Database, readings: list[Reading]) -> None:
    def first_ten(*order: object) -> list[Reading]:
        return db.select(select(Reading).order_by(*order).limit(10).offset(95))

    assert first_ten(Reading.id.desc()) == readings[-96:-106:-1]
    assert first_ten(Reading.level) == sorted(readings, key=by_level)[95:105]
    assert first_ten(Reading.level.desc()) == sorted(readings, key=by_level, reverse=True)[95:105]
    by_room = sorted(readings, key=lambda row: (row.room, row.id))
    assert first_ten(Reading.room, Reading.id) == by_room[95:105]
    last = select(Reading).order_by(Reading.level.asc().nulls_last(), Reading.id.desc()).limit(2)
    assert [row.level for row in db.select(last)] == [-9, -9]


def test_the_first_rows_in_an_order_that_a_filter_lets_pass(
    db: Database, readings: list[Reading]
) -> None:
    def first(question: Any, limit: int) -> list[int]:
        return [row.id for row in db.select(question.limit(limit))]

    ordered = select(Reading).order_by(Reading.id)
    assert first(ordered.where(Reading.id > 1500), 3) == [1501, 1502, 1503]
    assert first(ordered.where(Reading.id > 1500, Reading.level == 0), 2) == [1569, 1819]
    assert first(ordered.where(Reading.id < 0), 2) == []
    high = select(Reading).where(Reading.level >= 0).order_by(Reading.level)
    expected = sorted((row for row in readings if (row.level or -1) >= 0), key=by_level)
    assert (
        first(high.where(Reading.level > 3), 50)
        == [row.id for row in expected if by_level(row) > (True, 3)][:50]
    )
    assert first(select(Reading).where(Reading.level > 200), 4) == [
        row.id for row in above(readings, 200)[:4]
    ]


def above(readings: list[Reading], level: int) -> list[Reading]:
    return [row for row in readings if row.level is not None and row.level > level]


def test_bytes_that_read_null_in_base64(db: Database) -> None:
    class Tag(Table, table="tags"):
        id: Annotated[bytes, Custom("tag", 3)] = Field(primary_key=True)
        word: Annotated[bytes, Custom("word")] | None = None
        raw: bytes | None = None

    null = b64decode("Null")
    db.create_tables(Tag)
    db.insert([Tag(id=null, word=null, raw=null), Tag(id=b"abc")])
    for condition in (Tag.id == null, Tag.word == null, Tag.raw == null):
        assert db.select(select(Tag.id).where(condition)) == [(null,)]
        assert db.count(Tag, condition) == 1
    assert db.update(Tag, column(Tag.id).in_([null]), word=b"x") == 1


def test_alternatives_and_counts_by_index(db: Database, readings: list[Reading]) -> None:
    either = (Reading.level == 5) | (Reading.id >= 3998) | (Reading.level == None)  # noqa: E711
    found = db.select(select(Reading).where(either))
    assert found == [row for row in readings if row.level in (5, None) or row.id >= 3998]
    one_of_many = reduce(or_, (Reading.id == id for id in range(0, 4000, 2)))
    assert db.select(select(Reading).where(one_of_many)) == readings[::2]
    none_of_many = reduce(and_, (Reading.id != id for id in range(0, 4000, 2)))
    assert db.select(select(Reading).where(none_of_many)) == readings[1::2]
    total = select(count()).from_(Reading).where(Reading.level > 200)
    ((number,),) = db.select(total)
    assert number == len(above(readings, 200))
    with db.transaction() as tx:
        tx.update(Reading, (Reading.level > 200) & (Reading.id < 100), level=-100)
        ((in_transaction,),) = tx.select(total)
        (lowest,) = tx.select(
            select(Reading).where(Reading.level < 0).order_by(Reading.level).limit(1)
        )
        tx.rollback()
    changed = [row for row in above(readings, 200) if row.id < 100]
    assert in_transaction == number - len(changed)
    assert (lowest.id, lowest.level) == (changed[0].id, -100)
    assert db.select(total) == [(number,)]


def test_related_rows_of_a_transaction_are_its_own(staff: Database) -> None:
    with staff.transaction() as tx:
        tx.insert(Employee(id=5, name="Fay", city="Oslo", boss=4))
        (row,) = tx.select(
            select(Employee).where(Employee.id == 4).include(staff=many(Employee, Employee.boss))
        )
        assert [each.name for each in row.staff] == ["Fay"]
        tx.rollback()
    with pytest.raises(wasidb.InvalidQuery, match="does not reference"):
        staff.select(select(Employee).include(city=one(Employee, Employee.city)))


@pytest.mark.parametrize("keys", [[3, 1, 3, 99], [4, -1], [2, 1 << 70, 1], [1, 1 << 63], range(5)])
def test_many_keys_are_found_as_each_by_itself(staff: Database, keys: Sequence[int]) -> None:
    found = staff.get_many(Employee, keys)
    assert found == [staff.get(Employee, key) for key in keys]
    listed = staff.select(select(Employee).where(Employee.id.in_(keys)))
    assert {each.id for each in listed} == {each.id for each in found if each is not None}


class Word(Table, table="words"):
    text: str = Field(primary_key=True)
    raw: bytes | None = Field(default=None, index=True)


def test_values_that_would_read_as_null(db: Database) -> None:
    db.create_tables(Word)
    null = Word(text="Null", raw=b"6\xe9e")  # in base64: Null
    db.insert([null, Word(text="null")])
    assert db.get(Word, "Null") == null
    assert db.get_many(Word, ["Null", "none"]) == [null, None]
    for condition in (Word.text == "Null", Word.text.in_(["Null"]), Word.raw == b"6\xe9e"):
        assert db.select(select(Word).where(condition)) == [null]
    assert db.update(Word, Word.text == "Null", raw=None) == 1
