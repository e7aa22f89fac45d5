"""Whether a text is JSON, strictly as RFC 8259 has it; a kernel.

One pass over UTF-8 bytes, no recursion: `closers` holds the bracket that ends each array or object
we are inside. The pass alternates between two places:

    at a value        a scalar ends it; "[" and "{" open a level, in which a value or, for objects,
                      a key and a value follow
    behind a value    "," asks for the next value, or key and value; the closer ends a level, and
                      then we are behind a value again

Duplicate keys and lone surrogate escapes are legal JSON; NaN, comments, trailing commas and bare
control characters are not. Deep nesting is refused, because readers recurse.
"""

from typing import TypeAlias

Bytes: TypeAlias = bytes | bytearray | memoryview

DEPTH_MAX = 100

QUOTE = 34
COMMA = 44
COLON = 58
ARRAY = 91
ARRAY_END = 93
BACKSLASH = 92
OBJECT = 123
OBJECT_END = 125
TRUE = 0x74727565
NULL = 0x6E756C6C
ALSE = 0x616C7365  # "false" without its first letter


def check_column(text: Bytes, offsets: memoryview, flags: Bytes) -> int:
    """The first row whose text is not JSON, or -1. Row i is `text[offsets[i]:offsets[i + 1]]`.

    `flags` has a byte a row, 0 for a row to leave out; none at all means every row.
    """
    all_valid = len(flags) == 0
    closers = bytearray(DEPTH_MAX)
    for row in range(len(offsets) - 1):
        if (all_valid or flags[row]) and not is_json(text, offsets[row], offsets[row + 1], closers):
            return row
    return -1


def is_json(text: Bytes, start: int, end: int, closers: bytearray) -> bool:
    """Whether the bytes from `start` to `end`, known to be UTF-8, are one JSON value.

    `closers` is scratch space; its length is the depth allowed.
    """
    depth = 0
    where = start
    while True:
        where = skip_blanks(text, where, end)
        if where == end:
            return False
        opener = text[where]
        if opener in (ARRAY, OBJECT):
            if depth == len(closers):
                return False
            closers[depth] = opener + 2
            depth += 1
            where = skip_blanks(text, where + 1, end)
            if where == end:
                return False
            if text[where] != opener + 2:
                if opener == OBJECT:
                    where = key_end(text, where, end)
                    if where < 0:
                        return False
                continue
        else:
            where = scalar_end(text, where, end)
            if where < 0:
                return False
            where = skip_blanks(text, where, end)
        # Behind a value, or at the closer of an empty array or object.
        while depth > 0 and where < end and text[where] == closers[depth - 1]:
            depth -= 1
            where = skip_blanks(text, where + 1, end)
        if depth == 0:
            return where == end
        if where == end or text[where] != COMMA:
            return False
        where += 1
        if closers[depth - 1] == OBJECT_END:
            where = key_end(text, skip_blanks(text, where, end), end)
            if where < 0:
                return False


def key_end(text: Bytes, start: int, end: int) -> int:
    """Where a key and its colon end, or -1."""
    if start == end or text[start] != QUOTE:
        return -1
    where = string_end(text, start, end)
    if where < 0:
        return -1
    where = skip_blanks(text, where, end)
    return where + 1 if where < end and text[where] == COLON else -1


def scalar_end(text: Bytes, start: int, end: int) -> int:
    """Where the string, number, true, false or null ends that begins at `start`, or -1."""
    first = text[start]
    if first == QUOTE:
        return string_end(text, start, end)
    if end - start >= 4 and letters(text, start) in (TRUE, NULL):
        return start + 4
    if end - start >= 5 and first == 102 and letters(text, start + 1) == ALSE:
        return start + 5
    return number_end(text, start, end)


def string_end(text: Bytes, start: int, end: int) -> int:
    where = start + 1
    while where < end:
        character = text[where]
        if character == QUOTE:
            return where + 1
        if character < 32:
            return -1
        if character == BACKSLASH:
            where = escape_end(text, where + 1, end)
            if where < 0:
                return -1
        else:
            where += 1
    return -1


def escape_end(text: Bytes, start: int, end: int) -> int:
    """Where an escape ends whose backslash stands before `start`, or -1."""
    if start == end:
        return -1
    if text[start] == 117:  # "u" and four hexadecimal digits
        if end - start < 5:
            return -1
        for i in range(start + 1, start + 5):
            digit = text[i] | 32
            if not (48 <= text[i] <= 57 or 97 <= digit <= 102):
                return -1
        return start + 5
    return start + 1 if text[start] in (34, 92, 47, 98, 102, 110, 114, 116) else -1  # "\\/bfnrt


def letters(text: Bytes, start: int) -> int:
    """Four bytes as one number, the first one highest."""
    number = 0
    for i in range(start, start + 4):
        number = number * 256 + text[i]
    return number


def number_end(text: Bytes, start: int, end: int) -> int:
    where = start
    if text[where] == 45:  # "-"
        where += 1
    if where < end and text[where] == 48:  # a leading zero stands alone
        where += 1
    else:
        where = digits_end(text, where, end)
        if where < 0:
            return -1
    if where < end and text[where] == 46:  # "."
        where = digits_end(text, where + 1, end)
        if where < 0:
            return -1
    if where < end and text[where] | 32 == 101:  # "e", "E"
        where += 1
        if where < end and (text[where] == 43 or text[where] == 45):
            where += 1
        where = digits_end(text, where, end)
    return where


def digits_end(text: Bytes, start: int, end: int) -> int:
    """Where one or more decimal digits end, or -1."""
    where = start
    while where < end and 48 <= text[where] <= 57:
        where += 1
    return where if where > start else -1


def skip_blanks(text: Bytes, start: int, end: int) -> int:
    while start < end and text[start] in (32, 10, 13, 9):
        start += 1
    return start
