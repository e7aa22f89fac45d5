"""Answers as pyarrow tables: the columns are those of `select`, in its order."""

import json
from decimal import Decimal

import pyarrow as pa
import pytest

import wasidb
from tests.support.engine_under_test import EngineUnderTest
from wasidb import Field, Table, avg, count, many, one, select


class City(Table, table="cities"):
    name: str = Field(primary_key=True)
    country: str
    people: int | None = None


class Street(Table, table="streets"):
    id: int = Field(primary_key=True, autoincrement=True)
    name: str
    city: str = Field(references="cities.name")


@pytest.fixture
def cities(db: wasidb.Database) -> wasidb.Database:
    db.create_tables(City, Street)
    db.insert(
        [
            City(name="Bergen", country="NO", people=291_940),
            City(name="Oslo", country="NO", people=717_710),
            City(name="Aarhus", country="DK"),
        ]
    )
    db.insert([Street(name="Torggata", city="Oslo"), Street(name="Strøget", city="Aarhus")])
    return db


def test_models_as_arrow(cities: wasidb.Database) -> None:
    table = cities.select_arrow(select(City).where(City.country == "NO").order_by(City.name))
    assert table == pa.table(
        {"name": ["Bergen", "Oslo"], "country": ["NO", "NO"], "people": [291_940, 717_710]}
    )


def test_columns_stand_in_the_order_asked_for(cities: wasidb.Database) -> None:
    question = select(count(), City.country, avg(City.people).as_("mean")).group_by(City.country)
    assert cities.select_arrow(question.order_by(City.country)).to_pylist() == [
        {"count": 1, "country": "DK", "mean": None},
        {"count": 2, "country": "NO", "mean": Decimal(504_825)},
    ]


def test_joined_columns_of_one_name(cities: wasidb.Database) -> None:
    question = select(Street.name, City.name, City.people).join(City, on=Street.city == City.name)
    table = cities.select_arrow(question.order_by(Street.id))
    assert table.column_names == ["name", "cities.name", "people"]
    rows = [tuple(column.to_pylist()) for column in table.columns]
    assert rows == [("Torggata", "Strøget"), ("Oslo", "Aarhus"), (717_710, None)]


def test_related_rows_are_json(cities: wasidb.Database) -> None:
    question = select(Street).include(home=one(City, Street.city)).order_by(Street.id)
    table = cities.select_arrow(question)
    assert table.column_names == ["id", "name", "city", "home"]
    assert json.loads(table.column("home")[1].as_py())["country"] == "DK"
    table = cities.select_arrow(select(City).include(streets=many(Street, Street.city)).limit(1))
    assert table.column("streets").to_pylist() == ["[]"]


def test_transaction_sees_its_own_rows(cities: wasidb.Database) -> None:
    with cities.transaction() as tx:
        tx.delete(City, City.name == "Bergen")
        assert tx.select_arrow(select(count()).from_(City)).to_pylist() == [{"count": 2}]
        assert cities.select_arrow(select(count()).from_(City)).to_pylist() == [{"count": 3}]


def test_no_rows_have_a_schema(cities: wasidb.Database) -> None:
    table = cities.select_arrow(select(City).where(City.country == "XX"))
    assert table.schema == pa.schema({"name": "string", "country": "string", "people": "int64"})
    assert table.num_rows == 0


def test_rows_outlive_the_database(cities: wasidb.Database) -> None:
    table = cities.select_arrow(select(City).order_by(City.name))
    cities.close()
    assert table.column("name").to_pylist() == ["Aarhus", "Bergen", "Oslo"]


def test_read_only_databases_give_arrow(cities: wasidb.Database, engine: EngineUnderTest) -> None:
    engine.reopen(read_only=True)
    assert wasidb.Database(engine).select_arrow(select(City)).num_rows == 3
    assert list(engine.exchange.folder.iterdir()) == []


def test_an_answer_larger_than_what_wasi_takes_at_once(db: wasidb.Database) -> None:
    # Its record batch has 132 MiB of notes; wasmtime ends an instance that hands over 128 MiB.
    class Note(Table, table="notes"):
        id: int = Field(primary_key=True)
        text: str

    db.create_tables(Note)
    notes = pa.table({"id": range(2_400), "text": ["abcdefgh" * 7_200] * 2_400})
    db.insert_arrow(Note, notes)
    assert db.select_arrow(select(Note).order_by(Note.id)) == notes
