"""The engines that speak SQL: the module `sqlite3`, apsw, and DuckDB with one thread.

SQLite is as durable as wasidb is: WAL and synchronous=FULL. Where data come or are wanted as Arrow
data, SQLite takes and gives rows, and nobody's time counts to make these of those. Models are
validated, as a program would that has rows and wants models.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import apsw
import duckdb
import pyarrow as pa

from tests.benchmarks.bench.data import AMOUNT_LOW, Row, Rows, Steps
from tests.benchmarks.orders import INSERT, SCHEMA, SETTINGS, Order, tuples

NAMES = tuple(Order.__columns__)
BY_ID = "select * from orders where id = ?"
CREATED = "select created from orders where id = ?"
SET_AMOUNT = "update orders set amount = ? where id = ?"
DELETE = "delete from orders where id = ?"
BY_CUSTOMER = "select * from orders where customer = ?"
ALL = "select * from orders"
FEW = f"select * from orders where amount < {AMOUNT_LOW}"
GROUP = "select status, count(*), sum(amount), max(created) from orders group by status"
JOIN = (
    "select country, count(*), sum(amount) from orders "
    "join customers on customer = customers.id group by country"
)
TOP = "select * from orders order by amount desc, id limit 20 offset 1000"
LIKE = "select count(*) from orders where note like '%gift at%noon%'"
TOTALS = "select count(*), sum(id), sum(amount), sum(quantity) from orders"
ADD_COLUMN = "alter table orders add column priority integer default 7"
PRIORITIES = "select count(*), sum(priority) from orders"
REWRITE = (
    "begin",
    SCHEMA[1].replace("table orders", "table wide"),
    "insert into wide select * from orders",
    "drop table orders",
    "alter table wide rename to orders",
    SCHEMA[2],
    "commit",
)
"""What SQLite's manual has for changes of a table that `alter table` does not know."""
WIDEN = (
    "drop index orders_customer",
    "alter table orders alter quantity set data type hugeint",
    SCHEMA[2],
)
PEOPLE = "insert into customers values (?, ?, ?)"


