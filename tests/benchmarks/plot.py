"""Line plots as SVG text, for documents: a few series over sizes that grow by factors.

    line_plot("Insert", "rows", "µs", {"one row": [(10_000, 48.0), (1_000_000, 51.0)]})

The horizontal axis is logarithmic. The vertical one is linear and begins at 0, so that a line that
looks flat is flat.
"""

from collections.abc import Mapping, Sequence
from math import ceil, log10
from xml.sax.saxutils import escape

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 540, 44, 312
COLOURS = ("#0b6e99", "#d9480f", "#2b8a3e", "#862e9c", "#846358", "#495057")
LINE_HEIGHT = 16
TICKS_MAX = 6


def line_plot(title: str, x_label: str, y_label: str, series: Mapping[str, Points]) -> str:
    """A plot with a line for each series, in the order of their names."""
    sizes = sorted({x for points in series.values() for x, _ in points})
    step = tick_step(max(y for points in series.values() for _, y in points))
    ticks = [
        step * number
        for number in range(ceil(max(y for p in series.values() for _, y in p) / step) + 1)
    ]

    def across(x: float) -> float:
        share = (log10(x) - log10(sizes[0])) / (log10(sizes[-1]) - log10(sizes[0]))
        return LEFT + share * (RIGHT - LEFT)

    def down(y: float) -> float:
        return BOTTOM - y / ticks[-1] * (BOTTOM - TOP)

    parts = [text(LEFT, 20, title, weight="bold"), text(LEFT - 8, 36, y_label, anchor="end")]
    parts += [text(across(x), BOTTOM + 18, f"{x:,.9g}", anchor="middle") for x in sizes]
    parts.append(text((LEFT + RIGHT) / 2, BOTTOM + 38, x_label, anchor="middle"))
    for tick in ticks:
        parts.append(f'<path d="M{LEFT} {down(tick):.1f}H{RIGHT}" stroke="#dee2e6"/>')
        parts.append(text(LEFT - 8, down(tick) + 4, f"{tick:,.9g}", anchor="end"))
    for row, (name, points) in enumerate(series.items()):
        colour = COLOURS[row]
        line = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(text(RIGHT + 16, TOP + 12 + row * LINE_HEIGHT, name, colour=colour))
    return document(parts)


def tick_step(greatest: float) -> float:
    """The least of 1, 2, 5, 10, 20, ... that takes at most TICKS_MAX steps to `greatest`."""
    step = 10.0 ** ceil(log10(greatest / TICKS_MAX))
    return next(each for each in (step / 5, step / 2, step) if each * TICKS_MAX >= greatest)


def text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    colour: str = "#212529",
    weight: str = "normal",
) -> str:
    style = f'text-anchor="{anchor}" fill="{colour}" font-weight="{weight}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(words)}</text>'


def document(parts: Sequence[str]) -> str:
    """The SVG file of these elements, on white."""
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    )
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>\n"])
