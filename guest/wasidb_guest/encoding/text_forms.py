"""Dates, times, decimals and UUIDs between their text and their stored bytes; a kernel.

    type      text                                  stored, integers little-endian
    date      2024-02-29                            u16 year, u8 month, u8 day
    datetime  2024-02-29T12:30:00.000000+02:00      date, u8 hour, u8 minute, u8 second,
                                                    u32 microsecond, i16 minutes ahead of UTC
    decimal   -123.450                              u32 flags, then a 96-bit mantissa as u32 low,
                                                    u32 middle, u32 high; the flags hold the
                                                    scale in bits 16-20, the sign in bit 31
    uuid      0123abcd-0123-0123-0123-0123456789ab  16 bytes in the order of the digits

Parsing is strict: a date must exist in the Gregorian calendar, a decimal must fit exactly. Printing
accepts any bytes, since a file may hold what a less strict engine has put there: month 13 prints as
13. A stored scale of 29 to 31 is more than a decimal can have; such a value reads as rounded to
scale 28, as the Rust engine reads it.

Texts are ASCII bytes back to back, text i being `text[offsets[i]:offsets[i + 1]]`, with int32
offsets. Types are given by their value tag.
"""

from typing import TypeAlias

Bytes: TypeAlias = bytes | bytearray | memoryview
WritableBytes: TypeAlias = bytearray | memoryview

DATE = 2
DATETIME = 3
DECIMAL = 4
UUID = 16

DATE_SIZE = 4
DATETIME_SIZE = 13
SIXTEEN_BYTES = 16
PRINTED_SIZE_MAX = 48

SCALE_MAX = 28
MASK32 = 0xFFFFFFFF
SIGN = 1 << 31


def parse_column(
    tag: int, text: Bytes, offsets: memoryview, flags: Bytes, stored: WritableBytes
) -> int:
    """Store the texts in the zero-filled `stored`; the first malformed row, or -1.

    `flags` has a byte a row, 0 for a row to leave out; none at all means every row.
    """
    width = width_of(tag)
    all_valid = len(flags) == 0
    for row in range(len(offsets) - 1):
        if (all_valid or flags[row]) and not parse(
            tag, text, offsets[row], offsets[row + 1], stored, row * width
        ):
            return row
    return -1


def print_column(
    tag: int, stored: Bytes, count: int, text: WritableBytes, offsets: memoryview
) -> int:
    """Print `count` values one after the other and set their `offsets`; the size of the text.

    `text` needs room for PRINTED_SIZE_MAX bytes a value.
    """
    width = width_of(tag)
    end = 0
    for row in range(count):
        offsets[row] = end
        end = print_one(tag, stored, row * width, text, end)
    offsets[count] = end
    return end


def width_of(tag: int) -> int:
    if tag == DATE:
        return DATE_SIZE
    return DATETIME_SIZE if tag == DATETIME else SIXTEEN_BYTES


def parse(tag: int, text: Bytes, start: int, end: int, stored: WritableBytes, at: int) -> bool:
    if tag == DATE:
        return parse_date(text, start, end, stored, at) == end
    if tag == DATETIME:
        return parse_datetime(text, start, end, stored, at)
    if tag == DECIMAL:
        return parse_decimal(text, start, end, stored, at)
    return parse_uuid(text, start, end, stored, at)


def print_one(tag: int, stored: Bytes, at: int, text: WritableBytes, end: int) -> int:
    if tag == DATE:
        return print_date(stored, at, text, end)
    if tag == DATETIME:
        return print_datetime(stored, at, text, end)
    if tag == DECIMAL:
        return print_decimal(stored, at, text, end)
    return print_uuid(stored, at, text, end)


# Dates and times.


def parse_date(text: Bytes, start: int, end: int, stored: WritableBytes, at: int) -> int:
    """Where the date ends that begins at `start`, or -1."""
    year_digits = 4
    if end - start > 10 and text[start + 4] != 45:  # "-"
        year_digits = 5
    dash = start + year_digits
    if end - start < year_digits + 6 or text[dash] != 45 or text[dash + 3] != 45:
        return -1
    year = digits(text, start, year_digits)
    month = digits(text, dash + 1, 2)
    day = digits(text, dash + 4, 2)
    if year < 0 or year > 65_535 or (year_digits == 5 and year < 10_000):
        return -1
    if month < 1 or month > 12 or day < 1 or day > days_in_month(year, month):
        return -1
    stored[at] = year & 255
    stored[at + 1] = year >> 8
    stored[at + 2] = month
    stored[at + 3] = day
    return dash + 6


