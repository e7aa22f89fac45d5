"""A database sixteen times as large as its cache: how much memory does the engine take?

    python tests/benchmarks/larger_than_cache.py [FOLDER [MIB]]

Tables of 256 MiB are filled through the component until there are MIB mebibytes of records, 1024
unless said otherwise. All of them are then read, changed and checked by an engine with a cache of
64 MiB. Nowhere may the component have more linear memory than the cache and 64 MiB: wasmtime
refuses it, and the work would fail.

For each part of the work the report has the time it took and the linear memory of the instance
afterwards, which includes the interpreter and never becomes less. It is read off the memory map of
this process, which is Linux's.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import wasidb
from wasidb import Field, Table, UInt32, count, max_, min_, select, sum_

MIB = 1 << 20
CACHE = 64 * MIB
MEMORY_MAX = CACHE + 64 * MIB
RECORD_SIZE = 512
BODY_SIZE = RECORD_SIZE - 16
ROWS = 524_288
CHUNK = 8_192
CHUNKS = range(0, ROWS, CHUNK)
RESERVED_MIN = 3 << 30
"""Addresses, in bytes, that wasmtime keeps behind a linear memory for it to grow into."""


def event_table(number: int) -> type[Table]:
    """A table whose records take 512 bytes each."""

    class Event(Table, table=f"events_{number}"):
        id: UInt32 = Field(primary_key=True)
        amount: int
        body: str

    return Event


def load(db: wasidb.Database, table: Any) -> None:
    """Fill a table, one transaction for each chunk."""
    for first in CHUNKS:
        ids = pa.array(range(first, first + CHUNK), pa.uint32())
        amounts = pc.multiply(pc.cast(ids, pa.int64()), 3)
        bodies = pc.utf8_lpad(pc.cast(ids, pa.string()), BODY_SIZE, "-")
        db.insert_arrow(table, pa.table({"id": ids, "amount": amounts, "body": bodies}))


def scan(db: wasidb.Database, table: Any) -> None:
    """Aggregate all rows, as they were loaded, and look at every byte of them."""
    question = select(count(), sum_(table.amount), min_(table.id), max_(table.id))
    last = ROWS - 1
    assert answer_of(db, question) == (ROWS, 3 * last * ROWS // 2, 0, last)
    assert answer_of(db, select(count()).from_(table).where(~table.body.like("-%"))) == (0,)


def update(db: wasidb.Database, table: Any) -> None:
    """Change every row, one transaction for each chunk."""
    for first in CHUNKS:
        chosen = (table.id >= first) & (table.id < first + CHUNK)
        assert db.update(table, chosen, amount=first) == CHUNK
    assert answer_of(db, select(count(), sum_(table.amount))) == (ROWS, CHUNK * sum(CHUNKS))


def answer_of(db: wasidb.Database, question: Any) -> tuple[object, ...]:
    """The only row of an answer."""
    (row,) = db.select(question)
    return tuple(row)


def linear_memory() -> int:
    """Bytes of the one linear memory in this process.

    Its mappings touch each other; in front of them and behind them are addresses nobody may use.
    """
    size = 0
    for (start, end, access), (following, reserved_end, access_behind) in pairwise(mappings()):
        size = 0 if access == "---p" else size + end - start
        is_last = end == following and access_behind == "---p"
        if size and is_last and reserved_end - following > RESERVED_MIN:
            return size
    raise LookupError("no linear memory in this process")


def mappings() -> Iterator[tuple[int, int, str]]:
    """Start, end and access rights of every mapping, by address."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, access = line.split()[:2]
        start, end = (int(each, 16) for each in addresses.split("-"))
        yield start, end, access


@contextmanager
def database(path: Path) -> Iterator[wasidb.Database]:
    """The database, in an instance that cannot grow beyond MEMORY_MAX."""
    with wasidb.open(path, cache=CACHE) as db:
        db._engine._store.set_limits(memory_size=MEMORY_MAX)
        yield db


@contextmanager
def reported(work: str) -> Iterator[None]:
    """A line of the report."""
    begun = perf_counter()
    yield
    print(
        f"{work:<28}{perf_counter() - begun:>9.1f} s{linear_memory() / MIB:>9.1f} MiB", flush=True
    )


def main() -> None:
    place = sys.argv[1] if len(sys.argv) > 1 else None
    size = int(sys.argv[2] if len(sys.argv) > 2 else 1024) * MIB
    tables = [event_table(number) for number in range(-(-size // (ROWS * RECORD_SIZE)))]
    with tempfile.TemporaryDirectory(dir=place) as folder:
        path = Path(folder) / "events.wasidb"
        print(f"cache {CACHE // MIB} MiB, at most {MEMORY_MAX // MIB} MiB of linear memory")
        with database(path) as db:
            with reported("nothing yet"):
                pass
            for table in tables:
                with reported(f"create and load {table.__table__.name}"):
                    db.create_tables(table)
                    load(db, table)
        print(f"the file has {path.stat().st_size / MIB:.0f} MiB")
        for work in (scan, update):
            with database(path) as db:
                for table in tables:
                    with reported(f"{work.__name__} {table.__table__.name}"):
                        work(db, table)
        with database(path) as db, reported("check"):
            assert db.check() == []


if __name__ == "__main__":
    main()
