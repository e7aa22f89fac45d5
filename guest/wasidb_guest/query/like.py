"""LIKE: whole-string, case-sensitive matching by Unicode characters; a kernel.

    %    any run of characters, also none        \\x    the character x itself
    _    exactly one character                   a backslash at the end stands for nothing

A pattern is compiled to u16 tokens, a byte of UTF-8 or one of the two wildcards:

    h%_o    ->    68 ANY_RUN ANY_CHARACTER 6f

Matching keeps one point to retry from, behind the last ANY_RUN: if the tokens behind it do not fit
here, they are tried further on, where the first of them fits. An earlier run never needs another
try, because the last one can take up the difference.

Types: text is bytes, offsets are int32, tokens are uint16.
"""

import re
from array import array
from typing import Any

ANY_RUN = 256
ANY_CHARACTER = 257
PATTERN_END = 258

WILDCARDS = {"%": (ANY_RUN,), "_": (ANY_CHARACTER,)}
PIECE = re.compile(r"\\(.)|\\\Z|([^\\])", re.DOTALL)


def compile_pattern(pattern: str) -> Any:
    """The tokens of a pattern; every pattern means something."""
    tokens = array("H")
    for escaped, plain in PIECE.findall(pattern):
        literal = (escaped or plain).encode("utf-8", "surrogatepass")
        tokens.extend(WILDCARDS.get(plain, literal))
    return tokens


def match_column(text: Any, offsets: Any, tokens: Any, mask: Any) -> None:
    """Set 1 in `mask` for each text that matches, else 0."""
    for row in range(len(mask)):
        mask[row] = matches(text, offsets[row], offsets[row + 1], tokens)


def matches(text: Any, start: int, end: int, tokens: Any) -> bool:
    """Whether the characters from `start` to `end` match as a whole."""
    count = len(tokens)
    at = start
    token = 0
    retry_at = start
    retry_token = -1
    while at < end:
        wanted = tokens[token] if token < count else PATTERN_END
        if wanted == ANY_RUN:
            token += 1
            if token == count:
                return True
            retry_token = token
            retry_at = first_place(text, at, end, tokens[token])
            at = retry_at
        elif wanted == ANY_CHARACTER:
            token += 1
            at = character_end(text, at, end)
        elif wanted == text[at]:
            token += 1
            at += 1
        elif retry_token >= 0:
            token = retry_token
            retry_at = character_end(text, retry_at, end)
            retry_at = first_place(text, retry_at, end, tokens[token])
            at = retry_at
        else:
            return False
    while token < count and tokens[token] == ANY_RUN:
        token += 1
    return token == count


def first_place(text: Any, at: int, end: int, wanted: int) -> int:
    """Where a token may match, from `at` on; `end` if nowhere.

    A byte with which a character begins is never found within another one."""
    if wanted < ANY_RUN:
        while at < end and text[at] != wanted:
            at += 1
    return at


def character_end(text: Any, at: int, end: int) -> int:
    """Where the UTF-8 character ends that begins at `at`."""
    at += 1
    while at < end and text[at] & 0xC0 == 0x80:
        at += 1
    return at