def parse_datetime(text: Bytes, start: int, end: int, stored: WritableBytes, at: int) -> bool:
    where = parse_date(text, start, end, stored, at)
    if where < 0 or end - where < 6 or (text[where] != 84 and text[where] != 32):  # "T", " "
        return False
    where = parse_time(text, where + 1, end, stored, at + 4)
    if where < 0:
        return False
    if where == end:
        return True
    if text[where] == 90:  # "Z"
        return where + 1 == end
    return parse_offset(text, where, end, stored, at + 11)


def parse_time(text: Bytes, start: int, end: int, stored: WritableBytes, at: int) -> int:
    """Where the time of day ends that begins at `start`, or -1; it has at least five characters."""
    hour = digits(text, start, 2)
    minute = digits(text, start + 3, 2)
    if text[start + 2] != 58 or hour < 0 or hour > 23 or minute < 0 or minute > 59:  # ":"
        return -1
    stored[at] = hour
    stored[at + 1] = minute
    where = start + 5
    if where == end or text[where] != 58:
        return where
    if end - where < 3:
        return -1
    second = digits(text, where + 1, 2)
    if second < 0 or second > 59:
        return -1
    stored[at + 2] = second
    where += 3
    if where == end or text[where] != 46:  # "."
        return where
    return parse_fraction(text, where + 1, end, stored, at + 3)


def parse_fraction(text: Bytes, start: int, end: int, stored: WritableBytes, at: int) -> int:
    """Where the one to six digits of a second's fraction end, or -1."""
    where = start
    microsecond = 0
    while where < end and where < start + 6 and 48 <= text[where] <= 57:
        microsecond = microsecond * 10 + text[where] - 48
        where += 1
    if where == start:
        return -1
    for _ in range(start + 6 - where):
        microsecond *= 10
    put_u32(stored, at, microsecond)
    return where


def parse_offset(text: Bytes, start: int, end: int, stored: WritableBytes, at: int) -> bool:
    """The distance to UTC, +HH:MM or -HH:MM, less than a day."""
    if end - start != 6 or text[start + 3] != 58 or (text[start] != 43 and text[start] != 45):
        return False
    hours = digits(text, start + 1, 2)
    minutes = digits(text, start + 4, 2)
    if hours < 0 or hours > 23 or minutes < 0 or minutes > 59:
        return False
    total = hours * 60 + minutes
    if text[start] == 45:
        total = (65_536 - total) & 65_535
    stored[at] = total & 255
    stored[at + 1] = total >> 8
    return True


def print_date(stored: Bytes, at: int, text: WritableBytes, end: int) -> int:
    end = put_digits(text, end, stored[at] | stored[at + 1] << 8, 4)
    text[end] = 45
    end = put_digits(text, end + 1, stored[at + 2], 2)
    text[end] = 45
    return put_digits(text, end + 1, stored[at + 3], 2)


