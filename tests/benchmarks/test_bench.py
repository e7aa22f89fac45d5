"""The harness takes turns, counts only answers that agree, and everybody it asks does agree."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.benchmarks.bars import WIDTH, bar_plot
from tests.benchmarks.bench import report
from tests.benchmarks.bench.data import Data
from tests.benchmarks.bench.measuring import (
    AnswersDiffer,
    Elsewhere,
    Figure,
    checksum,
    measured,
    microseconds,
    turned,
)
from tests.benchmarks.bench.workloads import Workload
from tests.support.guides import ROOT

QUESTION = Workload("question", "ask")


@dataclass
class Oracle:
    """A contestant that knows one answer."""

    name: str
    answer: Any

    def ask(self) -> Any:
        return self.answer


def test_answers_in_other_forms_and_orders_are_the_same() -> None:
    rows = [("NO", 2), ("DK", 1)]
    arrow = pa.table({"country": ["DK", "NO"], "count": [Decimal(1), Decimal(2)]})
    assert checksum(rows) == checksum(arrow) != checksum([("NO", 2), ("DK", 2)])


def test_nothing_counts_where_answers_differ() -> None:
    data = Data(1_000)
    with pytest.raises(AnswersDiffer, match="question"):
        measured(QUESTION, data, [Oracle("a", [(1,)]), Oracle("b", [(2,)])], 1)  # type: ignore[list-item]


def test_another_process_says_how_long_it_took() -> None:
    assert microseconds(lambda: Elsewhere([(1,)], 12.5)) == (12.5, [(1,)])
    fleeting = Oracle("fleeting", Elsewhere([(1,)], None))
    figure = measured(QUESTION, Data(1_000), [Oracle("a", [(1,)]), fleeting], 2)  # type: ignore[list-item]
    assert set(figure.times) == {"a"}


def test_who_cannot_do_it_takes_no_part() -> None:
    able, unable = Oracle("able", 1), object()
    figure = measured(QUESTION, Data(1_000), [able, unable], 3)  # type: ignore[list-item]
    assert {name: len(times) for name, times in figure.times.items()} == {"able": 3}


def test_another_one_is_first_in_each_turn() -> None:
    assert [list(turned("abc", turn)) for turn in range(3)] == [
        list("abc"),
        list("bca"),
        list("cab"),
    ]


def test_ratios_are_medians_within_turns() -> None:
    times = {"wasidb": [1.0, 10.0, 2.0], "sqlite3": [2.0, 20.0, 2.0]}
    figure = Figure("question", 1_000, times)
    assert report.ratio(figure, "wasidb") == 2.0
    assert "| question | 2.0 µs | 2.0 µs | 2.00 |" in report.markdown([figure], {}, [*times])


def test_a_batch_stands_beside_rows_in_calls_of_their_own() -> None:
    one = Figure("look-up by key", 1_000, {"wasidb": [9.0], "sqlite3": [8.0], "sql-js": [12.0]})
    many = Figure("look-up by keys, a thousand at once", 1_000, {"wasidb": [4.0], "sqlite3": [3.0]})
    names = ["wasidb", "sqlite3", "sql-js"]
    table = report.batching([one, many], names)
    assert "| look-up by key: 4.0 µs of a batch | 2.0 | 3.0 |" in table
    assert not report.batching([one], names)


def test_everybody_agrees_and_figures_are_written(tmp_path: Path) -> None:
    who = ["--contestants", "wasidb", "sqlite3", "duckdb"]
    what = ["--rows", "1000", "--turns", "1", "--only", "group by", "--out", str(tmp_path)]
    bench = [sys.executable, "-m", "tests.benchmarks.bench", *what, *who]
    subprocess.run(bench, cwd=ROOT, check=True, capture_output=True)
    document = json.loads((tmp_path / "bench.json").read_text())
    names = {each["workload"]: set(each["turns"]) for each in document["microseconds"]}
    assert names["join and group by"] == {"wasidb", "sqlite3", "duckdb"}
    assert (tmp_path / "bench.svg").read_text().startswith("<svg")


def test_a_plot_has_room_for_everybody() -> None:
    names = [f"contestant {number}" for number in range(12)]
    plot = bar_plot("Times as fast", {"load": dict.fromkeys(names, 2.0)})
    assert len(set(re.findall(r"hsl\(\d+,65%,\d+%\)", plot))) == len(names)
    assert max(map(float, re.findall(r'<text x="([\d.]+)"', plot))) < WIDTH
