"""What a program gets wrong is refused in words that say what was expected, and changes nothing."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import pandas
import pytest

import wasidb
from wasidb import (
    Database,
    DatabaseFileError,
    DbmsError,
    Field,
    InvalidModel,
    InvalidQuery,
    InvalidValue,
    NotOpen,
    Table,
    UnknownColumn,
    alias,
    column,
    many,
    one,
    select,
)
from wasidb.arguments import SHOWN_MAX


class Person(Table, table="people"):
    id: int = Field(default=None, primary_key=True, autoincrement=True)
    name: str = "nobody"
    age: int | None = None
    ratio: float | None = None
    at: datetime | None = None


class Pet(Table, table="pets"):
    id: int = Field(primary_key=True)
    owner: int | None = Field(default=None, references="people.id")


class BackToFront(NamedTuple):
    owner: object
    id: int


@pytest.fixture
def people(db: Database) -> Database:
    db.create_tables(Person, Pet)
    db.insert([Person(name="Ann", age=30), Person(name="Ben")])
    return db


Call = Callable[[Database], object]
Wrong = tuple[Call, type[DbmsError], str]
"""A call, and the error that it meets."""


def rows(*given: Any) -> Call:
    return lambda db: db.insert(*given)


def ask(question: Callable[[], Any]) -> Call:
    return lambda db: db.select(question())


HUGE = 10**5000
MODEL = "expected a model, a class with wasidb.Table as base, got "
QUESTION = r"expected a question such as select\(Flight\), got "
CONDITION = "expected a condition such as Flight.dep_delay > 30, got "
NUMBER = "expected a whole number from 0 on, got "
FOREIGN = "pets.id is no column of 'people': join 'pets'"
NAIVE = datetime(2024, 1, 1)
NANO = pandas.Timestamp("2024-01-01T00:00:00.000000001Z")

WRONG_ROWS: list[Wrong] = [
    (rows(None), InvalidValue, "expected a row, or rows one after the other, got None"),
    (rows(Person), InvalidValue, "expected a row, or rows one after the other, got <class"),
    (rows(["Ann"], "people"), InvalidValue, "expected models, dicts or tuples as rows, got 'Ann'"),
    (rows((1, "Ann"), "people"), InvalidValue, "expected models, dicts or tuples as rows, got 1"),
    (rows([Person(), {"id": 1}], Person), InvalidValue, "row 1 is of dict, the first of Person"),
    (rows([{"id": 1}, (1,)], Person), InvalidValue, "row 1 is of tuple, the first of dict"),
    (rows({"nam": "x"}, Person), UnknownColumn, "'people' has no column 'nam'"),
    (rows({"name": b"x"}, Person), InvalidValue, r"people.name \(row 0\): b'x' is no text"),
    (rows({"name": "\ud800"}, Person), InvalidValue, "half a surrogate pair is no Unicode"),
    (rows([{"name": f"{n}\ud800"} for n in range(1200)], Person), InvalidValue, r"\(row 0\)"),
    (rows([{"age": 1}, {"age": float("nan")}], Person), InvalidValue, r"age \(row 1\): nan is no"),
    (rows({"age": HUGE}, Person), InvalidValue, r"people.age \(row 0\): 0x.*\.\.\. is no int64"),
    (rows({"ratio": 10**400}, Person), InvalidValue, r"0\.\.\. is no float64: int too large"),
    (rows({"at": NAIVE}, Person), InvalidValue, r"people.at \(row 0\).*no time zone; give it one"),
    (rows({"at": NANO}, Person), InvalidValue, r"people.at \(row 0\).*round it to microseconds"),
    (rows([BackToFront("Ann", 1)], Pet), InvalidValue, "BackToFront has the columns of 'pets' in"),
    (rows({"name": "x"}, "p" * 9), wasidb.TableNotFound, "table 'ppppppppp' does not exist"),
    (rows({"name": "x"}, 5), InvalidQuery, MODEL + "5"),
    (lambda db: db.upsert([{}], Person), wasidb.NotNullViolated, "people.id needs a value"),
    (lambda db: db.update(Person, None, age=Person.id), InvalidValue, "people.age: Column.* is no"),
    (lambda db: db.update(Person, None, at=NAIVE), InvalidValue, r"people.at: datetime.*time zone"),
    (lambda db: db.update(Person, None, age=float("nan")), InvalidValue, "age: nan is no int"),
    (lambda db: db.update(Person, None, name="\ud800"), InvalidValue, "surrogate"),
]  # fmt: skip

WRONG_ARGUMENTS: list[Wrong] = [
    (lambda db: db.get("people", 1), InvalidQuery, MODEL + "'people'"),
    (lambda db: db.get_many(Person, None), InvalidValue, "expected primary keys, got None"),
    (lambda db: db.get(Person, "x"), InvalidQuery, "'x' is not a whole number"),
    (lambda db: db.count("people"), InvalidQuery, MODEL + "'people'"),
    (lambda db: db.exists(Table), InvalidQuery, MODEL),
    (lambda db: db.delete(Person(), None), InvalidQuery, MODEL + "Person"),
    (lambda db: db.update("people", None, age=1), InvalidQuery, MODEL + "'people'"),
    (lambda db: db.create_tables([Person]), InvalidQuery, MODEL),
    (lambda db: db.drop_tables(["people"]), InvalidQuery, MODEL),
    (lambda db: db.migrate("people", dry_run=True), InvalidQuery, MODEL),
    (lambda db: db.select(Person), InvalidQuery, QUESTION + "<class"),
    (lambda db: db.select_dicts(None), InvalidQuery, QUESTION + "None"),
    (lambda db: db.select_arrow("people"), InvalidQuery, QUESTION + "'people'"),
    (lambda db: list(db.stream(Person)), InvalidQuery, QUESTION),
    (lambda db: db.select_file(Person, "x.csv"), InvalidQuery, QUESTION),
    (lambda db: db.explain(Person), InvalidQuery, QUESTION),
    (lambda db: db.count(Person, True), InvalidQuery, CONDITION + "True"),
    (lambda db: db.delete(Person, "id = 1"), InvalidQuery, CONDITION + "'id = 1'"),
    (ask(lambda: select(Person).where(Person.id)), InvalidQuery, CONDITION + "Column"),
    (ask(lambda: select("people")), InvalidQuery, "columns or aggregates, or one model alone"),
    (ask(lambda: select(Table)), InvalidQuery, MODEL),
    (ask(lambda: select(Person).from_("people")), InvalidQuery, MODEL),
    (ask(lambda: select(Person).join("pets", on=None)), InvalidQuery, MODEL),
    (ask(lambda: select(Pet).join(Person, on=Pet.owner == Person.id, how=3)), InvalidQuery,
     "'left', got 3"),
    (ask(lambda: select(Person).include(pets=many("pets", Pet.owner))), InvalidQuery, MODEL),
    (ask(lambda: select(Pet).include(owner=one("people", Pet.owner))), InvalidQuery, MODEL),
    (ask(lambda: select(alias("pets", "p").id)), InvalidQuery, MODEL),
    (ask(lambda: select(Person).order_by("age")), InvalidQuery, "expected a column, an aggregate"),
    *((ask(lambda odd=odd: select(Person).limit(odd)), InvalidQuery, "limit: " + NUMBER)
      for odd in (-1, True, "3", 1.0, None, float("nan"))),
    (ask(lambda: select(Person).offset(-1)), InvalidQuery, "offset: " + NUMBER),
    (ask(lambda: select(Person).where(Person.age > HUGE)), InvalidValue, "cannot be stored"),
    (ask(lambda: select(Person).where(Person.at > NAIVE)), InvalidValue, "people.at: datetime"),
]  # fmt: skip

OTHER_TABLE: list[Call] = [
    ask(lambda: select(Person).where(Pet.id == 1)),
    ask(lambda: select(Person.id, Pet.id)),
    ask(lambda: select(Person).order_by(Pet.id)),
    ask(lambda: select(Person).include(pets=many(Pet, Pet.owner)).where(Pet.id == 1)),
    lambda db: db.count(Person, Pet.id == 1),
    lambda db: db.update(Person, Pet.id == 1, age=1),
    lambda db: db.delete(Person, column(Pet.id).in_([1, 2])),
]


def contents(db: Database) -> Any:
    return db.select(select(Person)), db.select(select(Pet)), db.check()


@pytest.mark.parametrize("wrong", [WRONG_ROWS, WRONG_ARGUMENTS], ids=["rows", "arguments"])
def test_error_says_what_was_expected(people: Database, wrong: list[Wrong]) -> None:
    before = contents(people)
    for call, error, message in wrong:
        with pytest.raises(error, match=message) as raised:
            call(people)
        assert len(str(raised.value)) < SHOWN_MAX + 150
    assert contents(people) == before


def test_columns_of_another_table_are_no_columns_of_this_one(people: Database) -> None:
    before = contents(people)
    for call in OTHER_TABLE:
        with pytest.raises(InvalidQuery, match=FOREIGN):
            call(people)
    assert contents(people) == before


def test_row_that_names_no_column_has_defaults(people: Database) -> None:
    assert people.insert([{}, {}], table="people") == [3, 4]
    assert people.insert({}, Person) == 5
    assert people.get(Person, 5) == Person(id=5, name="nobody")
    assert people.insert(({} for _ in range(1200)), Person)[-1] == 1205
    assert people.insert([], Person) == []


def test_tables_are_asked_again_once_they_have_changed(people: Database) -> None:
    class Renamed(Table, table="people"):
        id: int = Field(default=None, primary_key=True, autoincrement=True)
        called: str = Field("nobody", renamed_from="name")

    people.insert({"name": "Cid"}, table="people")
    people.migrate(Renamed, Pet, allow_destructive=True)
    people.insert({"called": "Dan"}, table="people")
    with pytest.raises(UnknownColumn):
        people.insert({"name": "Eve"}, table="people")
    people.drop_tables(Pet)
    with pytest.raises(wasidb.TableNotFound):
        people.insert({"id": 1}, table="pets")
    people.create_tables(Pet)
    assert people.insert({"id": 1}, table="pets") == 1


def test_many_rows_meet_a_closed_database_as_one_does(people: Database) -> None:
    people.close()
    for count in (1, 1200):
        with pytest.raises(NotOpen, match="the database has been closed"):
            people.insert([Person() for _ in range(count)])
        with pytest.raises(NotOpen, match="the database has been closed"):
            people.upsert([Person(id=number) for number in range(count)])


@pytest.mark.parametrize("path", ["", None, 5, b"x", "a\0b", "x" * 300, "\udc80", ".", "/dev/null"])
def test_what_is_no_path_of_a_database(path: Any) -> None:
    with pytest.raises(DatabaseFileError):
        wasidb.open(path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tables": None}, "expected models"),
        ({"tables": Person}, "expected models"),
        ({"tables": ["people"]}, MODEL),
        ({"memory": "1 GB"}, "memory is a number of bytes"),
        ({"identity": "ann"}, "expected bytes, got 'ann'"),
    ],
)
def test_what_is_no_way_to_open(options: dict[str, Any], message: str, tmp_path: Any) -> None:
    with pytest.raises(wasidb.InvalidInput, match=message):
        wasidb.open(tmp_path / "new.wasidb", **options)
    assert not list(tmp_path.iterdir())


def test_model_says_what_is_wrong_with_it() -> None:
    with pytest.raises(InvalidModel, match=r"Thing.it: bytearray cannot be stored; use one of"):

        class Thing(Table):
            id: int = Field(primary_key=True)
            it: bytearray

    with pytest.raises(InvalidModel, match=r"Other: a table has table, .*, but no tabel"):

        class Other(Table, tabel="others"):
            id: int = Field(primary_key=True)

    with pytest.raises(ValueError, match=r"nam\n.*Extra inputs are not permitted"):
        Person(nam="Ann")


@pytest.mark.filterwarnings("ignore:Field name")
def test_columns_may_be_called_like_methods_of_pydantic(db: Database) -> None:
    class Document(Table):
        id: int = Field(default=None, primary_key=True, autoincrement=True)
        json: str
        copy: int = 1

    db.create_tables(Document)
    document = Document(json="{}")
    db.insert(document)
    assert db.select(select(Document).where(Document.json == "{}")) == [document]
    assert document.model_dump() == {"id": 1, "json": "{}", "copy": 1}
    assert db.select_tuples(select(Document.copy)) == [(1,)]
