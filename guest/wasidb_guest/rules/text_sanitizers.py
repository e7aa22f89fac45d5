"""Sanitizers of text: each takes the cells of a column that are not NULL and gives as many.

slug            "  Hello,       World!  "   "hello-world"
url_encode      "你好 rust"                  "%E4%BD%A0%E5%A5%BD%20rust"
null_if_empty   ""                          NULL
"""

import re
from collections.abc import Sequence

from wasidb_guest.rules.characters import OTHER_ALPHABETIC, WHITE_SPACE

Texts = Sequence[str]

_WHITE_SPACES = re.compile(f"[{WHITE_SPACE}]+")
_NOT_IN_SLUGS = re.compile(rf"_|[^\w{OTHER_ALPHABETIC}-]")
_URL_SAFE = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_URL_CODES = [chr(byte) if byte in _URL_SAFE else f"%{byte:02X}" for byte in range(256)]


def trim(texts: Texts) -> list[str]:
    """Without white space at both ends."""
    return [text.strip(WHITE_SPACE) for text in texts]


def collapse_whitespace(texts: Texts) -> list[str]:
    """Words separated by one space each."""
    return [_WHITE_SPACES.sub(" ", text.strip(WHITE_SPACE)) for text in texts]


def lower_case(texts: Texts) -> list[str]:
    """In lower case, by the full mapping of Unicode."""
    return list(map(str.lower, texts))


def upper_case(texts: Texts) -> list[str]:
    """In upper case, by the full mapping of Unicode."""
    return list(map(str.upper, texts))


def slug(texts: Texts) -> list[str]:
    """Lower-case words of letters and digits, joined with hyphens."""
    hyphenated = [_WHITE_SPACES.sub("-", text.strip(WHITE_SPACE)) for text in lower_case(texts)]
    return [_NOT_IN_SLUGS.sub("", text) for text in hyphenated]


def url_encode(texts: Texts) -> list[str]:
    """Every byte of UTF-8 that is no ASCII letter or digit as a percent sign and two digits.

    Doing it twice encodes the percent signs.
    """
    return ["".join(map(_URL_CODES.__getitem__, text.encode())) for text in texts]


def null_if_empty(texts: Texts) -> list[str | None]:
    """NULL in place of text without a character."""
    return [text or None for text in texts]
