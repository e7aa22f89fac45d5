"""One answer in all the shapes it can be had in."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import polars
import pytest

import wasidb
from tests.support.engine_under_test import EngineUnderTest
from wasidb import Field, InvalidValue, Json, Table, UInt64, count, many, one, select


class City(Table, table="cities"):
    name: str = Field(primary_key=True)
    people: UInt64 | None = None


class Street(Table, table="streets"):
    id: int = Field(primary_key=True)
    name: str
    city: str | None = Field(default=None, references="cities.name")


class Reading(Table, table="readings"):
    id: UUID = Field(primary_key=True)
    day: date | None = None
    moment: datetime | None = None
    price: Decimal | None = None
    share: float | None = None
    raw: bytes | None = None
    document: Json | None = None


OSLO, BERGEN = City(name="Oslo", people=2**64 - 1), City(name="Bergen")
TORGGATA, NOWHERE = Street(id=1, name="Torggata", city="Oslo"), Street(id=2, name="Nowhere")
FULL = Reading(
    id=UUID(int=7),
    day=date(2024, 2, 29),
    moment=datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
    price=Decimal("1.50"),
    share=0.1,
    raw=b"\x00\xff",
    document={"a": [1]},
)
EMPTY = Reading(id=UUID(int=8))
CITIES = select(City).order_by(City.name)
STREETS = select(Street).order_by(Street.id)
NAMES = (
    select(Street.name, City.name, City.people)
    .join(City, on=Street.city == City.name, how="left")
    .order_by(Street.id)
)


@pytest.fixture
def cities(db: wasidb.Database) -> wasidb.Database:
    db.create_tables(City, Street, Reading)
    db.insert([OSLO, BERGEN])
    db.insert([TORGGATA, NOWHERE])
    db.insert([FULL, EMPTY])
    return db


def test_rows_of_a_table(cities: wasidb.Database) -> None:
    assert cities.select(CITIES) == [BERGEN, OSLO]
    assert cities.select_dicts(CITIES) == [BERGEN.model_dump(), OSLO.model_dump()]
    assert cities.select_tuples(CITIES) == [("Bergen", None), ("Oslo", 2**64 - 1)]


def test_every_shape_has_values_of_the_types_of_the_model(cities: wasidb.Database) -> None:
    question = select(Reading).order_by(Reading.id)
    values = tuple(FULL.model_dump().values())
    assert cities.select(question) == [FULL, EMPTY]
    assert cities.select_tuples(question)[0] == values
    assert tuple(cities.select_dicts(question)[0].values()) == values
    assert cities.get_many(Reading, [EMPTY.id, UUID(int=9), FULL.id]) == [EMPTY, None, FULL]


def test_columns_and_aggregates_in_the_order_asked_for(cities: wasidb.Database) -> None:
    question = select(count().as_("how many"), Street.city).group_by(Street.city)
    question = question.order_by(Street.city)
    assert cities.select_tuples(question) == [(1, None), (1, "Oslo")]
    assert cities.select_dicts(question)[1] == {"how many": 1, "city": "Oslo"}


def test_columns_of_the_row_that_an_index_finds(cities: wasidb.Database) -> None:
    plain = select(Street.name, Street.id).where(Street.id == 1)
    assert cities.select(plain) == cities.select_tuples(plain) == [("Torggata", 1)]
    assert cities.select(plain)[0]._fields == ("name", "id")
    assert cities.select_dicts(plain) == [{"name": "Torggata", "id": 1}]
    coded = select(Reading.price, Reading.id).where(Reading.id == FULL.id)
    assert cities.select(coded) == cities.select_tuples(coded) == [(FULL.price, FULL.id)]
    nothing = select(Street.name, Street.id).where(Street.id == 9)
    assert cities.select(nothing) == cities.select_tuples(nothing) == []
    assert cities.select_dicts(nothing) == []


def test_columns_of_one_name(cities: wasidb.Database) -> None:
    rows = [("Torggata", "Oslo", 2**64 - 1), ("Nowhere", None, None)]
    assert cities.select(NAMES)[0]._fields == ("name", "_1", "people")
    assert cities.select_tuples(NAMES) == rows
    assert cities.select_dicts(NAMES)[0] == {
        "name": "Torggata",
        "cities.name": "Oslo",
        "people": 2**64 - 1,
    }
    assert cities.select_polars(NAMES).rows() == rows
    assert list(cities.select_pandas(NAMES).columns) == ["name", "cities.name", "people"]


def test_related_rows_have_the_shape_of_the_row(cities: wasidb.Database) -> None:
    at_home = STREETS.include(home=one(City, Street.city))
    oslo = OSLO.model_dump()
    assert [row.home for row in cities.select(at_home)] == [OSLO, None]
    assert cities.select_dicts(at_home) == [
        {**TORGGATA.model_dump(), "home": oslo},
        {**NOWHERE.model_dump(), "home": None},
    ]
    assert cities.select_tuples(at_home)[0] == (1, "Torggata", "Oslo", ("Oslo", 2**64 - 1))
    streets = CITIES.include(streets=many(Street, Street.city))
    assert cities.select_dicts(streets) == [
        {"name": "Bergen", "people": None, "streets": []},
        {**oslo, "streets": [TORGGATA.model_dump()]},
    ]
    assert cities.select_tuples(streets)[1][2] == [(1, "Torggata", "Oslo")]


def test_no_rows(cities: wasidb.Database) -> None:
    nothing = select(City).where(City.name == "Paris")
    nobody = nothing.include(streets=many(Street, Street.city))
    for question in (nothing, nobody):
        assert cities.select(question) == cities.select_dicts(question) == []
        assert cities.select_tuples(question) == []
    assert cities.select_pandas(nothing).shape == (0, 2)
    assert cities.select_polars(nothing).schema == {"name": polars.String, "people": polars.UInt64}


def test_frames_hold_exact_values(cities: wasidb.Database) -> None:
    frame = cities.select_pandas(CITIES)
    assert str(frame["people"].dtype) == "uint64[pyarrow]"
    assert frame["people"].iloc[1] == 2**64 - 1
    assert list(frame["people"].isna()) == [True, False]
    readings = select(Reading).order_by(Reading.id)
    assert cities.select_pandas(readings)["price"].iloc[0] == Decimal("1.50")
    expected: Any = FULL.model_dump() | {"id": FULL.id.bytes, "document": '{"a":[1]}'}
    assert cities.select_polars(readings).row(0, named=True) == expected


def test_polars_has_no_type_for_the_longest_decimals(cities: wasidb.Database) -> None:
    for number, price in enumerate(
        ("79228162514264337593543950335", "0.0000000000000000000000001")
    ):
        cities.insert(Reading(id=UUID(int=number), price=Decimal(price)))
    with pytest.raises(InvalidValue, match="'price' has decimals of more than 38 digits"):
        cities.select_polars(select(Reading.price))


def test_pages_and_streams(cities: wasidb.Database) -> None:
    cities.insert([City(name=f"Town {number}") for number in range(5)])
    pages = cities.pages(CITIES, page_rows=3)
    assert [len(page) for page in pages] == [3, 3, 1]
    assert list(cities.stream(CITIES, page_rows=2)) == cities.select(CITIES)


def test_transactions_answer_in_every_shape(
    cities: wasidb.Database, engine: EngineUnderTest
) -> None:
    with cities.transaction() as tx:
        tx.delete(Street, None)
        tx.delete(City, City.name == "Oslo")
        assert tx.select_dicts(CITIES) == [BERGEN.model_dump()]
        assert tx.select_tuples(CITIES) == [("Bergen", None)]
        assert list(tx.stream(CITIES)) == next(tx.pages(CITIES)) == [BERGEN]
        assert len(tx.select_pandas(CITIES)) == len(tx.select_polars(CITIES)) == 1
        assert len(cities.select_tuples(CITIES)) == 2
    assert list(engine.exchange.folder.iterdir()) == []
