"""Validators: they refuse cells of a text column.

    {"max_length": 20} {"min_length": 3} {"length": [3, 20]}    in bytes of UTF-8
    "email" "phone" "url" "mime_type" "rgb_color"
    "snake_case" "kebab_case" "camel_case"
    "country" "language"                                        ISO 3166-1, ISO 639-1

NULL passes all of them: whether a cell may be NULL is the column's own affair.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from wasidb_guest.encoding.cells import CELL_SIZE_MAX
from wasidb_guest.rules import text_formats
from wasidb_guest.rules.codes import COUNTRIES, LANGUAGES
from wasidb_guest.rules.rule import Kind, bounds, plain, whole_number
from wasidb_guest.rules.web_addresses import is_url
from wasidb_guest.values import DataType

Test: TypeAlias = Callable[[Sequence[str]], Iterable[object]]
"""Gives something true for each cell that passes."""

TEXT = frozenset(("text",))


@dataclass(frozen=True, slots=True)
class Validator:
    """A test of a column's cells, NULL aside, and what it expects of each, to complete "is not"."""

    test: Test
    expected: str


def max_length(data_type: DataType, parameter: object) -> Validator:
    """At most so many bytes."""
    high = whole_number(parameter, 0, CELL_SIZE_MAX)
    return Validator(_has_length(0, high), f"at most {high} bytes long")


def min_length(data_type: DataType, parameter: object) -> Validator:
    """At least so many bytes."""
    low = whole_number(parameter, 0, CELL_SIZE_MAX)
    return Validator(_has_length(low, CELL_SIZE_MAX), f"at least {low} bytes long")


def length(data_type: DataType, parameter: object) -> Validator:
    """So many bytes or so many, or anything between."""
    low, high = bounds(parameter, 0, CELL_SIZE_MAX)
    return Validator(_has_length(low, high), f"from {low} to {high} bytes long")


def _has_length(low: int, high: int) -> Test:
    lengths = range(low, high + 1)
    return lambda texts: map(lengths.__contains__, map(len, map(str.encode, texts)))


def _each(accepts: Callable[[str], object], expected: str) -> Kind[Validator]:
    return plain(TEXT, Validator(partial(map, accepts), expected))


VALIDATORS: dict[str, Kind[Validator]] = {
    "max_length": Kind(TEXT, max_length),
    "min_length": Kind(TEXT, min_length),
    "length": Kind(TEXT, length),
    "email": _each(text_formats.is_email, "an e-mail address"),
    "phone": _each(text_formats.is_phone, "a phone number"),
    "url": _each(is_url, "an absolute URL"),
    "mime_type": _each(text_formats.is_mime_type, "a MIME type like text/plain"),
    "rgb_color": _each(text_formats.is_rgb_color, "a colour like #1A2B3C"),
    "snake_case": _each(text_formats.is_snake_case, "in snake_case"),
    "kebab_case": _each(text_formats.is_kebab_case, "in kebab-case"),
    "camel_case": _each(text_formats.is_camel_case, "in CamelCase"),
    "country": _each(COUNTRIES.__contains__, "a country code of ISO 3166-1"),
    "language": _each(LANGUAGES.__contains__, "a language code of ISO 639-1"),
}
