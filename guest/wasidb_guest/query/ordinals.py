"""Integers that order as the values do they stand for, in two widths for all types; a kernel.

    integers   themselves, as int64; only uint64 stays as it is and has no need of this module
    date       year << 16 | month << 8 | day
    datetime   microseconds from 1970-01-01 00:00 UTC: equal instants are equal in any zone
    float64    its bits, turned to order as the numbers do; -0.0 is 0.0, NaN the greatest integer
    text       and all that compares as bytes: the first eight, as uint64; longer or shorter cells
               may have one integer in common

Stored dates may be none (month 13): they count on from the last valid month, and nothing fails.

Types: values are integers of 8 to 32 bits, data is bytes in the form of a record
(`encoding.text_forms`), bits and ordinals are int64, prefixes uint64,
offsets int32."""

from typing import Any

DATETIME_SIZE = 13
PREFIX_SIZE = 8
SECONDS_A_DAY = 86_400
MICROSECONDS = 1_000_000
MAGNITUDE = 0x7FFF_FFFF_FFFF_FFFF
INFINITY = 0x7FF0_0000_0000_0000


def integer_ordinals(values: Any, ordinals: Any) -> None:
    """Widen integers."""
    for row in range(len(ordinals)):
        ordinals[row] = values[row]


def date_ordinals(data: Any, ordinals: Any) -> None:
    """The integers of stored dates."""
    for row in range(len(ordinals)):
        at = 4 * row
        year = data[at] | data[at + 1] << 8
        ordinals[row] = (year << 8 | data[at + 2]) << 8 | data[at + 3]


def instants(data: Any, ordinals: Any) -> None:
    """The integers of stored date-times."""
    for row in range(len(ordinals)):
        at = DATETIME_SIZE * row
        year = data[at] | data[at + 1] << 8
        seconds = days_from_epoch(year, data[at + 2], data[at + 3]) * SECONDS_A_DAY
        seconds += (data[at + 4] * 60 + data[at + 5]) * 60 + data[at + 6]
        offset = data[at + 11] | data[at + 12] << 8
        if offset >= 32_768:
            offset -= 65_536
        microsecond = data[at + 10]
        for i in range(9, 6, -1):
            microsecond = microsecond << 8 | data[at + i]
        ordinals[row] = (seconds - offset * 60) * MICROSECONDS + microsecond


def days_from_epoch(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 in the Gregorian calendar, counted in years that begin with March."""
    months = month + 9
    if month > 2:
        months = month - 3
    else:
        year -= 1
    leap_days = year // 4 - year // 100 + year // 400
    return 365 * year + leap_days + (153 * months + 2) // 5 + day - 719_469


def float_ordinals(bits: Any, ordinals: Any) -> None:
    """The integers of float64 numbers given by their bits."""
    for row in range(len(ordinals)):
        magnitude = bits[row] & MAGNITUDE
        if magnitude > INFINITY:
            ordinals[row] = MAGNITUDE
        elif bits[row] < 0:
            ordinals[row] = -magnitude
        else:
            ordinals[row] = magnitude


def span_prefixes(data: Any, offsets: Any, prefixes: Any) -> None:
    """The first eight bytes of each run, zeros behind those of a shorter one."""
    for row in range(len(prefixes)):
        at = offsets[row]
        end = offsets[row + 1]
        prefix = 0
        for _ in range(PREFIX_SIZE):
            prefix <<= 8
            if at < end:
                prefix |= data[at]
                at += 1
        prefixes[row] = prefix


def set_offsets(width: int, offsets: Any) -> None:
    """The offsets of cells that are all as wide."""
    for row in range(len(offsets)):
        offsets[row] = width * row
