"""The loops that turn fixed-width Arrow values into cells of a record.

Checks and conversions are separate: `first_outside` and `first_indivisible` find a value that has
no cell, after which every conversion here is total. Rows are numbered from 0; -1 means no row.

Dates count from 1970-01-01 in the proleptic Gregorian calendar. A *shifted year* starts on 1 March,
so that the leap day comes last and the months before it have the fixed pattern 31 30 31 30 31 | 31
30 31 30 31 | 31: month m starts on day (153 m + 2) // 5. Days are shifted by 719,468 to count from
1 March of year 0, in eras of 400 years or 146,097 days.
"""

ERA_DAYS = 146_097
SHIFTED_EPOCH = 719_468
SECONDS_PER_DAY = 86_400
DECIMAL_SCALE_MAX = 28
U32_MASK = 0xFFFFFFFF


def first_outside(values: memoryview, low: int, high: int) -> int:
    """The first row whose 64-bit value is below `low` or above `high`."""
    for row in range(len(values)):
        if values[row] < low or values[row] > high:
            return row
    return -1


def first_indivisible(values: memoryview, divisor: int) -> int:
    """The first row whose 64-bit value leaves a remainder."""
    for row in range(len(values)):
        if values[row] % divisor != 0:
            return row
    return -1


def widen(source: memoryview, target: memoryview) -> None:
    """Copies integers of any width to 64 bits, signed."""
    for row in range(len(source)):
        target[row] = source[row]


def narrow(source: memoryview, target: memoryview) -> None:
    """Copies 64-bit integers, which must fit, to integers of any width."""
    for row in range(len(source)):
        target[row] = source[row]


def blank_nulls(data: memoryview, width: int, validity: memoryview) -> None:
    """Zeroes the `width` bytes of every NULL cell."""
    for row in range(len(data) // width):
        if not validity[row >> 3] >> (row & 7) & 1:
            for at in range(row * width, row * width + width):
                data[at] = 0


def dates(values: memoryview, units_per_day: int, target: memoryview) -> None:
    """Writes u16 year, u8 month, u8 day for each number of units since the epoch."""
    for row in range(len(values)):
        write_date(values[row] // units_per_day, target, 4 * row)


def datetimes(
    values: memoryview, units_per_second: int, offset_minutes: int, target: memoryview
) -> None:
    """Writes the 13 bytes of a datetime at this distance from UTC for each number of units."""
    for row in range(len(values)):
        at = 13 * row
        second = values[row] // units_per_second
        fraction = values[row] - second * units_per_second
        microsecond = fraction * 1_000_000 // units_per_second
        second += 60 * offset_minutes
        day = second // SECONDS_PER_DAY
        second -= day * SECONDS_PER_DAY
        write_date(day, target, at)
        target[at + 4] = second // 3600
        target[at + 5] = second // 60 % 60
        target[at + 6] = second % 60
        write_u16(microsecond & 0xFFFF, target, at + 7)
        write_u16(microsecond >> 16, target, at + 9)
        write_u16(offset_minutes & 0xFFFF, target, at + 11)


def write_date(day: int, target: memoryview, at: int) -> None:
    """Writes u16 year, u8 month, u8 day; `day` counts from the epoch."""
    day += SHIFTED_EPOCH
    era = day // ERA_DAYS
    day -= era * ERA_DAYS
    year = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5
    year += 400 * era + (1 if month >= 10 else 0)
    write_u16(year, target, at)
    target[at + 2] = month - 9 if month >= 10 else month + 3
    target[at + 3] = day + 1


def write_u16(value: int, target: memoryview, at: int) -> None:
    """Writes two bytes, little-endian."""
    target[at] = value & 0xFF
    target[at + 1] = value >> 8


def decimals(
    words: memoryview, size: int, scale: int, magnitude: memoryview, target: memoryview
) -> int:
    """Writes the decimals of integers of `size` words; gives the first row that has none.

    The scale is reduced as far as it takes for 96 bits to hold the digits, and no further. Words
    are u32, lowest first; the target has four a row, the flags first. `magnitude` is room for one
    number, at least four words that are zero from `size` on.
    """
    for row in range(len(words) // size):
        at = size * row
        is_negative = words[at + size - 1] >> 31
        carry = is_negative
        for word in range(size):
            # A negative number's magnitude is its complement plus one.
            value = carry + (words[at + word] ^ (U32_MASK if is_negative else 0))
            carry = value >> 32
            magnitude[word] = value & U32_MASK
        own_scale = scale
        while own_scale > DECIMAL_SCALE_MAX or is_wide(magnitude):
            if own_scale == 0 or divide_by_ten(magnitude) != 0:
                return row
            own_scale -= 1
        at = 4 * row
        target[at] = own_scale << 16 | is_negative << 31
        for word in range(3):
            target[at + word + 1] = magnitude[word]
    return -1


def is_wide(magnitude: memoryview) -> bool:
    """Whether a number needs more than 96 bits."""
    above = 0
    for word in range(3, len(magnitude)):
        above |= magnitude[word]
    return above != 0


def divide_by_ten(magnitude: memoryview) -> int:
    """Drops the last digit of a number, and gives it."""
    rest = 0
    for word in range(len(magnitude) - 1, -1, -1):
        value = rest << 32 | magnitude[word]
        magnitude[word] = value // 10
        rest = value % 10
    return rest
