"""The workloads that `wasidb bench` measures, done by wasidb and by sqlite3.

Both keep a file of their own and make every commit durable. They take turns, and the middle one
counts.
"""

import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import wasidb
from wasidb.database import Database
from wasidb_schema import Field, Table, avg, count

CUSTOMERS = 500
LOOK_UPS = 500
COMMITS = 50
PREPARE = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, amount REAL, note TEXT);
    CREATE INDEX orders_customer ON orders (customer);
"""

Row = tuple[int, int, float, str]


class Order(Table, table="orders"):
    """Something that somebody has bought."""

    id: int = Field(primary_key=True)
    customer: int = Field(index=True)
    amount: float
    note: str


class Workload(NamedTuple):
    """The same work for both; numbers are seconds."""

    name: str
    wasidb: float
    sqlite: float


def measure(rows: int, turns: int) -> list[Workload]:
    """All workloads, in the middle of so many turns."""
    chance = random.Random(1)
    data = [
        (number, chance.randrange(CUSTOMERS), chance.random() * 100, f"order {number}")
        for number in range(rows)
    ]
    taken = [turn(data) for _ in range(turns)]
    return [
        Workload(
            name,
            statistics.median(each[name][0] for each in taken),
            statistics.median(each[name][1] for each in taken),
        )
        for name in taken[0]
    ]


def turn(data: list[Row]) -> dict[str, tuple[float, float]]:
    """The seconds of each workload, of either database, both new."""
    with tempfile.TemporaryDirectory(prefix="wasidb-bench-") as folder:
        lite = sqlite3.connect(Path(folder) / "bench.sqlite")
        lite.executescript(PREPARE)
        with wasidb.open(Path(folder) / "bench.wasidb", tables=[Order]) as db:
            ours, theirs = works_of_wasidb(db, data), works_of_sqlite(lite, data)
            taken = {name: (seconds(ours[name]), seconds(theirs[name])) for name in ours}
        lite.close()
    return taken


def works_of_wasidb(db: Database, data: list[Row]) -> dict[str, Callable[[], Any]]:
    """What there is to do, for wasidb."""
    names = tuple(Order.__columns__)
    orders = [dict(zip(names, row, strict=True)) for row in data]
    totals = wasidb.select(Order.customer, count(), avg(Order.amount)).group_by(Order.customer)
    columns = wasidb.select(Order.id, Order.customer, Order.amount, Order.note)
    return {
        "insert all rows": lambda: db.insert(orders, table="orders"),
        "read all rows": lambda: db.select(columns),
        "mean amount of each customer": lambda: db.select(totals),
        "orders of 100 customers": lambda: [
            db.select(columns.where(Order.customer == customer)) for customer in range(100)
        ],
        f"{LOOK_UPS} look-ups by key": lambda: [
            db.select(columns.where(Order.id == key)) for key in range(LOOK_UPS)
        ],
        f"{COMMITS} commits of one row": lambda: [
            db.insert({**orders[0], "id": len(data) + number}, table="orders")
            for number in range(COMMITS)
        ],
        "change a tenth of the rows": lambda: db.update(
            Order, Order.customer < CUSTOMERS // 10, amount=0.0
        ),
    }


def works_of_sqlite(lite: sqlite3.Connection, data: list[Row]) -> dict[str, Callable[[], Any]]:
    """The same for sqlite3."""
    insert = "INSERT INTO orders VALUES (?, ?, ?, ?)"

    def ask(text: str, *parameters: Any) -> list[Any]:
        return lite.execute(text, parameters).fetchall()

    def change(text: str, rows: list[Any]) -> int:
        with lite:
            return lite.executemany(text, rows).rowcount

    return {
        "insert all rows": lambda: change(insert, data),
        "read all rows": lambda: ask("SELECT * FROM orders"),
        "mean amount of each customer": lambda: ask(
            "SELECT customer, count(*), avg(amount) FROM orders GROUP BY customer"
        ),
        "orders of 100 customers": lambda: [
            ask("SELECT * FROM orders WHERE customer = ?", customer) for customer in range(100)
        ],
        f"{LOOK_UPS} look-ups by key": lambda: [
            ask("SELECT * FROM orders WHERE id = ?", key) for key in range(LOOK_UPS)
        ],
        f"{COMMITS} commits of one row": lambda: [
            change(insert, [(len(data) + number, *data[0][1:])]) for number in range(COMMITS)
        ],
        "change a tenth of the rows": lambda: change(
            "UPDATE orders SET amount = 0 WHERE customer < ?", [(CUSTOMERS // 10,)]
        ),
    }


def seconds(work: Callable[[], Any]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
