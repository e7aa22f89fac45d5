"""How long the smallest questions and changes take, beside sqlite3 on the same rows.

    python tests/benchmarks/point_operations.py

Everything is measured as a program sees it: `wasidb.Database` and models on one side, the `sqlite3`
module and tuples on the other, both on files in the same folder. The two sides take turns with the
same keys, so that whatever else the machine does meets both; a figure is the median of all turns.
Changes are made inside one transaction, which is rolled back. The component is the one
`WASIDB_COMPONENT` names or `just component` has built.
"""

import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any

import wasidb
from wasidb import Field, Table, UInt8, UInt32, select

ROWS = 20_000
ROWS_PER_CITY = 20
TURNS = 1_000
MANY = 1_000
Operation = Callable[[int], object]


class Person(Table, table="people"):
    """Seven columns: two indexes, a nullable column, a float."""

    id: UInt32 = Field(primary_key=True)
    name: str
    email: str
    city: str = Field(index=True)
    age: UInt8
    score: float
    note: str | None = None


def person(number: int) -> Person:
    return Person(
        id=number,
        name=f"Person {number}",
        email=f"person.{number}@example.org",
        city=city(number),
        age=number % 90,
        score=number / 8,
        note=None if number % 3 else f"note {number}",
    )


def city(number: int) -> str:
    """Twenty people live in each, far apart in the table."""
    return f"City {number % (ROWS // ROWS_PER_CITY)}"


def many(key: int) -> range:
    """Keys far apart, `key` among them."""
    return range(key % (ROWS // MANY), ROWS, ROWS // MANY)


def values(number: int) -> tuple[Any, ...]:
    return tuple(person(number).model_dump().values())


@contextmanager
def databases(folder: Path) -> Iterator[tuple[wasidb.Database, sqlite3.Connection]]:
    """The same people on both sides."""
    lite = sqlite3.connect(folder / "people.sqlite", isolation_level=None)
    lite.execute(
        "create table people (id integer primary key, name text not null, email text not null, "
        "city text not null, age integer not null, score real not null, note text)"
    )
    lite.execute("create index people_city on people (city)")
    with wasidb.open(folder / "people.wasidb", tables=[Person]) as db:
        db.insert(list(map(person, range(ROWS))))
        lite.execute("begin")
        lite.executemany(
            "insert into people values (?, ?, ?, ?, ?, ?, ?)", map(values, range(ROWS))
        )
        lite.execute("commit")
        yield db, lite
    lite.close()


def questions(
    db: wasidb.Database, lite: sqlite3.Connection
) -> dict[str, tuple[Operation, Operation]]:
    """Each with the way it is asked of either side."""
    by_id = "select * from people where id = ?"
    by_city = "select * from people where city = ?"
    return {
        "get by primary key": (
            lambda key: db.get(Person, key),
            lambda key: lite.execute(by_id, (key,)).fetchone(),
        ),
        "no row of that key": (
            lambda key: db.get(Person, key + ROWS),
            lambda key: lite.execute(by_id, (key + ROWS,)).fetchone(),
        ),
        f"{MANY} by primary key": (
            lambda key: db.get_many(Person, many(key)),
            lambda key: [lite.execute(by_id, (each,)).fetchone() for each in many(key)],
        ),
        f"{ROWS_PER_CITY} rows by index": (
            lambda key: db.select(select(Person).where(Person.city == city(key))),
            lambda key: lite.execute(by_city, (city(key),)).fetchall(),
        ),
    }


def changes(
    tx: wasidb.Transaction, lite: sqlite3.Connection
) -> dict[str, tuple[Operation, Operation]]:
    """Each with the way it is made on either side; `key` is of a row that exists."""
    insert = "insert into people values (?, ?, ?, ?, ?, ?, ?)"
    return {
        "insert one row": (
            lambda key: tx.insert(person(key + ROWS)),
            lambda key: lite.execute(insert, values(key + ROWS)),
        ),
        "update one row": (
            lambda key: tx.update(Person, Person.id == key, age=key % 80),
            lambda key: lite.execute("update people set age = ? where id = ?", (key % 80, key)),
        ),
        "delete one row": (
            lambda key: tx.delete(Person, Person.id == key),
            lambda key: lite.execute("delete from people where id = ?", (key,)),
        ),
    }


def microseconds(operation: Operation, key: int) -> float:
    start = perf_counter_ns()
    operation(key)
    return (perf_counter_ns() - start) / 1000


def report(operations: dict[str, tuple[Operation, Operation]], keys: list[int]) -> None:
    """A line for each operation: the median of either side and their ratio."""
    for name, (ours, theirs) in operations.items():
        turns = [(microseconds(ours, key), microseconds(theirs, key)) for key in keys]
        wasidb_time, sqlite_time = map(median, zip(*turns, strict=True))
        ratio = wasidb_time / sqlite_time
        print(f"{name:<20}{wasidb_time:>11.1f}{sqlite_time:>12.1f}{ratio:>8.1f}")


def main() -> None:
    keys = random.Random(7).sample(range(ROWS), TURNS)
    print(f"{'µs, median':<20}{'wasidb':>11}{'sqlite3':>12}{'ratio':>8}")
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as (db, lite):
        report(questions(db, lite), keys)
        lite.execute("begin")
        with db.transaction() as tx:
            report(changes(tx, lite), keys)
            tx.rollback()
        lite.execute("rollback")


if __name__ == "__main__":
    main()
