"""Paths into JSON documents, and what one document has of another.

    user.tags[0].name        ->  ("user", "tags", 0, "name")
    [0][1]                   ->  (0, 1)

Keys are separated by dots; an index in brackets follows a key, an index, or nothing. There is no
quoting, so keys with `.`, `[` or `]` cannot be named, and `$` is a character like any other."""

import re
from decimal import Decimal
from json import JSONDecoder
from typing import Any, TypeAlias

from wasidb_guest.errors import InvalidQuery

SEGMENT = re.compile(r"(?P<key>[^.\[\]]+)|\[\+?(?P<index>[0-9]{1,18})\]", re.ASCII)

Path: TypeAlias = tuple[str | int, ...]

MISSING = object()
"""What a path leads to that a document does not have; null is something."""

DOCUMENTS = JSONDecoder(parse_float=Decimal)


def parse_path(text: str, column: str) -> Path:
    """The keys and indexes of a path; InvalidQuery names column and place if it is malformed."""
    segments: list[str | int] = []
    at = 0
    while at < len(text) or not segments:
        if segments and text[at] == ".":
            at += 1
        match = SEGMENT.match(text, at)
        if match is None:
            expected = f"a key or [index] at character {at + 1}"
            message = f"column {column!r}: JSON path {text!r} needs {expected}"
            raise InvalidQuery(message, column=column, value=text)
        segments.append(match["key"] if match["index"] is None else int(match["index"]))
        at = match.end()
    return tuple(segments)


def value_at(document: Any, path: Path) -> Any:
    """What a path leads to, or MISSING."""
    for segment in path:
        if isinstance(segment, int):
            if not isinstance(document, list) or segment >= len(document):
                return MISSING
        elif not isinstance(document, dict) or segment not in document:
            return MISSING
        document = document[segment]
    return document


def contains(document: Any, pattern: Any) -> bool:
    """Whether the document has everything the pattern has.

    An object has each of the pattern's keys with a value that contains the pattern's; an array has
    for each of the pattern's elements one that contains it, and for a scalar one that contains
    that. Scalars are equal: 1 is not 1.0."""
    if isinstance(pattern, dict):
        return isinstance(document, dict) and all(
            key in document and contains(document[key], value) for key, value in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(document, list) and all(
            any(contains(element, wanted) for element in document) for wanted in pattern
        )
    if isinstance(document, list):
        return any(contains(element, pattern) for element in document)
    return type(document) is type(pattern) and bool(document == pattern)
