"""What everybody works with: orders of customers, and which of them are asked for in each turn."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa

from tests.benchmarks.orders import ORDERS_OF_ONE, customers, orders, tuples

KEYS = 1_000
MANY = 10_000
COMMITS = 100
TRANSACTIONS = 50
TURNS_MAX = 5
AMOUNT_LOW = 10_000
"""Amounts below it are one in a hundred."""

Row = tuple[Any, ...]
Rows = list[Row] | pa.Table
Steps = list[tuple[int, int | None]]
"""Of one transaction: the key of an order to be read, or to be given an amount."""


@dataclass
class Data:
    """`count` orders, those that a turn inserts besides, and the dice that choose among them."""

    count: int
    people: pa.Table = field(init=False)
    orders: pa.Table = field(init=False)
    dice: random.Random = field(default_factory=lambda: random.Random(8))

    def __post_init__(self) -> None:
        self.people = customers(self.count // ORDERS_OF_ONE)
        self.orders = orders(self.count)
        self._last = self.count

    @cached_property
    def rows(self) -> list[Row]:
        return tuples(self.orders)

    def new_rows(self, count: int) -> list[Row]:
        """Orders that nobody has had before."""
        first, self._last = self._last, self._last + count
        return [
            (number, number % self.people.num_rows, "new", number % 997, 99, number, "by itself")
            for number in range(first, self._last)
        ]

    def newest(self, count: int, skipped: int) -> list[int]:
        """The keys of the `count` orders that were inserted last, before the last `skipped`."""
        last = self._last - skipped
        return list(range(last - count, last))

    def keys(self, count: int = KEYS) -> list[int]:
        return self.dice.sample(range(self.count), count)

    def buyers(self) -> list[int]:
        return [key % self.people.num_rows for key in self.keys()]

    def transactions(self) -> list[Steps]:
        """Transactions of ten steps, two of which change a row."""
        return [list(self._steps()) for _ in range(TRANSACTIONS)]

    def _steps(self) -> Iterator[tuple[int, int | None]]:
        for step, key in enumerate(self.dice.sample(range(self.count), 10)):
            yield key, self.dice.randrange(AMOUNT_LOW, 2 * AMOUNT_LOW) if step % 5 == 4 else None
