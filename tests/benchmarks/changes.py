"""Changing a million orders beside SQLite: rows given as Python objects, updates, a delete.

    python tests/benchmarks/changes.py [ORDERS]

Tables, indexes and rows are those of `orders.py`, the component is driven from Python as there. In
every turn both sides begin with new files, take the orders as dicts (tuples for SQLite) in pieces
within one transaction, and then change one order in ten, chosen by a column that has no
index: a number, a text of another length, an indexed number; then they are deleted. Each of these
is a transaction of its own. How many rows it concerned, and a few sums afterwards, are compared.
A figure is the median of the turns.
"""

import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pyarrow as pa
from orders import (
    AMOUNTS,
    COLUMNS,
    INSERT,
    ORDERS_OF_ONE,
    Operation,
    Order,
    Sides,
    customers,
    milliseconds,
    orders,
    plain,
    print_row,
    report,
    timed,
    tuples,
)

from wasidb import count, select, sum_

TURNS = 3
PIECE = 10_000
TENTH = AMOUNTS // 10
CHOSEN = f"where amount < {TENTH}"
SUMS = "select count(*), sum(customer), sum(amount), sum(quantity) from orders"

Times = defaultdict[str, list[tuple[float, float]]]


def insert(sides: Sides, data: pa.Table) -> tuple[float, float]:
    """How long either side takes to insert all rows; making the objects does not count."""
    ours = lite = 0.0
    with ExitStack() as ending:
        tx = ending.enter_context(sides.wasidb.transaction())
        for first in range(0, data.num_rows, PIECE):
            piece = data.slice(first, PIECE)
            dicts, rows = piece.to_pylist(), tuples(piece)
            ours += milliseconds(partial(tx.insert, dicts, table="orders"))
            lite += milliseconds(partial(sides.sqlite.executemany, INSERT, rows))
        ours += milliseconds(ending.close)
        lite += milliseconds(sides.sqlite.commit)
    return ours, lite


def changes(sides: Sides) -> Iterator[tuple[str, Callable[[], int], Callable[[], int]]]:
    """The name of each change and how either side makes it; it gives the number of rows."""
    db, chosen = sides.wasidb, Order.amount < TENTH

    def sqlite(statement: str) -> Callable[[], int]:
        def run() -> int:
            done = sides.sqlite.execute(f"{statement} {CHOSEN}").rowcount
            sides.sqlite.commit()
            return done

        return run

    yield (
        "update a number",
        lambda: db.update(Order, chosen, quantity=5),
        sqlite("update orders set quantity = 5"),
    )
    yield (
        "update a text",
        lambda: db.update(Order, chosen, status="lost on the way"),
        sqlite("update orders set status = 'lost on the way'"),
    )
    yield (
        "update an indexed number",
        lambda: db.update(Order, chosen, customer=7),
        sqlite("update orders set customer = 7"),
    )
    yield "delete", lambda: db.delete(Order, chosen), sqlite("delete from orders")


def paired(ours: Operation, lite: Operation) -> tuple[float, float]:
    """Milliseconds of either side; they must give the same."""
    (time, answer), (their_time, theirs) = timed(ours), timed(lite)
    assert answer == theirs, (answer, theirs)
    return time / 1e3, their_time / 1e3


def turn(sides: Sides, data: pa.Table, times: Times) -> None:
    times["insert dicts"].append(insert(sides, data))
    for name, ours, lite in changes(sides):
        times[name].append(paired(ours, lite))
    sums = select(count(), sum_(Order.customer), sum_(Order.amount), sum_(Order.quantity))
    answer = plain(sides.wasidb.select(sums.from_(Order)))
    assert answer == sides.sqlite.execute(SUMS).fetchall(), answer


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    people, data = customers(number // ORDERS_OF_ONE), orders(number)
    times: Times = defaultdict(list)
    for _ in range(TURNS):
        with tempfile.TemporaryDirectory() as folder, ExitStack() as closing:
            turn(Sides(Path(folder, "files"), closing, people), data, times)
    print_row(COLUMNS)
    print_row("---" for _ in COLUMNS)
    for name, measured in times.items():
        report(name, measured[0][0], measured)


if __name__ == "__main__":
    main()
