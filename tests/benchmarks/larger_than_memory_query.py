"""Questions about ten million rows with a small part of the memory they would need.

    python tests/benchmarks/larger_than_memory_query.py [FOLDER [ROWS]]

A table of ROWS rows, 10,000,000 unless said otherwise, is sorted, grouped and joined to itself
through the component, with a cache of 64 MiB and 64 MiB for what a statement holds. The sorted rows
alone have 160 MB, the groups and the rows of the kept side of the join more than that: all of them
have to be put aside. Nowhere may the component have more linear memory than MEMORY_MAX: wasmtime
refuses it, and the question would fail.

MEMORY_MAX is the cache, what a statement may hold, and 160 MiB beside these: 17 MiB of interpreter
and engine, what the steps work on (the batch in hand, and what sorting, numbering or writing text
makes of it), and what the allocator cannot use again, for a linear memory never becomes less.

Answers are known, so each question is also a test. For each there is the time and the linear memory
afterwards.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from larger_than_cache import MIB, reported

import wasidb
from wasidb import Field, Table, UInt32

ROWS = 10_000_000
CHUNK = 100_000
CACHE = QUERY_MEMORY = 64 * MIB
MEMORY_MAX = CACHE + QUERY_MEMORY + 160 * MIB
STEP = 7_654_321
"""Has no divisor in common with the number of rows, so its multiples are a permutation."""
PAGE = 50_000


class Event(Table, table="events"):
    id: UInt32 = Field(primary_key=True)
    place: UInt32
    pair: UInt32


def load(db: wasidb.Database, rows: int) -> None:
    """Places are a permutation of all ids; two events make a pair."""
    for first in range(0, rows, CHUNK):
        ids = range(first, min(first + CHUNK, rows))
        columns = {
            "id": pa.array(ids, pa.uint32()),
            "place": pa.array([id * STEP % rows for id in ids], pa.uint32()),
            "pair": pa.array([id // 2 for id in ids], pa.uint32()),
        }
        db.insert_arrow(Event, pa.table(columns))


def sorted_rows(db: wasidb.Database, rows: int) -> None:
    """All rows in order, page by page."""
    statement = {"from": "events", "columns": ["place", "id"], "order_by": [{"column": "place"}]}
    cursor = db._call("rows", "open-cursor", json.dumps(statement), PAGE, None)
    place = 0
    while (page := db._call("rows", "fetch", cursor)) is not None:
        found = json.loads(page)["rows"]
        assert [row[0] for row in found] == list(range(place, place + len(found)))
        place += len(found)
    assert place == rows
    db._call("rows", "close-cursor", cursor)


def groups(db: wasidb.Database, rows: int) -> None:
    """Half as many groups as there are rows."""
    call = {"function": "count", "as": "events"}
    statement = {"from": "events", "group_by": ["pair"], "aggregates": [call]}
    assert answer(db, statement | {"having": {"Ne": ["events", 2]}}) == []


def distinct_rows(db: wasidb.Database, rows: int) -> None:
    """As many combinations as there are rows."""
    statement = {"from": "events", "columns": ["place", "pair"], "distinct": True}
    last = rows - 1
    assert answer(db, statement | {"offset": last}) == [[last * STEP % rows, last // 2]]


def joined_rows(db: wasidb.Database, rows: int) -> None:
    """Every row has one partner."""
    join = {"join_type": "Inner", "table": "events", "as": "other"}
    join |= {"left_column": "events.id", "right_column": "other.place"}
    calls = [{"function": "count", "as": "n"}, {"function": "sum", "column": "other.id", "as": "s"}]
    found = answer(db, {"from": "events", "joins": [join], "aggregates": calls})
    assert found == [[rows, str(rows * (rows - 1) // 2)]]


def all_cells(db: wasidb.Database, rows: int) -> None:
    """Functions that have to see all cells at once."""
    calls = [
        {"function": "median", "column": "place", "as": "median"},
        {"function": "count_distinct", "column": "place", "as": "places"},
    ]
    ((median, places),) = answer(db, {"from": "events", "aggregates": calls})
    assert (float(median), places) == ((rows - 1) / 2, rows)


def answer(db: wasidb.Database, statement: dict[str, Any]) -> list[Any]:
    """The rows of an answer."""
    found: list[Any] = json.loads(db._call("rows", "select", json.dumps(statement), None))["rows"]
    return found


@contextmanager
def database(path: Path) -> Iterator[wasidb.Database]:
    """The database, in an instance that cannot grow beyond MEMORY_MAX."""
    with wasidb.open(path, cache=CACHE, query_memory=QUERY_MEMORY, tables=[Event]) as db:
        db._engine._store.set_limits(memory_size=MEMORY_MAX)
        yield db


QUESTIONS: list[Callable[[wasidb.Database, int], None]] = [
    sorted_rows,
    groups,
    distinct_rows,
    joined_rows,
    all_cells,
]


def main() -> None:
    place = sys.argv[1] if len(sys.argv) > 1 else None
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else ROWS
    with tempfile.TemporaryDirectory(dir=place) as folder:
        path = Path(folder) / "events.wasidb"
        print(f"{rows} rows, at most {MEMORY_MAX // MIB} MiB of linear memory")
        with database(path) as db, reported("load"):
            load(db, rows)
        print(f"the file has {path.stat().st_size / MIB:.0f} MiB")
        for question in QUESTIONS:
            with database(path) as db, reported(question.__name__):
                question(db, rows)


if __name__ == "__main__":
    main()
