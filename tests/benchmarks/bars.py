"""Bar plots as SVG text: ratios on a logarithmic axis, a group of bars for each thing measured.

    bar_plot("Times as fast", {"group by": {"wasidb": 5.6, "duckdb": 50.1}, ...})

A bar begins at 1: to the right of it is faster, to the left slower.
"""

from collections.abc import Mapping
from math import ceil, floor, log10

from tests.benchmarks.plot import text

Bars = Mapping[str, Mapping[str, float]]

WIDTH, LEFT, RIGHT, TOP = 860, 270, 800, 44
MARGIN, LINE = 16, 20
BAR, GAP = 10, 8


def bar_plot(title: str, bars: Bars) -> str:
    """A plot with a group for each key of `bars`, in their order."""
    names = list(dict.fromkeys(name for group in bars.values() for name in group))
    values = [value for group in bars.values() for value in group.values()]
    low, high = floor(log10(min(1, *values))), ceil(log10(max(1, *values)))

    def across(value: float) -> float:
        return LEFT + (log10(value) - low) / (high - low) * (RIGHT - LEFT)

    colours = {name: colour(row, len(names)) for row, name in enumerate(names)}
    parts = [text(MARGIN, LINE, title, weight="bold")]
    place, line = MARGIN, 2 * LINE
    for name in names:
        size = MARGIN + 8 * len(name)
        if place + size > WIDTH:
            place, line = MARGIN, line + LINE
        parts.append(text(place, line, name, colour=colours[name], weight="bold"))
        place += size
    top = y = float(line + TOP - LINE)
    for group, ratios in bars.items():
        parts.append(text(LEFT - 12, y + len(ratios) * BAR / 2 + 4, group, anchor="end"))
        for name, value in ratios.items():
            start, end = sorted((across(1), across(value)))
            parts.append(
                f'<rect x="{start:.1f}" y="{y:.1f}" width="{max(end - start, 1):.1f}" '
                f'height="{BAR - 2}" fill="{colours[name]}"/>'
            )
            y += BAR
        y += GAP
    for power in range(low, high + 1):
        x = across(10.0**power)
        parts.insert(0, f'<path d="M{x:.1f} {top - 8:.0f}V{y:.1f}" stroke="#dee2e6"/>')
        parts.append(text(x, y + 14, f"{10.0**power:g}", anchor="middle"))
    return document(parts, y + 28)


def colour(row: int, count: int) -> str:
    """One of so many colours, of every second of which the next to it is darker."""
    return f"hsl({360 * row // count},65%,{35 + row % 2 * 15}%)"


def document(parts: list[str], height: float) -> str:
    size = f'viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    )
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>\n"])