def dicts(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    return (dict(zip(NAMES, row, strict=True)) for row in rows)


def among(keys: list[int]) -> str:
    """A condition with a place for each of the keys."""
    return f"id in ({', '.join('?' * len(keys))})"


def models(rows: Iterable[Row]) -> list[Order]:
    return list(map(Order.model_validate, dicts(rows)))


class Sql:
    """What a connection with `execute` and `executemany` can do, whoever's it is."""

    connection: Any

    def close(self) -> None:
        self.connection.close()

    def ask(self, sql: str, parameters: Iterable[Any] = ()) -> list[Row]:
        return self.connection.execute(sql, parameters).fetchall()

    def rows_as_taken(self, rows: Rows) -> Any:
        """Tuples."""
        return tuples(rows) if isinstance(rows, pa.Table) else rows

    def load_people(self, people: pa.Table) -> None:
        self._together(PEOPLE, tuples(people))

    def load_rows(self, rows: list[Row]) -> None:
        self._together(INSERT, rows)

    load_arrow = load_rows
    insert_batch = load_rows

    def load_pages(self, table: str, pages: pa.Table) -> None:
        self.connection.execute(
            f"create table {table} (id integer primary key, body text not null)"
        )
        self._together(f"insert into {table} values (?, ?)", tuples(pages))

    def _together(self, sql: str, rows: list[Row]) -> None:
        self.connection.execute("begin")
        self.connection.executemany(sql, rows)
        self.connection.execute("commit")

    def insert_durably(self, rows: list[Row]) -> None:
        for row in rows:
            self.connection.execute(INSERT, row)

    def insert_together(self, rows: list[Row]) -> None:
        self.connection.execute("begin")
        for row in rows:
            self.connection.execute(INSERT, row)
        self.connection.execute("commit")

    append_together = insert_together

    def get_each(self, keys: list[int]) -> list[Row]:
        return [self.ask(BY_ID, (key,))[0] for key in keys]

    def ask_each(self, keys: list[int]) -> list[Row]:
        return [self.ask(f"select * from orders where id = {key}")[0] for key in keys]

    def get_batch(self, keys: list[int]) -> list[Row]:
        return self.ask(f"select * from orders where {among(keys)}", keys)

    def of_customers(self, buyers: list[int]) -> list[Row]:
        return [row for buyer in buyers for row in self.ask(BY_CUSTOMER, (buyer,))]

    def filter_rows(self) -> list[Row]:
        return self.ask(FEW)

    def filter_models(self) -> list[Order]:
        return models(self.ask(FEW))

    def filter_arrow(self) -> Any:
        return self.ask(FEW)

    def all_arrow(self) -> Any:
        return self.ask(ALL)

    def all_dicts(self) -> list[dict[str, Any]]:
        return list(dicts(self.ask(ALL)))

    def all_models(self) -> list[Order]:
        return models(self.ask(ALL))

    def group(self) -> Any:
        return self.ask(GROUP)

    def join_group(self) -> Any:
        return self.ask(JOIN)

    def top(self) -> list[Row]:
        return self.ask(TOP)

    def like(self) -> list[Row]:
        return self.ask(LIKE)

    def update(self, low: int, high: int, amount: int) -> int:
        where = "quantity >= ? and quantity < ?"
        return self.change(f"update orders set amount = ? where {where}", (amount, low, high))

    def delete(self, low: int, high: int) -> int:
        return self.change("delete from orders where quantity >= ? and quantity < ?", (low, high))

    def update_together(self, keys: list[int], amount: int) -> int:
        return self._changes_together(SET_AMOUNT, [(amount, key) for key in keys])

    def delete_together(self, keys: list[int]) -> int:
        return self._changes_together(DELETE, [(key,) for key in keys])

    def _changes_together(self, sql: str, parameters: list[Row]) -> int:
        self.connection.execute("begin")
        count = sum(self.change(sql, each) for each in parameters)
        self.connection.execute("commit")
        return count

    def update_batch(self, keys: list[int], amount: int) -> int:
        return self.change(f"update orders set amount = ? where {among(keys)}", (amount, *keys))

    def delete_batch(self, keys: list[int]) -> int:
        return self.change(f"delete from orders where {among(keys)}", tuple(keys))

    def change(self, sql: str, parameters: Row) -> int:
        """The number of rows that are changed."""
        return self.connection.execute(sql, parameters).rowcount

    def mixed(self, transactions: list[Steps]) -> list[int]:
        read = []
        for steps in transactions:
            self.connection.execute("begin")
            for key, amount in steps:
                if amount is None:
                    read.append(self.ask(CREATED, (key,))[0][0])
                else:
                    self.connection.execute(SET_AMOUNT, (amount, key))
            self.connection.execute("commit")
        return read

    def add_column(self) -> None:
        self.connection.execute(ADD_COLUMN)

    def priorities(self) -> list[Row]:
        return self.ask(PRIORITIES)

    def widen_column(self) -> None:
        self._execute_all(REWRITE)

    def _execute_all(self, statements: Iterable[str]) -> None:
        for statement in statements:
            self.connection.execute(statement)

    def totals(self) -> list[Row]:
        return self.ask(TOTALS)


class Sqlite(Sql):
    """The module of the standard library."""

    name = "sqlite3"
    cold_program = """
import sqlite3, sys
lite = sqlite3.connect(sys.argv[1])
print(lite.execute("select created from orders where id = 777").fetchone()[0])
"""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "orders.sqlite"
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        for statement in (*SETTINGS, *SCHEMA):
            self.connection.execute(statement)

    def snapshot(self, to: Path) -> None:
        with sqlite3.connect(to) as copy:
            self.connection.backup(copy)
        copy.close()


class Apsw(Sql):
    """SQLite again, by a thinner wrapper."""

    name = "apsw"
    cold_program = """
import apsw, sys
print(apsw.Connection(sys.argv[1]).execute("select created from orders where id = 777").get)
"""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "orders.apsw"
        self.connection = apsw.Connection(str(self.path))
        for statement in (*SETTINGS, *SCHEMA):
            self.connection.execute(statement).fetchall()

    def change(self, sql: str, parameters: Row) -> int:
        self.connection.execute(sql, parameters)
        return self.connection.changes()

    def snapshot(self, to: Path) -> None:
        copy = apsw.Connection(str(to))
        with copy.backup("main", self.connection, "main") as backup:
            backup.step()
        copy.close()


class DuckDb(Sql):
    """Rows one by one are not its trade: it loads Arrow data only, and gives it."""

    name = "duckdb"
    load_rows = None
    cold_program = """
import duckdb, sys
with duckdb.connect(sys.argv[1], read_only=True) as duck:
    print(duck.execute("select created from orders where id = 777").fetchone()[0])
"""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "orders.duckdb"
        self.connection = duckdb.connect(str(self.path), config={"threads": 1})
        for statement in SCHEMA:
            self.connection.execute(statement.replace("integer", "bigint"))

    def rows_as_taken(self, rows: Rows) -> Rows:
        """Arrow data as they are, and tuples."""
        return rows

    def load_people(self, people: pa.Table) -> None:
        self._load("customers", people)

    def load_arrow(self, orders: pa.Table) -> None:
        self._load("orders", orders)

    def _load(self, table: str, data: pa.Table) -> None:
        self.connection.register("given", data)
        self.connection.execute(f"insert into {table} select * from given")
        self.connection.unregister("given")

    def change(self, sql: str, parameters: Row) -> int:
        return self.connection.execute(sql, parameters).fetchone()[0]

    def widen_column(self) -> None:
        self._execute_all(WIDEN)

    def filter_arrow(self) -> pa.Table:
        return self.connection.sql(FEW).to_arrow_table()

    def all_arrow(self) -> pa.Table:
        return self.connection.sql(ALL).to_arrow_table()

    def group(self) -> pa.Table:
        return self.connection.sql(GROUP).to_arrow_table()

    def join_group(self) -> pa.Table:
        return self.connection.sql(JOIN).to_arrow_table()
