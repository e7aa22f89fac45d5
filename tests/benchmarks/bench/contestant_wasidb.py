"""wasidb: the component behind `wasidb.open`, or the engine compiled for this machine instead."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

import wasidb
from tests.benchmarks.bench.data import AMOUNT_LOW, Rows, Steps
from tests.benchmarks.orders import Customer, Order
from tests.support import builds
from wasidb import (
    Database,
    Field,
    Table,
    UInt16,
    UInt32,
    UInt64,
    count,
    max_,
    select,
    sum_,
)
from wasidb_schema.definition import ColumnDefinition, TableDefinition

COLUMNS = tuple(Order.__columns__.values())
NAMES = tuple(Order.__columns__)
FEW = Order.amount < AMOUNT_LOW


class PrioritizedOrder(Order, table="orders"):
    """With a column more."""

    priority: UInt16 = Field(default=7)


class WideOrder(Table, table="orders"):
    """With more room for quantities."""

    id: UInt64 = Field(primary_key=True)
    customer: UInt32 = Field(index=True)
    status: str
    amount: int
    quantity: UInt32
    created: int
    note: str


class Wasidb:
    """A database in `folder`, new."""

    name = "wasidb"
    cold_program = """
import sys, wasidb
from wasidb import Field, Table, UInt16, UInt32, UInt64

class Order(Table, table="orders"):
    id: UInt64 = Field(primary_key=True)
    customer: UInt32 = Field(index=True)
    status: str
    amount: int
    quantity: UInt16
    created: int
    note: str

with wasidb.open(sys.argv[1], read_only=True) as db:
    print(db.get(Order, 777).created)
"""

    def __init__(self, folder: Path, opened: Callable[[Path], Database] = wasidb.open) -> None:
        self.path = folder / f"{self.name}.wasidb"
        self.db = opened(self.path)
        self.db.create_tables(Customer, Order)

    def close(self) -> None:
        self.db.close()

    def rows_as_taken(self, rows: Rows) -> Any:
        """Arrow data as they are, rows as dicts."""
        if isinstance(rows, pa.Table):
            return rows
        return [dict(zip(NAMES, row, strict=True)) for row in rows]

    def load_people(self, people: pa.Table) -> None:
        self.db.insert_arrow(Customer, people)

    def load_arrow(self, orders: pa.Table) -> None:
        self.db.insert_arrow(Order, orders)

    def load_rows(self, rows: list[dict[str, Any]]) -> None:
        self.db.insert(rows, "orders")

    insert_batch = load_rows

    def insert_durably(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            self.db.insert(row, "orders")

    def insert_together(self, rows: list[dict[str, Any]]) -> None:
        with self.db.transaction() as tx:
            for row in rows:
                tx.insert(row, "orders")

    def append_together(self, rows: list[dict[str, Any]]) -> None:
        with self.db.transaction() as tx, tx.appender("orders") as appender:
            for row in rows:
                appender.append(row)

    def get_each(self, keys: list[int]) -> list[Any]:
        return [self.db.get(Order, key) for key in keys]

    def ask_each(self, keys: list[int]) -> list[Any]:
        return [self.db.select(select(*COLUMNS).where(Order.id == key))[0] for key in keys]

    def get_batch(self, keys: list[int]) -> list[Any]:
        return self.db.get_many(Order, keys)

    def of_customers(self, buyers: list[int]) -> list[Any]:
        orders = select(*COLUMNS)
        asked = (self.db.select(orders.where(Order.customer == buyer)) for buyer in buyers)
        return [row for rows in asked for row in rows]

    def filter_rows(self) -> list[Any]:
        return self.db.select(select(*COLUMNS).where(FEW))

    def filter_models(self) -> list[Any]:
        return self.db.select(select(Order).where(FEW))

    def filter_arrow(self) -> pa.Table:
        return self.db.select_arrow(select(*COLUMNS).where(FEW))

    def all_arrow(self) -> pa.Table:
        return self.db.select_arrow(select(*COLUMNS))

    def all_dicts(self) -> list[dict[str, Any]]:
        return self.db.select_dicts(select(*COLUMNS))

    def all_models(self) -> list[Any]:
        return self.db.select(select(Order))

    def group(self) -> pa.Table:
        outputs = Order.status, count(), sum_(Order.amount), max_(Order.created)
        return self.db.select_arrow(select(*outputs).group_by(Order.status))

    def join_group(self) -> pa.Table:
        question = (
            select(Customer.country, count(), sum_(Order.amount))
            .from_(Order)
            .join(Customer, on=Order.customer == Customer.id)
            .group_by(Customer.country)
        )
        return self.db.select_arrow(question)

    def top(self) -> list[Any]:
        first = select(*COLUMNS).order_by(Order.amount.desc(), Order.id)
        return self.db.select(first.limit(20).offset(1_000))

    def like(self) -> list[Any]:
        matching = Order.note.like("%gift at%noon%")
        return self.db.select(select(count()).from_(Order).where(matching))

    def update(self, low: int, high: int, amount: int) -> int:
        return self.db.update(
            Order, (Order.quantity >= low) & (Order.quantity < high), amount=amount
        )

    def delete(self, low: int, high: int) -> int:
        return self.db.delete(Order, (Order.quantity >= low) & (Order.quantity < high))

    def update_together(self, keys: list[int], amount: int) -> int:
        with self.db.transaction() as tx:
            return sum(tx.update(Order, Order.id == key, amount=amount) for key in keys)

    def delete_together(self, keys: list[int]) -> int:
        with self.db.transaction() as tx:
            return sum(tx.delete(Order, Order.id == key) for key in keys)

    def update_batch(self, keys: list[int], amount: int) -> int:
        return self.db.update(Order, Order.id.in_(keys), amount=amount)

    def delete_batch(self, keys: list[int]) -> int:
        return self.db.delete(Order, Order.id.in_(keys))

    def mixed(self, transactions: list[Steps]) -> list[int]:
        read = []
        for steps in transactions:
            with self.db.transaction() as tx:
                for key, amount in steps:
                    if amount is None:
                        read.append(tx.get(Order, key).created)
                    else:
                        tx.update(Order, Order.id == key, amount=amount)
        return read

    def add_column(self) -> None:
        self.db.migrate(Customer, PrioritizedOrder)

    def priorities(self) -> list[Any]:
        return self.db.select(select(count(), sum_(PrioritizedOrder.priority)))

    def widen_column(self) -> None:
        self.db.migrate(Customer, WideOrder)

    def totals(self) -> list[Any]:
        sums = count(), sum_(Order.id), sum_(Order.amount), sum_(Order.quantity)
        return self.db.select(select(*sums).from_(Order))

    def load_pages(self, table: str, pages: pa.Table) -> None:
        columns = ColumnDefinition("id", "uint32"), ColumnDefinition("body", "text")
        self.db.create_tables(TableDefinition(table, "id", columns))
        self.db.insert_arrow(table, pages)

    def snapshot(self, to: Path) -> None:
        self.db.snapshot(to)


class WasidbNative(Wasidb):
    """The same engine without WebAssembly, in this process: what the sandbox costs."""

    name = "wasidb-native"
    cold_program = None
    snapshot = None  # takes a database that is a file of the host's

    def __init__(self, folder: Path) -> None:
        builds.select("native")
        from tests.support import in_process

        super().__init__(folder, lambda path: Database(in_process.start(path, read_only=False)))
