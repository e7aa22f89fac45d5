"""A forked process and the database of its parent."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

PARENT = """
import os, sys, time
import wasidb
from wasidb import Field, ForkedProcess, Table, select

class Note(Table, table="notes"):
    id: int = Field(primary_key=True)

def refusal(use, *arguments):
    try:
        use(*arguments)
    except ForkedProcess as error:
        return error.details["pid"] == os.getppid()

path = sys.argv[1]
db = wasidb.open(path, tables=[Note])
db.insert([Note(id=1), Note(id=2)])
with db.transaction() as tx:
    tx.insert(Note(id=3))
    if not os.fork():
        print("child may not ask", refusal(db.count, Note), refusal(tx.insert, Note(id=4)))
        db.close()
        print("child may not open", refusal(wasidb.open, ":memory:"), flush=True)
        sys.exit()  # and what a process does at its end
    os.wait()
print("parent goes on", db.count(Note), db.select_arrow(select(Note)).num_rows)
reader, writer = os.pipe()
if not (child := os.fork()):
    os.close(writer)
    os.read(reader, 1)  # until the parent has closed and opened again
    os._exit(0)
db.close()
with wasidb.open(path) as db:
    print("lock is free", db.check())
"""


def test_forked_process_neither_uses_nor_disturbs_the_database(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "notes.wasidb")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "child may not ask True True",
        "child may not open True",
        "parent goes on 3 3",
        "lock is free []",
    ]
