"""Integers as JSON text, eight digits at a time. A kernel.

    20260917       ─digits_of─▶   02 00 02 06 00 09 01 07      a word, its lowest byte in front
    1700000001     ─print_number─▶   "17", then the word of 00000001

A number is halved until its digits stand alone, and all halves of a step are done at once: two
numbers of four digits, four of two, eight of one. To divide is to multiply by what is near enough
to a hundredth, or a tenth, for numbers as small.

`out` is a plain pointer to the compiler, so there has to be room: up to eight bytes are written
where fewer are digits.
"""

from wasidb_guest.vectors import WritableBytes

NUMBER_SIZE_MAX = 20
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
