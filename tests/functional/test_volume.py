"""Enough rows for many pages and high trees: everything still agrees with plain Python."""

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine_under_test import EngineUnderTest, Start
from tests.support.fixtures import OpenEngine
from tests.support.golden_syntax import parse_definition

COUNT = 4_000
PEOPLE = (
    "people: id uint32 key, name text unique, age int16 null, city text; index age; index city, age"
)
CITIES = ["Berlin", "Roma", "Łódź", ""]


def person(number: int) -> list[Any]:
    age = None if number % 7 == 0 else number * 31 % 97 - 5
    return [number, f"name {number * 7919 % COUNT:05}", age, CITIES[number % 4]]


@pytest.fixture(scope="module")
def people_file(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with everybody in it, to be copied."""
    engine = EngineUnderTest(tmp_path_factory.mktemp("volume") / "people.wasidb", start)
    engine.create(parse_definition(PEOPLE))
    numbers = list(range(COUNT))
    random.Random(4).shuffle(numbers)
    engine.insert("people", ["id", "name", "age", "city"], *map(person, numbers))
    engine.finish()
    return engine.path


@pytest.fixture
def people(people_file: Path, database_file: Path, open_engine: OpenEngine) -> EngineUnderTest:
    shutil.copy(people_file, database_file)
    return open_engine(database_file)


def ids(engine: EngineUnderTest, where: object) -> list[int]:
    rows = engine.select({"from": "people", "columns": ["id"], "where": where})
    return sorted(row[0] for row in rows)


def test_every_index_agrees_with_the_rows(people: EngineUnderTest) -> None:
    rows = list(map(person, range(COUNT)))
    assert sorted(people.select({"from": "people"})) == rows
    assert ids(people, {"Eq": ["name", "name 01234"]}) == [
        r[0] for r in rows if r[1] == "name 01234"
    ]
    assert ids(people, {"IsNull": "age"}) == [r[0] for r in rows if r[2] is None]
    late = {"And": [{"Ge": ["age", 40]}, {"Lt": ["age", 43]}]}
    assert ids(people, late) == [r[0] for r in rows if r[2] is not None and 40 <= r[2] < 43]
    both = {"And": [{"Eq": ["city", "Łódź"]}, {"Eq": ["age", 7]}]}
    assert ids(people, both) == [r[0] for r in rows if r[3] == "Łódź" and r[2] == 7]


def test_deleting_and_filling_again(people: EngineUnderTest) -> None:
    gone = people.delete("people", {"Lt": ["age", 40]})
    rows = [r for r in map(person, range(COUNT)) if r[2] is None or r[2] >= 40]
    assert gone == COUNT - len(rows)
    pages = people.path.stat().st_size
    missing = sorted(set(range(COUNT)) - {r[0] for r in rows})
    people.insert("people", ["id", "name", "age", "city"], *map(person, missing))
    people.reopen()
    assert sorted(people.select({"from": "people"})) == list(map(person, range(COUNT)))
    assert people.check() == []
    assert people.path.stat().st_size <= pages * 1.5


def test_updating_every_row(people: EngineUnderTest) -> None:
    assert (
        people.update("people", {"city": "a city with a much longer name than those before it"})
        == COUNT
    )
    assert len(ids(people, {"Like": ["city", "a city%"]})) == COUNT
    assert ids(people, {"Eq": ["city", "Roma"]}) == []


def test_large_transaction(people: EngineUnderTest) -> None:
    tx = people.begin()
    people.delete("people", {"Ge": ["id", 1000]}, tx=tx)
    people.update("people", {"age": 1}, None, tx=tx)
    assert len(people.select({"from": "people", "where": {"Eq": ["age", 1]}}, tx)) == 1000
    people.rollback(tx)
    assert sorted(people.select({"from": "people"})) == list(map(person, range(COUNT)))


def test_long_keys(engine: EngineUnderTest) -> None:
    """Keys of up to 30,000 bytes: few fit a node, so the tree is high."""
    engine.create(parse_definition("words: word text key, n uint32"))
    words = {chr(97 + i % 26) * (1000 + i * 131 % 29_000) + str(i): i for i in range(150)}
    for word, number in words.items():
        engine.insert("words", ["word", "n"], [word, number])
    order = [{"column": "word", "direction": "asc"}]
    assert engine.select({"from": "words", "order_by": order}) == [
        list(item) for item in sorted(words.items())
    ]
    for word in list(words)[::3]:
        assert engine.delete("words", {"Eq": ["word", word]}) == 1
    engine.reopen()
    left = sorted(set(words) - set(list(words)[::3]))
    assert [row[0] for row in engine.select({"from": "words", "order_by": order})] == left
