"""What only a whole process shows: how long a cold start takes, and how much memory the work does.

A cold start is a Python process that opens the loaded file, prints one cell of one row, and ends.
For the peak, a process makes the data, forgets how much memory that took, loads a new database,
groups it, and says how far its resident memory has grown meanwhile; rows in the form in which the
contestant takes them count.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter_ns

from tests.benchmarks.bench.data import Data
from tests.benchmarks.bench.measuring import Contestant, Figure, Opened, first_load, turned

RESET_PEAK = "5"
ENVIRONMENT = {name: os.environ[name] for name in os.environ if name != "PYTHONDONTWRITEBYTECODE"}
"""Of processes that measure: only the first of them compiles modules, as those of an installed
package are.
"""


def cold_starts(contestants: Sequence[Contestant], rows: int, turns: int) -> Figure:
    """Of contestants whose databases have been closed."""
    times: dict[str, list[float]] = {}
    entrants = [each for each in contestants if each.cold_program]
    answers = set()
    for turn in range(turns):
        for contestant in turned(entrants, turn):
            assert contestant.cold_program is not None
            begun = perf_counter_ns()
            answers.add(printed(["-c", contestant.cold_program, str(contestant.path)]))
            times.setdefault(contestant.name, []).append((perf_counter_ns() - begun) / 1_000)
    assert len(answers) == 1, answers
    return Figure("a process: open, look up, end", rows, times)


def peaks(names: Sequence[str], rows: int) -> dict[str, float]:
    """MiB of memory that loading and grouping so many rows takes each of them."""
    module = "tests.benchmarks.bench"
    return {
        name: float(printed(["-m", module, "--peak", name, "--rows", str(rows)])) for name in names
    }


def printed(arguments: list[str]) -> str:
    """What Python prints when it runs these."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def peak_here(opened: Opened, rows: int, folder: Path) -> float:
    """MiB by which this process grows at most."""
    data = Data(rows)
    Path("/proc/self/clear_refs").write_text(RESET_PEAK)
    before = resident("VmRSS")
    contestant = opened(folder)
    contestant.load_people(data.people)
    first_load(contestant, data)()
    if group := getattr(contestant, "group", None):
        group()
    contestant.close()
    return resident("VmHWM") - before


def resident(what: str) -> float:
    """MiB of memory of this process, now (`VmRSS`) or at its peak (`VmHWM`)."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines[what].split()[0]) / 1024
