"""A database several times as large as its cache, in an engine that may not have room for it.

tests/benchmarks/larger_than_cache.py is the same with a file of a gibibyte.
"""

from pathlib import Path

import wasidb
from wasidb import Field, Table, UInt32, count, select, sum_

MIB = 1 << 20
CACHE = 4 * MIB
DATABASE = 24 * MIB
INTERPRETER = 17 * MIB
BODY = "b" * 4_080
"""With the rest of its record it fills 4 KiB."""
ROWS = DATABASE // 4_096
CHUNK = 256


class Note(Table, table="notes"):
    id: UInt32 = Field(primary_key=True)
    stars: int
    body: str


def test_database_larger_than_its_memory(database_file: Path) -> None:
    """The linear memory cannot hold the database: growing beyond its limit fails."""
    with wasidb.open(database_file, tables=[Note], cache=CACHE) as db:
        limit_memory(db, INTERPRETER + CACHE + 12 * MIB)
        for first in range(0, ROWS, CHUNK):
            ids = range(first, first + CHUNK)
            db.insert([Note(id=number, stars=number % 5, body=BODY) for number in ids])
        assert database_file.stat().st_size > DATABASE
        assert totals(db) == (ROWS, sum(number % 5 for number in range(ROWS)))
        for first in range(0, ROWS, CHUNK):
            chosen = (Note.id >= first) & (Note.id < first + CHUNK)
            assert db.update(Note, chosen, stars=7) == CHUNK
        assert totals(db) == (ROWS, 7 * ROWS)
        assert db.check() == []


def totals(db: wasidb.Database) -> tuple[object, ...]:
    """How many notes there are, and how many stars they have."""
    (row,) = db.select(select(count(), sum_(Note.stars)))
    return tuple(row)


def limit_memory(db: wasidb.Database, size: int) -> None:
    """Let the engine have so many bytes of linear memory at most."""
    db._engine._store.set_limits(memory_size=size)
