"""What the query builder can ask, on real tables."""

from decimal import Decimal

import pytest

import wasidb
from wasidb import (
    Database,
    Field,
    Table,
    alias,
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
