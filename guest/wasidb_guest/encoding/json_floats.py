"""Floats as JSON text. A kernel.

    float64   250.5                    ──print_float──▶   250.5
    float64   0.1 + 0.2                                   0.30000000000000004
    float64   infinity                                    "Infinity"

The text is the shortest that names the float. That of a 32-bit float is not that of the same 64-bit
one, and is looked for digit by digit.
"""

from wasidb_guest.encoding.cells import shortest_float32
from wasidb_guest.encoding.text_forms import put_digits
from wasidb_guest.vectors import Bytes, WritableBytes

MINUS, POINT = 45, 46
DECIMALS_MAX = 6
SHORT_MIN, SHORT_MAX = 1e-3, 1e9  # 15 digits with all decimals

NOT_FINITE = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}


class FloatBits:
    """Eight bytes that can be read as a 64-bit float, the first four as a 32-bit one."""

    def __init__(self) -> None:
        self.bits = bytearray(8)
        self.as_double = memoryview(self.bits).cast("d")
        self.as_single = memoryview(self.bits).cast("f")


FLOAT_BITS = FloatBits()


def print_float(width: int, stored: Bytes, at: int, out: WritableBytes, end: int) -> int:
    """Write the float of so many bytes at `at` to `out` from `end` on; gives the new end."""
    for i in range(width):
        FLOAT_BITS.bits[i] = stored[at + i]
    number = FLOAT_BITS.as_double[0]
    if width == 4:
        number = shortest_float32((FLOAT_BITS.as_single[0],))[0]
    reached = print_short_decimal(number, out, end)
    if reached == end:
        text = repr(number)
        for character in NOT_FINITE.get(text, text).encode():
            out[reached] = character
            reached += 1
    return reached


def print_short_decimal(number: float, out: WritableBytes, end: int) -> int:
    """Write a number that has at most DECIMALS_MAX digits behind the point, and few in front; gives
    the new end, or the old one for another number.

    Most numbers people store are such. With 15 digits in all no two texts name the same float, so
    the first one that names this float is the shortest.
    """
    magnitude = -number if number < 0 else number
    if not SHORT_MIN <= magnitude < SHORT_MAX:
        return end
    scale = unit = 1
    for decimals in range(1, DECIMALS_MAX + 1):
        scale *= 10
        unit *= 10
        scaled = int(magnitude * scale + 0.5)
        if scaled / scale == magnitude:
            if number < 0:
                out[end] = MINUS
                end += 1
            end = put_digits(out, end, scaled // unit, 1)
            out[end] = POINT
            return put_digits(out, end + 1, scaled % unit, decimals)
    return end
