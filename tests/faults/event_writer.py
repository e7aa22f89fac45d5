"""The process that test_kill kills: it inserts events, and compacts now and then, until it dies.

    python -m tests.faults.event_writer FILE FIRST_KEY

It prints `open`, then the key of every event once it is told that the event is stored.
"""

import itertools
import sys

import wasidb
from wasidb import Field, Table

COMPACTION_INTERVAL = 30


class Event(Table, table="events"):
    id: int = Field(primary_key=True)
    text: str = Field(index=True)


def write_events(file: str, first: int) -> None:
    """Go on from this key, for ever."""
    with wasidb.open(file, tables=[Event]) as db:
        print("open", flush=True)
        for key in itertools.count(first):
            db.insert(Event(id=key, text=f"event {key} " * (key * 7 % 900)))
            print(key, flush=True)
            if key % COMPACTION_INTERVAL == 0:
                db.compact()


if __name__ == "__main__":
    write_events(sys.argv[1], int(sys.argv[2]))
