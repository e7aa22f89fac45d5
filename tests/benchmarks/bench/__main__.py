"""The command: who takes part, what is measured, where the figures go."""

import argparse
import platform
import tempfile
from contextlib import ExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.bench import report
from tests.benchmarks.bench.contestant_lmdb import Lmdb
from tests.benchmarks.bench.contestant_wasidb import Wasidb, WasidbNative
from tests.benchmarks.bench.contestants_node import (
    DuckDbWasm,
    NodeSqlite,
    PgLite,
    SqlJs,
    node_is_there,
)
from tests.benchmarks.bench.contestants_sql import Apsw, DuckDb, Sqlite
from tests.benchmarks.bench.data import TURNS_MAX, Data
from tests.benchmarks.bench.large_copies import measured_copies
from tests.benchmarks.bench.measuring import (
    Contestant,
    Figure,
    Opened,
    first_load,
    measured,
    measured_anew,
    microseconds,
    turned,
)
from tests.benchmarks.bench.processes import cold_starts, peak_here, peaks
from tests.benchmarks.bench.workloads import LOADS, MIGRATIONS, SIZES, TOTALS, WORKLOADS

IN_PYTHON = (Wasidb, WasidbNative, Sqlite, Apsw, DuckDb, Lmdb)
IN_NODE = (SqlJs, NodeSqlite, PgLite, DuckDbWasm)
CONTESTANTS: dict[str, Opened] = {each.name: each for each in (*IN_PYTHON, *IN_NODE)}
ROOT = Path(__file__).parents[3]
PEERS = ("wasmtime", "apsw", "duckdb", "lmdb", "pyarrow")
MIB = 1 << 20


def main() -> None:
    options = parsed()
    if options.node:
        options.contestants += [each for each in in_node() if each not in options.contestants]
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        if options.peak:
            print(peak_here(CONTESTANTS[options.peak], options.rows, Path(folder)))
            return
        entrants = {name: CONTESTANTS[name] for name in options.contestants}
        figures = [*anew(options, entrants, Path(folder))]
        sizes: dict[str, dict[str, float]] = {}
        figures += everything_else(options, entrants, Path(folder), sizes)
    if options.snapshot:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            figures.append(
                shown(measured_copies(entrants, options.snapshot, options.turns, Path(folder)))
            )
    if not options.only:
        here = [each.name for each in IN_PYTHON if each.name in options.contestants]
        sizes["peak memory of load and group by"] = peaks(here, options.rows)
    report.write(options.out, figures, sizes, options.contestants, machine())
    print((options.out / "bench.md").read_text(encoding="utf-8"))


def in_node() -> list[str]:
    """The contestants that need node; none without it."""
    if not node_is_there():
        print("node or npm is not installed: the databases that need them take no part")
        return []
    return [each.name for each in IN_NODE]


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="just bench", description="Compare wasidb with its peers."
    )
    parser.add_argument("--rows", type=int, default=100_000, help="orders (default: 100,000)")
    parser.add_argument("--turns", type=int, choices=range(1, TURNS_MAX + 1), default=TURNS_MAX)
    parser.add_argument("--only", default="", help="workloads whose names contain this")
    parser.add_argument("--snapshot", type=int, default=0, help="MiB of a database to be copied")
    parser.add_argument(
        "--contestants",
        nargs="+",
        choices=CONTESTANTS,
        default=[each.name for each in IN_PYTHON],
        help="who takes part (default: those that run in this process)",
    )
    parser.add_argument("--node", action="store_true", help="and databases that run in node")
    parser.add_argument("--folder", help="where the databases are made (default: temporary files)")
    parser.add_argument("--out", type=Path, default=ROOT / "build/bench", help="where figures go")
    parser.add_argument("--peak", choices=CONTESTANTS, help=argparse.SUPPRESS)
    return parser.parse_args()


def anew(options: argparse.Namespace, entrants: dict[str, Opened], folder: Path) -> list[Figure]:
    """Loads of several sizes, and migrations."""
    sizes = sorted({size for size in SIZES if size <= options.rows} | {options.rows})
    wanted = [(each, size) for each in LOADS for size in sizes]
    wanted += [(each, options.rows) for each in MIGRATIONS]
    return [
        shown(measured_anew(each, Data(size), entrants, options.turns, folder))
        for each, size in wanted
        if options.only in each.name
    ]


def everything_else(
    options: argparse.Namespace,
    entrants: dict[str, Opened],
    folder: Path,
    sizes: dict[str, dict[str, float]],
) -> list[Figure]:
    """All that goes on with loaded databases; their sizes go into `sizes`."""
    wanted = [each for each in WORKLOADS if options.only in each.name]
    data = Data(options.rows)
    with ExitStack() as closing:
        contestants = [loaded(opened, data, folder) for opened in entrants.values()]
        closers = [closing.enter_context(ExitStack()) for _ in contestants]
        for contestant, closer in zip(contestants, closers, strict=True):
            closer.callback(contestant.close)
        figures = [shown(measured(each, data, contestants, options.turns)) for each in wanted]
        shown(measured(TOTALS, data, contestants, 1))
        if options.only:
            return figures
        figures.append(shown(snapshots(contestants, data, options.turns, folder)))
    sizes["file"] = {
        each.name: each.path.stat().st_size / MIB for each in contestants if each.path.is_file()
    }
    return [*figures, shown(cold_starts(contestants, options.rows, options.turns))]


def loaded(opened: Opened, data: Data, folder: Path) -> Contestant:
    contestant = opened(folder)
    contestant.load_people(data.people)
    first_load(contestant, data)()
    return contestant


def snapshots(contestants: list[Contestant], data: Data, turns: int, folder: Path) -> Figure:
    """Copies of the databases as they are."""
    times: dict[str, list[float]] = {}
    able = [each for each in contestants if getattr(each, "snapshot", None)]
    for turn in range(turns):
        for each in turned(able, turn):
            to = folder / f"{each.name}-copy-{turn}"
            times.setdefault(each.name, []).append(microseconds(partial(each.snapshot, to))[0])
            to.unlink()
    return Figure("snapshot", data.count, times)


def shown(figure: Figure) -> Figure:
    """Lets who waits see what is done."""
    names = list(figure.times)
    print(report.markdown([figure], {}, names).splitlines()[-1], "--", *names, flush=True)
    return figure


def machine() -> dict[str, str]:
    versions = {name: version(name) for name in PEERS}
    return {"python": platform.python_version(), "processor": platform.processor(), **versions}


if __name__ == "__main__":
    main()
