"""lmdb: a B+tree in a memory map, without columns, for the operations that go by key.

A row is bytes to it. It is given `marshal`'s, the quickest way from a tuple and back.
"""

import marshal
from pathlib import Path
from typing import Any

import lmdb

from tests.benchmarks.bench.data import Row, Steps
from tests.benchmarks.orders import tuples

SIZE_MAX = 4 << 30
AMOUNT, CREATED = 3, 5


class Lmdb:
    """An environment in `folder`; a commit is durable."""

    name = "lmdb"
    cold_program = """
import lmdb, marshal, sys
with lmdb.open(sys.argv[1], readonly=True, subdir=False) as environment, environment.begin() as tx:
    print(marshal.loads(tx.get((777).to_bytes(8)))[5])
"""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "orders.lmdb"
        self.environment = lmdb.open(str(self.path), map_size=SIZE_MAX, subdir=False)

    def close(self) -> None:
        self.environment.close()

    def rows_as_taken(self, rows: list[Row]) -> list[Row]:
        return rows

    def load_people(self, people: Any) -> None:
        """It has orders only."""

    def load_rows(self, rows: list[Row]) -> None:
        with self.environment.begin(write=True) as tx:
            tx.cursor().putmulti([(row[0].to_bytes(8), marshal.dumps(row)) for row in rows])

    insert_batch = load_rows

    def load_pages(self, table: str, pages: Any) -> None:
        self.load_rows(tuples(pages))

    def insert_durably(self, rows: list[Row]) -> None:
        for row in rows:
            with self.environment.begin(write=True) as tx:
                tx.put(row[0].to_bytes(8), marshal.dumps(row))

    def insert_together(self, rows: list[Row]) -> None:
        with self.environment.begin(write=True) as tx:
            for row in rows:
                tx.put(row[0].to_bytes(8), marshal.dumps(row))

    append_together = insert_together

    def get_each(self, keys: list[int]) -> list[Row]:
        found = []
        for key in keys:
            with self.environment.begin() as tx:
                found.append(marshal.loads(tx.get(key.to_bytes(8))))
        return found

    def get_batch(self, keys: list[int]) -> list[Row]:
        with self.environment.begin() as tx:
            found = tx.cursor().getmulti([key.to_bytes(8) for key in keys])
        return [marshal.loads(row) for _, row in found]

    def delete_together(self, keys: list[int]) -> int:
        with self.environment.begin(write=True) as tx:
            return sum(tx.delete(key.to_bytes(8)) for key in keys)

    def mixed(self, transactions: list[Steps]) -> list[int]:
        read = []
        for steps in transactions:
            with self.environment.begin(write=True) as tx:
                for key, amount in steps:
                    row = marshal.loads(tx.get(key.to_bytes(8)))
                    if amount is None:
                        read.append(row[CREATED])
                    else:
                        changed = (*row[:AMOUNT], amount, *row[AMOUNT + 1 :])
                        tx.put(key.to_bytes(8), marshal.dumps(changed))
        return read

    def snapshot(self, to: Path) -> None:
        with to.open("wb") as file:
            self.environment.copyfd(file.fileno())
