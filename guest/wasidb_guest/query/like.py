"""LIKE: whole-string, case-sensitive matching by Unicode characters; a kernel.

    %    any run of characters, also none        \\x    the character x itself
    _    exactly one character                   a backslash at the end stands for nothing

A pattern is compiled to u16 tokens, a byte of UTF-8 or one of the two wildcards:

    h%_o    ->    68 ANY_RUN ANY_CHARACTER 6f

Matching keeps one point to retry from, behind the last ANY_RUN: if the tokens behind it do not fit
here, they are tried further on, where the first of them fits. An earlier run never needs another
try, because the last one can take up the difference.

Few texts are looked at so closely: the longest piece without a wildcard is looked for in all texts
of a column at once, eight places at a time, each by the first and the last byte of the piece. A
text that does not contain it does not match.

    h%llo wo_     piece "llo wo"     l.....o fits at two of eight places, "llo wo" at one

Types: text, pieces and masks are bytes, offsets are int32, tokens are uint16. To the compiler the
text that is looked through is a plain pointer: it is read between the first and the last offset,
which are checked.
"""

import re
from array import array
from typing import Any

from wasidb_guest.vectors import Bytes

ANY_RUN = 256
ANY_CHARACTER = 257
PATTERN_END = 258
WORD_SIZE = 8
EVERY_BYTE = 0x0101_0101_0101_0101
HIGH_BITS = 0x8080_8080_8080_8080

SEPARATOR = chr(ANY_RUN)
SEPARATED = {ANY_CHARACTER: SEPARATOR}
WILDCARDS = {"%": (ANY_RUN,), "_": (ANY_CHARACTER,)}
PIECE = re.compile(r"\\(.)|\\\Z|([^\\])", re.DOTALL)


def compile_pattern(pattern: str) -> Any:
    """The tokens of a pattern; every pattern means something."""
    tokens = array("H")
    for escaped, plain in PIECE.findall(pattern):
        literal = (escaped or plain).encode("utf-8", "surrogatepass")
        tokens.extend(WILDCARDS.get(plain, literal))
    return tokens


def longest_piece(tokens: Any) -> bytes:
    """The bytes that stand between wildcards, where there are most of them."""
    pieces = "".join(map(chr, tokens)).translate(SEPARATED).split(SEPARATOR)
    return max(pieces, key=len).encode("latin-1")


def is_containing(tokens: Any, piece: bytes) -> bool:
    """Whether a pattern says no more than that a text contains the piece."""
    return list(tokens) == [ANY_RUN, *piece, ANY_RUN]


def mark_containing(text: Bytes, size: int, offsets: Any, piece: Any, mask: Any) -> None:
    """Set 1 in `mask`, which is zero, for each text that contains a piece of one byte or more.

    `size` is that of the text. IndexError for offsets beyond it."""
    count = len(mask)
    at = offsets[0]
    end = offsets[count]
    if at < 0 or end > size:
        raise IndexError("offsets")
    length = len(piece)
    first = piece[0]
    last = piece[length - 1]
    row = 0
    while True:
        at = skip_words(text, at, end - length + 1, first, last, length - 1)
        if at + length > end:
            break
        if not is_at(text, at, piece):
            at += 1
            continue
        while offsets[row + 1] <= at:
            row += 1
        if at + length <= offsets[row + 1]:
            mask[row] = 1
            at = offsets[row + 1]
        else:
            at += 1


def skip_words(text: Bytes, at: int, end: int, first: int, last: int, to_last: int) -> int:
    """Go on to where a piece may begin, or to where less than a word is left before `end`."""
    every_byte, high_bits = EVERY_BYTE, HIGH_BITS
    firsts, lasts = every_byte * first, every_byte * last
    while at + WORD_SIZE <= end:
        differ = word_at(text, at) ^ firsts | word_at(text, at + to_last) ^ lasts
        equal = (differ - every_byte) & ~differ & high_bits
        if equal:
            while equal & 0x80 == 0:
                equal >>= 8
                at += 1
            return at
        at += WORD_SIZE
    return at


def word_at(text: Bytes, at: int) -> int:
    """Eight bytes, read at once by a compiler."""
    a, b, c, d = text[at], text[at + 1], text[at + 2], text[at + 3]
    e, f, g, h = text[at + 4], text[at + 5], text[at + 6], text[at + 7]
    return h << 56 | g << 48 | f << 40 | e << 32 | d << 24 | c << 16 | b << 8 | a


def is_at(text: Bytes, at: int, piece: Any) -> bool:
    """Whether a piece is at a place behind which there are as many bytes."""
    same = 0
    while same < len(piece) and text[at + same] == piece[same]:
        same += 1
    return same == len(piece)


def match_marked(text: Any, offsets: Any, tokens: Any, mask: Any) -> None:
    """Set 0 in `mask` for each text marked 1 that does not match."""
    for row in range(len(mask)):
        if mask[row]:
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
