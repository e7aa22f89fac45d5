"""LIKE: whole-string, case-sensitive matching by Unicode characters; a kernel.

    %    any run of characters, also none        \\x    the character x itself
    _    exactly one character                   a backslash at the end stands for nothing

A pattern is compiled to bytes: UTF-8, and for the wildcards two bytes that UTF-8 does not have.
What stands before the first wildcard and behind the last one is compared with the ends of a text;
only what is between them needs a search:

    h%_o    ->    head "h"    middle ANY_RUN ANY_CHARACTER    tail "o"

Matching keeps one point to retry from, behind the last ANY_RUN: if the tokens behind it do not fit
here, they are tried further on, where the first of them fits. An earlier run never needs another
try, because the last one can take up the difference.

Where a pattern has neither head nor tail, few texts are looked at so closely: the longest piece
without a wildcard is looked for in all texts of a column at once, 64 places at a time, each by the
first and the last byte of the piece. A text that does not contain it does not match.

    %llo wo_    piece "llo wo"     l.....o fits at two of 64 places, "llo wo" at one

Types: texts, tokens, pieces and masks are bytes, offsets are int32. All but offsets and masks are
plain pointers to the compiler, which does not check what is read through them: whoever looks at a
text has checked where it begins and ends.
"""

import re
from typing import Any

from wasidb_guest.vectors import Bytes

ANY_CHARACTER = 0xFE
ANY_RUN = 0xFF
BLOCK_SIZE = 64

WILDCARDS = {"_": bytes((ANY_CHARACTER,)), "%": bytes((ANY_RUN,))}
PIECE = re.compile(r"\\(.)|\\\Z|([^\\])", re.DOTALL)
WILDCARD = re.compile(rb"[\xfe\xff]")


def compile_pattern(pattern: str) -> bytes:
    """The tokens of a pattern; every pattern means something."""
    return b"".join(
        WILDCARDS.get(plain) or (escaped or plain).encode("utf-8", "surrogatepass")
        for escaped, plain in PIECE.findall(pattern)
    )


def parts_of(tokens: bytes) -> tuple[bytes, bytes, bytes]:
    """Head, middle and tail; a pattern without wildcards is all head."""
    pieces = WILDCARD.split(tokens)
    tail = pieces.pop()
    if not pieces:
        return tail, b"", b""
    head = pieces[0]
    return head, tokens[len(head) : len(tokens) - len(tail)], tail


def longest_piece(tokens: bytes) -> tuple[bytes, int]:
    """The bytes between wildcards, where there are most of them; and where tokens go on behind
    these if they stand first, between one ANY_RUN and another, else 0."""
    piece = max(WILDCARD.split(tokens), key=len)
    run = WILDCARDS["%"]
    return piece, len(run + piece) if tokens.startswith(run + piece + run) else 0


def mark_matching(
    text: Bytes, size: int, offsets: Any, head: bytes, middle: bytes, tail: bytes, mask: Any
) -> None:
    """Set 1 in `mask`, which is zero, for each text that matches a pattern of three parts.

    `size` is that of all texts. IndexError for offsets beyond it."""
    head_size, tail_size, count = len(head), len(tail), len(middle)
    heads, tokens, tails = head, middle, tail
    end = offsets[0]
    for row in range(len(mask)):
        start = end
        end = offsets[row + 1]
        if start < 0 or end > size:
            raise IndexError("offsets")
        if (
            start + head_size + tail_size <= end
            and is_at(text, start, heads, head_size)
            and is_at(text, end - tail_size, tails, tail_size)
        ):
            mask[row] = matches(text, start + head_size, end - tail_size, tokens, 0, count)


def mark_containing(
    text: Bytes, size: int, offsets: Any, pattern: bytes, piece: bytes, behind: int, mask: Any
) -> None:
    """The same for a whole pattern, in which there is a piece of one byte or more.

    If `behind` is not 0, tokens go on there behind the piece, which has an ANY_RUN on both sides:
    then its first place in a text is as good as any other."""
    end = offsets[len(mask)]
    at = offsets[0]
    if at < 0 or end > size:
        raise IndexError("offsets")
    tokens, wanted = pattern, piece
    length, count = len(piece), len(pattern)
    first, last = wanted[0], wanted[length - 1]
    row = 0
    while True:
        at = next_candidate(text, at, end - length + 1, first, last, length - 1)
        if at + length > end:
            break
        if not is_at(text, at, wanted, length):
            at += 1
            continue
        while offsets[row + 1] <= at:
            row += 1
        text_end = offsets[row + 1]
        if at + length > text_end:
            at += 1
            continue
        start = at + length if behind else offsets[row]
        if start < 0 or text_end > end:
            raise IndexError("offsets")
        mask[row] = matches(text, start, text_end, tokens, behind, count)
        at = text_end


def next_candidate(text: Bytes, at: int, end: int, first: int, last: int, to_last: int) -> int:
    """The next place where a piece may begin, by its first and its last byte; or one from which
    less than a block is left before `end`."""
    while at + BLOCK_SIZE <= end:
        place = first_candidate(text, at, first, last, to_last)
        if place < BLOCK_SIZE:
            return at + place
        at += BLOCK_SIZE
    return at


def first_candidate(text: Bytes, at: int, first: int, last: int, to_last: int) -> int:
    """Which of 64 places is the first one where a piece may begin, 64 if none is.

    Without a branch, as a maximum, a compiler compares the places side by side."""
    most_left = 0
    for i in range(64):
        differ = text[at + i] ^ first | text[at + to_last + i] ^ last
        left = -(differ == 0) & 64 - i
        most_left = left if left > most_left else most_left
    return 64 - most_left


def is_at(text: Bytes, at: int, piece: Bytes, length: int) -> bool:
    """Whether a piece is at a place behind which there are as many bytes."""
    same = 0
    while same < length and text[at + same] == piece[same]:
        same += 1
    return same == length


def matches(text: Bytes, start: int, end: int, tokens: Bytes, token: int, count: int) -> bool:
    """Whether the characters from `start` to `end` match, as a whole, the tokens from `token` on,
    of which there are `count` from the first one."""
    at = retry_at = start
    retry_token = -1
    while at < end:
        wanted = -1
        if token < count:
            wanted = tokens[token]
        if wanted == ANY_RUN:
            token += 1
            if token == count:
                return True
            retry_token = token
            at = retry_at = first_place(text, at, end, tokens[token])
        elif wanted == ANY_CHARACTER:
            token += 1
            at = character_end(text, at, end)
        elif wanted == text[at]:
            token += 1
            at += 1
        elif retry_token >= 0:
            token = retry_token
            retry_at = character_end(text, retry_at, end)
            at = retry_at = first_place(text, retry_at, end, tokens[token])
        else:
            return False
    while token < count and tokens[token] == ANY_RUN:
        token += 1
    return token == count


def first_place(text: Bytes, at: int, end: int, wanted: int) -> int:
    """Where a token may match, from `at` on; `end` if nowhere.

    A byte with which a character begins is never found within another one."""
    if wanted < ANY_CHARACTER:
        while at < end and text[at] != wanted:
            at += 1
    return at


def character_end(text: Bytes, at: int, end: int) -> int:
    """Where the UTF-8 character ends that begins at `at`."""
    at += 1
    while at < end and text[at] & 0xC0 == 0x80:
        at += 1
    return at
