"""Figures for programs, for readers, and as a picture.

A ratio is how much faster than sqlite3 somebody is: the median of the ratios within a turn.
"""

import json
from collections.abc import Mapping, Sequence
from operator import truediv
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.bars import bar_plot
from tests.benchmarks.bench.measuring import Figure
from tests.benchmarks.bench.workloads import BATCHES

BASE = "sqlite3"
OURS, NATIVE = "wasidb", "wasidb-native"
SIZES = "MiB"

Sizes = Mapping[str, Mapping[str, float]]


def write(
    folder: Path, figures: Sequence[Figure], sizes: Sizes, names: Sequence[str], machine: Any
) -> None:
    """`bench.json`, `bench.md` and `bench.svg`."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "machine": machine,
        "microseconds": [
            {"workload": each.workload, "rows": each.rows, "turns": each.times} for each in figures
        ],
        SIZES: sizes,
    }
    (folder / "bench.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    tables = markdown(figures, sizes, names), batching(figures, names)
    (folder / "bench.md").write_text("\n".join(filter(None, tables)), encoding="utf-8")
    compared = [each for each in figures if {OURS, BASE} <= set(each.times)]
    bars = {
        label(each): {
            name: ratio(each, name) for name in names if name in each.times and name != BASE
        }
        for each in compared
    }
    if bars:
        title = "Times as fast as sqlite3"
        (folder / "bench.svg").write_text(bar_plot(title, bars), encoding="utf-8")


def markdown(figures: Sequence[Figure], sizes: Sizes, names: Sequence[str]) -> str:
    """A table with a line for each workload: medians, then the two ratios that matter here."""
    lines = [
        f"| | {' | '.join(names)} | times as fast as {BASE} | sandbox |",
        f"|---{'|---' * len(names)}|---|---|",
    ]
    for each in figures:
        times = [shown(median(each.times[name])) if name in each.times else "" for name in names]
        both = (NATIVE, OURS)
        sandbox = f"{ratio(each, NATIVE, OURS):.2f}" if set(both) <= set(each.times) else ""
        faster = f"{ratio(each, OURS):.2f}" if {OURS, BASE} <= set(each.times) else ""
        lines.append(f"| {label(each)} | {' | '.join(times)} | {faster} | {sandbox} |")
    for what, of in sizes.items():
        cells = [f"{of[name]:.1f} MiB" if name in of else "" for name in names]
        known = {OURS, BASE} <= set(of)
        smaller = f"{of[BASE] / of[OURS]:.2f}" if known else ""
        lines.append(f"| {what} | {' | '.join(cells)} | {smaller} | |")
    return "\n".join(lines) + "\n"


def batching(figures: Sequence[Figure], names: Sequence[str]) -> str:
    """How many times as long one row of a call of its own takes others as one of a batch takes us.

    Nothing if the figures have no such pair.
    """
    others = [name for name in names if name not in {OURS, NATIVE}]
    of = {each.workload: each.times for each in figures}
    lines = [
        f"| {one}: {shown(median(batch[OURS]))} of a batch | "
        + " | ".join(
            f"{median(map(truediv, alone[name], batch[OURS])):.1f}" if name in alone else ""
            for name in others
        )
        + " |"
        for one, many in BATCHES.items()
        if (alone := of.get(one)) and OURS in (batch := of.get(many, {}))
    ]
    if not lines:
        return ""
    return "\n".join([f"| | {' | '.join(others)} |", f"|---{'|---' * len(others)}|", *lines]) + "\n"


def label(figure: Figure) -> str:
    return (
        f"{figure.workload}, {figure.rows:,}"
        if figure.workload.startswith("load")
        else figure.workload
    )


def ratio(figure: Figure, name: str, base: str = BASE) -> float:
    """How much faster than `base` somebody is."""
    return median(map(truediv, figure.times[base], figure.times[name]))


def shown(microseconds: float) -> str:
    """Three digits or so, in a unit that fits."""
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= size:
            value = microseconds / size
            return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f} {unit}"
    return f"{microseconds:.1f} µs"
