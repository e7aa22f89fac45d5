"""A million orders: loading them and asking about them, beside SQLite and DuckDB.

    python tests/benchmarks/orders.py [ORDERS]

Everything is measured as a Python program sees it: the component behind `wasidb.Database`, the
module `sqlite3` with WAL and `synchronous=FULL`, and DuckDB with one thread, all on files in one
folder, with the same rows and the same indexes. Rows are compared with rows of their own kind:
tuples with tuples, dicts with `sqlite3.Row`, models with models that pydantic makes of SQLite's
rows. Rows by key are models, for there are no others, beside both tuples and models. Whatever is
asked, the answers are compared before a time counts. Then all sides take turns, so that whatever
else the machine does meets all of them; a figure is the median of five turns. Columns stay in
memory from one scan to the next, so what wasidb took the first time, after the file had been
opened, stands beside. The component is the one `WASIDB_COMPONENT` names or `just component` has
built.
"""

import gc
import random
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any

import duckdb
import pyarrow as pa
import pydantic

import wasidb
from wasidb import Field, Select, Table, UInt16, UInt32, UInt64, count, max_, select, sum_

TURNS = 5
ORDERS_OF_ONE = 20
KEYS = 1_000
STATUSES = ("new", "paid", "packed", "shipped", "returned")
COUNTRIES = tuple(f"country {number}" for number in range(25))
WORDS = ("please", "leave", "at", "the", "door", "gift", "fragile", "call", "before", "noon")
NOTE_SIZE_MAX = 60
AMOUNTS = 1_000_000
SCHEMA = (
    "create table customers (id integer primary key, name text not null, country text not null)",
    "create table orders (id integer primary key, customer integer not null, status text not null, "
    "amount integer not null, quantity integer not null, created integer not null, "
    "note text not null)",
    "create index orders_customer on orders (customer)",
)
INSERT = "insert into orders values (?, ?, ?, ?, ?, ?, ?)"
SETTINGS = (
    "pragma journal_mode = wal",
    "pragma synchronous = full",
    "pragma case_sensitive_like = on",
)
"""SQLite is as durable as wasidb is, and `like` minds case."""
COLUMNS = ("ms", "first", "wasidb", "sqlite3", "times as fast")
DUCKDB_COLUMNS = ("duckdb", "times as slow")

Operation = Callable[[], Any]
Rows = list[Any]


class Customer(Table, table="customers"):
    """Who orders."""

    id: UInt32 = Field(primary_key=True)
    name: str
    country: str


class Order(Table, table="orders"):
    """Numbers of several widths, a short text that repeats, and a longer one that does not."""

    id: UInt64 = Field(primary_key=True)
    customer: UInt32 = Field(index=True)
    status: str
    amount: int
    quantity: UInt16
    created: int
    note: str


class OwnOrder(pydantic.BaseModel):
    """An order for a program that has SQLite."""

    id: int
    customer: int
    status: str
    amount: int
    quantity: int
    created: int
    note: str


@dataclass(frozen=True)
class Form:
    """What rows are for a program, and how it gets them from each side: for a question, or for SQL
    and its parameters."""

    name: str
    wasidb: Callable[[Select[Any]], Rows]
    sqlite: Callable[..., Rows]


@dataclass(frozen=True)
class Question:
    """What is asked of each side; not everything of DuckDB."""

    name: str
    wasidb: Operation
    sqlite: Operation
    duckdb: Operation | None = None


def customers(number: int) -> pa.Table:
    numbers = range(number)
    return pa.table(
        {
            "id": pa.array(numbers, pa.uint32()),
            "name": [f"Customer {each}" for each in numbers],
            "country": [COUNTRIES[each * 7919 % len(COUNTRIES)] for each in numbers],
        }
    )


