"""What Python keeps to the very end of a process that has used a database: functions called after
a fork, and the thread that waits for Ctrl-C. If they reached the classes of all packages, Python
would look through these twice more.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

PROCESS = """
import builtins, gc, os, sys, typing
import pydantic, wasmtime

kept = []
os.register_at_fork = lambda **hooks: kept.extend(hooks.values())

import wasidb
with wasidb.open(":memory:"):
    pass
assert kept
kept += sys._current_frames().values()
kept.remove(sys._getframe())
seen = {id(vars(module)) for module in (builtins, os, sys)}
while kept:
    if id(each := kept.pop()) not in seen:
        seen.add(id(each))
        kept += gc.get_referents(each)
print([each.__name__ for each in (typing, pydantic, wasidb) if id(vars(each)) in seen])
"""


def test_what_stays_to_the_end_of_a_process_names_no_other_package() -> None:
    assert (ROOT / "build/wasidb.wasm").exists(), "build it with `just component` first"
    done = subprocess.run(
        [sys.executable, "-c", PROCESS], check=True, stdout=subprocess.PIPE, text=True
    )
    assert done.stdout == "[]\n"
