"""What is to be done, as a table.

`operation` is the method of a contestant, `given` makes what it is given in a turn, `count` says
how many things one turn does, of which the figure is for one. `LOADS` begin with an empty database
each time, `MIGRATIONS` with a new one that has the orders. `WORKLOADS` go on with a loaded one, in
this order: what changes it comes last.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.bench.data import COMMITS, KEYS, MANY, TRANSACTIONS, TURNS_MAX, Data

SIZES = (10_000, 100_000, 1_000_000)
SLICE = 10
"""Quantities from 1 to 99 that are changed at once: a tenth of the rows."""

Given = tuple[Any, ...]


@dataclass(frozen=True)
class Workload:
    name: str
    operation: str
    given: Callable[[Data, int], Given] = lambda data, turn: ()
    count: int = 1
    takes_rows: bool = False
    """Whether it is given rows, which contestants take in forms of their own, made beforehand."""
    can_repeat: bool = True
    """Whether it leaves things as they were, so that it can be done once for nothing."""
    proof: str = "totals"
    """What is asked after a turn that began with a new database, to be the same for everybody."""


LOADS = (
    Workload("load Arrow data", "load_arrow", lambda data, turn: (data.orders,), takes_rows=True),
    Workload("load Python rows", "load_rows", lambda data, turn: (data.rows,), takes_rows=True),
)
MIGRATIONS = (
    Workload("migrate: a new column with a default", "add_column", proof="priorities"),
    Workload("migrate: a wider column", "widen_column"),
)
WORKLOADS = (
    Workload("group by", "group"),
    Workload("join and group by", "join_group"),
    Workload("filter 1 %, rows", "filter_rows"),
    Workload("filter 1 %, models", "filter_models"),
    Workload("filter 1 %, Arrow", "filter_arrow"),
    Workload("everything, Arrow", "all_arrow"),
    Workload("everything, dicts", "all_dicts"),
    Workload("everything, models", "all_models"),
    Workload("like, count", "like"),
    Workload("top 20 from 1,000 on", "top"),
    Workload(
        "20 rows by secondary index", "of_customers", lambda data, turn: (data.buyers(),), KEYS
    ),
    Workload("look-up by key", "get_each", lambda data, turn: (data.keys(),), KEYS),
    Workload("look-up by key, as a question", "ask_each", lambda data, turn: (data.keys(),), KEYS),
    Workload(
        "look-up by keys, a thousand at once", "get_batch", lambda data, turn: (data.keys(),), KEYS
    ),
    Workload(
        "insert, a durable commit each",
        "insert_durably",
        lambda data, turn: (data.new_rows(COMMITS),),
        COMMITS,
        takes_rows=True,
        can_repeat=False,
    ),
    Workload(
        "insert, one call each, in a transaction",
        "insert_together",
        lambda data, turn: (data.new_rows(KEYS),),
        KEYS,
        takes_rows=True,
        can_repeat=False,
    ),
    Workload(
        "append, one call each, a thousand in a transaction",
        "append_together",
        lambda data, turn: (data.new_rows(KEYS),),
        KEYS,
        takes_rows=True,
        can_repeat=False,
    ),
    Workload(
        "append, one call each, ten thousand in a transaction",
        "append_together",
        lambda data, turn: (data.new_rows(MANY),),
        MANY,
        takes_rows=True,
        can_repeat=False,
    ),
    Workload(
        "insert, ten thousand in one call",
        "insert_batch",
        lambda data, turn: (data.new_rows(MANY),),
        MANY,
        takes_rows=True,
        can_repeat=False,
    ),
    Workload(
        "update, one call each, in a transaction",
        "update_together",
        lambda data, turn: (data.keys(), 900_000 + turn),
        KEYS,
        can_repeat=False,
    ),
    Workload(
        "update, ten thousand in one call",
        "update_batch",
        lambda data, turn: (data.keys(MANY), 950_000 + turn),
        MANY,
        can_repeat=False,
    ),
    Workload(
        "delete, one call each, in a transaction",
        "delete_together",
        lambda data, turn: (data.newest(KEYS, turn * KEYS),),
        KEYS,
        can_repeat=False,
    ),
    Workload(
        "delete, ten thousand in one call",
        "delete_batch",
        lambda data, turn: (data.newest(MANY, TURNS_MAX * KEYS + turn * MANY),),
        MANY,
        can_repeat=False,
    ),
    Workload(
        "transaction of 8 reads and 2 changes",
        "mixed",
        lambda data, turn: (data.transactions(),),
        TRANSACTIONS,
        can_repeat=False,
    ),
    Workload(
        "update 10 %", "update", lambda data, turn: (80, 80 + SLICE, 500 + turn), can_repeat=False
    ),
    Workload(
        "delete 10 %",
        "delete",
        lambda data, turn: (1 + turn * SLICE, 1 + (turn + 1) * SLICE),
        can_repeat=False,
    ),
)
BATCHES = {
    "look-up by key": "look-up by keys, a thousand at once",
    "look-up by key, as a question": "look-up by keys, a thousand at once",
    "insert, a durable commit each": "insert, ten thousand in one call",
    "insert, one call each, in a transaction": "insert, ten thousand in one call",
    "append, one call each, a thousand in a transaction": "insert, ten thousand in one call",
    "update, one call each, in a transaction": "update, ten thousand in one call",
    "delete, one call each, in a transaction": "delete, ten thousand in one call",
}
"""What is done one row in a call, and the same for many rows in one."""
TOTALS = Workload("what is left", "totals")
"""Asked when all is done; no time is taken of it."""
