"""Durable commits of one row each, at the storage layer, beside sqlite3 on the same disk.

    python tests/benchmarks/commits.py [FOLDER]

All of it natively compiled, without host, component and JSON. `storage` is what a row takes on its
pages, once its cells are vectors: its record, its key in the index, looked for first, the ledgers,
and the redo log. `engine` is a statement that does the same in a transaction, literals, rules and
all. `grouped` is the engine again, in transactions that are committed eight at a time, as threads
that wait for each other's flush do; the figure is for one. Theirs is the `sqlite3` module with WAL
and synchronous=FULL. They take turns, and a bare write with fdatasync takes one too, so that the
figures say how much of each is the disk. Medians, and the median of the ratios within a turn.
"""

import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from operator import truediv
from pathlib import Path
from statistics import median
from time import perf_counter_ns

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / name) for name in ("build/native", "memory_provider")]

from wasidb_guest.api.engine import Engine  # noqa: E402
from wasidb_guest.definitions import ColumnDefinition, define_table  # noqa: E402
from wasidb_guest.encoding.cell_vectors import constant_vector, vector_from_cells  # noqa: E402
from wasidb_guest.pages.commit_point import WriteSet  # noqa: E402
from wasidb_guest.tables.integrity import check_unique_index  # noqa: E402
from wasidb_guest.transactions.store import Store  # noqa: E402
from wasidb_guest.values import TEXT, UINT64  # noqa: E402
from wasidb_guest.vectors import Batch, Vector  # noqa: E402

ROWS = 10_000
TURNS = 2_000
GROUP = 8
BODY = "sixty characters of text, as a short message would have them"
COLUMNS = [ColumnDefinition("id", UINT64), ColumnDefinition("body", TEXT)]
Operation = Callable[[int], object]


def opened(path: Path) -> Store:
    engine = Engine()
    engine.open(str(path))
    store = engine.store
    ids = vector_from_cells(UINT64, range(ROWS), table="messages", column="id", nullable=False)
    with store.session(None) as transaction:
        transaction.create_tables([define_table("messages", "id", COLUMNS)])
    with store.session(None) as transaction:
        rows = Batch(["id", "body"], [ids, constant_vector(TEXT, BODY, ROWS)], ROWS)
        transaction.insert("messages", rows)
    return store


def cells_of(number: int) -> list[Vector]:
    return [constant_vector(UINT64, number, 1), constant_vector(TEXT, BODY, 1)]


def insert(store: Store, number: int, tx: int | None) -> None:
    with store.session(tx) as transaction:
        transaction.insert("messages", Batch(["id", "body"], cells_of(number), 1))


def storage(folder: Path) -> Operation:
    store = opened(folder / "storage.wasidb")
    cache, table = store.cache, store.catalog.table("messages")
    index = table.indexes[0]
    rows = [cells_of(number) for number in range(ROWS, ROWS + TURNS)]

    def put(number: int) -> None:
        vectors = rows[number - ROWS]
        run = table.run(index.columns, vectors)
        check_unique_index(table, index, vectors[:1], run)
        writes = WriteSet(cache)
        table.attach(writes)
        run.set_addresses(table.put_records(vectors))
        index.tree.insert(run)
        table.save_roots()
        writes.commit(flush=True)
        table.attach(cache)

    return put


def engine(folder: Path) -> Operation:
    store = opened(folder / "engine.wasidb")
    return lambda number: insert(store, number, None)


def grouped(folder: Path) -> Operation:
    store = opened(folder / "grouped.wasidb")

    def insert_group(number: int) -> None:
        transactions = [store.begin() for _ in range(GROUP)]
        for place, tx in enumerate(transactions):
            insert(store, number * GROUP + place, tx)
        store.commit_many(transactions)

    return insert_group


def theirs(folder: Path) -> Operation:
    connection = sqlite3.connect(folder / "theirs.sqlite", isolation_level=None)
    for pragma in ("journal_mode = wal", "synchronous = full"):
        connection.execute(f"pragma {pragma}")
    connection.execute("create table messages (id integer primary key, body text)")
    statement = "insert into messages values (?, ?)"
    connection.execute("begin")
    connection.executemany(statement, [(number, BODY) for number in range(ROWS)])
    connection.execute("commit")
    return lambda number: connection.execute(statement, (number, BODY))


def disk(folder: Path) -> Operation:
    file = os.open(folder / "bare", os.O_CREAT | os.O_RDWR)
    os.write(file, bytes(1 << 20))
    os.fsync(file)

    def write(number: int) -> None:
        os.pwrite(file, bytes(400), number * 400 % (1 << 20))
        os.fdatasync(file)

    return write


CONTESTANTS = (storage, engine, grouped, theirs, disk)


def main() -> None:
    place = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        operations = {each.__name__: each(Path(folder)) for each in CONTESTANTS}
        times: dict[str, list[int]] = {name: [] for name in operations}
        for turn in range(ROWS, ROWS + TURNS):
            for name, operation in operations.items():
                begun = perf_counter_ns()
                operation(turn)
                times[name].append(perf_counter_ns() - begun)
    middle = {name: median(taken) / 1000 for name, taken in times.items()}
    middle["grouped"] /= GROUP
    for name, taken in middle.items():
        print(f"{name:8} {taken:6.0f} us  {1e6 / taken:6.0f} a second")
    for name in ("storage", "engine"):
        ratio = median(map(truediv, times["theirs"], times[name]))
        print(f"commits a second, {name} to theirs: {ratio:.2f}")


if __name__ == "__main__":
    main()
