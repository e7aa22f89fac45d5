"""The loops that turn cells of a record into fixed-width Arrow values; those of `casts` backwards.

A file may hold cells that are no value of their type: 31 April, the hour 30. Text shows them as
they are, Arrow cannot, so the first row that has one is what a loop gives, counted from 0; -1 means
no row. `flags` has a byte a row, 0 for a NULL to leave out; none at all means that none is.

Decimals of a column share a scale in Arrow and have one each here:

    cells 1.50, 2      scale 2      values 150, 200

Dates are counted as `casts` says, in years that start on 1 March.
"""

from wasidb_guest.vectors import Bytes

ERA_DAYS = 146_097
SHIFTED_EPOCH = 719_468
MINUTE_SECONDS = 60
DAY_SECONDS = 86_400
SECOND = 1_000_000
OFFSETS_DIFFER = 1 << 15
U32_MASK = 0xFFFFFFFF


def days(cells: Bytes, flags: Bytes, target: memoryview) -> int:
    """Counts days since 1970-01-01; gives the first row that is no date of the calendar."""
    every_row = len(flags) == 0
    for row in range(len(target)):
        if every_row or flags[row]:
            if not is_date(cells, 4 * row):
                return row
            target[row] = day_number(cells, 4 * row)
    return -1


def microseconds(cells: Bytes, flags: Bytes, target: memoryview) -> int:
    """Counts microseconds since 1970-01-01T00:00 UTC; gives the first row that is no time."""
    every_row = len(flags) == 0
    for row in range(len(target)):
        if every_row or flags[row]:
            at = 13 * row
            fraction = u16(cells, at + 7) | u16(cells, at + 9) << 16
            if not (is_date(cells, at) and is_time(cells, at + 4) and fraction < SECOND):
                return row
            second = day_number(cells, at) * DAY_SECONDS
            second += cells[at + 4] * 3600 + cells[at + 5] * 60 + cells[at + 6]
            second -= i16(cells, at + 11) * MINUTE_SECONDS
            target[row] = second * SECOND + fraction
    return -1


def common_offset(cells: Bytes, flags: Bytes) -> int:
    """The minutes ahead of UTC that all date-times share, 0 for none, or OFFSETS_DIFFER."""
    every_row = len(flags) == 0
    is_first = True
    common = 0
    for row in range(len(cells) // 13):
        if every_row or flags[row]:
            offset = i16(cells, 13 * row + 11)
            if is_first:
                common = offset
                is_first = False
            elif offset != common:
                return OFFSETS_DIFFER
    return common


def is_date(cells: Bytes, at: int) -> bool:
    """Whether there is such a day."""
    year = u16(cells, at)
    month = cells[at + 2]
    day = cells[at + 3]
    if month == 2:
        is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 1 <= day <= (29 if is_leap else 28)
    is_short = month in (4, 6, 9, 11)
    return 1 <= month <= 12 and 1 <= day <= (30 if is_short else 31)


def is_time(cells: Bytes, at: int) -> bool:
    """Whether there is such an hour, minute and second."""
    return cells[at] < 24 and cells[at + 1] < 60 and cells[at + 2] < 60


def day_number(cells: Bytes, at: int) -> int:
    """Days since 1970-01-01."""
    month = cells[at + 2]
    # One era later, for no year to be negative: January of year 0 is in the shifted year -1.
    year = u16(cells, at) + 400 - (1 if month <= 2 else 0)
    month = month + 9 if month <= 2 else month - 3
    day = 365 * year + year // 4 - year // 100 + year // 400
    day += (153 * month + 2) // 5 + cells[at + 3] - 1
    return day - ERA_DAYS - SHIFTED_EPOCH


def u16(cells: Bytes, at: int) -> int:
    return cells[at] | cells[at + 1] << 8


def i16(cells: Bytes, at: int) -> int:
    number = u16(cells, at)
    return number - 65_536 if number >= 32_768 else number


# Decimals: u32 words, four a row, the flags before a magnitude whose lowest word comes first.


def largest_magnitudes(words: memoryview, largest: memoryview) -> None:
    """Of the cells of each scale finds the one that is largest without its point.

    Slot `scale` of `largest`, which is zero, gets 1 and the magnitude; those of no cell stay zero.
    """
    for row in range(len(words) // 4):
        at = 4 * row
        slot = 4 * scale_of(words, at)
        largest[slot] = 1
        word = 3
        while word > 1 and words[at + word] == largest[slot + word]:
            word -= 1
        if words[at + word] > largest[slot + word]:
            for word in range(1, 4):
                largest[slot + word] = words[at + word]


def needed_scale(words: memoryview) -> int:
    """The digits behind the point that are needed to write all cells, whatever their scales."""
    needed = 0
    for row in range(len(words) // 4):
        at = 4 * row
        scale = scale_of(words, at)
        low = words[at + 1]
        middle = words[at + 2]
        high = words[at + 3]
        if low == 0 and middle == 0 and high == 0:
            continue
        while scale > needed:
            middle |= high % 10 << 32
            high //= 10
            low |= middle % 10 << 32
            middle //= 10
            if low % 10 != 0:
                needed = scale
            low //= 10
            scale -= 1
    return needed


def rescale(words: memoryview, scale: int, size: int, target: memoryview) -> None:
    """Writes integers of `size` words, lowest first, in units of 10^-`scale`, which must be exact.

    The target is zero.
    """
    for row in range(len(words) // 4):
        source = 4 * row
        at = size * row
        for word in range(3):
            target[at + word] = words[source + word + 1]
        steps = scale - scale_of(words, source)
        while steps > 0:
            multiply_by_ten(target, at, size)
            steps -= 1
        while steps < 0:
            divide_by_ten(target, at, size)
            steps += 1
        if words[source] >> 31:
            negate(target, at, size)


def scale_of(words: memoryview, at: int) -> int:
    """The digits behind the point of the cell at `at`."""
    return words[at] >> 16 & 31


def multiply_by_ten(words: memoryview, at: int, size: int) -> None:
    """Appends the digit 0."""
    value = 0
    for word in range(at, at + size):
        digit = words[word]
        value = (value >> 32) + digit * 10
        words[word] = value & U32_MASK


def divide_by_ten(words: memoryview, at: int, size: int) -> None:
    """Drops the last digit, which is 0."""
    rest = 0
    for word in range(at + size - 1, at - 1, -1):
        value = rest << 32 | words[word]
        words[word] = value // 10
        rest = value % 10


def negate(words: memoryview, at: int, size: int) -> None:
    """Turns a magnitude into its complement plus one."""
    carry = 1
    for word in range(at, at + size):
        value = carry + (words[word] ^ U32_MASK)
        words[word] = value & U32_MASK
        carry = value >> 32
