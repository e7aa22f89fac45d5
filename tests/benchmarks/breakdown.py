"""Where the time goes: in what code the workloads of the bench spend it.

    python tests/benchmarks/breakdown.py [--rows 1000000] [--only NAME]      after `just native`

`perf` has to be installed; it looks 2,000 times a second which file the running code is of:

    wasidb          libpython and Arrow's libraries     the host
                    _libwasmtime.so                     calls into the component and out of it, WASI
                    the compiled component              the engine: its Python, and kernels
                    the system                          what files and memory take there
    wasidb-native   *.abi3.so                           kernels
                    libpython                           the engine's Python, and the host

What is left of the wall time is waiting, most of it for the disk; natively the flushes are timed as
well. The output is a table in Markdown, in microseconds of one operation.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.bench.contestant_wasidb import Wasidb, WasidbNative  # noqa: E402
from tests.benchmarks.bench.data import Data  # noqa: E402
from tests.benchmarks.bench.measuring import Contestant, first_load, operation  # noqa: E402
from tests.benchmarks.bench.workloads import LOADS, WORKLOADS, Given, Workload  # noqa: E402

LOOKS_PER_SECOND = 1_999
SECONDS = 2.0
TURNS = 3
COLUMNS = ("host", "wasmtime", "system", "engine", "waiting")
NATIVE_COLUMNS = ("kernels", "Python", "flushes")


@dataclass
class Spent:
    """Seconds by code for some operations; `wall` and `flushes` are timed."""

    operations: int = 0
    wall: float = 0.0
    flushes: float = 0.0
    files: Counter[str] = field(default_factory=Counter)

    def microseconds(self, seconds: float) -> float:
        """Of one operation."""
        return seconds * 1e6 / self.operations


class Perf:
    """`perf record` on this process, which looks only while it is told to."""

    def __init__(self, folder: Path) -> None:
        self._output = folder / "perf.data"
        fifos = [folder / "control", folder / "answer"]
        for fifo in fifos:
            os.mkfifo(fifo)
        command = ["perf", "record", "--quiet", "--event", "cpu-clock", "--delay", "-1"]
        command += ["--freq", str(LOOKS_PER_SECOND), "--pid", str(os.getpid())]
        command += ["--control", "fifo:{},{}".format(*fifos), "--output", str(self._output)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self._control, self._answer = fifos[0].open("w"), fifos[1].open()

    @contextmanager
    def looking(self, spent: Spent) -> Iterator[None]:
        self._tell("enable")
        begun = perf_counter()
        yield
        spent.wall += perf_counter() - begun
        self._tell("disable")

    def _tell(self, what: str) -> None:
        print(what, file=self._control, flush=True)
        self._answer.readline()

    def ended(self) -> Counter[str]:
        """Seconds by file."""
        self._tell("stop")
        self._process.wait()
        self._control.close()
        self._answer.close()
        fields = ["--sort", "dso", "--fields", "sample,dso", "--field-separator", ";"]
        command = ["perf", "report", "--stdio", "--input", str(self._output), *fields]
        report = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        lines = [line.split(";") for line in report.splitlines() if line and line[0] != "#"]
        return Counter({name.strip(): int(looks) / LOOKS_PER_SECOND for looks, name in lines})


def main() -> None:
    options = parsed()
    if shutil.which("perf") is None:
        sys.exit("perf is not installed (Debian: linux-perf)")
    header = ("µs", "wall", *COLUMNS, "native", *NATIVE_COLUMNS)
    print(f"| {' | '.join(header)} |", "---".join("|" * (len(header) + 1)), sep="\n")
    with tempfile.TemporaryDirectory() as folder:
        data = Data(options.rows)
        both = [loaded(each, data, Path(folder)) for each in (Wasidb, WasidbNative)]
        for workload in (*LOADS, *WORKLOADS):
            if options.only in workload.name:
                given = [workload.given(data, turn) for turn in range(TURNS)]
                ours, native = (spent(each, workload, given, data) for each in both)
                print(line(workload.name, ours, native), flush=True)
        for each in both:
            each.close()


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Where the time of the bench's workloads goes.")
    parser.add_argument("--rows", type=int, default=100_000, help="orders (default: 100,000)")
    parser.add_argument("--only", default="", help="workloads whose names contain this")
    return parser.parse_args()


def loaded(opened: Callable[[Path], Contestant], data: Data, folder: Path) -> Contestant:
    contestant = opened(folder)
    contestant.load_people(data.people)
    first_load(contestant, data)()
    return contestant


def spent(contestant: Contestant, workload: Workload, given: list[Given], data: Data) -> Spent:
    """Turns of a workload; of one that can be repeated as many as there is time for.

    What is given in a turn is the same for everybody, for rows that were put in are taken out.
    """
    found = Spent()
    with tempfile.TemporaryDirectory() as folder, timed_flushes(found):
        perf = Perf(Path(folder))
        turn = 0
        while turn < TURNS or (workload.can_repeat and found.wall < SECONDS):
            with worker(contestant, workload, data) as able:
                work = operation(able, workload, given[turn % TURNS])
                assert work is not None
                with perf.looking(found):
                    work()
            turn += 1
            found.operations += workload.count
        found.files = perf.ended()
    return found


@contextmanager
def worker(contestant: Contestant, workload: Workload, data: Data) -> Iterator[Contestant]:
    """Who does it: for a load somebody with an empty database."""
    if workload not in LOADS:
        yield contestant
        return
    with tempfile.TemporaryDirectory() as folder:
        empty = type(contestant)(Path(folder))  # type: ignore[call-arg]
        empty.load_people(data.people)
        yield empty
        empty.close()


@contextmanager
def timed_flushes(found: Spent) -> Iterator[None]:
    """Take the time of the flushes that this process makes itself."""
    flushes = {name: getattr(os, name) for name in ("fsync", "fdatasync")}

    def timed(flush: Callable[[int], None]) -> Callable[[int], None]:
        def flushed(descriptor: int) -> None:
            begun = perf_counter()
            flush(descriptor)
            found.flushes += perf_counter() - begun

        return flushed

    for name, flush in flushes.items():
        setattr(os, name, timed(flush))
    yield
    for name, flush in flushes.items():
        setattr(os, name, flush)


def line(name: str, ours: Spent, native: Spent) -> str:
    """A line of the table."""
    parts = dict.fromkeys(COLUMNS, 0.0)
    for file, seconds in ours.files.items():
        parts[code_of(file)] += seconds
    parts["waiting"] = max(0.0, ours.wall - sum(ours.files.values()))
    kernels = sum(seconds for file, seconds in native.files.items() if ".abi3.so" in file)
    python = sum(seconds for file, seconds in native.files.items() if "python" in file)
    figures = [ours.microseconds(each) for each in (ours.wall, *parts.values())]
    figures += [
        native.microseconds(each) for each in (native.wall, kernels, python, native.flushes)
    ]
    return f"| {name} | {' | '.join(f'{figure:,.1f}' for figure in figures)} |"


def code_of(file: str) -> str:
    """The column of a file whose code ran under the component."""
    if file.startswith("[kernel"):
        return "system"
    if "wasmtime" in file and file.endswith(".so"):
        return "wasmtime"
    return "engine" if file.endswith(".cwasm") else "host"


if __name__ == "__main__":
    main()
