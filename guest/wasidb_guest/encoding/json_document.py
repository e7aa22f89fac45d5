"""JSON documents from a caller: how deep they are, what is refused of what Python's parser takes.

The parser takes some of the machine's stack for every level, of which a component has little, so
documents are measured before they are parsed. Brackets are all that counts, and they vanish from
the inside, a level at a time:

    {"a[": [1, [2]], "b": []}      [[[]][]]      [[]]      []      nothing left: 3 levels

An object with the same key twice is refused, and so are NaN and Infinity.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

DEPTH_MAX = 256
KEPT = b'[]{}"'
OTHERS = bytes(set(range(256)).difference(KEPT))
ALIKE = bytes.maketrans(b"{}", b"[]")
SPACE = " \t\n\r"
STRINGS = re.compile(rb'"[^"]*"?')


def parse_json(text: str, decoder: json.JSONDecoder) -> Any:
    """The value of a document; ValueError says what is wrong with it."""
    if len(text) > DEPTH_MAX and is_too_deep(text):
        raise ValueError(f"nested deeper than {DEPTH_MAX}")
    start = len(text) - len(text.lstrip(SPACE)) if text[:1] in SPACE else 0
    value, end = decoder.raw_decode(text, start)
    if end < len(text) and text[end:].strip(SPACE):
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def is_too_deep(text: str) -> bool:
    """Whether a document, which need not be sound, would take the parser below DEPTH_MAX levels."""
    if text.count("[") + text.count("{") <= DEPTH_MAX:
        return False
    unescaped = text.encode("utf-8", "surrogatepass").replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = STRINGS.sub(b"", unescaped.translate(ALIKE, OTHERS).replace(b'""', b""))
    for level in range(DEPTH_MAX):
        flatter = brackets.replace(b"[]", b"")
        if len(flatter) == len(brackets):
            return level + brackets.count(b"[") > DEPTH_MAX
        brackets = flatter
    return b"[" in brackets


def unique_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object, for a decoder to call; ValueError for a key that comes twice."""
    members = dict(pairs)
    if len(members) < len(pairs):
        repeated = next(_repeated(pairs))
        raise ValueError(f"the key {repeated!r} stands twice in one object")
    return members


def _repeated(pairs: list[tuple[str, object]]) -> Iterator[str]:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            yield key
        seen.add(key)


def refuse_constant(name: str) -> object:
    """For a decoder to call for NaN and Infinity."""
    raise ValueError(f"{name} is not a JSON number")


DECODER = json.JSONDecoder(object_pairs_hook=unique_members, parse_constant=refuse_constant)
"""Numbers with a point or an exponent become floats."""
