"""The kernels between cells and Arrow's values, against Python's own calendar and integers."""

from array import array
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.cell_strategies import CELLS
from wasidb_guest.encoding.arrow.from_cells import (
    OFFSETS_DIFFER,
    common_offset,
    days,
    largest_magnitudes,
    microseconds,
    needed_scale,
    rescale,
)
from wasidb_guest.encoding.cells import encode_cell
from wasidb_guest.values import DATE, DATETIME, DECIMAL, DataType

EVERY_ROW = b""
NULL_IN_THE_MIDDLE = b"\x01\x00\x01"
DAY_MAX = 23_217_003


def encoded(data_type: DataType, *cells: str) -> bytes:
    return b"".join(encode_cell(data_type, cell) for cell in cells)


def numbers(code: str, count: int) -> memoryview:
    return memoryview(array(code, [0] * count))


def stored_date(year: int, month: int, day: int) -> bytes:
    return year.to_bytes(2, "little") + bytes((month, day))


def words_of(*cells: str) -> memoryview:
    return memoryview(encoded(DECIMAL, *cells)).cast("I")


def unscaled_number(cell: str) -> tuple[int, int]:
    """A decimal without its point, and its scale."""
    return int(cell.replace(".", "")), len(cell.partition(".")[2])


@given(st.lists(st.dates()))
def test_days_are_those_of_the_calendar(given_days):
    target = numbers("i", len(given_days))
    assert days(encoded(DATE, *map(str, given_days)), EVERY_ROW, target) == -1
    epoch = date(1970, 1, 1).toordinal()
    assert target.tolist() == [day.toordinal() - epoch for day in given_days]


def test_the_first_and_the_last_day():
    cells = stored_date(0, 1, 1) + stored_date(0, 2, 29) + stored_date(65_535, 12, 31)
    target = numbers("i", 3)
    assert days(cells, EVERY_ROW, target) == -1
    assert target.tolist() == [-719_528, -719_528 + 59, DAY_MAX]


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(2024, 0, 1), (2024, 13, 1), (2024, 1, 0), (2024, 1, 32), (2024, 4, 31), (2024, 2, 30),
     (2023, 2, 29), (1900, 2, 29), (2024, 255, 255)],
)  # fmt: skip
def test_what_is_no_day_is_found(year, month, day):
    good, bad = stored_date(2000, 2, 29), stored_date(year, month, day)
    midnight = bytes(9)
    assert days(good + bad, EVERY_ROW, numbers("i", 2)) == 1
    moments = good + midnight + bad + midnight
    assert microseconds(moments, EVERY_ROW, numbers("q", 2)) == 1


@given(st.lists(CELLS["datetime"]))
def test_microseconds_are_those_since_the_epoch(cells):
    target = numbers("q", len(cells))
    assert microseconds(encoded(DATETIME, *cells), EVERY_ROW, target) == -1
    # Years 1 and 9999 leave Python's range when they are moved to UTC.
    epoch = datetime(1970, 1, 1)
    expected = [
        (datetime.fromisoformat(cell).replace(tzinfo=None) - epoch)
        - datetime.fromisoformat(cell).utcoffset()
        for cell in cells
    ]
    assert target.tolist() == [each // timedelta(microseconds=1) for each in expected]


@pytest.mark.parametrize(
    ("at", "value"), [(4, 24), (5, 60), (6, 60), (9, 16)], ids=["hour", "minute", "second", "us"]
)
def test_what_is_no_time_is_found(at, value):
    cell = bytearray(encoded(DATETIME, "2024-01-01T23:59:59.999999"))
    cell[at] = value
    assert microseconds(cell, EVERY_ROW, numbers("q", 1)) == 0


def test_nulls_are_passed_over():
    target = numbers("i", 3)
    cells = encoded(DATE, "1970-01-02") + bytes(4) + encoded(DATE, "1970-01-03")
    assert days(cells, NULL_IN_THE_MIDDLE, target) == -1
    assert target.tolist() == [1, 0, 2]
    target = numbers("q", 3)
    first, last = encoded(DATETIME, "1970-01-01T01:00+01:00", "1970-01-01T02:00+01:00"), bytes(13)
    cells = first[:13] + last + first[13:]
    assert microseconds(cells, NULL_IN_THE_MIDDLE, target) == -1
    assert target.tolist() == [0, 0, 3_600_000_000]
    assert common_offset(cells, NULL_IN_THE_MIDDLE) == 60
    assert common_offset(cells, EVERY_ROW) == OFFSETS_DIFFER


@given(st.integers(-1439, 1439), st.integers(1, 5))
def test_common_offset(minutes, count):
    hours, rest = divmod(abs(minutes), 60)
    zone = f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
    assert (
        common_offset(encoded(DATETIME, *[f"2024-01-01T00:00{zone}"] * count), EVERY_ROW) == minutes
    )


def test_no_times_have_no_offset():
    assert common_offset(b"", EVERY_ROW) == 0


@given(st.lists(CELLS["decimal"]))
def test_largest_magnitudes(cells):
    found = numbers("I", 128)
    largest_magnitudes(words_of(*cells), found)
    expected: dict[int, int] = {}
    for number, scale in map(unscaled_number, cells):
        expected[scale] = max(abs(number), expected.get(scale, 0))
    for scale in range(32):
        assert found[4 * scale] == (scale in expected)
        words = bytes(found[4 * scale + 1 : 4 * scale + 4])
        assert int.from_bytes(words, "little") == expected.get(scale, 0)


@given(st.lists(CELLS["decimal"]))
def test_needed_scale(cells):
    needed = 0
    for number, scale in map(unscaled_number, cells):
        while scale > needed and number % 10 == 0:
            number, scale = number // 10, scale - 1 if number else 0
        needed = max(needed, scale)
    assert needed_scale(words_of(*cells)) == needed


def test_zeros_need_no_digits():
    assert needed_scale(words_of("0.0000", "-0.00", "100", "1.000")) == 0
    assert needed_scale(words_of("0.0000", "-2.50", "1.125000")) == 3


@given(st.lists(CELLS["decimal"]), st.integers(0, 9))
def test_rescaled_to_more_digits(cells, more):
    scale = max([scale for _, scale in map(unscaled_number, cells)], default=0) + more
    expected = {}
    for cell in cells:
        number, own = unscaled_number(cell)
        expected[cell] = number * 10 ** (scale - own)
    for size, digits in ((4, 38), (8, 76)):
        fitting = [cell for cell in cells if abs(expected[cell]) < 10**digits]
        target = numbers("I", size * len(fitting))
        rescale(words_of(*fitting), scale, size, target)
        assert unscaled(target, size) == [expected[cell] for cell in fitting]


def test_rescaled_to_fewer_digits():
    target = numbers("I", 16)
    rescale(words_of("-1.5000", "79228162514264337593543950335", "0.00", "2.0"), 1, 4, target)
    assert unscaled(target, 4) == [-15, 792_281_625_142_643_375_935_439_503_350, 0, 20]


def unscaled(words: memoryview, size: int) -> list[int]:
    data, width = bytes(words), 4 * size
    starts = range(0, len(data), width)
    return [int.from_bytes(data[at : at + width], "little", signed=True) for at in starts]