def print_datetime(stored: Bytes, at: int, text: WritableBytes, end: int) -> int:
    end = print_date(stored, at, text, end)
    text[end] = 84
    end = put_digits(text, end + 1, stored[at + 4], 2)
    text[end] = 58
    end = put_digits(text, end + 1, stored[at + 5], 2)
    text[end] = 58
    end = put_digits(text, end + 1, stored[at + 6], 2)
    text[end] = 46
    end = put_digits(text, end + 1, get_u32(stored, at + 7), 6)
    offset = stored[at + 11] | stored[at + 12] << 8
    text[end] = 43
    if offset >= 32_768:
        text[end] = 45
        offset = 65_536 - offset
    end = put_digits(text, end + 1, offset // 60, 2)
    text[end] = 58
    return put_digits(text, end + 1, offset % 60, 2)


def days_in_month(year: int, month: int) -> int:
    if month == 2:
        is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 29 if is_leap else 28
    return 30 if month in (4, 6, 9, 11) else 31


# Decimals.


def parse_decimal(text: Bytes, start: int, end: int, stored: WritableBytes, at: int) -> bool:
    """Sign, digits with at most one point among them; single underscores only between digits."""
    where = start
    is_negative = where < end and text[where] == 45
    if where < end and (text[where] == 45 or text[where] == 43):
        where += 1
    low = middle = high = 0
    digit_count = 0
    scale = -1
    while where < end:
        character = text[where]
        if 48 <= character <= 57:
            low = low * 10 + character - 48
            middle = middle * 10 + (low >> 32)
            high = high * 10 + (middle >> 32)
            low &= MASK32
            middle &= MASK32
            digit_count += 1
            if scale >= 0:
                scale += 1
            if high > MASK32 or scale > SCALE_MAX:
                return False
        elif character == 46 and scale < 0:
            scale = 0
        elif not (character == 95 and is_between_digits(text, start, where, end)):
            return False
        where += 1
    if digit_count == 0:
        return False
    flags = scale << 16 if scale > 0 else 0
    if is_negative and (low | middle | high) != 0:
        flags |= SIGN
    put_u32(stored, at, flags)
    put_u32(stored, at + 4, low)
    put_u32(stored, at + 8, middle)
    put_u32(stored, at + 12, high)
    return True


def print_decimal(stored: Bytes, at: int, text: WritableBytes, end: int) -> int:
    """Digits come out of the mantissa lowest first, so the text is written backwards first."""
    flags = get_u32(stored, at)
    low = get_u32(stored, at + 4)
    middle = get_u32(stored, at + 8)
    high = get_u32(stored, at + 12)
    scale = flags >> 16 & 31
    if scale > SCALE_MAX:
        divisor = 10 if scale == 29 else 100 if scale == 30 else 1000
        middle |= high % divisor << 32
        high //= divisor
        low |= middle % divisor << 32
        middle //= divisor
        # The Rust engine rounds up from a remainder of 5, whatever the divisor.
        low = low // divisor + (1 if low % divisor >= 5 else 0)
        middle += low >> 32
        low &= MASK32
        scale = SCALE_MAX
    is_negative = flags >> 31 != 0 and (low | middle | high) != 0
    start = end
    digit_count = 0
    while digit_count <= scale or (low | middle | high) != 0:
        middle |= high % 10 << 32
        high //= 10
        low |= middle % 10 << 32
        middle //= 10
        text[end] = 48 + low % 10
        low //= 10
        end += 1
        digit_count += 1
        if digit_count == scale:
            text[end] = 46
            end += 1
    if is_negative:
        text[end] = 45
        end += 1
    reverse(text, start, end)
    return end


def is_between_digits(text: Bytes, start: int, where: int, end: int) -> bool:
    if where == start or where + 1 >= end:
        return False
    return 48 <= text[where - 1] <= 57 and 48 <= text[where + 1] <= 57


def reverse(text: WritableBytes, start: int, end: int) -> None:
    end -= 1
    while start < end:
        character = text[start]
        text[start] = text[end]
        text[end] = character
        start += 1
        end -= 1


# UUIDs.


def parse_uuid(text: Bytes, start: int, end: int, stored: WritableBytes, at: int) -> bool:
    """Thirty-two hexadecimal digits, without hyphens or with the usual four."""
    has_hyphens = end - start == 36
    if not has_hyphens and end - start != 32:
        return False
    where = start
    for i in range(SIXTEEN_BYTES):
        if has_hyphens and i in (4, 6, 8, 10):
            if text[where] != 45:
                return False
            where += 1
        high = nibble(text[where])
        low = nibble(text[where + 1])
        if high < 0 or low < 0:
            return False
        stored[at + i] = high << 4 | low
        where += 2
    return True


def print_uuid(stored: Bytes, at: int, text: WritableBytes, end: int) -> int:
    for i in range(SIXTEEN_BYTES):
        if i in (4, 6, 8, 10):
            text[end] = 45
            end += 1
        text[end] = hex_digit(stored[at + i] >> 4)
        text[end + 1] = hex_digit(stored[at + i] & 15)
        end += 2
    return end


def nibble(character: int) -> int:
    if 48 <= character <= 57:
        return character - 48
    character |= 32
    return character - 87 if 97 <= character <= 102 else -1


def hex_digit(value: int) -> int:
    return 48 + value if value < 10 else 87 + value


# Digits and words.


def digits(text: Bytes, start: int, count: int) -> int:
    """The number that `count` decimal digits make, or -1 if one of them is none."""
    number = 0
    for i in range(start, start + count):
        if text[i] < 48 or text[i] > 57:
            return -1
        number = number * 10 + text[i] - 48
    return number


def put_digits(text: WritableBytes, end: int, number: int, count: int) -> int:
    """Write `number` with at least `count` digits; gives the end of the text."""
    size = 0
    while size < count or number > 0:
        text[end + size] = 48 + number % 10
        number //= 10
        size += 1
    reverse(text, end, end + size)
    return end + size


def put_u32(stored: WritableBytes, at: int, number: int) -> None:
    for i in range(4):
        stored[at + i] = number >> 8 * i & 255


def get_u32(stored: Bytes, at: int) -> int:
    number = 0
    for i in range(at + 3, at - 1, -1):
        number = number << 8 | stored[i]
    return number
