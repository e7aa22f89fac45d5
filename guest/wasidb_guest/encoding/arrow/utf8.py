"""Whether strings are UTF-8, each for itself; a kernel.

Most are ASCII, which is found out for all of them at once. Otherwise each is gone through by its
characters, and those are what the Unicode standard's table of well-formed byte sequences has:

    first byte    bytes    second byte
    00..7f        1
    c2..df        2        80..bf
    e0..ef        3        80..bf, but from a0 behind e0 and up to 9f behind ed
    f0..f4        4        80..bf, but from 90 behind f0 and up to 8f behind f4
"""

WORD_SIZE = 8
HIGH_BITS = 0x8080_8080_8080_8080
MORE_LOW = 0x80
MORE_HIGH = 0xBF


def first_not_utf8(data: memoryview, offsets: memoryview) -> int:
    """The first row whose cell, `data[offsets[row] : offsets[row + 1]]`, is not UTF-8; -1 means no
    row.
    """
    whole = len(data) // WORD_SIZE * WORD_SIZE
    if is_ascii(data[:whole].cast("Q"), data[whole:]):
        return -1
    return first_unsound(data, offsets)


def is_ascii(words: memoryview, rest: memoryview) -> bool:
    """Whether no byte of these words, and of what is left behind them, is above 7f."""
    bits = 0
    for at in range(len(words)):
        bits |= words[at]
    for at in range(len(rest)):
        bits |= rest[at]
    return bits & HIGH_BITS == 0


def first_unsound(data: memoryview, offsets: memoryview) -> int:
    """The same, whatever the text is."""
    for row in range(len(offsets) - 1):
        if not is_utf8(data, offsets[row], offsets[row + 1]):
            return row
    return -1


def is_utf8(data: memoryview, at: int, end: int) -> bool:
    """Whether the bytes from `at` to `end` are whole characters."""
    while at < end:
        first = data[at]
        at += 1
        if first < MORE_LOW:
            continue
        low, high = MORE_LOW, MORE_HIGH
        if 0xC2 <= first <= 0xDF:
            more = 1
        elif 0xE0 <= first <= 0xEF:
            more = 2
            if first == 0xE0:
                low = 0xA0
            elif first == 0xED:
                high = 0x9F
        elif 0xF0 <= first <= 0xF4:
            more = 3
            if first == 0xF0:
                low = 0x90
            elif first == 0xF4:
                high = 0x8F
        else:
            return False
        if end - at < more or not low <= data[at] <= high:
            return False
        for behind in range(at + 1, at + more):
            if not MORE_LOW <= data[behind] <= MORE_HIGH:
                return False
        at += more
    return True
