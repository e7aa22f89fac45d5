"""Integers as JSON text, eight digits at a time. A kernel.

    20260917       ─digits_of─▶   02 00 02 06 00 09 01 07      a word, its lowest byte in front
    1700000001     ─print_number─▶   "17", then the word of 00000001

A number is halved until its digits stand alone, and all halves of a step are done at once: two
numbers of four digits, four of two, eight of one. To divide is to multiply by what is near enough
to a hundredth, or a tenth, for numbers as small.

`out` is a plain pointer to the compiler, so there has to be room: up to eight bytes are written
where fewer are digits.
"""

from wasidb_guest.vectors import Bytes, WritableBytes

NUMBER_SIZE_MAX = 20
COMMA, MINUS, WORD = 44, 45, 0xFFFF_FFFF_FFFF_FFFF
WORD_DIGITS, HALF_DIGITS, HALF_BITS = 8, 4, 32
HALF_MASK = 0xFFFF_FFFF
HUNDREDTH, TENTH = 10_486, 103  # of 2^20, below 10,000; of 2^10, below 100
HUNDREDS_MASK = 0x0000_007F_0000_007F
TENS_MASK = 0x000F_000F_000F_000F
ZEROS = 0x3030_3030_3030_3030


def print_number(value: int, out: WritableBytes, end: int) -> int:
    """Write an unsigned integer of 64 bits from `end` on; gives the new end."""
    if value < 100_000_000:
        return put_leading(digits_of(value), out, end)
    high = value // 100_000_000
    end = print_number(high, out, end)
    put_eight(digits_of(value - high * 100_000_000), out, end)
    return end + WORD_DIGITS


def print_column(
    source: Bytes, width: int, is_signed: bool, first: int, last: int, out: WritableBytes, end: int
) -> int:
    """Write little-endian integers of `width` bytes, the rows from `first` to `last`, excluded,
    with a comma behind each; gives the new end."""
    for row in range(first, last):
        value = eight_at(source, 8 * row) if width == 8 else integer_at(source, width * row, width)
        if is_signed and value >> 8 * width - 1:
            out[end] = MINUS
            end += 1
            value = ~value + 1 & WORD >> 64 - 8 * width
        end = print_number(value, out, end)
        out[end] = COMMA
        end += 1
    return end


def eight_at(source: Bytes, at: int) -> int:
    """An integer of eight bytes, as if it were unsigned; a compiler reads it at once."""
    a, b, c, d = source[at], source[at + 1], source[at + 2], source[at + 3]
    e, f, g, h = source[at + 4], source[at + 5], source[at + 6], source[at + 7]
    return h << 56 | g << 48 | f << 40 | e << 32 | d << 24 | c << 16 | b << 8 | a


def integer_at(source: Bytes, at: int, width: int) -> int:
    """The same of so many bytes."""
    value = 0
    for i in range(width - 1, -1, -1):
        value = value << 8 | source[at + i]
    return value


def digits_of(value: int) -> int:
    """The eight digits of a number below 10^8, a byte each."""
    high = value // 10_000
    halves = high | (value - high * 10_000) << HALF_BITS
    hundreds = halves * HUNDREDTH >> 20 & HUNDREDS_MASK
    pairs = hundreds | (halves - 100 * hundreds) << 16
    tens = pairs * TENTH >> 10 & TENS_MASK
    return tens | (pairs - 10 * tens) << 8


def put_leading(digits: int, out: WritableBytes, end: int) -> int:
    """Write digits without the zeros in front, one at least."""
    count = WORD_DIGITS
    if digits & HALF_MASK == 0:
        digits >>= HALF_BITS
        count = HALF_DIGITS
    while count > 1 and digits & 0xFF == 0:
        digits >>= 8
        count -= 1
    put_eight(digits, out, end)
    return end + count


def put_eight(digits: int, out: WritableBytes, at: int) -> None:
    """Write a word of digits as characters; a compiler makes a single store of it."""
    word = digits | ZEROS
    for i in range(8):
        out[at + i] = word >> 8 * i & 0xFF
