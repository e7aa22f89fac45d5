"""What nothing behind a component's boundary goes below, beside the whole of what others take.

    python tests/benchmarks/floors.py [--rows N] [--only PART_OF_A_NAME]

    a call       into the component and back, which does nothing there but answer no
    nothing      a look-up of a row by its key in a table that has none: all that is done for one
                 but its search, its memory, its text and its model
    explained    how a question would be answered, which is the interpreter's work alone
    twenty rows  a call, and the tuples of an answer of twenty rows, which lies there as text
    their text   the kernel that finds twenty rows and writes them, natively: of one customer after
                 the other, whose rows lie all over the table
      again      the same customer's each time, whose rows and pages are in the processor's caches
    rows         a call, and the tuples of an answer of a thousand rows, which lies there as text
    a flush      a write of 400 bytes and its flush, as the log of the smallest commit is
      by WASI    the same from WebAssembly: wasmtime hands both to another thread, and waits, as it
                 does for the pages below
    ten calls    and a flush by WASI: eight rows read, two changed, a commit
    new pages    those of a table and its indexes copied, written and flushed, as a load makes them
    a process    Python that imports what is needed of wasmtime and pydantic, and ends
    pages, log   the same pages, and before that a log of what a delete all over the table changes,
                 for a leaf moves up behind each entry: of a million rows, since one of fewer leaves
                 the pages to a later checkpoint

Each stands beside the whole of something that wasidb cannot do without it, as sqlite3 does it: rows
read by a key, found among all, inserted, committed; all rows loaded; a process that reads a row;
six in a hundred deleted. Where a floor is a multiple of SQLite's time, no design of the engine
comes closer than that. A call stands beside a look-up of the native engine too (after `just
native`): a component that ran as fast as that engine would still take both; and so does what is
interpreted beside itself, which says how much longer that takes in WebAssembly. The two take turns;
figures are medians. Where node is installed, floors stand beside databases in WebAssembly, too,
which work in memory: transactions of ten, a column added.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain, count
from pathlib import Path
from statistics import median
from typing import IO

import wasmtime

import wasidb
from wasidb import select
from wasidb.rows import dump, load

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.bench.contestant_wasidb import WasidbNative  # noqa: E402
from tests.benchmarks.bench.contestants_node import (  # noqa: E402
    DuckDbWasm,
    NodePeer,
    PgLite,
    SqlJs,
    node_is_there,
)
from tests.benchmarks.bench.contestants_sql import (  # noqa: E402
    ADD_COLUMN,
    BY_ID,
    INSERT,
    NAMES,
    Sqlite,
)
from tests.benchmarks.bench.data import TRANSACTIONS, Data  # noqa: E402
from tests.benchmarks.bench.measuring import first_load, microseconds  # noqa: E402
from tests.benchmarks.bench.processes import printed  # noqa: E402
from tests.benchmarks.orders import ORDERS_OF_ONE  # noqa: E402
from wasidb_memory import PAGE_SIZE  # noqa: E402

TURNS = 15
MANY = 500
"""How often what is short is done in a turn."""
COMMIT = bytes(400)
PAGES_OF = 1 / 467
"""Pages that the record of an order takes, with its entries in both indexes."""
LOGGED_OF = 1 / 1_390
"""Of what a delete all over the table changes and does not make zero: nearly all leaves."""
PAGES_AT_ONCE = 16
DELETED = 6
"""Quantities, of a hundred, whose rows a turn deletes."""

WRITER = """
(module
  (import "wasi_snapshot_preview1" "path_open" (func $open
    (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pwrite" (func $write
    (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_advise" (func $advise
    (param i32 i64 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_datasync" (func $flush (param i32) (result i32)))
  (memory (export "memory") 33)
  (data (i32.const 0) "log")
  (data (i32.const 16) "\\40\\00\\00\\00\\90\\01\\00\\00") ;; 400 bytes at 64
  (data (i32.const 24) "\\00\\00\\01\\00") ;; what `put` is given, at 65,536
  (global $end (mut i64) (i64.const 0))
  (func $descriptor (result i32) (i32.load (i32.const 32)))
  (func (export "open") (result i32)
    (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 1)
      (i64.const 0x1fffffff) (i64.const 0x1fffffff) (i32.const 0) (i32.const 32)))
  (func (export "put") (param $offset i64) (param $size i32) (result i32)
    (memory.copy (i32.const 0x10000) (i32.const 0x110000) (local.get $size))
    (i32.store (i32.const 28) (local.get $size))
    (i32.or
      (call $write (call $descriptor) (i32.const 24) (i32.const 1) (local.get $offset)
        (i32.const 48))
      (call $advise (call $descriptor) (local.get $offset) (i64.extend_i32_u (local.get $size))
        (i32.const 4))))
  (func (export "flush") (result i32) (call $flush (call $descriptor)))
  (func (export "commit") (result i32)
    (global.set $end (i64.add (global.get $end) (i64.const 400)))
    (i32.or
      (call $write (call $descriptor) (i32.const 16) (i32.const 1) (global.get $end) (i32.const 48))
      (call $flush (call $descriptor)))))
"""
"""Opens `log` in its first folder, writes and flushes what a small commit does, or copies up to a
mebibyte and writes it, which is on its way to the disk then, and flushes that; all give 0.
"""


class Empty(wasidb.Table):
    """Never has a row."""

    id: wasidb.UInt32 = wasidb.Field(primary_key=True)


Operation = Callable[[], object]
Pair = tuple[str, Operation, str, Operation]
"""A floor and what is beside it, each with a name."""


class Disk:
    """A file, and what is written to it and flushed."""

    def __init__(self, file: IO[bytes]) -> None:
        self._descriptor = file.fileno()

    def commit(self) -> None:
        os.write(self._descriptor, COMMIT)
        os.fdatasync(self._descriptor)


def pairs(folder: Path, rows: int, disk: Disk, ending: ExitStack) -> Iterator[tuple[Pair, int]]:
    """With how often each is done in a turn."""
    db = ending.enter_context(wasidb.open(folder / "empty.wasidb"))
    typed = db.typed
    data, sqlite = Data(rows), Sqlite(folder)
    ending.callback(sqlite.close)
    sqlite.load_rows(data.rows)
    (folder / "native").mkdir()
    native = WasidbNative(folder / "native")
    ending.callback(native.close)
    native.load_arrow(data.orders)
    keys, slices, new = count(), count(1, DELETED), iter(data.new_rows(4 * TURNS * MANY))
    lite = sqlite.connection
    db.create_tables(Empty)
    native.db.create_tables(Empty)
    question = select(Empty).where((Empty.id == 5) | (Empty.id > 7)).order_by(Empty.id).limit(9)
    answer = dump({"columns": NAMES, "rows": data.rows[:ORDERS_OF_ONE]})
    many = dump({"columns": NAMES, "cells": list(zip(*sqlite.filter_rows(), strict=True))})
    text_of_customer = row_kernel(native)

    def twenty_rows() -> None:
        typed.has_drift()
        list(map(tuple, load(answer)["rows"]))

    def thousand_rows() -> None:
        typed.has_drift()
        list(zip(*load(many)["cells"], strict=True))

    def ten_calls() -> None:
        for _ in range(10):
            typed.has_drift()
        by_wasi.commit()

    def load_all() -> None:
        place = folder / f"loaded{next(keys)}"
        place.mkdir()
        loaded = Sqlite(place)
        loaded.load_rows(data.rows)
        loaded.close()

    def delete() -> None:
        low = next(slices)
        sqlite.delete(low, low + DELETED)

    def key() -> int:
        return next(keys) * 7919 % rows

    def read() -> None:
        lite.execute(BY_ID, (key(),)).fetchone()

    def customer() -> int:
        return key() % data.people.num_rows

    def read_of_customer() -> None:
        sqlite.of_customers([customer()])

    def insert() -> None:
        lite.execute(INSERT, next(new))

    def read_natively() -> None:
        native.get_each([key()])

    def mix() -> None:
        sqlite.mixed([[(key(), step if step % 5 == 4 else None) for step in range(10)]])

    by_wasi = DiskByWasi(folder / "wasi", rows)
    yield ("a call", typed.has_drift, "a row by its key", read), MANY
    yield ("a call", typed.has_drift, "the same, natively", read_natively), MANY
    yield (
        (
            "a question explained",
            lambda: db.explain(question),
            "the same, natively",
            lambda: native.db.explain(question),
        ),
        MANY // 10,
    )
    yield ("nothing", lambda: db.get(Empty, key()), "a row by its key", read), MANY
    by_an_index = "twenty rows by an index", read_of_customer
    yield ("twenty rows", twenty_rows, *by_an_index), MANY
    yield ("their text", lambda: text_of_customer(customer()), *by_an_index), MANY
    yield ("their text again", lambda: text_of_customer(7), *by_an_index), MANY
    yield ("rows", thousand_rows, "a thousand rows, found", sqlite.filter_rows), MANY // 50
    yield ("a flush", disk.commit, "a row, committed", insert), MANY
    yield ("a flush by WASI", by_wasi.commit, "a row, committed", insert), MANY
    yield ("ten calls, a flush", ten_calls, "eight rows read, two changed", mix), MANY // 10
    lite.execute("begin")
    yield ("a call", typed.has_drift, "a row inserted in a transaction", insert), MANY
    lite.execute("commit")
    yield ("new pages", by_wasi.append, "all rows loaded", load_all), 1
    yield (
        (
            "a process",
            lambda: printed(["-c", "import wasmtime.component; from pydantic import BaseModel"]),
            "a process that reads a row",
            lambda: printed(["-c", sqlite.cold_program, str(sqlite.path)]),
        ),
        1,
    )
    # The last one: it deletes the row that a process reads.
    yield ("pages, log", by_wasi.log_and_rewrite, "six in a hundred deleted", delete), 1


def pairs_in_node(folder: Path, rows: int, ending: ExitStack) -> Iterator[tuple[Pair, int]]:
    """The same of databases in WebAssembly, which work in memory."""
    data = Data(rows)

    def loaded(kind: type[NodePeer]) -> NodePeer:
        peer = kind(folder)
        ending.callback(peer.close)
        first_load(peer, data)()
        return peer

    def adding_columns(peer: NodePeer) -> Operation:
        names = (f"priority{number}" for number in count())
        return lambda: peer.change(ADD_COLUMN.replace("priority", next(names)), ())

    def flushes() -> None:
        for _ in range(TRANSACTIONS):
            by_wasi.commit()

    lite, pglite, duckdb = loaded(SqlJs), loaded(PgLite), loaded(DuckDbWasm)
    by_wasi = DiskByWasi(folder / "wasi-too", rows)
    many = f"{TRANSACTIONS} flushes by WASI"
    beside = f"{TRANSACTIONS} transactions of ten, {lite.name}"
    yield (many, flushes, beside, lambda: lite.mixed(data.transactions())), 1
    for peer in (lite, pglite, duckdb):
        yield ("new pages", by_wasi.append, f"a column added, {peer.name}", adding_columns(peer)), 1


def row_kernel(native: WasidbNative) -> Callable[[int], str | None]:
    """What the native engine's kernel writes of the orders of a customer."""
    from tests.support.in_process import InProcessEngine  # of the build that has been selected
    from wasidb_guest.api.lookup import positions_of, text_of_rows

    engine = native.db._engine
    assert isinstance(engine, InProcessEngine)
    table = engine.engine.store.catalog.table("orders")
    rows = text_of_rows(table.definition, positions_of(table.definition, NAMES))
    (index,) = (each for each in table.indexes if each.columns == ("customer",))

    def text(customer: int) -> str | None:
        return rows.of_keys(table.pages, index.tree.root, index.key([customer]), True)

    return text


class DiskByWasi:
    """The same by WASI, from WebAssembly, and the pages of a table of so many orders."""

    def __init__(self, folder: Path, rows: int) -> None:
        folder.mkdir()
        self._pages = round(rows * PAGES_OF)
        self._logged = round(rows * LOGGED_OF)
        engine, config = wasmtime.Engine(), wasmtime.WasiConfig()
        config.preopen_dir(str(folder), "/")
        self._store, linker = wasmtime.Store(engine), wasmtime.Linker(engine)
        self._store.set_wasi(config)
        linker.define_wasi()
        module = wasmtime.Module(engine, wasmtime.wat2wasm(WRITER))
        self._exports = linker.instantiate(self._store, module).exports(self._store)
        self._call("open")

    def _call(self, name: str, *arguments: int) -> None:
        function = self._exports[name]
        assert isinstance(function, wasmtime.Func)
        assert function(self._store, *arguments) == 0

    def commit(self) -> None:
        self._call("commit")

    def append(self) -> None:
        self._write(0, self._pages)

    def log_and_rewrite(self) -> None:
        self._write(0, self._logged)
        self._write(self._logged, self._pages)

    def _write(self, first: int, pages: int) -> None:
        """So many pages from one on, a mebibyte at a time, which is on its way to the disk before
        the flush.
        """
        for number in range(first, first + pages, PAGES_AT_ONCE):
            size = min(PAGES_AT_ONCE, first + pages - number) * PAGE_SIZE
            self._call("put", number * PAGE_SIZE, size)
        self._call("flush")


def repeated(operation: Operation, times: int) -> float:
    """Microseconds of one. What another process does says itself how long it took, once."""

    def work() -> object:
        for _ in range(times - 1):
            operation()
        return operation()

    taken = microseconds(work)[0]
    assert taken is not None
    return taken / times


def main() -> None:
    parser = argparse.ArgumentParser(description="What nothing behind a boundary goes below.")
    parser.add_argument("--rows", type=int, default=100_000, help="orders (default: 100,000)")
    parser.add_argument("--only", default="", help="floors whose names contain this")
    given = parser.parse_args()
    print("| floor | µs | beside it | µs | times as long |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name, ExitStack() as ending:
        folder = Path(name)
        disk = Disk(ending.enter_context((folder / "log").open("wb", buffering=0)))
        in_node = pairs_in_node(folder, given.rows, ending) if node_is_there() else ()
        here = pairs(folder, given.rows, disk, ending)
        for (floor, ours, whole, theirs), times in chain(here, in_node):
            if given.only not in floor:
                continue
            turns = [(repeated(ours, times), repeated(theirs, times)) for _ in range(TURNS)]
            lowest, lite = map(median, zip(*turns, strict=True))
            ratio = median(one / other for one, other in turns)
            print(f"| {floor} | {lowest:,.1f} | {whole} | {lite:,.1f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
