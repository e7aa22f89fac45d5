"""Sanitizers: they change the cells that a statement gives for a column.

    text        "trim" "collapse_whitespace" "lower_case" "upper_case" "slug" "url_encode"
                "null_if_empty"
    integers    {"clamp": [0, 100]}
    decimal     {"round_to_scale": 2}
    datetime    {"time_zone": 120} "utc"

A sanitizer sees a whole column at once: the list of its cells that are not NULL. It gives as many
back, and may give None for one.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, TypeAlias

from wasidb_guest.rules import text_sanitizers
from wasidb_guest.rules.rule import Kind, bounds, plain, whole_number
from wasidb_guest.values import INTEGER_RANGES, DataType

Sanitizer: TypeAlias = Callable[[Sequence[Any]], list[Any]]

SCALE_MAX = 28
OFFSET_MINUTES_MAX = 24 * 60 - 1
YEAR_MAX = 65_535
CYCLE = 400  # years after which the calendar repeats
EXACTLY = Context(prec=40, rounding=ROUND_HALF_EVEN)


class RefusedCell(Exception):
    """A sanitizer can make nothing of a cell: the one at `place` in its list."""

    def __init__(self, place: int, expected: str) -> None:
        super().__init__(expected)
        self.place = place
        self.expected = expected


def clamp(data_type: DataType, parameter: object) -> Sanitizer:
    """The nearest number of [low, high]."""
    low, high = bounds(parameter, *INTEGER_RANGES[data_type.name])
    return lambda numbers: [min(max(number, low), high) for number in numbers]


def round_to_scale(data_type: DataType, parameter: object) -> Sanitizer:
    """At most so many digits after the point; a half goes to the even digit.

    No zeros are added.
    """
    scale = whole_number(parameter, 0, SCALE_MAX)
    unit = Decimal(1).scaleb(-scale)

    def rounded(cell: str) -> str:
        digits = len(cell.partition(".")[2])
        return f"{Decimal(cell).quantize(unit, context=EXACTLY):f}" if digits > scale else cell

    return lambda cells: list(map(rounded, cells))


def time_zone(data_type: DataType, parameter: object) -> Sanitizer:
    """The same instant as a clock shows it that is so many minutes ahead of UTC."""
    minutes = whole_number(parameter, -OFFSET_MINUTES_MAX, OFFSET_MINUTES_MAX)
    return _in_zone(timezone(timedelta(minutes=minutes)))


def _in_zone(zone: timezone) -> Sanitizer:
    return lambda cells: [_moved(cell, zone, place) for place, cell in enumerate(cells)]


def _moved(cell: str, zone: timezone, place: int) -> str:
    """The instant in another zone; worked out in a year of the same kind that Python knows."""
    year_text, _, rest = cell.partition("-")
    year = int(year_text)
    known_year = 5 * CYCLE + year % CYCLE
    moment = datetime.fromisoformat(f"{known_year}-{rest}").astimezone(zone)
    year += moment.year - known_year
    if not 0 <= year <= YEAR_MAX:
        raise RefusedCell(place, f"from year 0 to {YEAR_MAX} in {zone}")
    return f"{year:04}{moment.isoformat(timespec='microseconds')[4:]}"


TEXT = frozenset(("text",))
DATETIME = frozenset(("datetime",))

SANITIZERS: dict[str, Kind[Sanitizer]] = {
    "trim": plain(TEXT, text_sanitizers.trim),
    "collapse_whitespace": plain(TEXT, text_sanitizers.collapse_whitespace),
    "lower_case": plain(TEXT, text_sanitizers.lower_case),
    "upper_case": plain(TEXT, text_sanitizers.upper_case),
    "slug": plain(TEXT, text_sanitizers.slug),
    "url_encode": plain(TEXT, text_sanitizers.url_encode),
    "null_if_empty": plain(TEXT, text_sanitizers.null_if_empty),
    "clamp": Kind(frozenset(INTEGER_RANGES), clamp),
    "round_to_scale": Kind(frozenset(("decimal",)), round_to_scale),
    "time_zone": Kind(DATETIME, time_zone),
    "utc": plain(DATETIME, _in_zone(UTC)),
}
