"""Where the time of a short process goes: it declares a model, opens a file, looks up a row, ends.

    python tests/benchmarks/starting.py [FOLDER]

Processor time in milliseconds, medians of processes that take turns with others that do the same
with sqlite3. A process says how much it has used after each step; what it uses beyond the last, the
system says when it has ended: Python takes everything apart, and the system its memory.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median

import pyarrow as pa

import wasidb
from tests.benchmarks.bench.processes import ENVIRONMENT
from wasidb import Field, Table

ROWS = 1_000_000
TURNS = 21
END = "Python takes everything apart"
WHOLE = "the whole process"
LITE = "the same with sqlite3"

PROGRAM = """
import sys, time
used = {}
def done(step):
    used[step] = time.process_time()

done("Python")
import pydantic
class Row(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(defer_build=True)
    id: int
done("importing pydantic, and a model")
import wasmtime.component
done("importing wasmtime")
import wasidb
from wasidb import Field, Table, open
class Order(Table, table="orders"):
    id: int = Field(primary_key=True)
    note: str
import wasidb.runtime.component, wasidb.runtime.database_file
done("importing wasidb, a model included")
wasidb.runtime.component.compiled(wasidb.runtime.artifact.locate())
done("the compiled component, mapped, not read")
with open(sys.argv[1], read_only=True) as db:
    done("opening the file, which includes an instance")
    assert db.get(Order, 777).note == "777"
    done("a row by its key, the first")
done("closing")
for step, seconds in used.items():
    print(step, seconds, sep=":")
"""

SQLITE_PROGRAM = """
import sqlite3, sys
lite = sqlite3.connect(sys.argv[1])
assert lite.execute("select * from orders where id = 777").fetchone()[1] == "777"
lite.close()
"""


class Order(Table, table="orders"):
    id: int = Field(primary_key=True)
    note: str


def fill(ours: Path, theirs: Path) -> None:
    """The same million orders on both sides."""
    ids = range(ROWS)
    notes = list(map(str, ids))
    with wasidb.open(ours, tables=[Order]) as db:
        db.insert_arrow(Order, pa.table({"id": ids, "note": notes}))
    with closing(sqlite3.connect(theirs)) as lite:
        lite.execute("create table orders (id integer primary key, note text)")
        lite.executemany("insert into orders values (?, ?)", zip(ids, notes, strict=True))
        lite.commit()


def spent(program: str, path: Path) -> tuple[str, float]:
    """What a process prints, and the processor time that it takes, in seconds."""
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert not process.returncode
    return printed, usage.ru_utime + usage.ru_stime


def steps(path: Path) -> dict[str, float]:
    """The processor time of each step of one process."""
    printed, whole = spent(PROGRAM, path)
    lines = (line.split(":") for line in printed.splitlines())
    ends = {**{step: float(seconds) for step, seconds in lines}, END: whole}
    begins = [0.0, *ends.values()]
    used = {step: end - begun for (step, end), begun in zip(ends.items(), begins, strict=False)}
    return {**used, WHOLE: whole}


def main(folder: Path) -> None:
    ours, theirs = folder / "orders.wasidb", folder / "orders.sqlite"
    fill(ours, theirs)
    spent(PROGRAM, ours)
    turns = []
    for _ in range(TURNS):
        _, lite = spent(SQLITE_PROGRAM, theirs)
        turns.append({**steps(ours), LITE: lite})
    medians = {step: median(turn[step] for turn in turns) * 1_000 for step in turns[0]}
    for step, milliseconds in medians.items():
        print(f"{step:45} {milliseconds:6.1f} ms {milliseconds / medians[WHOLE]:5.0%}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as name:
            main(Path(name))