def orders(number: int) -> pa.Table:
    """Every customer has the same number of them, spread over all the time there is."""
    dice = random.Random(7)
    buyers = [each % (number // ORDERS_OF_ONE) for each in range(number)]
    dice.shuffle(buyers)
    return pa.table(
        {
            "id": pa.array(range(number), pa.uint64()),
            "customer": pa.array(buyers, pa.uint32()),
            "status": dice.choices(STATUSES, k=number),
            "amount": pa.array([dice.randrange(AMOUNTS) for _ in range(number)], pa.int64()),
            "quantity": pa.array([dice.randrange(1, 100) for _ in range(number)], pa.uint16()),
            "created": pa.array(range(1_700_000_000, 1_700_000_000 + number), pa.int64()),
            "note": [note(dice) for _ in range(number)],
        }
    )


def note(dice: random.Random) -> str:
    return " ".join(dice.choices(WORDS, k=12))[: dice.randrange(NOTE_SIZE_MAX + 1)]


def tuples(table: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


class Sides:
    """wasidb and SQLite in a new folder, with all tables, indexes and customers."""

    def __init__(self, folder: Path, closing: ExitStack, people: pa.Table) -> None:
        folder.mkdir()
        self._path = folder / "orders.wasidb"
        self._closing = closing
        self.wasidb = self._opened()
        self.wasidb.insert_arrow(Customer, people)
        self.sqlite = sqlite3.connect(folder / "orders.sqlite")
        closing.callback(self.sqlite.close)
        for statement in (*SETTINGS, *SCHEMA):
            self.sqlite.execute(statement)
        self.sqlite.executemany("insert into customers values (?, ?, ?)", tuples(people))
        self.sqlite.commit()

    def reopen(self) -> None:
        """Let wasidb go on with nothing in memory."""
        self.wasidb.close()
        self.wasidb = self._opened()

    def _opened(self) -> wasidb.Database:
        database = wasidb.open(self._path, tables=[Customer, Order])
        return self._closing.enter_context(database)

    def load(self, data: pa.Table) -> None:
        self.wasidb.insert_arrow(Order, data)

    def load_sqlite(self, rows: list[tuple[Any, ...]]) -> None:
        self.sqlite.executemany(INSERT, rows)
        self.sqlite.commit()


def loaded_duckdb(path: Path, people: pa.Table, data: pa.Table) -> duckdb.DuckDBPyConnection:
    """A connection with one thread, whose data is in a file like that of the others."""
    duck = duckdb.connect(str(path), config={"threads": 1})
    for statement in SCHEMA:
        duck.execute(statement.replace("integer", "bigint"))
    for name, rows in (("customers", people), ("orders", data)):
        duck.register("rows", rows)
        duck.execute(f"insert into {name} select * from rows")
        duck.unregister("rows")
    duck.execute("checkpoint")
    return duck


def forms(sides: Sides) -> Iterator[Form]:
    """Rows by place, by name, and as models."""
    lite, named = sides.sqlite, sides.sqlite.cursor()
    named.row_factory = sqlite3.Row

    def models(*sql: Any) -> Rows:
        return [OwnOrder.model_validate(dict(row)) for row in named.execute(*sql)]

    yield Form(
        "tuples",
        lambda question: sides.wasidb.select_tuples(question),
        lambda *sql: lite.execute(*sql).fetchall(),
    )
    yield Form(
        "dicts",
        lambda question: sides.wasidb.select_dicts(question),
        lambda *sql: named.execute(*sql).fetchall(),
    )
    yield Form("models", lambda question: sides.wasidb.select(question), models)


def scans(sides: Sides, duck: duckdb.DuckDBPyConnection) -> Iterator[Question]:
    """Questions that read every order."""
    lite = sides.sqlite
    columns = tuple(Order.__columns__.values())
    few = AMOUNTS // 100

    def both(sql: str) -> tuple[Operation, Operation]:
        return lambda: lite.execute(sql).fetchall(), lambda: duck.sql(sql).to_arrow_table()

    by_status = select(Order.status, count(), sum_(Order.amount), max_(Order.created)).group_by(
        Order.status
    )
    yield Question(
        "group by status",
        lambda: sides.wasidb.select_arrow(by_status),
        *both("select status, count(*), sum(amount), max(created) from orders group by status"),
    )
    by_country = (
        select(Customer.country, count(), sum_(Order.amount))
        .from_(Order)
        .join(Customer, on=Order.customer == Customer.id)
        .group_by(Customer.country)
    )
    yield Question(
        "join, group by country",
        lambda: sides.wasidb.select_arrow(by_country),
        *both(
            "select country, count(*), sum(amount) from orders "
            "join customers on customer = customers.id group by country"
        ),
    )
    filtered = select(*columns).where(Order.amount < few)
    sql = f"select * from orders where amount < {few}"
    yield Question("1 % of them, Arrow", lambda: sides.wasidb.select_arrow(filtered), *both(sql))
    whole = select(Order).where(Order.amount < few)
    for form in forms(sides):
        name = f"1 % of them, {form.name}"
        yield Question(name, partial(form.wasidb, whole), partial(form.sqlite, sql))
    like = select(count()).from_(Order).where(Order.note.like("%gift at%noon%"))
    sql = "select count(*) from orders where note like '%gift at%noon%'"
    yield Question("like, count", lambda: sides.wasidb.select(like), both(sql)[0])
    top = select(*columns).order_by(Order.amount.desc(), Order.id).limit(20).offset(1_000)
    sql = "select * from orders order by amount desc, id limit 20 offset 1000"
    yield Question("20 from 1,000 on, sorted", lambda: sides.wasidb.select(top), both(sql)[0])


def look_ups(sides: Sides, number: int) -> Iterator[Question]:
    """Questions about few orders; one turn asks about many, one after the other or at once."""
    by_id, by_customer = (f"select * from orders where {key} = ?" for key in ("id", "customer"))
    keys = random.Random(8).sample(range(number), KEYS)
    buyers = [key % (number // ORDERS_OF_ONE) for key in keys]

    def ours() -> Rows:
        return [sides.wasidb.get(Order, key) for key in keys]

    tuples, _, models = kinds = list(forms(sides))
    for form in kinds:
        theirs = partial(theirs_of_all, form, by_customer, buyers)
        yield Question(f"{KEYS} x 20, {form.name}", partial(ours_of_all, form, buyers), theirs)
    for form in (tuples, models):
        theirs = partial(theirs_of_all, form, by_id, keys)
        yield Question(f"{KEYS} x 1 by key, {form.name}", ours, theirs)
        yield Question(
            f"{KEYS} keys at once, {form.name}",
            lambda: sides.wasidb.get_many(Order, keys),
            theirs,
        )


def ours_of_all(form: Form, customers: list[int]) -> Rows:
    questions = (select(Order).where(Order.customer == customer) for customer in customers)
    return [row for question in questions for row in form.wasidb(question)]


def theirs_of_all(form: Form, sql: str, keys: list[int]) -> Rows:
    return [row for key in keys for row in form.sqlite(sql, (key,))]


def plain(answer: Any) -> list[tuple[Any, ...]]:
    """The rows of an answer in any form, in one order."""
    if isinstance(answer, pa.Table):
        return sorted(tuples(answer))
    return sorted(map(plain_row, answer))


def plain_row(row: Any) -> tuple[Any, ...]:
    if isinstance(row, dict):
        return tuple(row.values())
    is_model = isinstance(row, pydantic.BaseModel)
    return attrgetter(*Order.__columns__)(row) if is_model else tuple(row)


def timed(operation: Operation) -> tuple[float, Any]:
    """Microseconds, and the answer. If the operation has Python look for garbage, that is among
    what it makes, and not among the million rows of a script.
    """
    gc.collect()
    gc.freeze()
    start = perf_counter_ns()
    answer = operation()
    taken = perf_counter_ns() - start
    gc.unfreeze()
    return taken / 1e3, answer


def milliseconds(operation: Operation) -> float:
    return timed(operation)[0] / 1e3


def report(name: str, first: float, times: Iterable[tuple[float, ...]]) -> None:
    """A line: the first time, the medians, how much faster than SQLite these are, and how much
    slower than DuckDB."""
    ours, lite, *duck = map(median, zip(*times, strict=True))
    cells = [name, f"{first:.0f}", f"{ours:.1f}", f"{lite:.1f}", f"{lite / ours:.2f}"]
    if duck:
        cells += f"{duck[0]:.1f}", f"{ours / duck[0]:.2f}"
    print_row(cells)


def print_row(cells: Iterable[str]) -> None:
    """A row of a Markdown table."""
    print(f"| {' | '.join(cells)} |", flush=True)


def measure(question: Question, sides: Sides) -> None:
    """Ask all sides, compare what they say, then take the time."""
    sides.reopen()
    first_time = milliseconds(question.wasidb)
    operations = (question.wasidb, question.sqlite, question.duckdb)
    asked = [operation for operation in operations if operation is not None]
    first, *others = (plain(operation()) for operation in asked)
    assert all(answer == first for answer in others), question.name
    times = [tuple(map(milliseconds, asked)) for _ in range(TURNS)]
    report(question.name, first_time, times)


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    people, data = customers(number // ORDERS_OF_ONE), orders(number)
    rows = tuples(data)
    print_row((*COLUMNS, *DUCKDB_COLUMNS))
    print_row("---" for _ in (*COLUMNS, *DUCKDB_COLUMNS))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as closing:
        loads = []
        for turn in range(TURNS):
            sides = Sides(Path(folder, str(turn)), closing, people)
            ours = milliseconds(partial(sides.load, data))
            loads.append((ours, milliseconds(partial(sides.load_sqlite, rows))))
        report("load", loads[0][0], loads)
        duck = loaded_duckdb(Path(folder) / "orders.duckdb", people, data)
        closing.callback(duck.close)
        for question in (*scans(sides, duck), *look_ups(sides, number)):
            measure(question, sides)


if __name__ == "__main__":
    main()
