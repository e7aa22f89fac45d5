"""Questions that are explained: the steps, what they were likely to give, and what they gave."""

from collections.abc import Iterator

import pytest

from tests.support.engine_under_test import EngineUnderTest
from wasidb import Database, Explanation, Field, Table, UInt32, count, select
from wasidb.errors import Conflict, UnknownColumn

PEOPLE = 300


class Town(Table, table="towns"):
    name: str = Field(primary_key=True)
    country: str


class Person(Table, table="people"):
    id: UInt32 = Field(primary_key=True)
    age: int = Field(index=True)
    town: str | None = Field(default=None, references="towns.name")


@pytest.fixture
def people(db: Database) -> Database:
    db.create_tables(Town, Person)
    db.insert([Town(name="Oslo", country="NO"), Town(name="Bergen", country="NO")])
    towns = ["Oslo", "Bergen", None]
    db.insert([Person(id=n, age=n % 60, town=towns[n % 3]) for n in range(PEOPLE)])
    return db


def steps(step: Explanation) -> Iterator[Explanation]:
    yield step
    for each in step.inputs:
        yield from steps(each)


def test_a_plan_is_shown_without_being_run(people: Database) -> None:
    question = select(Person.id).where(Person.age == 30).order_by(Person.id)
    explained = people.explain(question)
    assert str(explained).splitlines() == [
        "Project id                                                   about       5 rows",
        "  Sort id                                                    about       5 rows",
        "    Scan people [id, age], index (age) = 30, where age = 30  about       5 rows",
    ]
    assert all(step.rows is None for step in steps(explained))


def test_a_plan_that_is_run_says_what_each_step_gave_and_took(people: Database) -> None:
    question = (
        select(Town.country, count())
        .from_(Person)
        .join(Town, on=Person.town == Town.name)
        .where(Person.age < 30)
        .group_by(Town.country)
    )
    run = list(steps(people.explain(question, analyze=True)))
    assert [(step.node, step.rows) for step in run] == [
        ("Project", 1),
        ("AggregateGroups", 1),
        ("HashJoin", 100),
        ("Scan", 150),
        ("Scan", 2),
    ]
    whole = run[0]
    assert whole.milliseconds is not None
    assert all(0 <= (step.milliseconds or 0) <= whole.milliseconds for step in run)
    # One page of the index on age, one with people, one with towns.
    assert [step.pages for step in run] == [3, 3, 3, 2, 1]


def test_a_statement_as_a_dict_is_explained_as_well(people: Database) -> None:
    explained = people.explain({"from": "people", "where": {"Eq": ["id", 7]}})
    assert [step.node for step in steps(explained)] == ["Project", "Scan"]
    assert explained.estimated_rows == 1


def test_what_makes_no_sense_is_refused_as_when_it_is_asked(people: Database) -> None:
    with pytest.raises(UnknownColumn, match="size"):
        people.explain({"from": "people", "where": {"Eq": ["size", 7]}})


def test_a_transaction_is_explained_with_its_own_rows(people: Database) -> None:
    with people.transaction() as tx:
        tx.delete(Person, Person.age < 30)
        assert tx.explain(select(Person), analyze=True).rows == PEOPLE // 2
        assert people.explain(select(Person), analyze=True).rows == PEOPLE
        tx.rollback()


def test_what_was_explained_counts_as_read(engine: EngineUnderTest) -> None:
    column = {"name": "id", "type": "uint32"}
    for name in ("t", "u"):
        engine.create({"name": name, "primary_key": "id", "columns": [column]})
    tx = engine.begin()
    engine.explain({"from": "t"}, tx)
    engine.insert("u", ["id"], [1], tx=tx)
    engine.insert("t", ["id"], [1])
    with pytest.raises(Conflict):
        engine.call("rows", "commit", tx)
